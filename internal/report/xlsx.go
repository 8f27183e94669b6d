package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// sheetRows is how many rows of a table one sheet takes: what Excel reads is
// 1,048,576 lines, of which one is the heading.
const sheetRows = 1_048_575

// XLSX writes the report as a workbook with a sheet for each table, and one
// that tells how to read it. Cells are typed: text is never a formula. Rows go
// to a temporary file once they fill 16 MB.
func (r *Report) XLSX(ctx context.Context, to io.Writer) error {
	return r.workbook(ctx, to, sheetRows)
}

func (r *Report) workbook(ctx context.Context, to io.Writer, limit int) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	dated, err := f.NewStyle(&excelize.Style{CustomNumFmt: new("yyyy-mm-dd hh:mm:ss")})
	if err != nil {
		return fmt.Errorf("writing workbook: %w", err)
	}
	for _, t := range r.Tables {
		s := sheets{file: f, table: t, dated: dated, limit: limit}
		if err := t.Each(ctx, s.row); err != nil {
			return fmt.Errorf("writing table %s: %w", t.Name, err)
		}
		if err := s.end(); err != nil {
			return fmt.Errorf("writing table %s: %w", t.Name, err)
		}
	}
	about := Table{Name: "about", Columns: []string{"report", "value"}}
	s := sheets{file: f, table: about, dated: dated, limit: limit}
	rows := [][]any{{"name", r.Name}, {"body", r.Body}, {"as_of", r.AsOf}}
	for _, line := range r.About {
		rows = append(rows, []any{"note", line})
	}
	for _, row := range rows {
		if err := s.row(row...); err != nil {
			return fmt.Errorf("writing workbook: %w", err)
		}
	}
	if err := errors.Join(s.end(), f.DeleteSheet("Sheet1")); err != nil {
		return fmt.Errorf("writing workbook: %w", err)
	}
	return f.Write(to)
}

// sheets writes a table to as many sheets as it needs.
type sheets struct {
	file  *excelize.File
	table Table
	dated int
	limit int
	out   *excelize.StreamWriter
	rows  int // on this sheet
	made  int // sheets
}

func (s *sheets) begin() error {
	name := s.table.Name
	if s.made++; s.made > 1 {
		name = fmt.Sprintf("%s %d", name, s.made)
	}
	if _, err := s.file.NewSheet(name); err != nil {
		return err
	}
	var err error
	if s.out, err = s.file.NewStreamWriter(name); err != nil {
		return err
	}
	head := make([]any, len(s.table.Columns))
	for i, c := range s.table.Columns {
		head[i] = c
	}
	s.rows = 0
	return s.out.SetRow("A1", head)
}

func (s *sheets) row(values ...any) error {
	if s.out != nil && s.rows == s.limit {
		if err := s.out.Flush(); err != nil {
			return err
		}
		s.out = nil
	}
	if s.out == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	cells := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil, string, int, float64, bool:
			cells[i] = v
		case time.Time:
			if !v.IsZero() {
				cells[i] = excelize.Cell{StyleID: s.dated, Value: v.UTC().Truncate(time.Second)}
			}
		default:
			cells[i] = text(v)
		}
	}
	s.rows++
	at, err := excelize.CoordinatesToCellName(1, s.rows+1)
	if err != nil {
		return err
	}
	return s.out.SetRow(at, cells)
}

// end closes the sheet; a table without rows has one with its heading.
func (s *sheets) end() error {
	if s.out == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	return s.out.Flush()
}
