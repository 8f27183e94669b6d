package roster_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/bonafide-dev/bonafide/internal/roster"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

const other = "0000-0000-0000-0"

// typed is a number that fits its check character.
func typed(t testing.TB) string {
	n, err := credential.ParseNumber(other)
	require.NoError(t, err)
	return string(n)
}

func entries(t testing.TB, data []byte) ([]roster.Entry, bool) {
	table, err := roster.Read(data)
	require.NoError(t, err)
	c, sure := table.Guess()
	return table.Entries(c), sure
}

func encoded(t testing.TB, text string, e interface{ Bytes([]byte) ([]byte, error) }) []byte {
	b, err := e.Bytes([]byte(text))
	require.NoError(t, err)
	return b
}

func TestListsAsPeopleKeepThem(t *testing.T) {
	n := typed(t)
	german := "Name;E-Mail;Zertifikatsnummer\r\nJürgen Groß;j@example.org;" + n + "\r\n"
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) []byte {
		return encoded(t, german, unicode.UTF16(e, b).NewEncoder())
	}
	for name, data := range map[string][]byte{
		"UTF-8":             []byte(german),
		"a mark":            []byte("\uFEFF" + german),
		"sep=":              []byte("sep=;\n" + german),
		"Windows-1252":      encoded(t, german, charmap.Windows1252.NewEncoder()),
		"UTF-16 LE, mark":   utf16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16 BE, mark":   utf16(unicode.BigEndian, unicode.UseBOM),
		"UTF-16 LE":         utf16(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16 BE":         utf16(unicode.BigEndian, unicode.IgnoreBOM),
		"tabs":              []byte(strings.ReplaceAll(german, ";", "\t")),
		"commas":            []byte(strings.ReplaceAll(german, ";", ",")),
		"bars":              []byte(strings.ReplaceAll(german, ";", "|")),
		"old line feeds":    []byte(strings.ReplaceAll(german, "\r\n", "\r")),
		"quotation marks":   []byte(strings.ReplaceAll(german, "Jürgen Groß", `"Jürgen Groß"`)),
		"other order":       []byte("Nr;Inhaber;Mail\n" + n + ";Jürgen Groß;j@example.org"),
		"without a heading": []byte("x;Jürgen Groß;" + n + ";j@example.org"),
	} {
		all, sure := entries(t, data)
		require.Len(t, all, 1, name)
		require.True(t, sure, name)
		require.Equal(t, n, all[0].Number, name)
		require.Equal(t, "j@example.org", all[0].Email, name)
		if name != "without a heading" {
			require.Equal(t, "Jürgen Groß", all[0].Name, name)
		}
	}
	all, sure := entries(t, []byte("\n"+n+"\n\n  0000 0000 0000 0\nAda Lovelace "+n+" (leader)\nhttps://register.example/c/"+n+"\nnothing at all\n"))
	require.True(t, sure)
	require.Len(t, all, 5)
	require.Equal(t, n, all[2].Number, "a number within a line")
	require.Equal(t, "nothing at all", all[4].Number, "what is no number stays, to be told so")
}

func TestColumnsThatCannotBeTold(t *testing.T) {
	n := typed(t)
	for _, text := range []string{"a,b\nc,d\n", "first,second\n" + n + "," + n + "\n"} {
		table, err := roster.Read([]byte(text))
		require.NoError(t, err)
		_, sure := table.Guess()
		require.False(t, sure, text)
	}
}

func TestListsThatAreRefused(t *testing.T) {
	bomb := func() []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		part, err := w.Create("xl/worksheets/sheet1.xml")
		require.NoError(t, err)
		for range 300 {
			_, err = part.Write(bytes.Repeat([]byte(" "), 1<<20))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return b.Bytes()
	}()
	require.Less(t, len(bomb), 1<<20)
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"blank":         []byte(" \n\n ; ; \n"),
		"too large":     bytes.Repeat([]byte("x"), roster.MaxFile+1),
		"too long":      bytes.Repeat([]byte("x\n"), roster.MaxLines+2),
		"one huge line": append([]byte("a,b\n\""), bytes.Repeat([]byte("x"), 2<<20)...),
		"a bomb":        bomb,
		"half a zip":    []byte("PK\x03\x04 and nothing more"),
		"an old book":   []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
		"a PDF":         []byte("%PDF-1.7"),
		"a program":     []byte("\x7fELF\x01\x00\x02\x00\x00\x00"),
	} {
		_, err := roster.Read(data)
		var no *roster.UnreadableError
		require.ErrorAs(t, err, &no, name)
		require.NotEmpty(t, no.Says, name)
	}
	table, err := roster.Read(bytes.Repeat([]byte(other+"\n"), roster.MaxLines))
	require.NoError(t, err)
	require.Len(t, table.Rows, roster.MaxLines)
}

func TestWorkbooks(t *testing.T) {
	n := typed(t)
	f := excelize.NewFile()
	_, err := f.NewSheet("List")
	require.NoError(t, err)
	for i, row := range [][]any{{"Full name", "Certificate No."}, {"山田太郎", n}, {"=cmd|' /C calc'!A0", n}} {
		require.NoError(t, f.SetSheetRow("List", fmt.Sprintf("B%d", i+3), &row))
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	all, sure := entries(t, b.Bytes())
	require.True(t, sure)
	require.Len(t, all, 2)
	require.Equal(t, "山田太郎", all[0].Name)
	require.Equal(t, n, all[0].Number)
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, cell := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|x", "%x", "＝1"} {
		require.Equal(t, "'"+cell, roster.Defused(cell))
	}
	for _, cell := range []string{"", "Ada", "0000-0000", "'=1"} {
		require.Equal(t, cell, roster.Defused(cell))
	}
	var book bytes.Buffer
	w, err := roster.NewWorkbook(&book)
	require.NoError(t, err)
	require.NoError(t, w.Row("=1+1", strings.Repeat("x", 40_000)))
	require.NoError(t, w.Close())
	f, err := excelize.OpenReader(&book)
	require.NoError(t, err)
	formula, err := f.GetCellFormula("Sheet1", "A1")
	require.NoError(t, err)
	require.Empty(t, formula)
	value, err := f.GetCellValue("Sheet1", "A1")
	require.NoError(t, err)
	require.Equal(t, "=1+1", value)
	var plain bytes.Buffer
	p := roster.NewPlain(&plain)
	require.NoError(t, p.Row(`a "b", c`, "", "d;e"))
	require.NoError(t, p.Row("=x", "", "é"))
	require.NoError(t, p.Close())
	table, err := roster.Read(plain.Bytes())
	require.NoError(t, err)
	require.Equal(t, [][]string{{`a "b", c`, "", "d;e"}, {"=x", "", "é"}}, table.Rows)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a;b\n1;2"))
	f.Add([]byte("\xFF\xFEa\x00"))
	f.Add([]byte("\"a\n,"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := roster.Read(data)
		if err != nil {
			return
		}
		c, _ := table.Guess()
		table.Entries(c)
	})
}
