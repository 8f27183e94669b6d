package registry

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Errors that a Store or Keyring answers; callers branch on them.
var (
	ErrNotFound  = errors.New("not found")
	ErrDuplicate = errors.New("already exists")
	ErrNoSigner  = errors.New("the body has no key here that signs")
)

// Store keeps the registry. Every method is one transaction; a method that
// changes anything raises Version by one in that same transaction.
type Store interface {
	// AddBody inserts; ErrDuplicate if the id or DID is taken.
	AddBody(ctx context.Context, b Body) error
	// Body returns ErrNotFound if there is none.
	Body(ctx context.Context, id string) (Body, error)
	AddScheme(ctx context.Context, s Scheme) error
	Scheme(ctx context.Context, id string) (Scheme, error)
	// AppendRules adds a rule set behind the scheme's others; check sees the
	// scheme inside the transaction and refuses by returning an error.
	AppendRules(ctx context.Context, scheme string, rules RuleSet, check func(Scheme) error) error
	// AddStatement inserts the statement with its exact signed credential and
	// reserves its status index; ErrDuplicate if the id or the index is taken.
	AddStatement(ctx context.Context, s Statement) error
	// Statement returns it with its events.
	Statement(ctx context.Context, id string) (Statement, error)
	// AppendStatementEvent inserts; check sees the statement with its events
	// inside the transaction and refuses by returning an error.
	AppendStatementEvent(ctx context.Context, id string, e trust.Event, check func(Statement) error) error
	// PutCoverage inserts a new dated row for each; older rows stay.
	PutCoverage(ctx context.Context, c []Coverage) error
	// Apply inserts or updates all records of an import in one transaction and
	// reports how many it added and changed. Records equal to what is held are
	// left alone. A changed statement is refused with ErrDuplicate: statements
	// are append-only. One that differs only by further events at the end of
	// its history is not changed: those events are inserted.
	Apply(ctx context.Context, all Snapshot) (added, changed int, err error)
	// Snapshot reads everything at one version.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Version is a number that rises with every change of the registry.
	Version(ctx context.Context) (int64, error)
}

// Snapshot is the whole registry at one version.
type Snapshot struct {
	Version    int64
	Bodies     []Body
	Schemes    []Scheme
	Statements []Statement
	Coverage   []Coverage
	Effects    []Effect
}

// Clock gives the present instant, in UTC.
type Clock func() time.Time
