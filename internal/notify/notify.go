// Package notify tells others what happened in the register: webhooks, for
// bodies, and watches, for those who rely on a certificate. What happened is
// read from the journal (package journal), in the order of the log; nothing
// else says so. Only what time alone brings (an end ahead, a recertification
// due) is found by a daily job.
//
// Messages are those of Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
// thin, signed, sent at least once under an id that stays the same, and of one
// thing (a certificate, a statement, a body) in order: a message that is not
// taken holds back the later ones of the same thing and no others. They carry
// ids, dates and addresses, nothing about a person.
//
// An endpoint is served by one process at a time, which holds a lease on it;
// whatever a crash leaves behind, the next holder finishes.
package notify

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Limits.
const (
	maxEndpoints   = 20     // of one owner
	maxWaiting     = 10_000 // messages that wait for one endpoint; what follows waits in the journal
	notesAtOnce    = 200    // of the journal, looked at in one transaction
	notesAhead     = 5_000  // places of the journal passed over at once where nothing concerns the endpoint
	sendsAtOnce    = 4      // to one endpoint; of different things
	wavesInTurn    = 25     // before another endpoint has its turn
	endpointsOnce  = 32     // served at once by one process
	leaseTime      = time.Minute
	interval       = 500 * time.Millisecond
	maxURL         = 2048
	maxDescription = 200
)

// ErrNotFound says that there is no such endpoint, delivery or watch of the owner.
var ErrNotFound = errors.New("no such webhook, delivery or watch")

// ErrKeyReused says that an idempotency key was used for another request.
var ErrKeyReused = errors.New("the idempotency key was used for another request")

// Owner is whose an endpoint or a watch is.
type Owner string

// Operator owns what sees all that happens.
const Operator Owner = "operator"

// OfBody is the owner for all clients of a body.
func OfBody(id string) Owner { return Owner("body:" + id) }

// OfClient is the owner for a client that acts for no body.
func OfClient(id string) Owner { return Owner("client:" + id) }

// Body is the id of the body, if the owner is one.
func (o Owner) Body() string {
	id, ok := strings.CutPrefix(string(o), "body:")
	if !ok {
		return ""
	}
	return id
}

// Endpoint is an address that messages are sent to.
type Endpoint struct {
	ID            string
	Owner         Owner
	Watch         string // whose notices alone it gets; empty: what happens in the register
	URL           string
	Description   string
	Events        []string // types or "certificate.*"; empty: all
	Sealed        []byte   // its secrets
	PublicKey     string   // whpk_…
	PreviousUntil time.Time
	Fingerprint   []byte // of the request that made it
	CreatedAt     time.Time
	DisabledAt    time.Time // zero: it is served
	DisabledWhy   string    // by_owner, gone, failing
	FailingSince  time.Time // zero: the last attempt succeeded
	Streak        int       // attempts that failed in a row
	PausedUntil   time.Time
	DeliveredAt   time.Time
	Cursor        int64 // place in the journal of the last note looked at
	Replay        Replay
}

// Replay is a stretch of the journal that is told again.
type Replay struct {
	Next, Until  int64 // places; done where they are the same
	From, Before time.Time
}

// Why an endpoint is disabled.
const (
	ByOwner = "by_owner"
	Gone    = "gone"    // it answered 410
	Failing = "failing" // for days
)

// State of a delivery.
type State string

// States.
const (
	Held      State = "held"      // behind another of the same thing
	Pending   State = "pending"   // to be sent when NextAt has come
	Delivered State = "delivered" // taken with a 2xx
	Dead      State = "dead"      // given up; a replay sends it again
)

// Delivery is one message for one endpoint.
type Delivery struct {
	ID          string // webhook-id: the same for every attempt and replay
	Endpoint    string
	Source      string // what it tells of, once for each endpoint
	Thing       string // messages of one thing keep their order
	Pos         int64  // in that order
	Type        string
	Payload     []byte
	State       State
	Attempts    int
	NextAt      time.Time
	CreatedAt   time.Time
	LastAt      time.Time
	LastOutcome string
	LastStatus  int // HTTP; 0: none
}

// Health is what an attempt does to its endpoint.
type Health struct {
	FailingSince time.Time
	Streak       int
	PausedUntil  time.Time
	Disabled     string // why, empty: it is not
}

// Store keeps endpoints and what is sent to them. Every method is one transaction.
type Store interface {
	// AddEndpoint keeps e, which looks at the journal from its end on. Where its
	// id is taken by the same request existing is true and what is kept comes
	// back, else ErrKeyReused. fault.Refusal if the owner has most already.
	AddEndpoint(ctx context.Context, e Endpoint, most int) (kept Endpoint, existing bool, err error)
	// Endpoint returns ErrNotFound if there is none.
	Endpoint(ctx context.Context, id string) (Endpoint, error)
	Endpoints(ctx context.Context, owner Owner, after string, limit int) ([]Endpoint, error)
	// AllEndpoints lists those of every owner, in order of id.
	AllEndpoints(ctx context.Context, after string, limit int) ([]Endpoint, error)
	// ResealEndpoint replaces what is sealed, unless it was changed meanwhile.
	ResealEndpoint(ctx context.Context, id string, sealed, was []byte) error
	// ChangeEndpoint keeps what change makes of it: its URL, description, events,
	// secrets, replay, and whether it is disabled. Enabling has what waits sent now.
	ChangeEndpoint(ctx context.Context, id, what string, now time.Time, change func(*Endpoint) error) (Endpoint, error)
	// RemoveEndpoint removes it and all that waits for it.
	RemoveEndpoint(ctx context.Context, id string) error

	// Ready lists endpoints that nobody serves and that have something to do.
	Ready(ctx context.Context, now time.Time, limit int) ([]string, error)
	// Claim takes or keeps the lease; ok is false while another holds it.
	Claim(ctx context.Context, id, server string, now, until time.Time) (e Endpoint, ok bool, err error)
	Release(ctx context.Context, id, server string) error
	// Notes reads up to most notes behind the place that concern the owner, and
	// the place up to which that was all.
	Notes(ctx context.Context, owner Owner, after int64, ahead, most int) (notes []journal.Kept, upTo int64, err error)
	// Place finds where in the journal notes of the instant begin, or a little
	// before, and its end.
	Place(ctx context.Context, at time.Time) (place, end int64, err error)
	// Successions tells which of the certificates follow another, and how.
	Successions(ctx context.Context, numbers []string) (map[string]Succession, error)
	// Queued counts what waits for the endpoint, up to most.
	Queued(ctx context.Context, id string, most int) (int, error)
	// Enqueue keeps deliveries that are not kept yet, and how far the journal was
	// looked at. With again set what was delivered or given up is sent again.
	Enqueue(ctx context.Context, id string, all []Delivery, now time.Time, again bool, moved func(*Endpoint)) error
	// Due lists what is to be sent, the longest due first: of a thing one at most.
	Due(ctx context.Context, id string, now time.Time, limit int) ([]Delivery, error)
	// Settle notes an attempt and what it means for the endpoint, and lets the
	// next of the thing go if this one is done with.
	Settle(ctx context.Context, d Delivery, h Health, now time.Time) error
	Delivery(ctx context.Context, endpoint, id string) (Delivery, error)
	// Deliveries lists the newest first.
	Deliveries(ctx context.Context, endpoint string, state State, before string, limit int) ([]Delivery, error)
	// Resend has one delivery sent again.
	Resend(ctx context.Context, endpoint, id string, now time.Time) (Delivery, error)
	// Prune forgets what was delivered or given up before, up to most.
	Prune(ctx context.Context, before time.Time, most int) (int, error)
}

// Succession is how a certificate follows another.
type Succession struct{ Previous, Kind string }

// Post sends one message; see fetch.Sender.
type Post func(ctx context.Context, address string, header map[string]string, body []byte) (status int, wait time.Duration, err error)

// Office serves webhooks and watches. Fill the fields; its methods are safe for
// concurrent use, and by several replicas on one database.
type Office struct {
	Store     Store
	Watches   Watches
	Jobs      Jobs
	Calendar  Calendar
	Custodian *keys.Custodian
	Registrar *registry.Registrar
	Renewals  *renewal.Desk
	// Report is what anybody gets who looks the certificate up.
	Report    func(ctx context.Context, number string) (*verify.Report, error)
	Addresses credential.Addresses
	May       func(address string) bool // whether it may be sent to, by its form
	Post      Post
	Server    string // names this process
	Now       func() time.Time
	Rand      io.Reader
	Jitter    func() float64 // from 0 to 1

	turn   sync.Mutex // one round at a time: the leases are the process's
	counts counts
	done   atomic.Pointer[string] // the day of the last daily job that is known here
}

// id draws an id of 80 bits.
func (o *Office) id(prefix string) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(o.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing an id: %w", err)
	}
	return prefix + strings.ToLower(base32.HexEncoding.EncodeToString(b[:])), nil
}

func (o *Office) now() time.Time { return o.Now().UTC().Truncate(time.Microsecond) }
