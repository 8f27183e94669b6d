package registry

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// row is one record of a directory, its fields by our names.
type row struct {
	at     string // where in the file, for people
	fields map[string]string
}

// maxRowFaults bounds what a faulty file is answered with.
const maxRowFaults = 50

// rows reads the directory; a fault names its place.
func (m Mapping) rows(file NamedReader) ([]row, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file.Name, err)
	}
	if len(data) > maxImport {
		return nil, fault.Invalid{{Detail: fmt.Sprintf("%s: is larger than %d bytes", file.Name, maxImport)}}
	}
	switch m.Input.Encoding {
	case "windows-1252":
		data, err = charmap.Windows1252.NewDecoder().Bytes(data)
	case "utf-16":
		data, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
	}
	if err != nil {
		return nil, fault.Invalid{{Detail: file.Name + ": is not in " + m.Input.Encoding}}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if m.Input.Type == "json" {
		return m.jsonRows(file.Name, data)
	}
	return m.csvRows(file.Name, data)
}

func (m Mapping) csvRows(name string, data []byte) ([]row, error) {
	r := csv.NewReader(bytes.NewReader(data))
	if m.Input.Delimiter != "" {
		r.Comma = []rune(m.Input.Delimiter)[0]
	}
	head, err := r.Read()
	if err != nil {
		return nil, csvFault(name, err)
	}
	column := map[string]int{}
	for i, h := range head {
		h = strings.TrimSpace(h)
		if _, twice := column[h]; twice {
			return nil, fault.Invalid{{Detail: fmt.Sprintf("%s: has two columns %q", name, h)}}
		}
		column[h] = i
	}
	var f fault.Invalid
	for _, field := range slices.Sorted(maps.Keys(m.Fields)) {
		if _, ok := column[m.Fields[field]]; !ok {
			f.Add("/fields/"+field, fmt.Sprintf("%s: has no column %q", name, m.Fields[field]))
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	var out []row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, csvFault(name, err)
		}
		line, _ := r.FieldPos(0)
		x := row{at: "line " + strconv.Itoa(line), fields: map[string]string{}}
		for field, h := range m.Fields {
			x.fields[field] = strings.TrimSpace(record[column[h]])
		}
		out = append(out, x)
	}
}

func csvFault(name string, err error) error {
	var at *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fault.Invalid{{Detail: name + ": is empty"}}
	case errors.As(err, &at):
		return fault.Invalid{{Detail: fmt.Sprintf("%s, line %d: %v", name, at.Line, at.Err)}}
	default:
		return fault.Invalid{{Detail: name + ": " + err.Error()}}
	}
}

func (m Mapping) jsonRows(name string, data []byte) ([]row, error) {
	var whole any
	if err := ijson.Decode(data, &whole); err != nil {
		return nil, located(err, name, "")
	}
	list, ok := follow(whole, m.Input.Records).([]any)
	if !ok {
		return nil, fault.Invalid{{Pointer: m.Input.Records, Detail: name + ": is no list of records"}}
	}
	var out []row
	for i, record := range list {
		x := row{at: fmt.Sprintf("%s/%d", m.Input.Records, i), fields: map[string]string{}}
		for field, pointer := range m.Fields {
			x.fields[field] = m.scalar(follow(record, pointer))
		}
		out = append(out, x)
	}
	return out, nil
}

// follow walks a JSON Pointer (RFC 6901); nil if it leads nowhere.
func follow(v any, pointer string) any {
	if pointer == "" {
		return v
	}
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// scalar is a JSON value as a directory's cell; a list is joined.
func (m Mapping) scalar(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(x)
	case []any:
		var parts []string
		for _, y := range x {
			if s := m.scalar(y); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, m.Separator)
	default:
		data, err := json.Marshal(x)
		if err != nil {
			return ""
		}
		return string(data)
	}
}

// day reads a date in one of the mapping's forms.
func (m Mapping) day(s string) (time.Time, bool) {
	for _, form := range m.Dates {
		layout := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02").Replace(form)
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1800 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// word translates what the directory writes; a word that is not in the table is
// not ok, unless there is no table for the field.
func (m Mapping) word(field, s string) (string, bool) {
	table, ok := m.Values[field]
	if !ok || s == "" {
		return s, true
	}
	for theirs, ours := range table {
		if strings.EqualFold(strings.TrimSpace(theirs), s) {
			return ours, true
		}
	}
	return s, false
}

func (m Mapping) several(s string) []string {
	var out []string
	for _, part := range strings.Split(s, m.Separator) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}
