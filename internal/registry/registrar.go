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
	cached *View // guarded by mu
}

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
// else. What it returns is never older than that version.
func (r *Registrar) ViewAt(ctx context.Context, version int64) (*View, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cached != nil && r.cached.Version() >= version {
		return r.cached, nil
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
