package ijson

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"unicode/utf16"
)

// text reads a string and returns it as it is written, without its quotes.
func (s *scanner) text() ([]byte, error) {
	start := s.at + 1
	for s.at = start; ; {
		s.at += plain(s.data[s.at:])
		if s.at >= len(s.data) || s.data[s.at] < ' ' {
			return nil, s.syntax()
		}
		if s.data[s.at] == '"' {
			s.at++
			return s.data[start : s.at-1], nil
		}
		if err := s.escape(); err != nil {
			return nil, err
		}
	}
}

// Eight bytes at once, each with its highest bit set where it is what is
// looked for (Anderson, Bit Twiddling Hacks, "Determine if a word has a byte
// less than n"). A byte behind one that was found may be set without cause.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain counts the bytes before the next quote, backslash or control character.
func plain(data []byte) int {
	n := 0
	for ; len(data)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(data[n:])
		quote, slash := w^ones*'"', w^ones*'\\'
		if ((w-ones*' ')&^w|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	for ; n < len(data); n++ {
		if c := data[n]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return n
}

// escape reads what a backslash begins.
func (s *scanner) escape() error {
	if s.at+1 >= len(s.data) {
		return s.syntax()
	}
	s.at += 2
	switch s.data[s.at-1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
	default:
		return s.syntax()
	}
	r, ok := s.hex()
	if !ok {
		return s.syntax()
	}
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if r >= 0xdc00 || !bytes.HasPrefix(s.data[s.at:], []byte(`\u`)) {
		return s.fail("holds half a surrogate pair")
	}
	s.at += 2
	low, ok := s.hex()
	if !ok {
		return s.syntax()
	}
	if low < 0xdc00 || low > 0xdfff {
		return s.fail("holds half a surrogate pair")
	}
	return nil
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.data) {
		return 0, false
	}
	var r rune
	for _, c := range s.data[s.at : s.at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	s.at += 4
	return r, true
}

// unquoted is a string's value.
func unquoted(raw []byte) string { return string(unescaped(raw)) }

// unescaped is a string's value, which is raw itself if nothing in it is escaped.
func unescaped(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var out string
	quoted := append(append([]byte{'"'}, raw...), '"')
	if json.Unmarshal(quoted, &out) != nil { // it was read before: it is a string
		return raw
	}
	return []byte(out)
}

// number reads a number: RFC 8259, section 6, its integers safe ones.
func (s *scanner) number() (any, error) {
	start := s.at
	digits := func() bool {
		from := s.at
		for s.at < len(s.data) && s.data[s.at] >= '0' && s.data[s.at] <= '9' {
			s.at++
		}
		return s.at > from
	}
	is := func(any ...byte) bool { return s.at < len(s.data) && bytes.IndexByte(any, s.data[s.at]) >= 0 }
	if is('-') {
		s.at++
	}
	zero := is('0')
	if from := s.at; !digits() || zero && s.at > from+1 {
		return nil, s.syntax()
	}
	integer := true
	if is('.') {
		s.at++
		if integer = false; !digits() {
			return nil, s.syntax()
		}
	}
	if is('e', 'E') {
		s.at++
		if is('+', '-') {
			s.at++
		}
		if integer = false; !digits() {
			return nil, s.syntax()
		}
	}
	text := s.data[start:s.at]
	if integer {
		if n, err := strconv.ParseInt(string(text), 10, 64); err != nil || n > maxSafe || n < -maxSafe {
			return nil, s.fail("is an integer beyond ±(2^53-1)")
		}
	}
	if !s.keep {
		return nil, nil
	}
	return json.Number(text), nil
}
