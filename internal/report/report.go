// Package report tells a body about its own certificates: where they stand, what
// ends soon, what continuing education is outstanding, how the work of its
// examiners and centres compares, and who in a team holds what a role needs;
// and an accreditation body about the bodies that it accredits, in counts alone.
// A report is a set of tables that are written as they are read, so that no
// report is held in memory (write.go). It changes nothing.
package report

import (
	"context"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Report is a set of tables about one body at one instant.
type Report struct {
	Name   string
	Body   string
	AsOf   time.Time
	About  []string // how to read it
	Tables []Table
}

// Table is read row by row, once.
type Table struct {
	Name    string
	Columns []string
	// Each hands over every row, with one value for each column: string, int,
	// float64, bool, time.Time, Lacks, or nil where there is none.
	Each func(ctx context.Context, row func(values ...any) error) error
}

// Lacks is what a recertification still needs.
type Lacks []cpd.Missing

// Store reads what reports are made of.
type Store interface {
	// Walk hands over the sealed certificates that the filter names, in order
	// of number, some at a time, with number, body, scheme, request and history
	// and without token.
	Walk(ctx context.Context, body string, f Walk, visit func([]issue.Record) error) error
	// Tally counts decisions on first certificates and recorded failures, by who
	// is asked for, scheme and day, in order of these.
	Tally(ctx context.Context, body string, q Tallied) ([]Tally, error)
	// AddFailure keeps the record of an assessment that was not passed; under a
	// key of the body that is used already, what was kept then, or
	// issue.ErrKeyReused.
	AddFailure(ctx context.Context, f Failure, key string, fingerprint []byte) (kept Failure, existing bool, err error)
	// Refusals returns the counted refusals of the body from a day on.
	Refusals(ctx context.Context, body string, from time.Time) ([]Refusal, error)
	// Claimed counts the body's certificates that claim accreditation, by scheme
	// and day of sealing, in order of these.
	Claimed(ctx context.Context, body string, from time.Time) ([]Tally, error)
}

// Walk narrows what Store.Walk hands over. Zero members do not narrow.
type Walk struct {
	SealedBy   time.Time // at this instant or earlier
	EndsAfter  time.Time
	EndsBefore time.Time
	Schemes    []string
}

// Desk makes reports.
type Desk struct {
	Store     Store
	Registrar *registry.Registrar
	Renewals  *renewal.Desk
	Need      func(registry.Scheme) trust.Scope // what the owner of a scheme must be accredited for
	Now       func() time.Time
}

// Options of a report. Zero members ask for the default.
type Options struct {
	Within int       // expiring, matrix: days ahead
	All    bool      // cpd: also who lacks nothing
	From   time.Time // examiners, centres: decided at this instant or later
	To     time.Time // … or earlier
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// statusAt is the certificate's own status, by what was known at the instant.
func statusAt(r issue.Record, at time.Time) string {
	return string(trust.At(trust.Statement{ValidFrom: r.Request.ValidFrom, ValidUntil: r.Request.ValidUntil, Events: r.Events}, at, at).Status)
}

// String is what is missing, in words.
func (l Lacks) String() string {
	parts := make([]string, len(l))
	for i, m := range l {
		switch {
		case m.Categories > 0:
			parts[i] = number(float64(m.Categories)) + " more categories"
		case m.Category != "":
			parts[i] = m.Category + ": " + number(m.Units)
		case m.Year > 0:
			parts[i] = "year " + number(float64(m.Year)) + ": " + number(m.Units)
		default:
			parts[i] = number(m.Units)
		}
	}
	return strings.Join(parts, "; ")
}
