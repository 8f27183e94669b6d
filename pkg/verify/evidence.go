// Package verify is the front door for anyone who wants to know whether a
// certificate is bona fide. Gather collects evidence through a Source and does
// all the I/O; Evaluate is pure, cannot fail, and turns evidence into a Report.
// The package owns verdicts, checks and bundles; the chain itself is judged by
// package trust and the records are read by package credential.
package verify

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Evidence is every input of a report. Nothing in it is believed until
// Evaluate has checked it, but for Register, which its Source vouches for.
type Evidence struct {
	Certificate *UnverifiedCertificate // nil: no such record
	Statements  []*UnverifiedStatement // every statement on the way up, in any order
	StatusLists []string               // status list credentials, compact JWS or JSON, unverified
	// ListedAt is the latest instant at which the source found a status list of
	// StatusLists at its address, by exact text: for lists that tell no end.
	ListedAt map[string]time.Time
	// Revocations are plain 1EdTechRevocationLists, which nobody signs, by the
	// address from which the source itself read them.
	Revocations map[string]string
	Register    Register // facts vouched for by a registrar the policy lists
	// Controllers is what DIDs and https controllers publish about their own
	// keys, by their identifier (or, for a kid that is an address, by that). It
	// makes a signature theirs; it makes no chain: that somebody is who he says
	// he is does not say that anybody recognises him.
	Controllers  map[string][]PublishedKey
	LogProofs    []string // C2SP tlog-proofs that came with the certificate, unverified
	Unobtainable []string // addresses that should have been read and could not be
	Holder       KnownHolder
	Asked        Asked     // what was looked for, if nothing was found
	Disputes     []Dispute // open ones, whatever they are about
	Likenesses   []string  // of the issuer to registered bodies, each a sentence
}

// KnownHolder is what the source knows of the holder though the certificate
// hides it. It serves Expect alone and is never shown. The zero KnownHolder
// knows nothing.
type KnownHolder struct {
	Own bool // the asker is the body that issued it
	// Names are the holder's: the one on the certificate, and what it was
	// corrected to since. One that was corrected and is to be shown no more is
	// not among them.
	Names  []string
	Hidden bool // the issuer lets nobody compare
}

// Register is what a registrar knows beside the signed records. A local
// source fills it from its own database; a bundle carries it signed, and
// ParseBundle fills it only after that signature verified against a registrar
// of the policy. The zero Register knows nothing.
type Register struct {
	Registrar string                    `json:"registrar"` // DID; empty: no register was asked
	AsOf      time.Time                 `json:"as_of"`
	Bodies    []Body                    `json:"bodies"`
	Schemes   []RegisteredScheme        `json:"schemes"`
	Keys      map[string][]PublishedKey `json:"keys"`      // by DID of the controller
	Histories map[string]History        `json:"histories"` // by credential id
	Coverage  []Coverage                `json:"coverage"`
	// CompleteUntil is the instant up to which every accreditation of the
	// certificate's issuer for its scheme's activity would be known; nil: never
	// complete. Only then does absence prove anything (closed-world rule).
	CompleteUntil *time.Time                `json:"complete_until,omitempty"`
	CompleteFor   string                    `json:"complete_for,omitempty"` // DID of that issuer
	Effects       []trust.Effect            `json:"effects"`
	Sources       map[string][]trust.Source `json:"sources"` // by statement credential id

	cut bool // something that the registrar spoke of was withheld
}

// RegisteredScheme is a scheme by the register's word.
type RegisteredScheme struct {
	Address  string `json:"address"` // as credentials name it
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Owner    string `json:"owner"` // DID
	Activity string `json:"activity"`
	Standard string `json:"standard,omitempty"`
	// What its rules say of validity; zero: not known.
	ValidityMonths int        `json:"validity_months,omitempty"`
	EarlyDays      int        `json:"early_days,omitempty"` // a renewal may begin so many days before the end
	GraceDays      int        `json:"grace_days,omitempty"`
	NoExpiry       bool       `json:"no_expiry,omitempty"`      // by rule
	EndlessBefore  *time.Time `json:"endless_before,omitempty"` // decided earlier: no end by rule
	ServiceLevel   string     `json:"service_level,omitempty"`
}

// PublishedKey is a public key that a register or controller document lists.
type PublishedKey struct {
	JWK           jws.JWK    `json:"jwk"`
	RevokedAt     *time.Time `json:"revoked_at,omitempty"`
	CompromisedAt *time.Time `json:"compromised_at,omitempty"` // records made later are not believed
}

// History is what happened to a certificate or statement. A credential absent
// from Register.Histories is one the registrar does not know; one without
// events was never touched.
type History struct {
	RecordedAt time.Time `json:"recorded_at"` // when the register recorded the credential
	// Recorded is the exact text recorded, where the source tells it: another
	// text under the same id is not the record, whoever signed it. A bundle tells
	// it only if a key is marked as compromised.
	Recorded  string        `json:"recorded,omitempty"`
	Assurance string        `json:"assurance,omitempty"`
	Grade     string        `json:"grade,omitempty"` // of a recorded statement: A, B or C
	Events    []trust.Event `json:"events"`
	// Logged is where the register's transparency log holds the credential; nil:
	// the register does not tell.
	Logged *Logged `json:"logged,omitempty"`
	// Withheld is what the holder does not let the register show.
	Withheld Withheld `json:"-"`
}

// Withheld is what a report on the register's own certificate leaves out, and
// which evidence it shows, by the holder's choice. It changes no verdict.
type Withheld struct {
	Name     bool
	Compare  bool // nobody is told whether a name is the holder's
	Level    bool
	Record   bool  // the signed bytes are not handed out
	Evidence []int // items of evidence that are shown, by their place
}

// Policy is whom to trust, when, and what the asker expects. The zero Policy
// trusts nobody and judges nothing as in force.
type Policy struct {
	Anchors    []Anchor
	Registrars []Registrar
	Now        time.Time // the clock; required
	At         time.Time // the instant to judge; zero: Now
	KnownAt    time.Time // judge by what was known then; zero: by all that is known
	Expect     Expect
	PublicURL  string // addresses in Links start with it; empty: no links
	// Contexts gives JSON-LD contexts beside those that are held here; it reads
	// no network. Nil: there are none.
	Contexts func(address string) ([]byte, bool)
	// Workers bounds the work on documents with embedded proofs; nil: no bound
	// but each document's own.
	Workers  *dataintegrity.Workers
	Flags    []redflag.Rule // the rules to apply; nil: all
	Warnings []Warning      // official warnings the operator has on record
	Logs     []Log          // whose proofs count
	// MergeDelay is how long a record may wait for its place in the register's
	// log; zero: DefaultMergeDelay.
	MergeDelay time.Duration
	Demand     Demand // what the asker requires beside the verdict
}

// Anchor is a trusted arrangement with the keys it signs with. An anchor
// without keys speaks only through a registrar: what it signed with a key that
// the register alone vouches for counts as recorded.
type Anchor struct {
	trust.Anchor
	Keys []jws.JWK
}

// Registrar is an operator of a register whose recorded statements count.
type Registrar struct {
	DID  string
	Name string
	Keys []jws.JWK
}

// Expect is what the asker holds in hand. Empty members ask nothing.
type Expect struct {
	Name   string
	Email  string
	Issuer string // body id or DID
	Scheme string // scheme id or address
	// BirthDate is never compared: neither our credentials nor the register carry
	// one. The check says so.
	BirthDate string
}

// Source obtains evidence. Implementations must bound time and size, and must
// not follow an address from a record whose signature was not verified. What
// cannot be obtained is ErrUnobtainable: an outcome, not a failure of Gather.
type Source interface {
	// Statements returns every statement about the body, in any state; beside
	// ErrUnobtainable, those it could obtain.
	Statements(ctx context.Context, body string) ([]*UnverifiedStatement, error)
	// Controller returns the keys that the DID (did:web) or https controller
	// publishes for assertions; each key's KeyID is the full id of its
	// verification method. An https identifier may also be the address of one
	// JWK or of a JWK set (package did reads all of these). It is asked for the
	// issuer named by a credential whose signature cannot be checked otherwise,
	// so it must be safe for identifiers chosen by anybody.
	Controller(ctx context.Context, id string) ([]PublishedKey, error)
	// StatusList returns the status list at the address, a credential or, for
	// 1EdTechRevocationList, the plain list, as it was at the instant (Bitstring
	// Status List, "timestamp"): the source vouches that the address says so.
	StatusList(ctx context.Context, address string, at time.Time) (string, error)
	// Register returns what the registrar knows of the bodies, the scheme and
	// the credentials named. A source without a registrar returns the zero Register.
	Register(ctx context.Context, q RegisterQuery) (Register, error)
}

// RegisterQuery names what a report will speak of.
type RegisterQuery struct {
	Certificate string   // the certificate's credential id
	Scheme      string   // the scheme's address
	Bodies      []string // DIDs
	Statements  []string // credential ids
}

// ErrUnobtainable says that something could not be read, now or ever.
var ErrUnobtainable = errors.New("evidence could not be obtained")
