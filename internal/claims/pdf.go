package claims

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Limits on the reading of a PDF. A certificate has a page or two; what is
// larger is not one, or is made to cost.
const (
	maxPages     = 10
	maxInflated  = 32 << 20 // bytes of all its streams together, once inflated
	maxContent   = 2 << 20  // bytes of what one page draws, pictures apart
	pdfTime      = 5 * time.Second
	pdfAtOnce    = 2 // readings at one time, so that a hung one cannot pile up
	minimumWords = 3 // fewer is a scan without text
)

// ErrBusy says that as many PDFs are being read as may be at one time.
var ErrBusy = errors.New("too many documents are being read just now")

// PDF reads the text of PDFs, bounded in size, pages and time.
type PDF struct{ slots chan struct{} }

// NewPDF makes a reader of PDFs.
func NewPDF() *PDF { return &PDF{slots: make(chan struct{}, pdfAtOnce)} }

// Text returns the text of a PDF, a line to a line. What cannot be read is a
// fault of the file, with a remedy. A reading that runs out of time keeps its
// slot until it ends: better no further PDF than a pile of them.
func (p *PDF) Text(ctx context.Context, data []byte) (string, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(data, "\x00 \r\n\t"), []byte("%PDF-")) {
		return "", unreadable("is not a PDF")
	}
	if err := inflates(data); err != nil {
		return "", err
	}
	select {
	case p.slots <- struct{}{}:
	default:
		return "", ErrBusy
	}
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-p.slots }()
		text, err := pdfText(data)
		done <- result{text, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	select {
	case r := <-done:
		if r.err != nil {
			return "", unreadable("cannot be read as a PDF")
		}
		if len(strings.Fields(r.text)) < minimumWords {
			return "", unreadable("holds no text, perhaps it is a picture")
		}
		return r.text, nil
	case <-ctx.Done():
		return "", unreadable("takes too long to read")
	}
}

func unreadable(why string) error {
	return fault.Invalid{{Pointer: "/file", Detail: why + "; type or paste what the certificate says instead"}}
}

// inflates refuses a file whose streams grow beyond the limit, or are packed
// more than once, before anything interprets them.
func inflates(data []byte) error {
	left := int64(maxInflated)
	for rest := data; ; {
		i := bytes.Index(rest, []byte("stream"))
		if i < 0 {
			return nil
		}
		rest = bytes.TrimLeft(rest[i+len("stream"):], "\r\n ")
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			continue // not deflated, or the word stands elsewhere
		}
		head := make([]byte, 2)
		n, _ := io.ReadFull(z, head) // a short stream is no bomb
		if n == 2 && head[0] == 0x78 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return unreadable("is packed more than once")
		}
		grown, _ := io.Copy(io.Discard, io.LimitReader(z, left+1)) // a broken stream ends early
		if left -= grown; left < 0 {
			return unreadable("grows too large when unpacked")
		}
	}
}

// pdfText interprets the pages. The library panics on some malformed files.
func pdfText(data []byte) (text string, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("reading PDF: %v", x)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", fmt.Errorf("reading PDF: %w", err)
	}
	var b strings.Builder
	for n := 1; n <= min(r.NumPage(), maxPages) && b.Len() < maxText; n++ {
		page := r.Page(n)
		if page.V.IsNull() {
			continue
		}
		if content(page.V.Key("Contents")) > maxContent {
			return "", errors.New("a page draws too much")
		}
		for _, l := range lines(page.Content().Text) {
			b.WriteString(l + "\n")
		}
	}
	out := b.String()
	return strings.ToValidUTF8(out[:min(len(out), maxText)], ""), nil
}

// lines puts the glyphs of a page into lines, from top to bottom and left to
// right. A gap as wide as a thin letter parts words.
func lines(glyphs []pdf.Text) []string {
	slices.SortStableFunc(glyphs, func(a, b pdf.Text) int { return cmp.Compare(b.Y, a.Y) })
	for from := 0; from < len(glyphs); {
		to := from + 1
		for to < len(glyphs) && sameLine(glyphs[from], glyphs[to]) {
			to++
		}
		row := glyphs[from:to]
		for i := range row {
			row[i].Y = row[0].Y
		}
		slices.SortStableFunc(row, func(a, b pdf.Text) int { return cmp.Compare(a.X, b.X) })
		from = to
	}
	var out []string
	var b strings.Builder
	for i, g := range glyphs {
		if i > 0 {
			last := glyphs[i-1]
			switch {
			case g.Y != last.Y:
				out = append(out, b.String())
				b.Reset()
			case last.W > 0 && g.X-last.X-last.W > max(g.FontSize, 1)/5 && !strings.HasSuffix(b.String(), " "):
				b.WriteByte(' ')
			}
		}
		b.WriteString(g.S)
	}
	return append(out, b.String())
}

func sameLine(a, b pdf.Text) bool { return math.Abs(a.Y-b.Y) <= max(a.FontSize, b.FontSize, 1)/3 }

// content is how many bytes a page's content has, unpacked, up to the limit
// and a little more.
func content(v pdf.Value) int64 {
	var n int64
	switch v.Kind() {
	case pdf.Stream:
		r := v.Reader()
		defer r.Close()                                             //nolint:errcheck // read only
		n, _ = io.Copy(io.Discard, io.LimitReader(r, maxContent+1)) // a broken stream ends early
	case pdf.Array:
		for i := 0; i < v.Len() && n <= maxContent; i++ {
			n += content(v.Index(i))
		}
	}
	return n
}
