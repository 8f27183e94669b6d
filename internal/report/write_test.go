package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/report"
)

// hostile is what somebody may write into a name.
func hostile() []string {
	return []string{`=HYPERLINK("http://x.example","y")`, "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "＝1+1", `a"b,c` + "\r\nd", "Ömer  Şahin", "'=1"}
}

func sample() *report.Report {
	return &report.Report{Name: "sample", Body: "b", AsOf: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), About: []string{"how"}, Tables: []report.Table{
		{Name: "people", Columns: []string{"name", "n", "rate", "on", "yes", "missing"}, Each: func(_ context.Context, row func(...any) error) error {
			for i, s := range hostile() {
				if err := row(s, -i, nil, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), true, report.Lacks{{Units: 5}, {Category: "real time", Units: 2.5}, {Year: 2, Units: 1}}); err != nil {
					return err
				}
			}
			return nil
		}},
		{Name: "none", Columns: []string{"a"}, Each: func(context.Context, func(...any) error) error { return nil }},
	}}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample().JSON(t.Context(), &b))
	var got struct {
		Report string
		AsOf   time.Time `json:"as_of"`
		About  []string
		People []map[string]any
		None   []any
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, "sample", got.Report)
	require.NotNil(t, got.None)
	require.Len(t, got.People, len(hostile()))
	for i, s := range hostile() {
		require.Equal(t, s, got.People[i]["name"], "JSON tells exactly what is on record")
	}
	require.Nil(t, got.People[0]["rate"])
	require.Equal(t, []any{map[string]any{"units": 5.0}, map[string]any{"category": "real time", "units": 2.5}, map[string]any{"year": 2.0, "units": 1.0}}, got.People[0]["missing"])
}

func TestCSVIsNoFormula(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample().CSV(t.Context(), &b, ""))
	lines, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"name", "n", "rate", "on", "yes", "missing"}, lines[0])
	for i, s := range hostile() {
		cell := lines[i+1][0]
		require.NotContains(t, "=+-@\t\r\n＝＋－＠", string([]rune(cell)[0]), "%q", s)
		require.Equal(t, strings.ReplaceAll(s, "\r\n", "\n"), strings.TrimPrefix(cell, map[bool]string{true: "'", false: ""}[i < 8]))
	}
	require.Equal(t, []string{"-1", "", "2026-03-01T09:00:00Z", "true", "5; real time: 2.5; year 2: 1"}, lines[2][1:], "a negative number stays one")
	require.Error(t, sample().CSV(t.Context(), io.Discard, "other"))
}

func TestXLSX(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample().XLSX(t.Context(), &b))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	sheets := 0
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			sheets++
			require.NotContains(t, string(data), "<f>", "no cell is a formula")
		}
	}
	require.Equal(t, 3, sheets, "people, none, about")
}

// TestSheetsAreWellFormed: every part is XML to its end, and what one sheet
// cannot take goes on the next.
func TestSheetsAreWellFormed(t *testing.T) {
	for limit, want := range map[int]int{4: 5, 11: 3, 100: 3} { // 11 rows, none, about (4 rows)
		var b bytes.Buffer
		require.NoError(t, sample().Workbook(t.Context(), &b, limit))
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		require.NoError(t, err)
		sheets, rows := 0, 0
		for _, f := range z.File {
			if !strings.HasSuffix(f.Name, ".xml") {
				continue
			}
			r, err := f.Open()
			require.NoError(t, err)
			roots, depth := 0, 0
			for d := xml.NewDecoder(r); ; {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, "%s", f.Name)
				switch x := token.(type) {
				case xml.StartElement:
					if depth == 0 {
						roots++
					}
					if depth++; x.Name.Local == "row" {
						rows++
					}
				case xml.EndElement:
					depth--
				}
			}
			require.Equal(t, []int{1, 0}, []int{roots, depth}, "%s", f.Name)
			if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
				sheets++
			}
		}
		require.Equal(t, want, sheets, "limit %d", limit)
		require.Equal(t, 11+4+sheets, rows, "each sheet has its heading, and no row is lost")
	}
}

// TestFailureIsTold: what cannot be read to the end is an error in every format.
func TestFailureIsTold(t *testing.T) {
	broken := errors.New("the database is away")
	r := sample()
	r.Tables[0].Each = func(_ context.Context, row func(...any) error) error {
		return errors.Join(row("Ada", 1, 0.5, time.Time{}, false, report.Lacks{}), broken)
	}
	require.ErrorIs(t, r.JSON(t.Context(), io.Discard), broken)
	require.ErrorIs(t, r.CSV(t.Context(), io.Discard, ""), broken)
	require.ErrorIs(t, r.XLSX(t.Context(), io.Discard), broken)
}
