// Package journal says what is noted of every write: what happened, to what,
// when, by whom, and the hash of what was written. A note is made in the
// transaction of the fact it tells, and is never changed. The transparency log,
// the audit trail and every notice to others are read from it; it sends and
// publishes nothing itself.
//
// Of each note one part is public, the leaf: hashes and public facts, nothing
// about a person. The other, the record, names the certificate and the caller;
// the leaf holds its salted hash, so that the record can be neither changed in
// silence nor guessed from the leaf, and can be erased.
package journal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Kinds of what is noted: the thing and what happened to it. Events of
// certificates and statements are CertificateEvent and StatementEvent before
// the kind of the event: "certificate.suspended", "statement.withdrawn".
const (
	CertificateIssued = inclusion.CertificateIssued
	CertificateEvent  = "certificate."
	StatementMade     = "statement.made"
	StatementEvent    = "statement."
	BodyAdded         = "body.added"
	BodyChanged       = "body.changed"
	SchemeAdded       = "scheme.added"
	SchemeChanged     = "scheme.changed"
	EffectAdded       = "effect.added"
	EffectChanged     = "effect.changed"
	CoverageDeclared  = "coverage.declared"
	KeyAdded          = "key.added"
	KeyActivated      = "key.activated" // one made known before signs from now on
	KeyRetired        = "key.retired"
	KeyRevoked        = "key.revoked"
	CertificateErased = "certificate.erased"
	ClientAdded       = "client.added"
	CPDEntered        = "cpd.entered"
	AssessmentFailed  = "assessment.failed"
	DisputeFiled      = "dispute.filed"
	DisputeStep       = "dispute.step"
	AnchorsChanged    = "anchors.changed"
	LogOpened         = "log.opened"
	LogLost           = "log.lost"
	WebhookAdded      = "webhook.added"
	WebhookChanged    = "webhook.changed"
	WebhookRemoved    = "webhook.removed"
	WebhookDisabled   = "webhook.disabled" // by the service: it failed for days, or is gone
	WatchAdded        = "watch.added"
	WatchChanged      = "watch.changed"
	WatchRemoved      = "watch.removed"
	HolderInvited     = "holder.invited"
	HolderLinksEnded  = "holder.links_ended"
	HolderChose       = "holder.chose" // what this service shows of the certificate
)

// Caller is who had something written.
type Caller struct {
	Client  string `json:"client,omitempty"`  // id of the API client; "command line" for the operator at the machine
	Body    string `json:"body,omitempty"`    // whom the client acts for
	Address string `json:"address,omitempty"` // where the request came from
	Request string `json:"request,omitempty"` // its id
}

// Fact is what is to be noted.
type Fact struct {
	Kind      string
	Thing     Thing    // what it happened to
	Body      string   // id of the body whose act it is, if one
	Subject   string   // id of the body that it is about, if another
	Token     [32]byte // SHA-256 of the exact token of the certificate or statement; zero: none
	Effective time.Time
	Decided   time.Time // CertificateIssued only
	Scheme    string
	Of        string // of coverage: what is covered
	Register  string // of coverage: how completely
	Imported  bool   // entered from a record of the past, not decided here and now
	Wrote     []byte // what was written, of which the hash is kept
}

// Thing names what facts happen to, by what it is and its id.
type Thing struct{ What, ID string }

// Things.
const (
	Certificate = "certificate"
	Statement   = "statement"
	Body        = "body"
	Scheme      = "scheme"
	Effect      = "effect"
	Key         = "key"
	Client      = "client"
	Dispute     = "dispute"
	Log         = "log"
	Anchors     = "anchors" // whom the operator trusts: one list
	Assessment  = "assessment"
	Webhook     = "webhook"
	Watch       = "watch"
)

func (t Thing) String() string { return t.What + " " + t.ID }

// Record is the part of a note that is not public.
type Record struct {
	Salt   string `json:"salt"` // 128 random bits
	Thing  string `json:"thing"`
	Caller Caller `json:"caller,omitzero"`
	Before string `json:"before,omitempty"` // After of the note before about the same thing; empty: the first
	After  string `json:"after"`            // SHA-256 over Before and what was written
}

// Note is a fact as it is kept.
type Note struct {
	Kind    string
	Thing   string
	Body    string
	Subject string
	At      time.Time
	Token   []byte // 32 bytes, or none
	Leaf    []byte // the exact bytes of the log's entry
	Record  []byte // JSON of Record
	After   string
}

// Write makes the note of a fact, at an instant. before is After of the note
// before about the same thing.
func Write(f Fact, by Caller, at time.Time, before string) (Note, error) {
	n := Note{Kind: f.Kind, Thing: f.Thing.String(), Body: f.Body, Subject: f.Subject, At: at}
	hash := sha256.New()
	hash.Write([]byte(before))
	hash.Write([]byte{0})
	hash.Write(f.Wrote)
	n.After = hex.EncodeToString(hash.Sum(nil))
	var err error
	if n.Record, err = json.Marshal(Record{rand.Text(), n.Thing, by, before, n.After}); err != nil {
		return Note{}, fmt.Errorf("encoding the record of a note: %w", err)
	}
	if f.Token != [32]byte{} {
		n.Token = f.Token[:]
	}
	if n.Leaf, err = leafOf(f, n).Encode(); err != nil {
		return Note{}, fmt.Errorf("encoding a leaf: %w", err)
	}
	return n, nil
}

// HashOf is the hash by which a token is known.
func HashOf(token string) [32]byte { return inclusion.TokenHash(token) }

type callerKey struct{}

// By names who has something written from here on.
func By(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Who is the caller of the context, as far as it is known.
func Who(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Kept is a note as it is kept.
type Kept struct {
	ID    int64 // rises, with gaps, about in the order of writing
	Index int64 // in the log; -1 while it waits for its place
	Note
}

// Query narrows what Trail reads; what is empty does not.
type Query struct {
	Body  string // notes of acts of the body, or about it
	Thing string
	After int64 // id
	Limit int
}
