package v1

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// batchLine is one question of many. Of id, number and credential it has one.
type batchLine struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	verificationRequest
}

// incoming is the lines as they come.
type incoming struct {
	next  func() (batchLine, error)
	ready func() bool // the next line is at hand, as far as can be told
	rest  io.Reader   // the body, as it was sent
	done  func()      // once nothing more is read
}

// linesOf reads lines of whichever form the body has.
func linesOf(c echo.Context, standing batchLine, control *http.ResponseController) (in incoming, err error) {
	in.done = func() {}
	buffer, rest, separated, err := listOf(c, control, MaxBatchBytes, func(body io.Reader) io.Reader {
		if length := c.Request().ContentLength; length >= 0 && length <= chunkBytes {
			return body // it waits in memory
		}
		_ = control.EnableFullDuplex() // HTTP/2 is so already
		s := newSpool(body)
		if s == nil {
			return body
		}
		in.done = func() { _ = s.Close() } // it was read only
		return s
	})
	if err != nil {
		return in, err
	}
	in.rest = rest
	if separated {
		in.ready = func() bool { return true } // what waits inside the reader of CSV is not told
		in.next, err = commaSeparated(buffer, standing)
		return in, err
	}
	in.next, in.ready = ndjson(buffer, standing), func() bool { return buffer.Buffered() > 0 }
	return in, nil
}

// listOf opens a list, out of its gzip, of so many bytes at most inside and
// outside of it. rest is the body as it was sent, as ahead gives it (nil: as it
// comes); separated says that it is CSV.
func listOf(c echo.Context, control *http.ResponseController, most int64, ahead func(io.Reader) io.Reader) (list *bufio.Reader, rest io.Reader, separated bool, err error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch kind {
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq", "text/plain":
	case "text/csv":
		separated = true
	default:
		return nil, nil, false, Problem{http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Send application/x-ndjson or text/csv."}
	}
	rest = &patient{http.MaxBytesReader(c.Response(), c.Request().Body, most), control}
	if ahead != nil {
		rest = ahead(rest)
	}
	body := rest
	switch c.Request().Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		if body, err = gzip.NewReader(body); err != nil {
			return nil, nil, false, Problem{http.StatusBadRequest, "MALFORMED", "The body is not gzip."}
		}
		body = &bounded{body, most, most}
	default:
		return nil, nil, false, Problem{http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Send the list as it is, or as gzip."}
	}
	return bufio.NewReaderSize(body, chunkBytes), rest, separated, nil
}

// patient gives a sender time for each part of the body anew, not for the whole.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(chunkTimeout)) // where there is none, none is needed
	return p.ReadCloser.Read(b)
}

// bounded refuses what grows beyond its bound when it is unpacked.
type bounded struct {
	io.Reader
	left int64
	most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, &http.MaxBytesError{Limit: b.most}
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// errLine is a line that cannot be read, and spoils no other.
var errLine = errors.New("the line cannot be read")

// ndjson reads a JSON value, or a bare number or token, from each line. Empty
// lines are none.
func ndjson(in *bufio.Reader, standing batchLine) func() (batchLine, error) {
	return func() (batchLine, error) {
		for {
			text, err := oneLine(in)
			if err != nil && !errors.Is(err, errLine) {
				return batchLine{}, err
			}
			if err != nil {
				return standing, err
			}
			if text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF")); text != "" {
				return lineOf(text, standing)
			}
		}
	}
}

// oneLine reads to the next line feed. What is longer than a line may be is read
// over.
func oneLine(in *bufio.Reader) (string, error) {
	var b strings.Builder
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || b.Len()+len(part) > maxLine; !long {
			b.Write(part)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || b.Len() == 0 && !long):
			return "", err
		case long:
			return "", fmt.Errorf("%w: it is longer than %d bytes", errLine, maxLine)
		}
		return b.String(), nil
	}
}

func lineOf(text string, l batchLine) (batchLine, error) {
	switch text[0] {
	case '"':
		var s string
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return l, fmt.Errorf("%w: it is no JSON", errLine)
		}
		return l.with(s), nil
	case '{':
		var shape map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &shape); err != nil {
			return l, fmt.Errorf("%w: it is no JSON", errLine)
		}
		if _, whole := shape["@context"]; whole {
			l.Credential = json.RawMessage(text)
			return l, nil
		}
		if err := ijson.Decode([]byte(text), &l); err != nil {
			return l, err
		}
		if l.Number == "" {
			l.Number = l.ID
		}
		if l.Number != "" && len(l.Credential) > 0 {
			return l, fault.Invalid{{Pointer: "/credential", Detail: "stands beside a number: give one of them"}}
		}
		return l, nil
	}
	return l.with(text), nil
}

// with is the line about what was typed: a number, or text of a credential.
func (l batchLine) with(text string) batchLine {
	text = strings.TrimSpace(text)
	if _, address := intake.Address(text); address || strings.Count(text, ".") == 2 || strings.HasPrefix(text, "{") {
		quoted, err := json.Marshal(text)
		if err == nil { // strings do not fail
			l.Credential = quoted
		}
		return l
	}
	l.Number = text
	return l
}

// commaSeparated reads CSV by its heading.
func commaSeparated(in *bufio.Reader, standing batchLine) (func() (batchLine, error), error) {
	table, err := tableOf(in)
	if err != nil {
		return nil, err
	}
	heading := table.heading
	columns := make([]func(*batchLine, string), len(heading))
	found := false
	for i, h := range heading {
		h = strings.ToLower(strings.TrimSpace(h))
		if columns[i] = csvColumns()[h]; columns[i] == nil {
			return nil, fault.Invalid{{Pointer: "", Detail: fmt.Sprintf("has a column %.40q that is not known: it has id, number, credential, name, email, birth_date, issuer, scheme, at", h)}}
		}
		found = found || h == "id" || h == "number" || h == "credential"
	}
	if !found {
		return nil, fault.Invalid{{Pointer: "", Detail: "has no column id, number or credential"}}
	}
	return func() (batchLine, error) {
		record, err := table.row()
		if err != nil {
			return standing, err
		}
		l := standing
		for i, v := range record {
			if v = strings.TrimSpace(v); v != "" && i < len(columns) {
				columns[i](&l, v)
			}
		}
		return l, nil
	}, nil
}

// table is CSV with a heading, separated by commas or, where the heading says
// so, by semicolons.
type table struct {
	heading []string
	meter   *metered
	rows    *csv.Reader
}

func tableOf(in *bufio.Reader) (table, error) {
	if mark, err := in.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = in.Discard(3) // just looked at
	}
	t := table{meter: &metered{Reader: in}}
	t.rows = csv.NewReader(t.meter)
	t.rows.FieldsPerRecord, t.rows.ReuseRecord, t.rows.TrimLeadingSpace = -1, true, true
	start, _ := in.Peek(1 << 10) // of a shorter list what there is
	if first, _, _ := strings.Cut(string(start), "\n"); strings.Count(first, ";") > strings.Count(first, ",") {
		t.rows.Comma = ';'
	}
	heading, err := t.rows.Read()
	if err != nil {
		return t, fault.Invalid{{Pointer: "", Detail: "has no heading that can be read as CSV"}}
	}
	t.heading = slices.Clone(heading)
	return t, nil
}

// row reads the next row; errLine for one that cannot be read.
func (t table) row() ([]string, error) {
	t.meter.read = 0
	record, err := t.rows.Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return nil, fmt.Errorf("%w: %w", errLine, parse.Err)
	}
	return record, err
}

func csvColumns() map[string]func(*batchLine, string) {
	typed := func(l *batchLine, v string) { x := l.with(v); l.Number, l.Credential = x.Number, x.Credential }
	return map[string]func(*batchLine, string){
		"id": typed, "number": typed, "credential": typed,
		"name":       func(l *batchLine, v string) { l.Expect.Name = v },
		"email":      func(l *batchLine, v string) { l.Expect.Email = v },
		"birth_date": func(l *batchLine, v string) { l.Expect.BirthDate = v },
		"issuer":     func(l *batchLine, v string) { l.Expect.Issuer = v },
		"scheme":     func(l *batchLine, v string) { l.Expect.Scheme = v },
		"at":         func(l *batchLine, v string) { l.At = v },
	}
}

// errEndless is a record of CSV without an end.
var errEndless = errors.New("a record without an end")

// metered stops a record that never ends: an opened quotation mark would read
// all the rest into memory.
type metered struct {
	io.Reader
	read int
}

func (m *metered) Read(p []byte) (int, error) {
	if m.read > maxLine {
		return 0, errEndless
	}
	n, err := m.Reader.Read(p)
	m.read += n
	return n, err
}
