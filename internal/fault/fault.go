// Package fault is how the rooms of internal say no: input that cannot be
// accepted, field by field, and requests that a rule refuses, by code. The API
// turns both into problem documents; nothing else is ever shown to a caller.
// It also names the two troubles of the house that a caller can wait out.
package fault

import (
	"errors"
	"strings"
)

// Outages. Nothing of the request was carried out, or a repeat finishes it;
// the cause is in the chain, for the log.
var (
	ErrFull = errors.New("the database has no room left")
	ErrAway = errors.New("the database cannot be reached")
)

// Field is one fault of the input.
type Field struct {
	Pointer string // JSON Pointer (RFC 6901) into the request body
	Detail  string // what is wrong and how to mend it
}

// Invalid is input that cannot be accepted; it names every faulty field.
type Invalid []Field

func (i Invalid) Error() string {
	var b strings.Builder
	b.WriteString("invalid input")
	for _, f := range i {
		b.WriteString("; " + f.Pointer + ": " + f.Detail)
	}
	return b.String()
}

// Add notes a fault of the field at pointer.
func (i *Invalid) Add(pointer, detail string) { *i = append(*i, Field{pointer, detail}) }

// Err returns nil if no fault was noted.
func (i Invalid) Err() error {
	if len(i) == 0 {
		return nil
	}
	return i
}

// Kind of a refusal decides its HTTP status.
type Kind int

const (
	Unprocessable Kind = iota // 422
	Conflict                  // 409
	Forbidden                 // 403
	Missing                   // 404
)

// Refusal is a well-formed request that a rule forbids.
type Refusal struct {
	Kind    Kind
	Code    string         // upper case, part of the public contract
	Pointer string         // the field at fault, if one
	Detail  string         // what the rule is and how to satisfy it
	Extra   map[string]any // further members of the problem document
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }
