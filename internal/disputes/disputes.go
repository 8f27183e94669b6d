// Package disputes owns the right of reply: a body, or anyone whom a fact of
// the register names, contests it; and anyone reports a certificate that looks
// wrong to them. It keeps what was said, by whom, and what became of it. It
// changes no fact: whoever upholds a dispute corrects the fact where it is held.
//
// A dispute by the body concerned is shown at once, in its words, because it
// speaks of itself and answers for it. Whatever comes from anybody else is
// shown only after the operator has read it, and a report of concern never.
package disputes

import (
	"context"
	"errors"
	"time"
)

// Kind of an entry.
type Kind string

const (
	KindDispute Kind = "dispute" // a fact is contested by somebody it concerns
	KindConcern Kind = "concern" // somebody finds a certificate suspicious; never published
)

// State of an entry, by its last step.
type State string

const (
	Received State = "received" // not read yet, not shown
	Open     State = "open"     // shown beside the fact
	Upheld   State = "upheld"   // the fact was wrong, and was corrected
	Rejected State = "rejected" // the fact stands
	Retired  State = "retired"  // withdrawn by whoever filed it
	Closed   State = "closed"   // of concerns: read, and done with
)

// About is what kind of record an entry speaks of.
type About string

const (
	AboutBody        About = "body"
	AboutScheme      About = "scheme"
	AboutStatement   About = "statement"
	AboutCertificate About = "certificate"
	AboutElsewhere   About = "elsewhere" // of concerns: a certificate that is not of this register
)

// Entry is a dispute or a concern. It is never changed once filed.
type Entry struct {
	ID         string
	Kind       Kind
	About      About
	Of         string // id of the record; of what is elsewhere, whatever names it
	Fact       string // which fact of the record, in a word or two
	Body       string // register id of the body that filed it; empty: somebody else
	Words      string
	Contact    Contact // gone once the entry is settled
	ReceivedAt time.Time
	Steps      []Step // what became of it, in order; the first is Received or Open
}

// Contact is how whoever filed an entry can be asked back. It is kept apart,
// shown to the operator alone, and deleted when the entry is settled.
type Contact struct {
	Name  string
	Email string
}

// Step is one change of state.
type Step struct {
	State State
	Note  string // the operator's words; of a settled dispute they are shown
	At    time.Time
}

// State is the last one.
func (e Entry) State() State {
	if len(e.Steps) == 0 {
		return Received
	}
	return e.Steps[len(e.Steps)-1].State
}

// Since is when the entry came into its state.
func (e Entry) Since() time.Time {
	if len(e.Steps) == 0 {
		return e.ReceivedAt
	}
	return e.Steps[len(e.Steps)-1].At
}

// Settled reports that nothing more is to come.
func (e Entry) Settled() bool {
	s := e.State()
	return s != Received && s != Open
}

// Published reports that anybody may read the entry: a dispute that is or was
// shown beside its fact.
func (e Entry) Published() bool {
	if e.Kind != KindDispute {
		return false
	}
	for _, s := range e.Steps {
		if s.State == Open {
			return true
		}
	}
	return false
}

// Errors that callers branch on.
var (
	ErrNotFound = errors.New("no such dispute or concern")
	ErrFull     = errors.New("too many entries wait to be read")
)

// Query narrows a list; empty members ask nothing.
type Query struct {
	Kind  Kind
	State State
	Body  string // filed by this body
	After string // id of the last entry seen
	Limit int    // 0: no limit
}

// Store keeps entries. Every method is one transaction.
type Store interface {
	// AddEntry inserts the entry with its first step. It answers ErrFull if
	// most or more entries without a body are still Received. A published one
	// raises the registry's version.
	AddEntry(ctx context.Context, e Entry, most int) error
	// Entry returns ErrNotFound if there is none.
	Entry(ctx context.Context, id string) (Entry, error)
	// Entries returns them in the order they were filed.
	Entries(ctx context.Context, q Query) ([]Entry, error)
	// OpenDisputes returns every dispute whose state is Open.
	OpenDisputes(ctx context.Context) ([]Entry, error)
	// AppendStep inserts the step; check sees the entry inside the transaction
	// and refuses by returning an error. If settled, the contact is deleted. It
	// raises the registry's version.
	AppendStep(ctx context.Context, id string, s Step, settled bool, check func(Entry) error) error
}
