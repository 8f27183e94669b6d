package picture

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// writeSVG writes a drawing as SVG: outlines as paths, text as text, nothing
// that refers outside, runs or could be run. Everything that comes from a record
// stands in text or an attribute and is escaped there.
func writeSVG(d drawing) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-labelledby="t d" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Noto Sans', sans-serif">`,
		number(d.width), number(d.height), number(d.width), number(d.height))
	fmt.Fprintf(&b, "<title id=\"t\">%s</title><desc id=\"d\">%s</desc>\n", html.EscapeString(d.title), html.EscapeString(d.about))
	for _, s := range d.shapes {
		if s.text == nil {
			b.WriteString(`<path fill="` + s.colour + `" d="`)
			s.path.svg(&b)
			b.WriteString("\"/>\n")
			continue
		}
		fmt.Fprintf(&b, `<text x="%s" y="%s" font-size="%s" fill="%s"`, number(s.x), number(s.y), number(s.size), s.colour)
		if s.bold {
			b.WriteString(` font-weight="700"`)
		}
		if s.text.rtl {
			b.WriteString(` direction="rtl" text-anchor="end"`) // its end is its left
		}
		text := html.EscapeString(s.text.text)
		if s.link != "" {
			text = `<a href="` + html.EscapeString(s.link) + `" target="_top">` + text + "</a>" // a copy leads back
		}
		b.WriteString(">" + text + "</text>\n")
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (p path) svg(b *strings.Builder) {
	count := map[byte]int{'M': 1, 'L': 1, 'Q': 2, 'C': 3}
	for _, s := range p {
		b.WriteByte(s.kind)
		for i, a := range s.points[:count[s.kind]] {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(number(a.x) + " " + number(a.y))
		}
	}
}

func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}
