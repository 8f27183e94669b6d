package picture

import "strings"

// Sizes of the badge and of the card, which is the same layout on another
// sheet: 1200 by 630 is what readers of Open Graph crop nothing from.
const (
	BadgeWidth, BadgeHeight = 480, 270
	cardScale               = 2.3
	CardWidth, CardHeight   = 1200, 630
)

func (t *setter) badge(f Face) drawing { return t.ticket(f, BadgeWidth, BadgeHeight) }

func (t *setter) card(f Face) drawing {
	return t.ticket(f, CardWidth/cardScale, CardHeight/cardScale)
}

// ticket lays a face out: the state with its symbol on top, then whom and what
// it is about, the QR code beside them, and at the foot where to look again.
func (t *setter) ticket(f Face, w, h float64) drawing {
	f = cleaned(f)
	d := drawing{width: w, height: h, title: title(f), about: About(f), source: f.Address}
	var border, ground, band path
	border.round(0, 0, w, h, 10)
	ground.round(1.5, 1.5, w-3, h-3, 8.5)
	band.rect(1.5, 84, w-3, 2)
	d.fill(edge, border)
	d.fill(paper, ground)
	d.fill(f.Tone.colour(), band)

	const left, code = 22, 116
	wide, narrow := w-left-76, w-3*left-code
	d.symbol(f.Tone, left, 20, 44)
	lines, size := t.fit(f.Word, style{size: 28, bold: true, width: wide, lines: 1}, 16)
	d.write(lines, 78, 46, size, 0, true, f.Tone.colour())
	d.line(t, asOf(f), style{size: 12, width: wide, lines: 1}, 78, 66, faint)

	y, foot := 94.0, h-52
	if f.Scheme == "" { // nothing of the record is told
		y = d.stack(t, f.Headline, style{size: 15, width: narrow, lines: 4}, 11, left, y+4, ink)
	}
	y = d.stack(t, name(f), style{size: 20, bold: true, width: narrow, lines: 2}, 11, left, y, ink) + 3
	y = d.stack(t, f.Scheme, style{size: 15, width: narrow, lines: 2}, 11, left, y, ink) + 3
	s := style{size: 13, width: narrow, lines: 2}
	if y+2*s.size*leading > foot {
		s.lines = 1
	}
	d.stack(t, issuer(f), s, 10, left, y, faint)

	d.line(t, f.Term, style{size: 12, width: narrow, lines: 1}, left, h-37, ink)
	d.line(t, f.Number, style{size: 12, bold: true, width: narrow, lines: 1}, left, h-18, ink)
	side := w - left - code
	d.code(f.Address, side, 98, code)
	before := len(d.shapes)
	d.stack(t, "Check it at "+f.Host, style{size: 10.5, width: code + 8, lines: 2}, 8, side, 98+code+4, faint)
	for i := range d.shapes[before:] {
		d.shapes[before+i].link = f.Address
	}
	if f.Demo {
		d.line(t, "Example, not a real certificate", style{size: 10.5, width: wide, lines: 1}, w-left-166, 14, faint)
	}
	return d
}

// leading is the distance of two baselines, in sizes of the type.
const leading = 1.25

// stack writes a text below y, as large as it fits, and returns where it ends.
func (d *drawing) stack(t *setter, text string, s style, least, x, y float64, colour string) float64 {
	lines, size := t.fit(text, s, least)
	d.write(lines, x, y+size, size, size*leading, s.bold, colour)
	return y + float64(len(lines))*size*leading
}

// line writes one line of text.
func (d *drawing) line(t *setter, text string, s style, x, y float64, colour string) {
	lines, _ := t.set(text, s)
	d.write(lines, x, y, s.size, 0, s.bold, colour)
}

func title(f Face) string {
	if name(f) == "" {
		return f.Word
	}
	return f.Word + ": " + name(f)
}

// name is whose certificate it is, as far as it may be told.
func name(f Face) string {
	if f.Holder == "" && f.Scheme != "" {
		return "Name not published"
	}
	return f.Holder
}

func asOf(f Face) string {
	if f.AsOf == "" {
		return ""
	}
	return "as of " + f.AsOf
}

func issuer(f Face) string {
	switch {
	case f.Issuer == "":
		return ""
	case f.Domain == "":
		return "Issued by " + f.Issuer
	}
	return "Issued by " + f.Issuer + " (" + f.Domain + ")"
}

// About is the picture in words.
func About(f Face) string {
	f = cleaned(f)
	parts := []string{f.Headline}
	for _, p := range []string{asOf(f), name(f), f.Scheme, issuer(f), f.Term, f.Number} {
		if p != "" {
			parts = append(parts, p+".")
		}
	}
	return strings.Join(append(parts, "Check it at "+f.Address), " ")
}

// cleaned cleans every text of a face.
func cleaned(f Face) Face {
	for _, s := range []*string{&f.Word, &f.Headline, &f.Holder, &f.Scheme, &f.Issuer, &f.Domain, &f.Term, &f.Number, &f.Host, &f.AsOf} {
		*s = clean(*s)
	}
	facts := func(in []Fact) []Fact {
		var out []Fact
		for _, x := range in {
			out = append(out, Fact{clean(x.Label), clean(x.Text)})
		}
		return out
	}
	f.Facts, f.Chain = facts(f.Facts), facts(f.Chain)
	return f
}
