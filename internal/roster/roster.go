// Package roster reads a list as people keep them, of people and certificates
// to check: CSV of any kind, a worksheet, lines that were pasted. It finds out
// which column is which, and writes what was found as CSV and XLSX. It judges
// nothing and stores nothing.
package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Limits of a list.
const (
	MaxFile    = 16 << 20
	MaxLines   = 100_000
	maxColumns = 60
	maxCell    = 1 << 20 // a credential with its chain is 11 kB
)

// UnreadableError says why a list cannot be read and what to do, in a sentence
// that begins with "The list".
type UnreadableError struct{ Says string }

func (e *UnreadableError) Error() string { return "The list " + e.Says }

func unreadable(format string, args ...any) error {
	return &UnreadableError{fmt.Sprintf(format, args...)}
}

// Table is a list as read: rows of cells, the heading among them.
type Table struct {
	Rows  [][]string
	First int // line of the first row in the file, from 1
}

// Read reads a list of whatever form: told by the content, not by a name.
func Read(data []byte) (Table, error) {
	switch {
	case len(data) > MaxFile:
		return Table{}, unreadable("is larger than %d MiB. Leave out columns that are not needed, or cut it in parts.", MaxFile>>20)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readWorkbook(data)
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")):
		return Table{}, unreadable("is a workbook of the old kind (.xls) or protected by a password. Save it as .xlsx without a password, or as CSV.")
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return Table{}, unreadable("is a PDF. Export it as XLSX or CSV, or copy the lines into the text field.")
	}
	text, err := decode(data)
	if err != nil {
		return Table{}, err
	}
	return readText(text)
}

// decode finds the encoding: a byte order mark, zeros in every other place,
// UTF-8, else Windows-1252, which office programs of the West write.
func decode(data []byte) (string, error) {
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF")):
		data, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
	case zeros(data, 1):
		data, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	case zeros(data, 0):
		data, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	case !utf8.Valid(data):
		data, err = charmap.Windows1252.NewDecoder().Bytes(data)
	}
	if err != nil || bytes.IndexByte(data, 0) >= 0 {
		return "", unreadable("is no text that can be read. Save it as CSV in UTF-8, or as XLSX.")
	}
	return strings.TrimPrefix(string(data), "\uFEFF"), nil
}

// zeros tells whether most bytes in the even (0) or odd (1) places are zero.
func zeros(data []byte, place int) bool {
	n, all := 0, 0
	for i := place; i < min(len(data), 4096); i += 2 {
		if all++; data[i] == 0 {
			n++
		}
	}
	return all > 1 && n*10 > all*6
}

// readText reads CSV with whichever separator it has, or plain lines.
func readText(text string) (Table, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if rest, ok := strings.CutPrefix(text, "sep="); ok && len(rest) > 1 && rest[1] == '\n' { // what Excel writes and reads
		text = rest[2:]
	}
	comma := separator(text)
	if comma == 0 {
		return readLines(text)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = comma, -1, true, true
	t := Table{First: 1}
	for {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return t.checked()
		case err != nil:
			return t, unreadable("cannot be read as CSV near line %d. Look for a quotation mark that is not closed.", len(t.Rows)+1)
		}
		if t.Rows, err = appended(t.Rows, row); err != nil {
			return t, err
		}
	}
}

func readLines(text string) (Table, error) {
	t := Table{First: 1}
	var err error
	for line := range strings.SplitSeq(text, "\n") {
		if t.Rows, err = appended(t.Rows, []string{line}); err != nil {
			return t, err
		}
	}
	return t.checked()
}

// appended adds a row that says something.
func appended(rows [][]string, row []string) ([][]string, error) {
	empty := true
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
		empty = empty && row[i] == ""
		if len(row[i]) > maxCell {
			return rows, unreadable("has a cell of more than %d bytes in row %d. A quotation mark may not be closed.", maxCell, len(rows)+1)
		}
	}
	if empty {
		return rows, nil
	}
	if len(rows) > MaxLines { // with the heading
		return rows, unreadable("has more than %d lines. Cut it in parts.", MaxLines)
	}
	return append(rows, row[:min(len(row), maxColumns)]), nil
}

func (t Table) checked() (Table, error) {
	if len(t.Rows) == 0 {
		return t, unreadable("is empty. Give at least one number, one on a line.")
	}
	return t, nil
}

// separator is what most of the first lines have equally often, outside of
// quotation marks; 0: nothing has.
func separator(text string) rune {
	const looked = 20
	best, most := rune(0), 0
	lines := strings.SplitN(text, "\n", looked+1)
	for _, c := range []rune{'\t', ';', ',', '|'} {
		counts := map[int]int{}
		for i, l := range lines {
			if i < looked && strings.TrimSpace(l) != "" {
				counts[outside(l, c)]++
			}
		}
		for n, times := range counts {
			if n > 0 && times > most {
				best, most = c, times
			}
		}
	}
	return best
}

func outside(line string, c rune) int {
	n, quoted := 0, false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == c && !quoted:
			n++
		}
	}
	return n
}
