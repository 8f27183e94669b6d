// Package ijson reads JSON that two programs cannot understand differently:
// I-JSON (RFC 7493) without duplicate names, invalid UTF-8, lone surrogates,
// unsafe integers, deep nesting or trailing data.
package ijson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth bounds nesting: no honest credential comes near it.
const MaxDepth = 64

const maxSafe = 1<<53 - 1 // RFC 7493, 2.2

// Error says what is wrong and where, as a JSON Pointer (RFC 6901).
type Error struct {
	Pointer string
	Detail  string
}

func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.Detail
	}
	return e.Pointer + ": " + e.Detail
}

// Check reports whether data is exactly one I-JSON value.
func Check(data []byte) error {
	if !utf8.Valid(data) {
		return &Error{Detail: "is not valid UTF-8"}
	}
	if !json.Valid(data) {
		var v any
		var syntax *json.SyntaxError
		if err := json.Unmarshal(data, &v); errors.As(err, &syntax) {
			return &Error{Detail: fmt.Sprintf("is not JSON: %s at byte %d", syntax.Error(), syntax.Offset)}
		}
		return &Error{Detail: "is not JSON"}
	}
	s := scanner{data: data}
	s.space()
	return s.value("", 0)
}

// scanner walks data that is known to be valid JSON.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) value(pointer string, depth int) error {
	if depth > MaxDepth {
		return &Error{pointer, fmt.Sprintf("is nested deeper than %d", MaxDepth)}
	}
	switch s.data[s.at] {
	case '{':
		return s.object(pointer, depth)
	case '[':
		s.at++
		for i := 0; ; i++ {
			if s.space(); s.data[s.at] == ']' {
				s.at++
				return nil
			}
			if err := s.value(pointer+"/"+strconv.Itoa(i), depth+1); err != nil {
				return err
			}
		}
	case '"':
		_, err := s.text(pointer)
		return err
	default:
		return s.scalar(pointer)
	}
}

func (s *scanner) object(pointer string, depth int) error {
	s.at++
	var seen [16]string
	names := seen[:0]
	var many map[string]bool
	for {
		if s.space(); s.data[s.at] == '}' {
			s.at++
			return nil
		}
		name, err := s.text(pointer)
		if err != nil {
			return err
		}
		if many == nil && len(names) == cap(names) {
			many = make(map[string]bool, 2*len(names))
			for _, n := range names {
				many[n] = true
			}
		}
		twice := many[name]
		for _, n := range names {
			twice = twice || n == name
		}
		if twice {
			return &Error{pointer + "/" + name, "stands twice"}
		}
		if many != nil {
			many[name] = true
		} else {
			names = append(names, name)
		}
		s.space()
		if err := s.value(pointer+"/"+name, depth+1); err != nil {
			return err
		}
	}
}

// text reads a string and returns it decoded.
func (s *scanner) text(pointer string) (string, error) {
	start := s.at + 1
	escaped := false
	for s.at++; s.data[s.at] != '"'; s.at++ {
		if s.data[s.at] != '\\' {
			continue
		}
		escaped = true
		s.at++
		if s.data[s.at] != 'u' {
			continue
		}
		r := s.hex(s.at + 1)
		s.at += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if r >= 0xdc00 || s.at+6 >= len(s.data) || s.data[s.at+1] != '\\' || s.data[s.at+2] != 'u' {
			return "", &Error{pointer, "holds half a surrogate pair"}
		}
		if low := s.hex(s.at + 3); low < 0xdc00 || low > 0xdfff {
			return "", &Error{pointer, "holds half a surrogate pair"}
		}
		s.at += 6
	}
	raw := s.data[start:s.at]
	s.at++
	if !escaped {
		return string(raw), nil
	}
	var out string
	if err := json.Unmarshal(s.data[start-1:s.at], &out); err != nil {
		return "", &Error{pointer, "is not a string"}
	}
	return out, nil
}

func (s *scanner) hex(at int) rune {
	if at+4 > len(s.data) {
		return 0
	}
	v, err := strconv.ParseUint(string(s.data[at:at+4]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(v)
}

func (s *scanner) scalar(pointer string) error {
	start, integer := s.at, true
	for ; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n', ',', ']', '}':
			return s.number(pointer, start, integer)
		case '.', 'e', 'E':
			integer = false
		}
	}
	return s.number(pointer, start, integer)
}

func (s *scanner) number(pointer string, start int, integer bool) error {
	c := s.data[start]
	if !integer || c != '-' && (c < '0' || c > '9') {
		return nil // true, false, null or a number with a fraction
	}
	n, err := strconv.ParseInt(string(s.data[start:s.at]), 10, 64)
	if err != nil || n > maxSafe || n < -maxSafe {
		return &Error{pointer, "is an integer beyond ±(2^53-1)"}
	}
	return nil
}
