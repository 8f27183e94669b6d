package intake

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Limits of a PDF. Its reader cannot be interrupted, so that it works on a
// bounded file, inflates bounded streams, and is left behind after maxPDFTime;
// until it ends by itself it keeps one of the few seats there are for it.
const (
	maxPDFTime     = 5 * time.Second
	maxStream      = 8 << 20 // bytes inflated of the file's own tables
	maxText        = 8 << 20 // bytes inflated of all pages; one is some kilobytes
	maxPages       = 20      // looked at for an address
	maxObjects     = 100_000
	maxDepth       = 50
	maxAttachment  = 1 << 20
	maxAttachments = 64
	maxPDFs        = 2 // read at once
)

func isPDF(data []byte) bool {
	return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-"))
}

// readPDF finds a credential among the attachments of a PDF, else the
// addresses its links and text name. Text is a hint where to look and proves
// nothing.
func (d *Desk) readPDF(ctx context.Context, data []byte) (Item, error) {
	ctx, cancel := context.WithTimeout(ctx, maxPDFTime)
	defer cancel()
	select {
	case d.seats <- struct{}{}:
	case <-ctx.Done():
		return Item{}, errLate()
	}
	type result struct {
		item Item
		err  error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errPDF()}
		defer func() {
			_ = recover() // the reader gives up this way on what it did not expect; r says so
			<-d.seats
			done <- r
		}()
		r.item, r.err = openPDF(data)
	}()
	select {
	case r := <-done:
		return r.item, r.err
	case <-ctx.Done():
		return Item{}, errLate()
	}
}

func errLate() error {
	return &UnreadableError{"takes too long to read; hand in the credential attached to it, or type the number printed on it"}
}

func errPDF() error {
	return &UnreadableError{"cannot be read as a PDF; hand in the credential itself, or type the number printed on it"}
}

func openPDF(data []byte) (Item, error) {
	c, err := pdfcpu.Read(bytes.NewReader(data), &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Cmd: model.EXTRACTATTACHMENTS, Offline: true,
		Limits: model.ResourceLimits{MaxStreamBytes: MaxFile, MaxDecodeBytes: maxStream, MaxImagePixels: 1, MaxImageBytes: 1, MaxObjectCount: maxObjects,
			MaxObjectStreamCount: maxObjects, MaxObjectStreamFirst: 1 << 20, MaxXRefEntries: maxObjects, MaxRecursionDepth: maxDepth},
	})
	if err != nil {
		return Item{}, errPDF()
	}
	if item, ok := attached(c); ok {
		return item, nil
	}
	var found []string
	for _, a := range slices.Concat(links(c), printed(c)) {
		if len(found) < maxAddresses && !slices.Contains(found, a) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return Item{}, &UnreadableError{"is a PDF without a credential attached and without a readable verification address; type the number printed on it, or ask its issuer for the credential"}
	}
	return Item{Addresses: found, Loose: true, Named: true}, nil
}

// attached is the first attachment that is a credential: of the document, of a
// page or of another part (ISO 32000-2, 7.11.4; every file specification with
// an embedded file is taken). What cannot be read is passed over.
func attached(c *model.Context) (Item, bool) {
	var item Item
	found, tried := false, 0
	walk(c, func(d types.Dict) {
		files, err := c.DereferenceDict(d["EF"])
		if found || err != nil || files == nil || tried == maxAttachments {
			return
		}
		tried++
		data := inflated(c, files["F"], maxAttachment)
		if len(data) == 0 || isPDF(data) {
			return
		}
		if x, err := readPlain(data); err == nil && x.Credential != "" {
			item, found = x, true
		}
	})
	return item, found
}

// walk visits every dictionary of the file, in the order of its objects.
func walk(c *model.Context, visit func(types.Dict)) {
	for _, n := range slices.Sorted(maps.Keys(c.Table)) {
		if e := c.Table[n]; e != nil && !e.Free {
			inside(e.Object, 0, visit)
		}
	}
}

// inside visits the dictionaries in an object; what it refers to is an object
// of its own.
func inside(o types.Object, depth int, visit func(types.Dict)) {
	if depth > maxDepth {
		return
	}
	switch o := o.(type) {
	case types.Array:
		for _, x := range o {
			inside(x, depth+1, visit)
		}
	case types.Dict:
		visit(o)
		for _, name := range slices.Sorted(maps.Keys(o)) {
			inside(o[name], depth+1, visit)
		}
	}
}

// inflated decodes a stream, up to most bytes and no further; nil if it cannot.
func inflated(c *model.Context, o types.Object, most int64) []byte {
	s, _, err := c.DereferenceStreamDict(o)
	if err != nil || s == nil || s.DecodeWithLimit(most) != nil {
		return nil
	}
	return s.Content
}

// links are the addresses of URI actions (ISO 32000-1, 12.6.4.7).
func links(c *model.Context) []string {
	var out []string
	walk(c, func(d types.Dict) {
		text, err := types.StringOrHexLiteral(d["URI"])
		if err == nil && isAddress(*text) && len(out) < maxAddresses {
			out = append(out, *text)
		}
	})
	return out
}
