package picture

import (
	"fmt"
	"math"

	"rsc.io/qr"
)

// drawing is a picture before it is written down.
type drawing struct {
	width, height float64
	title, about  string // for whoever cannot see it
	source        string // address of the live page
	shapes        []shape
	links         []area // of a PDF
}

// area leads to an address.
type area struct {
	x, y, w, h float64
	address    string
}

// shape is a filled outline or a line of text.
type shape struct {
	colour string // #rrggbb
	path   path
	text   *line
	size   float64
	bold   bool
	x, y   float64 // of a text: where its baseline begins, at the left
	link   string  // of a text: where it leads
}

func (d *drawing) fill(colour string, p path) {
	d.shapes = append(d.shapes, shape{colour: colour, path: p})
}

// write puts lines under each other from the first baseline y on.
func (d *drawing) write(lines []line, x, y, size, leading float64, bold bool, colour string) {
	for i := range lines {
		d.shapes = append(d.shapes, shape{colour: colour, text: &lines[i], size: size, bold: bold, x: x, y: y})
		y += leading
	}
}

// Colours. Each pair of ink and ground has a contrast of 4.5 or more (WCAG 2.2,
// 1.4.3); no state is told by colour alone.
const (
	paper = "#ffffff"
	ink   = "#16202c"
	faint = "#4d5a69"
	edge  = "#c3ccd6"
)

func (t Tone) colour() string {
	switch t {
	case Good:
		return "#0b6b46"
	case Caution:
		return "#8a5200"
	case Stop:
		return "#a3142b"
	case Plain:
		return "#2d5380"
	default:
		return "#4d5a69"
	}
}

// layer is a part of a symbol; the later lies over the earlier.
type layer struct {
	colour string
	path   path
}

// symbol draws the tone's symbol on a field of 24 by 24: a disc with a tick, a
// triangle, an octagon with a cross, a ring, a broken ring with a question mark.
func (t Tone) symbol() []layer {
	var body, knock, over path
	switch t {
	case Good:
		body.circle(12, 12, 11)
		knock.stroke(2.4, point{6.8, 12.4}, point{10.4, 16}, point{17.2, 8.4})
	case Caution:
		body.polygon(point{12, 1.5}, point{23.5, 22}, point{0.5, 22})
		knock.stroke(2.4, point{12, 9}, point{12, 14.5})
		knock.circle(12, 18.4, 1.5)
	case Stop:
		body.polygon(point{7.4, 1}, point{16.6, 1}, point{23, 7.4}, point{23, 16.6}, point{16.6, 23}, point{7.4, 23}, point{1, 16.6}, point{1, 7.4})
		knock.stroke(2.4, point{8, 8}, point{16, 16})
		knock.stroke(2.4, point{16, 8}, point{8, 16})
	case Plain:
		body.circle(12, 12, 11)
		knock.circle(12, 12, 9)
		over.stroke(2.6, point{12, 11}, point{12, 17})
		over.circle(12, 7, 1.5)
	default:
		for i := range 10 {
			a := float64(i) * math.Pi / 5
			body.stroke(2, onRing(a), onRing(a+0.2), onRing(a+0.4))
		}
		over.stroke(2.2, point{9.3, 9.4}, point{10, 7.6}, point{12, 6.8}, point{14, 7.6}, point{14.6, 9.6}, point{13.4, 11.4}, point{12, 12.6}, point{12, 14.2})
		over.circle(12, 17.6, 1.4)
	}
	return []layer{{t.colour(), body}, {paper, knock}, {t.colour(), over}}
}

func onRing(a float64) point { return point{12 + 10.2*math.Cos(a), 12 + 10.2*math.Sin(a)} }

func (d *drawing) symbol(t Tone, x, y, side float64) {
	for _, l := range t.symbol() {
		if len(l.path) > 0 {
			d.fill(l.colour, l.path.shift(x, y, side/24))
		}
	}
}

// QuietZone is the white margin a reader needs (ISO/IEC 18004, 6.3.8).
const QuietZone = 4

// Code is a QR code.
type Code struct {
	Size int
	dark func(x, y int) bool
}

// Run is a row of dark modules side by side.
type Run struct{ X, Y, Width int }

// QR encodes an address; level M survives a crease and a coffee stain.
func QR(address string) (Code, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return Code{}, fmt.Errorf("encoding a QR code: %w", err)
	}
	return Code{code.Size, code.Black}, nil
}

// Runs are the dark modules, from top to bottom and left to right.
func (c Code) Runs() []Run {
	var out []Run
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			run := 0
			for x+run < c.Size && c.dark(x+run, y) {
				run++
			}
			if run > 0 {
				out = append(out, Run{x, y, run})
				x += run
			}
		}
	}
	return out
}

// code draws a QR code, its quiet zone included, on a square. An address too
// long for one leaves the square empty: the same address stands beside it.
func (d *drawing) code(address string, x, y, side float64) {
	c, err := QR(address)
	if err != nil {
		return
	}
	var white, dark path
	white.rect(x, y, side, side)
	m := side / float64(c.Size+2*QuietZone)
	for _, r := range c.Runs() {
		dark.rect(x+m*float64(r.X+QuietZone), y+m*float64(r.Y+QuietZone), m*float64(r.Width), m)
	}
	d.fill(paper, white)
	d.fill("#000000", dark)
}
