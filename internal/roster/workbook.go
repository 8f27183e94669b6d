package roster

import (
	"bytes"

	"github.com/xuri/excelize/v2"
)

// maxUnpacked bounds a workbook unpacked, so that a small file cannot fill the
// memory; all of it stays in memory, none in temporary files.
const maxUnpacked = 96 << 20

// readWorkbook reads the first worksheet that has anything in it.
func readWorkbook(data []byte) (t Table, err error) {
	defer func() { // a workbook made to break the reader is unreadable, no more
		if recover() != nil {
			t, err = Table{}, unreadable("is a workbook that cannot be read. Save it again, or as CSV.")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return t, unreadable("is a workbook that cannot be read, or is far larger unpacked than it looks. Save the columns needed as CSV.")
	}
	defer f.Close() //nolint:errcheck // in memory
	for _, sheet := range f.GetSheetList() {
		if t, err = readSheet(f, sheet); err != nil || len(t.Rows) > 0 {
			return t, err
		}
	}
	return t.checked()
}

func readSheet(f *excelize.File, sheet string) (Table, error) {
	t := Table{First: 1}
	rows, err := f.Rows(sheet)
	if err != nil {
		return t, nil //nolint:nilerr // a chart, say: another sheet may be one
	}
	defer rows.Close() //nolint:errcheck // in memory
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return t, unreadable("is a workbook with a damaged worksheet. Save it again, or as CSV.")
		}
		if t.Rows, err = appended(t.Rows, row); err != nil {
			return t, err
		}
	}
	return t, nil
}
