// Package registry owns who may certify what, as of when: bodies, schemes with
// dated rule sets, statements and their events, coverage, sources. It reads and
// writes the versioned reference format (FORMAT.md). It does not issue
// certificates, hold keys or judge reports.
package registry

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Role is what a body does.
type Role string

const (
	Arrangement       Role = "arrangement"
	AccreditationBody Role = "accreditation_body"
	CertificationBody Role = "certification_body"
	SchemeOwner       Role = "scheme_owner"
	TrainingProvider  Role = "training_provider"
	RegisterOperator  Role = "registrar"
)

// Body is an organisation with one or more roles.
type Body struct {
	ID         string // slug: a-z, 0-9 and hyphens, at most 64 bytes
	DID        string // fixed when the body is registered
	Name       string
	Acronym    string
	Roles      []Role
	Country    string // ISO 3166-1 alpha-2, or empty
	Website    string
	Domains    []string
	Aliases    []string
	LinkedInID string
	Status     string // active, merged, dissolved …; empty: unknown
	Grade      string // of reference data: A, B or C; empty: entered by the operator
	Note       string
	Sources    []trust.Source
	// Arrangements only.
	Kind       string // global-arrangement, regional-arrangement, other
	ValidFrom  time.Time
	ValidUntil time.Time
	Successor  string // body id
	CreatedAt  time.Time
}

// Scheme is what is certified and how.
type Scheme struct {
	ID             string
	Owner          string // body id
	Name           string
	Acronym        string
	Kind           string // certification_of_persons, certification_of_organisations, attendance, academic
	Activity       trust.Activity
	Level          string // in the owner's words
	ServiceLevel   string // learner, practitioner or leader: this service's word beside it
	Standard       string
	Duplicates     string // deny, replace or allow
	ValidityMonths int    // 0: none by rule or unknown; a rule set may say otherwise, see MonthsAt
	Grade          string
	Note           string // what is known of its accreditation, in words
	Sources        []trust.Source
	Rules          []RuleSet // dated; the one in force is the last whose From has come
	CreatedAt      time.Time
}

// RuleSet is the dated part of a scheme.
type RuleSet struct {
	From            time.Time // zero: since ever or unknown
	ValidityMonths  int       // 0: as the scheme says
	Assessment      Assessment
	AppliedEvidence []string
	Prerequisites   []string    // for people
	Conditions      []Condition // prerequisites that are checked
	Recertification *Recertification
}

// Assessment is how competence is examined.
type Assessment struct {
	Modes     []string
	Proctored *bool
	Hours     float64
}

// Statement is a recognition or accreditation held by the register. Bodies and
// schemes are named by register id.
type Statement struct {
	ID         string // random, or the reference data's own
	Kind       trust.Kind
	Issuer     string
	Subject    string
	Number     string
	Scope      trust.Scope
	ValidFrom  time.Time
	ValidUntil time.Time
	LearntAt   time.Time
	Assurance  trust.Assurance
	Grade      string // A, B, C of recorded ones
	Start      string // how ValidFrom is known: exact, month, year, seen
	Note       string
	Sources    []trust.Source
	Events     []trust.Event // ordered by LearntAt, then by insertion
	// Credential is the exact signed token; empty only between recording and signing.
	Credential  string
	StatusList  string // id of the status list
	StatusIndex int
}

// Coverage says how complete the register is for a body.
type Coverage struct {
	Body                string
	Of                  string // certificates, accreditations_granted, accreditations_held
	Register            string // complete, partial, none
	SynchronisedAt      time.Time
	PromisedRefreshDays int
	// Of certificates alone; what is not known is nil, empty or zero.
	Declared  *int      // certificates that the body says it has issued
	Published *int      // … and of which this register knows
	CheckURL  string    // where the body itself answers
	AskedAt   time.Time // when this register last asked there
	LearntAt  time.Time
}
