package report

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
)

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// JSON writes the report as one object: report, body, as_of, about, and each
// table under its name as a list of objects with a member for each column, null
// where there is no value.
func (r *Report) JSON(ctx context.Context, to io.Writer) error {
	w := bufio.NewWriter(to)
	head, err := json.Marshal(map[string]any{"report": r.Name, "body": r.Body, "as_of": r.AsOf, "about": append([]string{}, r.About...)})
	if err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	_, _ = w.Write(head[:len(head)-1]) // a failed write is told by Flush
	for _, t := range r.Tables {
		fmt.Fprintf(w, ",%s:[", quoted(t.Name))
		names := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			names[i] = quoted(c) + ":"
		}
		between := ""
		err := t.Each(ctx, func(values ...any) error {
			_, _ = w.WriteString(between + "{")
			for i, v := range values {
				data, err := json.Marshal(plain(v))
				if err != nil {
					return err
				}
				if i > 0 {
					_ = w.WriteByte(',')
				}
				_, _ = w.WriteString(names[i])
				_, _ = w.Write(data)
			}
			between = ","
			_, err := w.WriteString("}\n")
			return err
		})
		if err != nil {
			return fmt.Errorf("writing table %s: %w", t.Name, err)
		}
		_, _ = w.WriteString("]")
	}
	_, _ = w.WriteString("}\n")
	return w.Flush()
}

func quoted(s string) string { return strconv.Quote(s) } // names are plain words

// plain is a value as JSON tells it.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
	case Lacks:
		type missing struct {
			Category   string  `json:"category,omitempty"`
			Year       int     `json:"year,omitempty"`
			Categories int     `json:"categories,omitempty"`
			Units      float64 `json:"units"`
		}
		out := make([]missing, len(v))
		for i, m := range []cpd.Missing(v) {
			out[i] = missing(m)
		}
		return out
	}
	return v
}

// text is a value as one cell tells it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return number(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	default:
		return fmt.Sprint(v)
	}
}

// CSV writes one table (RFC 4180, but lines end in LF: else a CR within a value
// would be lost) with the names of its columns as first line.
// Text that a spreadsheet would take for a formula begins with an apostrophe;
// numbers stay what they are.
func (r *Report) CSV(ctx context.Context, to io.Writer, table string) error {
	t, ok := r.table(table)
	if !ok {
		return fmt.Errorf("report %s has no table %q", r.Name, table)
	}
	w := csv.NewWriter(to)
	if err := w.Write(t.Columns); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	line := make([]string, len(t.Columns))
	err := t.Each(ctx, func(values ...any) error {
		for i, v := range values {
			line[i] = text(v)
			switch v.(type) {
			case int, float64:
			default:
				line[i] = Defused(line[i])
			}
		}
		return w.Write(line)
	})
	if err != nil {
		return fmt.Errorf("writing table %s: %w", t.Name, err)
	}
	w.Flush()
	return w.Error()
}

// Has tells whether the report has the table; the empty name is the first's.
func (r *Report) Has(table string) bool {
	_, ok := r.table(table)
	return ok
}

func (r *Report) table(name string) (Table, bool) {
	for _, t := range r.Tables {
		if name == "" || t.Name == name {
			return t, true
		}
	}
	return Table{}, false
}

// Defused puts an apostrophe before text that a spreadsheet would take for a
// formula or that begins with what a spreadsheet skips before one.
func Defused(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
