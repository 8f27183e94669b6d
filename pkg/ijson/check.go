// Package ijson reads JSON that two programs cannot understand differently:
// I-JSON (RFC 7493) without duplicate names, invalid UTF-8, lone surrogates,
// unsafe integers, deep nesting or trailing data. It reads text once, whatever
// is asked of it.
package ijson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	s, err := begin(data)
	if err != nil {
		return err
	}
	if _, err := s.value(0); err != nil {
		return err
	}
	return s.end()
}

// Value is Check and returns the value as encoding/json would: an object as
// map[string]any, an array as []any, a number as json.Number.
func Value(data []byte) (any, error) {
	s, err := begin(data)
	if err != nil {
		return nil, err
	}
	s.keep = true
	v, err := s.value(0)
	if err != nil {
		return nil, err
	}
	return v, s.end()
}

func begin(data []byte) (*scanner, error) {
	if !utf8.Valid(data) {
		return nil, &Error{Detail: "is not valid UTF-8"}
	}
	return &scanner{data: data}, nil
}

// scanner reads one value. With keep set it also builds it.
type scanner struct {
	data []byte
	at   int
	keep bool
	path []step // where it stands
}

// step is a member's name, still as it was written, or an item's index.
type step struct {
	name []byte
	item int
}

// fail tells what is wrong with what stands at the present place.
func (s *scanner) fail(detail string) error {
	pointer := ""
	for _, p := range s.path {
		if p.name == nil {
			pointer += "/" + strconv.Itoa(p.item)
		} else {
			pointer += "/" + unquoted(p.name)
		}
	}
	return &Error{pointer, detail}
}

// syntax tells what is wrong in the words of encoding/json.
func (s *scanner) syntax() error {
	var v any
	var syntax *json.SyntaxError
	if err := json.Unmarshal(s.data, &v); errors.As(err, &syntax) {
		return &Error{Detail: fmt.Sprintf("is not JSON: %s at byte %d", syntax.Error(), syntax.Offset)}
	}
	return &Error{Detail: fmt.Sprintf("is not JSON at byte %d", s.at)}
}

// next skips white space and returns the byte there, zero at the end.
func (s *scanner) next() byte {
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) end() error {
	if s.next(); s.at < len(s.data) {
		return s.syntax()
	}
	return nil
}

func (s *scanner) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, s.fail(fmt.Sprintf("is nested deeper than %d", MaxDepth))
	}
	switch c := s.next(); c {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		raw, err := s.text()
		if err != nil || !s.keep {
			return nil, err
		}
		return unquoted(raw), nil
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return nil, s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) word(w string) error {
	if len(s.data)-s.at < len(w) || string(s.data[s.at:s.at+len(w)]) != w {
		return s.syntax()
	}
	s.at += len(w)
	return nil
}

func (s *scanner) array(depth int) (any, error) {
	var out []any
	if s.keep {
		out = []any{}
	}
	err := s.items(func(int) error {
		v, err := s.value(depth + 1)
		if s.keep {
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// items reads an array; each must read the item that stands there.
func (s *scanner) items(each func(i int) error) error {
	s.at++
	if s.next() == ']' {
		s.at++
		return nil
	}
	s.path = append(s.path, step{})
	for i := 0; ; i++ {
		s.path[len(s.path)-1].item = i
		if err := each(i); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case ']':
			s.at++
			s.path = s.path[:len(s.path)-1]
			return nil
		default:
			return s.syntax()
		}
	}
}

func (s *scanner) object(depth int) (any, error) {
	var out map[string]any
	if s.keep {
		out = map[string]any{}
	}
	err := s.members(func(raw []byte) error {
		v, err := s.value(depth + 1)
		if s.keep {
			out[unquoted(raw)] = v
		}
		return err
	})
	return out, err
}

// few is how many names are compared one with another; more are hashed.
const few = 16

// members reads an object, each of whose names stands once; each gets the name
// as it is written and must read the value that stands there.
func (s *scanner) members(each func(raw []byte) error) error {
	s.at++
	if s.next() == '}' {
		s.at++
		return nil
	}
	var first [few][]byte
	seen := names{few: first[:0]}
	s.path = append(s.path, step{})
	for {
		if s.next() != '"' {
			return s.syntax()
		}
		s.path[len(s.path)-1].name = nil
		here := s.path
		s.path = s.path[:len(s.path)-1] // a fault of the name is one of the object
		raw, err := s.text()
		if err != nil {
			return err
		}
		s.path = here
		s.path[len(s.path)-1].name = raw
		if !seen.add(raw) {
			return s.fail("stands twice")
		}
		if s.next() != ':' {
			return s.syntax()
		}
		s.at++
		if err := each(raw); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case '}':
			s.at++
			s.path = s.path[:len(s.path)-1]
			return nil
		default:
			return s.syntax()
		}
	}
}

// names are those of one object so far.
type names struct {
	few  [][]byte
	many map[string]bool
}

// add reports false if the name was there before, however it is written.
func (n *names) add(raw []byte) bool {
	name := unescaped(raw)
	if n.many == nil && len(n.few) < few {
		for _, old := range n.few {
			if string(old) == string(name) {
				return false
			}
		}
		n.few = append(n.few, name)
		return true
	}
	if n.many == nil {
		n.many = make(map[string]bool, 4*few)
		for _, old := range n.few {
			n.many[string(old)] = true
		}
	}
	if n.many[string(name)] {
		return false
	}
	n.many[string(name)] = true
	return true
}
