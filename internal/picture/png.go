package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strconv"

	"golang.org/x/image/vector"
)

// writePNG draws a drawing at scale.
func (t *setter) writePNG(d drawing, scale float64) ([]byte, error) {
	canvas := image.NewNRGBA(image.Rect(0, 0, int(math.Round(d.width*scale)), int(math.Round(d.height*scale))))
	for _, s := range d.shapes {
		p := s.path
		if s.text != nil {
			p = nil
			s.text.outline(&p, s.x, s.y)
		}
		flood(canvas, p.shift(0, 0, scale), s.colour)
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, canvas); err != nil {
		return nil, fmt.Errorf("encoding a picture: %w", err)
	}
	return sourced(b.Bytes(), d.source), nil
}

// sourced adds to a PNG where its subject is to be found, in the text that the
// format has for it (W3C PNG, 11.3.3.1 and 11.3.3.2, keyword Source): a copy of
// the picture still says it. The chunk stands behind the first, IHDR.
func sourced(file []byte, address string) []byte {
	const head = 8 + 4 + 4 + 13 + 4 // signature and IHDR
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len("Source")+1+len(address)))
	chunk = append(chunk, "tEXtSource\x00"+address...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(file[:head], chunk, file[head:])
}

// flood fills a path. Only the part of the canvas that it touches is worked on.
func flood(canvas *image.NRGBA, p path, colour string) {
	area := p.bounds().Intersect(canvas.Bounds())
	if area.Empty() {
		return
	}
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	at := func(a point) (float32, float32) {
		return float32(a.x - float64(area.Min.X)), float32(a.y - float64(area.Min.Y))
	}
	for _, s := range p {
		ax, ay := at(s.points[0])
		bx, by := at(s.points[1])
		cx, cy := at(s.points[2])
		switch s.kind {
		case 'M':
			r.MoveTo(ax, ay)
		case 'L':
			r.LineTo(ax, ay)
		case 'Q':
			r.QuadTo(ax, ay, bx, by)
		case 'C':
			r.CubeTo(ax, ay, bx, by, cx, cy)
		case 'Z':
			r.ClosePath()
		}
	}
	r.Draw(canvas, area, image.NewUniform(paint(colour)), image.Point{})
}

func (p path) bounds() image.Rectangle {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	count := map[byte]int{'M': 1, 'L': 1, 'Q': 2, 'C': 3}
	for _, s := range p {
		for _, a := range s.points[:count[s.kind]] {
			low, high = point{min(low.x, a.x), min(low.y, a.y)}, point{max(high.x, a.x), max(high.y, a.y)}
		}
	}
	if low.x > high.x {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x))+1, int(math.Ceil(high.y))+1)
}

func paint(colour string) color.NRGBA {
	v, err := strconv.ParseUint(colour[1:], 16, 24)
	if err != nil {
		panic(err) // colours are constants of this package
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}
