package issue

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Request is what a certification body asks to have issued.
type Request struct {
	Scheme      string
	ExternalID  string
	Holder      Holder
	DecidedAt   time.Time
	ValidFrom   time.Time // zero: DecidedAt
	ValidUntil  time.Time // zero: by the scheme's rule; if that has none, no end
	Level       string
	Evidence    []Evidence
	Examiner    string
	Claim       bool // claims that the body is accredited for the scheme
	Publication Publication
	// What follows was added later. It is left out where it is empty, so that
	// an earlier request keeps its fingerprint.
	Centre  string  `json:",omitzero"` // where the exam was held
	Batch   string  `json:",omitzero"` // the body's own reference
	Lineage Lineage `json:",omitzero"` // set by Succeed alone
	// Competence is what the decision rests on; the examiner's certificate alone
	// is public.
	Competence Competence `json:",omitzero"`
	Imported   bool       `json:",omitzero"` // decided in the past and taken over from an older record; the log says so
}

// Holder is the certified person or organisation.
type Holder struct {
	Name  string
	Email string
	Kind  string // person (default) or organisation
}

// Key is the same for the same holder: the e-mail address if there is one, else
// the name, folded.
func (h Holder) Key() string {
	if h.Email != "" {
		return "e:" + credential.NormalEmail(h.Email)
	}
	return "n:" + credential.NormalName(h.Name)
}

// Evidence is one item of applied evidence.
type Evidence struct{ Kind, Description, URL string }

// Publication is how much of the holder a stranger sees.
type Publication string

const (
	Public Publication = "public" // the name
	Match  Publication = "match"  // only whether a name typed matches
	Hidden Publication = "hidden"
)

// identity is what the credential tells of the holder. At hidden it tells
// nothing: a salted hash still lets whoever has the credential try names and
// addresses, unlimited and unseen.
func (r Request) identity(subject, salt string) credential.Holder {
	if r.Publication == Hidden {
		return credential.Holder{SubjectID: subject}
	}
	return credential.Holder{SubjectID: subject, Name: r.Holder.Name, HideName: r.Publication != Public, Email: r.Holder.Email, Salt: salt}
}

// State is how far the issuing cycle has come.
type State string

const (
	Recorded State = "recorded" // number and status index taken, the exact bytes to sign are kept
	Sealed   State = "sealed"   // signed; only now does the public see it
)

// Record is a certificate as the register keeps it. The signed token is the
// record; what stands beside it is an index.
type Record struct {
	Number       string // canonical form of credential.Number
	Body         string
	Scheme       string
	Request      Request
	Key          string // idempotency key, unique per body; empty if none
	Fingerprint  []byte // SHA-256 of the request under that key
	State        State
	StatusList   string // id of the issuer's list
	StatusIndex  int
	KeyID        string // kid
	SigningInput string
	Token        string // from Sealed on
	Salt         string
	SubjectID    string
	CreatedAt    time.Time
	SealedAt     time.Time
	Events       []trust.Event // ordered by LearntAt, then by insertion
}

// Published is what the public is answered from: a sealed record's exact token
// and history, and the registry's version at the same moment.
type Published struct {
	Token    string
	SealedAt time.Time
	Events   []trust.Event // ordered as in Record
	Registry int64
	Logged   *Logged // nil: it was issued before there was a journal
	Choice   Choice  // the holder's
}

// Logged is where the note of a certificate's issue is.
type Logged struct {
	Place    int64 // in the journal; -1: it waits
	At       time.Time
	Token    []byte // SHA-256 of the token that it is about
	Imported bool
}

// Errors that a Store and Issue answer; callers branch on them.
var (
	ErrNotFound   = errors.New("no such certificate")
	ErrKeyReused  = errors.New("idempotency key was used for another request")
	ErrTaken      = errors.New("number or status index is taken")
	ErrWrongState = errors.New("the certificate is in another state")
)

// DuplicateError says that the holder already has a certificate of a scheme
// that allows one only.
type DuplicateError struct{ Number string }

func (e *DuplicateError) Error() string { return "the holder already has certificate " + e.Number }

// Store keeps certificates. Every method is one transaction, or part of one
// with others of its kind, and is durable when it returns.
type Store interface {
	// Record inserts a record in state Recorded. Under a key that the body
	// already used it returns the existing record with existing true if the
	// fingerprint is the same, else ErrKeyReused. ErrTaken asks the caller to
	// draw again. If unique is true and a sealed or recorded certificate of the
	// scheme for the same holder (e-mail if given, else name; case folded) is
	// neither withdrawn, superseded nor expired at now, it returns *DuplicateError.
	Record(ctx context.Context, r Record, unique bool, now time.Time) (rec Record, existing bool, err error)
	// Rewrite keeps other bytes to sign for r, by another key, if it is Recorded
	// under the key was; whatever it is, it returns what is on record then.
	Rewrite(ctx context.Context, r Record, was string) (Record, error)
	// ByKey returns the record that the body began under the idempotency key.
	ByKey(ctx context.Context, body, key string) (Record, error)
	// Seal moves r, which was recorded as it is given, to Sealed; ErrWrongState
	// if it is not Recorded under that key. In the same transaction, and where
	// no other certificate of the holder can be sealed meanwhile, it decides by
	// the duplicate policy of the scheme (package registry) on those of the
	// holder that are sealed and still count: *DuplicateError, or each is
	// superseded. What r follows (Lineage) is superseded too; what MayFollow
	// refuses of it at that moment is refused. A token that does not begin with
	// the signing input is kept whole.
	Seal(ctx context.Context, r Record, token string, at time.Time, duplicates string) error
	// SealAll is Seal of many in one transaction: all of them, or none and which
	// one failed.
	SealAll(ctx context.Context, all []Sealing, at time.Time) (failed int, err error)
	// Discard deletes those of the body's records that are Recorded still.
	Discard(ctx context.Context, body string, numbers []string) error
	// Duplicate returns the number of a certificate that would keep Record from
	// recording r if it had to be unique; empty if there is none.
	Duplicate(ctx context.Context, r Record, now time.Time) (number string, err error)
	// Certificate returns the record in any state, with its events: one or two
	// statements to the database, never more.
	Certificate(ctx context.Context, number string) (Record, error)
	// Certificates pages through a body's own records in order of number.
	Certificates(ctx context.Context, body string, f Filter) ([]Record, error)
	// Count tells how many Certificates would return without After, Offset,
	// Limit and Status.
	Count(ctx context.Context, body string, f Filter) (int, error)
	// AppendEvent inserts; check sees the record with its events inside the
	// transaction and refuses by returning an error.
	// reason is for the issuer's file: only Reasons ever gives it back.
	AppendEvent(ctx context.Context, number string, e trust.Event, reason string, check func(Record) error) error
	// Reasons returns what was noted for the issuer alone, one text for each
	// event, in order of the events, by number.
	Reasons(ctx context.Context, numbers []string) (map[string][]string, error)
}

// Sealing is a record with the token that seals it, under a duplicate policy.
type Sealing struct {
	Record     Record
	Token      string
	Duplicates string
}

// Filter narrows Certificates. Zero members do not narrow.
type Filter struct {
	Scheme        string
	Status        string // in_force, suspended, withdrawn, superseded, expired, not_yet_valid
	ExternalID    string
	ExpiresBefore time.Time
	SealedAfter   time.Time
	Now           time.Time // against which Status is told
	After         string    // number; the page begins behind it
	Offset        int       // so many records are passed over, where a protocol has no cursor; not with Status
	Limit         int
}
