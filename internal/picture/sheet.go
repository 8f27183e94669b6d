package picture

// Size of the sheet: A4, landscape, in points.
const (
	sheetWidth, sheetHeight = 841.89, 595.28
	margin                  = 46
)

// sheet lays out the certificate as one page: on the left whom and what it is
// about and who stands behind it, on the right the state on the day it was
// printed and the way to the state of today.
func (t *setter) sheet(f Face, credential string) drawing {
	f = cleaned(f)
	attached := ""
	if credential != "" {
		attached = " The signed credential is attached to this file."
	}
	d := drawing{width: sheetWidth, height: sheetHeight, title: "Certificate " + f.Number + ": " + title(f), about: About(f)}
	var frame, inner path
	frame.rect(22, 22, sheetWidth-44, sheetHeight-44)
	inner.rect(23.5, 23.5, sheetWidth-47, sheetHeight-47)
	d.fill(f.Tone.colour(), frame)
	d.fill(paper, inner)
	const right = 580.0
	d.record(t, f, margin, right-margin-26)
	d.state(t, f, right, sheetWidth-right-margin)
	d.stack(t, "This sheet shows the record as of "+f.AsOf+". A certificate can be suspended or withdrawn at any time; what counts is the state at "+f.Address+"."+attached,
		style{size: 9, width: sheetWidth - 2*margin, lines: 2}, 7, margin, sheetHeight-66, faint)
	return d
}

// record is the left of the sheet.
func (d *drawing) record(t *setter, f Face, x, width float64) {
	y := 46.0
	label := func(s string) { y = d.stack(t, s, style{size: 10, width: width, lines: 1}, 8, x, y, faint) }
	if f.Demo {
		label("Example, not a real certificate")
	}
	for _, p := range []struct {
		label, text string
		style       style
	}{
		{"Holder", name(f), style{size: 30, bold: true, lines: 7}},
		{"Title", f.Scheme, style{size: 19, bold: true, lines: 3}},
		{"Issued by", by(f), style{size: 15, lines: 3}},
	} {
		if p.text == "" {
			continue
		}
		label(p.label)
		p.style.width = width
		y = d.stack(t, p.text, p.style, 9, x, y, ink) + 10
	}
	top := y
	for i, fact := range f.Facts {
		column := x + float64(i%3)*width/3
		if i%3 == 0 && i > 0 {
			top += 36
		}
		d.stack(t, fact.Label, style{size: 10, width: width/3 - 8, lines: 1}, 8, column, top, faint)
		d.stack(t, fact.Text, style{size: 11.5, width: width/3 - 8, lines: 1}, 7, column, top+13, ink)
	}
	y = top + 42
	if len(f.Chain) > 0 {
		label("Who stands behind it")
	}
	for _, link := range f.Chain {
		if y > sheetHeight-92 {
			break
		}
		y = d.stack(t, link.Label+": "+link.Text, style{size: 10.5, width: width, lines: 2}, 8, x, y, ink) + 2
	}
}

func by(f Face) string {
	if f.Domain == "" {
		return f.Issuer
	}
	return f.Issuer + " (" + f.Domain + ")"
}

// state is the right of the sheet.
func (d *drawing) state(t *setter, f Face, x, width float64) {
	d.symbol(f.Tone, x, 48, 54)
	y := d.stack(t, f.Word, style{size: 24, bold: true, width: width, lines: 2}, 14, x, 112, f.Tone.colour()) + 4
	y = d.stack(t, asOf(f), style{size: 10.5, width: width, lines: 1}, 8, x, y, faint) + 4
	y = d.stack(t, f.Headline, style{size: 11.5, width: width, lines: 4}, 9, x, y, ink) + 4
	y = d.stack(t, f.Term, style{size: 11.5, width: width, lines: 2}, 9, x, y, ink)
	side := min(width, sheetHeight-92-64-y)
	d.code(f.Address, x, y+8, side)
	d.links = append(d.links, area{x, y + 8, side, side, f.Address})
	y += side + 12
	d.stack(t, f.Number, style{size: 14, bold: true, width: width, lines: 1}, 9, x, y, ink)
	lines, size := t.fit(f.Address, style{size: 9.5, width: width, lines: 1}, 6) // in one piece, so that it can be copied
	d.write(lines, x, y+34, size, size*leading, false, "#1a4f8b")
	d.links = append(d.links, area{x, y + 20, width, 2 * size * leading, f.Address})
}
