package roster

import (
	"encoding/csv"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Defused is a cell that no spreadsheet takes for a formula (OWASP, CSV
// injection): an apostrophe stands before what would begin one.
func Defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// CSV writes rows as they come. A byte order mark goes before, for programs that
// would else take UTF-8 for another encoding.
type CSV struct{ w *csv.Writer }

// NewCSV begins a file.
func NewCSV(out io.Writer) (*CSV, error) {
	if _, err := io.WriteString(out, "\uFEFF"); err != nil {
		return nil, err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180
	return &CSV{w}, nil
}

// Row writes one row, each cell defused.
func (c *CSV) Row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, x := range cells {
		safe[i] = Defused(x)
	}
	return c.w.Write(safe)
}

// Close ends the file.
func (c *CSV) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// maxCellRunes is what a cell of a worksheet holds (ECMA-376).
const maxCellRunes = 32_767

// Workbook writes rows into one worksheet. Every cell is text: none is a formula.
type Workbook struct {
	file *excelize.File
	rows *excelize.StreamWriter
	next int
	out  io.Writer
}

// NewWorkbook begins a file, which is written when it is closed.
func NewWorkbook(out io.Writer) (*Workbook, error) {
	f := excelize.NewFile()
	rows, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	return &Workbook{f, rows, 1, out}, nil
}

// Row writes one row. What is too long for a cell is left out, and the cell says so.
func (w *Workbook) Row(cells ...string) error {
	at, err := excelize.CoordinatesToCellName(1, w.next)
	if err != nil {
		return err
	}
	w.next++
	values := make([]any, len(cells))
	for i, x := range cells {
		if len(x) > maxCellRunes {
			x = "(too long for a worksheet; take the export as CSV or JSON)"
		}
		values[i] = x
	}
	return w.rows.SetRow(at, values)
}

// Close writes the file.
func (w *Workbook) Close() error {
	if err := w.rows.Flush(); err != nil {
		return err
	}
	if _, err := w.file.WriteTo(w.out); err != nil {
		return err
	}
	return w.file.Close()
}

// Plain writes rows that Read reads again cell for cell: for a list that is
// carried on in a form, not for a spreadsheet.
type Plain struct{ w *csv.Writer }

// NewPlain begins one.
func NewPlain(out io.Writer) *Plain { return &Plain{csv.NewWriter(out)} }

// Row writes one row as it is.
func (p *Plain) Row(cells ...string) error { return p.w.Write(cells) }

// Close ends it.
func (p *Plain) Close() error {
	p.w.Flush()
	return p.w.Error()
}
