package picture

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// maxRunes is how much of one text is drawn: a name on record has at most 300,
// and shaping costs by the rune.
const maxRunes = 400

// clean takes out of a text what draws nothing and misleads: control
// characters, what reorders text (Unicode TR9), zero-width spaces. The joiners
// stay, without which Persian, Hindi and families of emoji fall apart.
func clean(s string) string {
	var b strings.Builder
	n := 0
	space := true // drops spaces at the beginning and runs of them
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
				n++
			}
			space = true
			continue
		case r == unicode.ReplacementChar, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != 0x200C && r != 0x200D, unicode.Is(unicode.Co, r):
			continue
		}
		if n++; n > maxRunes {
			return b.String() + "…"
		}
		b.WriteRune(r)
		space = false
	}
	return strings.TrimRight(b.String(), " ")
}

// rightToLeft tells the direction of a text by its first letter with one
// (Unicode TR9, P2 and P3).
func rightToLeft(s string) bool {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// setter sets text. It belongs to one drawing at a time.
type setter struct {
	shelf  *shelf
	shaper shaping.HarfbuzzShaper
	split  shaping.Segmenter
	wrap   shaping.LineWrapper
	faces  map[*font.Font]*font.Face
	bold   bool // which built-in font ResolveFace tries first
}

func newSetter(s *shelf) *setter { return &setter{shelf: s, faces: map[*font.Font]*font.Face{}} }

// ResolveFace finds a face that has the rune: of the built-in fonts, else of
// the folders; if none has it, the built-in one draws its box.
func (t *setter) ResolveFace(r rune) *font.Face {
	builtIn := t.shelf.regular
	if t.bold {
		builtIn = t.shelf.bold
	}
	for _, f := range []*font.Font{builtIn, t.shelf.regular} {
		if _, ok := f.NominalGlyph(r); ok {
			return t.face(f)
		}
	}
	if f := t.shelf.with(r); f != nil {
		return t.face(f)
	}
	return t.face(builtIn)
}

func (t *setter) face(f *font.Font) *font.Face {
	if t.faces[f] == nil {
		t.faces[f] = font.NewFace(f)
	}
	return t.faces[f]
}

// line is one line of text, set.
type line struct {
	text   string // in the order it is read
	rtl    bool   // direction of the whole text
	width  float64
	glyphs []glyph
	marks  []mark
}

// glyph is a shape at its place on the line.
type glyph struct {
	face *font.Face
	id   font.GID
	x, y float64
	size float64
}

// mark is a piece of text that cannot be taken apart, where it stands on the
// line; marks are in the order of reading.
type mark struct {
	text     string
	x, width float64
}

// style is how a text is set.
type style struct {
	size  float64
	bold  bool
	width float64 // of a line
	lines int     // at most; what is left over is cut with an ellipsis
}

// set lays a clean text out in lines; cut tells that some was left over.
func (t *setter) set(text string, s style) (lines []line, cut bool) {
	runes := []rune(text)
	if len(runes) == 0 {
		return nil, false
	}
	t.bold = s.bold
	rtl := rightToLeft(text)
	in := shaping.Input{Text: runes, RunEnd: len(runes), Direction: di.DirectionLTR, Size: fixed.Int26_6(s.size * 64), Language: language.DefaultLanguage()}
	if rtl {
		in.Direction = di.DirectionRTL
	}
	var runs []shaping.Output
	for _, part := range t.split.Split(in, t) {
		runs = append(runs, t.shaper.Shape(part))
	}
	ellipsis := in
	ellipsis.Text, ellipsis.RunEnd, ellipsis.Face, ellipsis.Script = []rune("…"), 1, t.ResolveFace('…'), language.Common
	config := shaping.WrapConfig{Direction: in.Direction, TruncateAfterLines: s.lines}.WithTruncator(&t.shaper, ellipsis)
	wrapped, dropped := t.wrap.WrapParagraphF(config, fixed.Int26_6(s.width*64), runes, shaping.NewSliceIterator(runs))
	for i, w := range wrapped {
		lines = append(lines, placed(runes, w, rtl, s.size, dropped > 0 && i == len(wrapped)-1))
	}
	return lines, dropped > 0
}

// fit sets a text as large as it goes: in the style's size, else smaller in
// steps down to least, and only then cut.
func (t *setter) fit(text string, s style, least float64) ([]line, float64) {
	for {
		lines, cut := t.set(text, s)
		if !cut || s.size <= least {
			return lines, s.size
		}
		s.size = max(least, s.size*0.9)
	}
}

func placed(runes []rune, runs shaping.Line, rtl bool, size float64, cut bool) line {
	out := line{rtl: rtl}
	from, until := len(runes), 0
	order := slices.Clone(runs)
	slices.SortFunc(order, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	x := 0.0
	for _, run := range order {
		truncator := cut && run.VisualIndex == runs[len(runs)-1].VisualIndex
		if !truncator {
			from, until = min(from, run.Runes.Offset), max(until, run.Runes.Offset+run.Runes.Count)
		}
		for j := 0; j < len(run.Glyphs); {
			cluster, start := run.Glyphs[j].TextIndex(), x
			n := run.Glyphs[j].RunesCount()
			for ; j < len(run.Glyphs) && run.Glyphs[j].TextIndex() == cluster; j++ {
				g := run.Glyphs[j]
				out.glyphs = append(out.glyphs, glyph{run.Face, g.GlyphID, x + points(g.XOffset), points(g.YOffset), size})
				x += points(g.Advance)
			}
			if truncator {
				out.marks = append(out.marks, mark{"…", start, x - start})
			} else {
				out.marks = append(out.marks, mark{string(runes[cluster : cluster+n]), start, x - start})
			}
		}
	}
	out.width = x
	out.text = strings.TrimRight(string(runes[min(from, until):until]), " ")
	if cut {
		out.text += "…"
	}
	return out
}

func points(v fixed.Int26_6) float64 { return float64(v) / 64 }

// outline writes the glyphs of a line as a path whose baseline begins at x, y.
func (l line) outline(p *path, x, y float64) {
	for _, g := range l.glyphs {
		scale := g.size / float64(g.face.Upem())
		gx, gy := x+g.x, y-g.y
		o, ok := g.face.GlyphDataOutline(g.id)
		if !ok {
			p.box(gx+g.size*0.06, gy-g.size*0.7, g.size*0.5, g.size*0.7)
			continue
		}
		at := func(s opentype.SegmentPoint) point {
			return point{gx + float64(s.X)*scale, gy - float64(s.Y)*scale}
		}
		for _, s := range o.Segments {
			switch s.Op {
			case opentype.SegmentOpMoveTo:
				p.move(at(s.Args[0]))
			case opentype.SegmentOpLineTo:
				p.line(at(s.Args[0]))
			case opentype.SegmentOpQuadTo:
				p.quad(at(s.Args[0]), at(s.Args[1]))
			case opentype.SegmentOpCubeTo:
				p.cube(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
			}
		}
		p.close()
	}
}
