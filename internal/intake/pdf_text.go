package intake

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// printed are the addresses in the text of the first pages.
func printed(c *model.Context) []string {
	if c.EnsurePageCount() != nil {
		return nil
	}
	var out []string
	left := int64(maxText)
	take := func(o types.Object) []byte {
		data := inflated(c, o, left)
		left -= int64(len(data))
		return data
	}
	for n := 1; n <= min(c.PageCount, maxPages); n++ {
		page, _, inherited, err := c.PageDict(n, false)
		if err != nil {
			continue
		}
		contents := types.Array{page["Contents"]}
		if all, err := c.DereferenceArray(page["Contents"]); err == nil && all != nil {
			contents = all
		}
		var text []byte // one string may go on in the next stream
		for _, o := range contents {
			text = append(append(text, take(o)...), '\n')
		}
		resources, err := c.DereferenceDict(page["Resources"])
		if (err != nil || resources == nil) && inherited != nil {
			resources = inherited.Resources
		}
		out = append(out, addressesIn(shown(text, fonts(c, resources, take)))...)
	}
	return out
}

// font turns the codes of a font into text, where it says how (ToUnicode, ISO
// 32000-1, 9.10.3). The zero font has codes of one byte that are the text.
type font struct {
	size int // bytes of a code
	text map[uint32]string
}

// maxCodes bounds what is read of one font: all codes of two bytes, and the
// words around them.
const maxCodes = 1 << 18

func fonts(c *model.Context, resources types.Dict, take func(types.Object) []byte) map[string]font {
	out := map[string]font{}
	all, err := c.DereferenceDict(resources["Font"])
	if err != nil {
		return out
	}
	for name, o := range all {
		if d, err := c.DereferenceDict(o); err == nil && d["ToUnicode"] != nil {
			out[name] = parseFont(take(d["ToUnicode"]))
		}
	}
	return out
}

// parseFont reads the sections of a CMap that matter:
//
//	beginbfchar  <code> <text> …          endbfchar
//	beginbfrange <from> <to> <text> …     endbfrange, also <from> <to> [<text> …]
func parseFont(cmap []byte) font {
	f, left := font{text: map[uint32]string{}}, maxCodes
	section := regexp.MustCompile(`(?s)beginbf(char|range)(.*?)endbf`)
	token := regexp.MustCompile(`<[0-9A-Fa-f\s]*>|\[|\]`)
	for _, s := range section.FindAllSubmatch(cmap, -1) {
		var codes [][]byte
		array := false
		for _, t := range token.FindAll(s[2], -1) {
			if t[0] == '[' || t[0] == ']' {
				if array = t[0] == '['; !array {
					codes = nil
				}
				continue
			}
			if left--; left < 0 {
				return f
			}
			codes = append(codes, unhex(t))
			switch {
			case string(s[1]) == "char" && len(codes) == 2:
				f.define(codes[0], number(codes[0]), codes[1], 0)
				codes = nil
			case string(s[1]) == "range" && array && len(codes) > 2:
				f.define(codes[0], number(codes[0])+uint32(len(codes)-3), codes[len(codes)-1], 0)
			case string(s[1]) == "range" && !array && len(codes) == 3:
				for n, i := number(codes[0]), uint32(0); n+i <= number(codes[1]) && left > 0; i++ {
					f.define(codes[0], n+i, codes[2], i)
					left--
				}
				codes = nil
			}
		}
	}
	return f
}

// define gives a code its text, UTF-16 whose last unit grows by more.
func (f *font) define(code []byte, n uint32, text []byte, more uint32) {
	if len(code) == 0 || len(code) > 2 || len(text) < 2 || len(text) > 32 {
		return
	}
	var units []uint16
	for i := 0; i+1 < len(text); i += 2 {
		units = append(units, uint16(text[i])<<8|uint16(text[i+1]))
	}
	units[len(units)-1] += uint16(more)
	f.size, f.text[n] = len(code), string(utf16.Decode(units))
}

func (f font) decode(raw string) string {
	if f.size == 0 {
		return raw
	}
	var out strings.Builder
	for i := 0; i+f.size <= len(raw); i += f.size {
		out.WriteString(f.text[number([]byte(raw[i:i+f.size]))])
	}
	return out.String()
}

func number(code []byte) uint32 {
	var n uint32
	for _, b := range code[:min(len(code), 4)] {
		n = n<<8 | uint32(b)
	}
	return n
}

// unhex reads a string in angle brackets; an odd last digit counts as if 0 followed.
func unhex(token []byte) []byte {
	digits := strings.Join(strings.Fields(string(token[1:len(token)-1])), "")
	out, err := hex.DecodeString(digits + strings.Repeat("0", len(digits)%2))
	if err != nil {
		return nil
	}
	return out
}

// shown joins the strings that a page's content shows (ISO 32000-1, 7.3.4 and
// 9.4.3): pieces of one TJ array belong together, all others are told apart by
// a space.
func shown(content []byte, known map[string]font) string {
	var out strings.Builder
	var current font
	name, array := "", false
	show := func(raw string) {
		out.WriteString(current.decode(raw))
		if !array {
			out.WriteByte(' ')
		}
	}
	for i := 0; i < len(content); i++ {
		switch c := content[i]; c {
		case '[', ']':
			if array = c == '['; !array {
				out.WriteByte(' ')
			}
		case '%': // a comment, to the end of the line
			i += span(content[i:], func(b byte) bool { return b != '\n' && b != '\r' })
		case '/':
			n := span(content[i+1:], regular)
			name = string(content[i+1 : i+1+n])
			i += n
		case '(':
			text, n := literal(content[i:])
			show(text)
			i += n
		case '<':
			n := bytes.IndexByte(content[i:], '>')
			if n < 0 {
				return out.String()
			}
			show(string(unhex(content[i : i+n+1])))
			i += n
		default:
			if n := span(content[i:], regular); n > 0 {
				if string(content[i:i+n]) == "Tf" {
					current = known[name]
				}
				i += n - 1
			}
		}
	}
	return out.String()
}

// span is how many bytes at the beginning are of a kind.
func span(data []byte, kind func(byte) bool) int {
	for i, b := range data {
		if !kind(b) {
			return i
		}
	}
	return len(data)
}

func regular(b byte) bool { return b > ' ' && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(b)) }

// literal reads the string in parentheses at the beginning, and tells where
// its last byte is.
func literal(data []byte) (string, int) {
	var out []byte
	depth := 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '(':
			if depth++; depth > 1 {
				out = append(out, c)
			}
		case c == ')':
			if depth--; depth == 0 {
				return string(out), i
			}
			out = append(out, c)
		case c == '\\' && i+1 < len(data):
			i++
			if n := span(data[i:min(i+3, len(data))], func(b byte) bool { return b >= '0' && b <= '7' }); n > 0 {
				code, _ := strconv.ParseUint(string(data[i:i+n]), 8, 16) // digits, so no fault
				out, i = append(out, byte(code)), i+n-1
				continue
			}
			if at := strings.IndexByte("nrtbf", data[i]); at >= 0 {
				out = append(out, "\n\r\t\b\f"[at])
			} else if data[i] != '\n' && data[i] != '\r' { // a line that goes on
				out = append(out, data[i])
			}
		default:
			out = append(out, c)
		}
	}
	return string(out), len(data)
}
