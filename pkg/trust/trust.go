// Package trust decides, from dated statements, whether a certification body
// was accredited for a scheme at an instant and whether its accreditor was
// recognised by an arrangement the policy names. It owns the words statement,
// scope, event and chain; it knows nothing of signatures, networks or clocks:
// callers hand it authenticated statements and the instants to judge.
//
// The rules are written down in CHAIN.md beside this file.
package trust

import "time"

// Kind tells what a statement says about its subject.
type Kind string

const (
	// Recognition is an arrangement's word about an accreditation body.
	Recognition Kind = "recognition"
	// Accreditation is an accreditation body's word about a certification
	// body (ISO/IEC 17000:2020, 7.7).
	Accreditation Kind = "accreditation"
)

// Assurance tells who vouches for a statement.
type Assurance string

const (
	// Signed statements carry the signature of the body that makes them.
	Signed Assurance = "signed"
	// Recorded statements were copied by a registrar from a public source.
	Recorded Assurance = "recorded"
)

// EventKind names something that happened to a statement or a certificate
// (ISO/IEC 17000:2020, 8.1 to 8.5).
type EventKind string

const (
	Suspended     EventKind = "suspended"
	Restored      EventKind = "restored"
	Withdrawn     EventKind = "withdrawn"
	Reduced       EventKind = "reduced"
	Extended      EventKind = "extended"
	Superseded    EventKind = "superseded"
	NameCorrected EventKind = "name_corrected" // certificates only
)

// Event is one entry of an append-only history. Events at the same instant
// count in the order in which the register learnt them, then in slice order.
type Event struct {
	Kind        EventKind
	EffectiveAt time.Time // when it holds from
	LearntAt    time.Time // when the register learnt it
	Scope       *Scope    // the whole scope from then on; Reduced and Extended only
	Reason      string    // may be shown to anyone
	Successor   string    // Superseded and NameCorrected only: identifier of what follows, if any
	HidesName   bool      // NameCorrected only: the former name is shown no more
}

// Source says where a recorded fact was read.
type Source struct {
	URL         string
	Locator     string // where URL is empty
	SourceDate  string // as precise as the source: year, month or day
	RetrievedAt time.Time
	Says        string
}

// Statement is one body's word about another. Bodies are named by DID.
type Statement struct {
	ID         string // address of the statement's credential
	Kind       Kind
	Issuer     string // the body whose word it is, also when a registrar recorded it
	Subject    string
	Number     string // accreditation number as printed
	Scope      Scope
	ValidFrom  time.Time
	ValidUntil time.Time // first instant no longer covered; zero: open-ended
	LearntAt   time.Time // when the register learnt it
	Events     []Event
	Assurance  Assurance
	// Unconfirmed marks a recorded statement whose source is too weak to rest
	// a positive answer on. It can turn "none" into "unknown", nothing more.
	Unconfirmed bool
	// MaxChainDepth is how many statements may stand below a recognition in a
	// chain; zero: as many as the policy allows.
	MaxChainDepth int
	Sources       []Source
}

// Outcome of a question. The zero value is Unknown: what was not asked is
// neither a success nor a failure.
type Outcome int

const (
	Unknown Outcome = iota
	Pass
	Fail
	NotApplicable
)

// String returns the outcome's name in reports.
func (o Outcome) String() string {
	switch o {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	case NotApplicable:
		return "not_applicable"
	default:
		return "unknown"
	}
}

// State is the accreditation axis of a report at one instant. The zero value
// is StateUnknown.
type State int

const (
	StateUnknown State = iota
	// StateRecognised: accredited in scope, accreditor recognised by an anchor.
	StateRecognised
	// StateElsewhere: accredited in scope, recognition absent or not confirmed.
	StateElsewhere
	// StateNone: no accreditation, and the register is complete enough to say so.
	StateNone
	// StateContradicted: an accreditation is claimed that its supposed source
	// does not support. Set by package verify, never by Evaluate.
	StateContradicted
)

// String returns the state's name in reports.
func (s State) String() string {
	switch s {
	case StateRecognised:
		return "recognised"
	case StateElsewhere:
		return "elsewhere"
	case StateNone:
		return "none"
	case StateContradicted:
		return "contradicted"
	default:
		return "unknown"
	}
}

// Code names a problem; the codes are part of the public contract.
type Code string

const (
	NotAccredited           Code = "NOT_ACCREDITED"
	AccreditationSuspended  Code = "ACCREDITATION_SUSPENDED"
	AccreditationWithdrawn  Code = "ACCREDITATION_WITHDRAWN"
	AccreditationExpired    Code = "ACCREDITATION_EXPIRED"
	AccreditationOutOfScope Code = "ACCREDITATION_OUT_OF_SCOPE"
	NotRecognised           Code = "NOT_RECOGNISED"
	RecognitionEnded        Code = "RECOGNITION_ENDED"
	ChainLoop               Code = "CHAIN_LOOP"
	ChainTooLong            Code = "CHAIN_TOO_LONG"
	RegisterIncomplete      Code = "REGISTER_INCOMPLETE"
)

// Problem is one reason why a link or a chain does not hold.
type Problem struct {
	Code      Code
	Statement string    // ID of the statement it is about, if one
	Since     time.Time // when it began, if known
	Detail    string    // one sentence for people
}

// Question is what Evaluate answers.
type Question struct {
	Body string    // DID of the body that certifies
	Need Scope     // what it must be accredited for; see Scope.Includes
	At   time.Time // the instant to judge
	// KnownAt, if not zero, hides every statement and event that the register
	// learnt later.
	KnownAt time.Time
}

// Anchor is a root of trust: an arrangement the operator recognises.
type Anchor struct {
	DID        string
	Name       string
	Scopes     []Scope   // empty: trusted for nothing
	ValidFrom  time.Time // zero: always
	ValidUntil time.Time // zero: open-ended
	// Successor, if set, is the DID of the anchor that carries this anchor's
	// recognitions on after ValidUntil.
	Successor string
}

// Policy is whom to trust and how far. The zero Policy trusts nobody.
type Policy struct {
	Anchors  []Anchor
	MaxDepth int // statements in one chain; zero means DefaultMaxDepth
	// Complete reports whether absence proves anything: whether every
	// statement that could accredit body for need at t would be known. Nil
	// means never (the closed-world rule).
	Complete func(body string, need Scope, at time.Time) bool
	Effects  []Effect
}

// DefaultMaxDepth bounds a chain: certification body, accreditor, regional
// and global arrangement, and one to spare.
const DefaultMaxDepth = 4

// LinkStatus is the status of one statement at one instant.
type LinkStatus string

const (
	LinkInForce     LinkStatus = "in_force"
	LinkNotYetValid LinkStatus = "not_yet_valid"
	LinkExpired     LinkStatus = "expired"
	LinkSuspended   LinkStatus = "suspended"
	LinkWithdrawn   LinkStatus = "withdrawn"
	LinkSuperseded  LinkStatus = "superseded"
)

// Link is a statement as it stood at the instant asked about.
type Link struct {
	Statement Statement
	Scope     Scope // the scope in force then
	Status    LinkStatus
	Since     time.Time // since when the status or scope holds, if known
	Cause     EventKind // the event that made it so; empty if none did
}

// Finding answers a Question.
type Finding struct {
	At         time.Time
	State      State
	Accredited Outcome // an accreditation in force, whatever its scope
	InScope    Outcome // one that covers the need
	Recognised Outcome // its accreditor is recognised for it
	Path       []Link  // the best chain, lowest link first
	Problems   []Problem
}
