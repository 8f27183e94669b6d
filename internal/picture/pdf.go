package picture

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
)

// credentialFile is the name of the attachment.
const credentialFile = "credential.jwt"

// writePDF writes a drawing as one page. What is seen are outlines, so that any
// script looks the same in every reader. Over them lies the same text unseen
// (ISO 32000-1, 9.3.6, mode 3): each piece where its outline is, in the order it
// is read. The font of the unseen text has no need of a glyph: readers take the
// characters from its table of Unicode, which is the identity.
func (t *setter) writePDF(d drawing, f Face, credential string) ([]byte, error) {
	doc := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: d.width, Ht: d.height}, OrientationStr: "P"})
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.SetCatalogSort(true)
	fixed := time.Unix(0, 0).UTC() // the sheet itself tells its day: the same face is the same file
	doc.SetCreationDate(fixed)
	doc.SetModificationDate(fixed)
	doc.SetTitle(d.title, true)
	doc.SetSubject(d.about, true)
	doc.SetAuthor(f.Host, true)
	doc.SetProducer("bonafide", true)
	doc.AddUTF8FontFromBytes("text", "", dejavusans.TTF)
	if credential != "" {
		doc.SetAttachments([]fpdf.Attachment{{Content: []byte(credential), Filename: credentialFile, Description: "The signed credential"}})
	}
	doc.AddPage()
	for _, s := range d.shapes {
		p := s.path
		if s.text != nil {
			p = nil
			s.text.outline(&p, s.x, s.y)
		}
		trace(doc, p, s.colour)
	}
	doc.SetTextRenderingMode(3)
	for _, s := range d.shapes {
		if s.text != nil {
			whisper(doc, *s.text, s.x, s.y, s.size)
		}
	}
	for _, l := range d.links {
		doc.LinkString(l.x, l.y, l.w, l.h, l.address)
	}
	var b bytes.Buffer
	if err := doc.Output(&b); err != nil {
		return nil, fmt.Errorf("writing a PDF: %w", err)
	}
	return spelled(b.Bytes())
}

// trace fills a path.
func trace(doc *fpdf.Fpdf, p path, colour string) {
	if len(p) == 0 {
		return
	}
	c := paint(colour)
	doc.SetFillColor(int(c.R), int(c.G), int(c.B))
	for _, s := range p {
		a, b, c := s.points[0], s.points[1], s.points[2]
		switch s.kind {
		case 'M':
			doc.MoveTo(a.x, a.y)
		case 'L':
			doc.LineTo(a.x, a.y)
		case 'Q':
			doc.CurveTo(a.x, a.y, b.x, b.y)
		case 'C':
			doc.CurveBezierCubicTo(a.x, a.y, b.x, b.y, c.x, c.y)
		case 'Z':
			doc.ClosePath()
		}
	}
	doc.DrawPath("F")
}

// whisper writes the unseen text of a line, piece by piece, each stretched to
// the width of what is seen: readers join pieces to words by where they end.
func whisper(doc *fpdf.Fpdf, l line, x, y, size float64) {
	doc.SetFont("text", "", size)
	for _, m := range l.marks {
		text, actual := m.text, ""
		if strings.ContainsFunc(text, func(r rune) bool { return r > 0xFFFF }) {
			// The writer's fonts end at U+FFFF: what lies beyond is said as a
			// replacement (ISO 32000-1, 14.9.4).
			text, actual = string(missing), m.text
		}
		if natural := doc.GetStringWidth(text); natural > 0 && m.width > 0 {
			doc.RawWriteStr(fmt.Sprintf("%.2f Tz", 100*m.width/natural))
		}
		if actual != "" {
			doc.RawWriteStr("/Span <</ActualText " + hexText(actual) + ">> BDC")
		}
		doc.Text(x+m.x, y, text)
		if actual != "" {
			doc.RawWriteStr("EMC")
		}
	}
	doc.RawWriteStr("100 Tz")
	doc.Text(x+l.width, y, " ") // parts it from what stands beside it
}

// missing stands where readers know no replacement text.
const missing = '\u25A1'

// hexText is a text string of PDF, UTF-16 with its mark.
func hexText(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
