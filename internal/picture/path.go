package picture

import "math"

type point struct{ x, y float64 }

// step is one piece of a path: move, line, quad, cube or close.
type step struct {
	kind   byte // M L Q C Z, as SVG names them
	points [3]point
}

// path is an outline to be filled, by the nonzero rule.
type path []step

func (p *path) add(kind byte, points ...point) {
	s := step{kind: kind}
	copy(s.points[:], points)
	*p = append(*p, s)
}

func (p *path) move(a point)       { p.add('M', a) }
func (p *path) line(a point)       { p.add('L', a) }
func (p *path) quad(a, b point)    { p.add('Q', a, b) }
func (p *path) cube(a, b, c point) { p.add('C', a, b, c) }

func (p *path) close() {
	if n := len(*p); n > 0 && (*p)[n-1].kind != 'Z' {
		p.add('Z')
	}
}

func (p *path) rect(x, y, w, h float64) {
	p.polygon(point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

func (p *path) polygon(points ...point) {
	p.move(points[0])
	for _, a := range points[1:] {
		p.line(a)
	}
	p.close()
}

// box is a hollow rectangle: what stands for a glyph that no font has.
func (p *path) box(x, y, w, h float64) {
	const line = 1
	p.rect(x, y, w, h)
	p.polygon(point{x + line, y + line}, point{x + line, y + h - line}, point{x + w - line, y + h - line}, point{x + w - line, y + line})
}

// bow is how far the handles of a quarter circle reach, as a part of its radius.
const bow = 0.5522847498

// round is a rectangle with round corners.
func (p *path) round(x, y, w, h, r float64) {
	k := r * (1 - bow)
	p.move(point{x + r, y})
	p.line(point{x + w - r, y})
	p.cube(point{x + w - k, y}, point{x + w, y + k}, point{x + w, y + r})
	p.line(point{x + w, y + h - r})
	p.cube(point{x + w, y + h - k}, point{x + w - k, y + h}, point{x + w - r, y + h})
	p.line(point{x + r, y + h})
	p.cube(point{x + k, y + h}, point{x, y + h - k}, point{x, y + h - r})
	p.line(point{x, y + r})
	p.cube(point{x, y + k}, point{x + k, y}, point{x + r, y})
	p.close()
}

func (p *path) circle(x, y, r float64) { p.round(x-r, y-r, 2*r, 2*r, r) }

// stroke draws a line of round ends through the points.
func (p *path) stroke(width float64, points ...point) {
	r := width / 2
	b := points[0]
	for _, a := range points {
		p.circle(a.x, a.y, r)
		d := math.Hypot(a.x-b.x, a.y-b.y)
		if d == 0 {
			continue
		}
		nx, ny := (a.y-b.y)/d*r, (b.x-a.x)/d*r // turns the way the circles do
		p.polygon(point{b.x + nx, b.y + ny}, point{a.x + nx, a.y + ny}, point{a.x - nx, a.y - ny}, point{b.x - nx, b.y - ny})
		b = a
	}
}

// shift moves and scales a path.
func (p path) shift(x, y, scale float64) path {
	out := make(path, len(p))
	for i, s := range p {
		for j, a := range s.points {
			s.points[j] = point{x + a.x*scale, y + a.y*scale}
		}
		out[i] = s
	}
	return out
}
