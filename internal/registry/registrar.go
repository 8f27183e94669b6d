package registry

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// serviceBody is the body id under which the register itself holds its keys
// (see keys.Service); no registered body may take it.
const serviceBody = "register"

// Keyring signs for bodies and tells their public keys.
type Keyring interface {
	// Sign signs the payload with the body's newest hosted key; ErrNoSigner if
	// it has none that may sign.
	Sign(ctx context.Context, body string, payload []byte) (token string, err error)
	// Public returns the body's public credential keys that are not revoked:
	// first what does not sign yet, then newest first.
	Public(ctx context.Context, body string) ([]jws.JWK, error)
	// Open makes sure that the body has a hosted key.
	Open(ctx context.Context, body, did string) error
}

// Registrar changes the registry by its rules and gives a view of it. All its
// methods are safe for concurrent use.
type Registrar struct {
	Store     Store
	Addresses credential.Addresses
	Now       Clock
	Rand      io.Reader
	Keys      Keyring
	// Lists reserves an entry of one of the body's status lists and names the
	// list by id.
	Lists func(ctx context.Context, body string) (list string, index int, err error)
	// Anchors are the arrangements that the operator recognises now.
	Anchors func() []trust.Anchor

	mu     sync.Mutex
	cached *View     // guarded by mu
	asked  time.Time // when the store was last asked whether it had gone back; guarded by mu
}

// askAgain bounds how often the store is asked whether it has gone back: a read
// replica tells of an older version for as long as it lags.
const askAgain = 200 * time.Millisecond

// View returns the whole registry as of now. It asks the store for one number
// and reads the registry again only if that number changed; until then it
// returns the same View.
func (r *Registrar) View(ctx context.Context) (*View, error) {
	version, err := r.Store.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the registry's version: %w", err)
	}
	return r.ViewAt(ctx, version)
}

// ViewAt is View for who read the registry's version just now, with something
// else. What it returns is never older than that version. A version before the
// one held was read before another raised it or, if the store still tells of it,
// means that the database was put back to an earlier state: then what is held
// tells of what never was, and is given up.
func (r *Registrar) ViewAt(ctx context.Context, version int64) (*View, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cached != nil && r.cached.Version() >= version {
		back, err := r.wentBack(ctx, version)
		if err != nil || !back {
			return r.cached, err
		}
		r.cached = nil
	}
	all, err := r.Store.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	if r.cached == nil || r.cached.Version() < all.Version {
		next := NewView(all, r.Addresses)
		next.inherit(r.cached)
		r.cached = next
	}
	return r.cached, nil
}

// wentBack tells whether the store is at an earlier version than the view held.
// Call it with mu held.
func (r *Registrar) wentBack(ctx context.Context, version int64) (bool, error) {
	now := r.Now()
	if since := now.Sub(r.asked); r.cached.Version() == version || since >= 0 && since < askAgain {
		return false, nil
	}
	present, err := r.Store.Version(ctx)
	if err != nil {
		return false, fmt.Errorf("reading the registry's version: %w", err)
	}
	r.asked = now
	return present < r.cached.Version(), nil
}

// Chain answers whether the body was accredited for need at an instant, by
// what the register knew at knownAt (zero: knows now). Schemes in need may be
// named by register id or by address. ErrNotFound if there is no such body.
func (r *Registrar) Chain(ctx context.Context, body string, need trust.Scope, at, knownAt time.Time) (trust.Finding, error) {
	v, err := r.View(ctx)
	if err != nil {
		return trust.Finding{}, err
	}
	return r.ChainIn(v, body, need, at, knownAt)
}

// ChainIn is Chain by a view already at hand.
func (r *Registrar) ChainIn(v *View, body string, need trust.Scope, at, knownAt time.Time) (trust.Finding, error) {
	b, ok := v.Body(body)
	if !ok {
		return trust.Finding{}, fmt.Errorf("body %q: %w", body, ErrNotFound)
	}
	var anchors []trust.Anchor
	if r.Anchors != nil {
		anchors = r.Anchors()
	}
	q := trust.Question{Body: b.DID, Need: v.addressed(need), At: at, KnownAt: knownAt}
	p := trust.Policy{Anchors: anchors, Complete: v.Complete(anchors), Effects: v.Effects()}
	return trust.Evaluate(q, v.Above(b.DID), p), nil
}

func (r *Registrar) now() time.Time { return r.Now().UTC().Truncate(time.Microsecond) }
