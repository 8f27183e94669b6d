package keys

import (
	"context"
	"fmt"
	"sync"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// known keeps the keys of a body and use as they were at a version of the
// registry, which rises with every key made or revoked. Whoever has just read
// that version learns from here what the store would answer, and opens a
// hosted key once.
type known struct {
	mu sync.Mutex
	of map[string]*ring // by body and use
}

// ring is immutable but for opened.
type ring struct {
	version int64
	keys    []Key
	mu      sync.Mutex
	opened  map[string]jws.Signer // by kid, guarded by mu
}

// ringAt returns the keys, never older than the version.
func (c *Custodian) ringAt(ctx context.Context, version int64, body string, use Use) (*ring, error) {
	name := body + "\x00" + string(use)
	c.known.mu.Lock()
	r := c.known.of[name]
	c.known.mu.Unlock()
	if r != nil && r.version == version { // also not if the database was put back to an earlier state
		return r, nil
	}
	held, err := c.Store.Keys(ctx, body, use)
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	r = &ring{version: version, keys: held, opened: map[string]jws.Signer{}}
	c.known.mu.Lock()
	defer c.known.mu.Unlock()
	if c.known.of == nil {
		c.known.of = map[string]*ring{}
	}
	c.known.of[name] = r
	return r, nil
}

// PublicAt is Public for who read the registry's version just now.
func (c *Custodian) PublicAt(ctx context.Context, version int64, body string) ([]Key, error) {
	return c.publicAt(ctx, version, body, ForCredentials)
}

// CurrentAt is the body's newest credential key that may sign, without
// its private half; with hosted, the newest of those that can sign here. ErrNoKey if
// there is none.
func (c *Custodian) CurrentAt(ctx context.Context, version int64, body string, hosted bool) (Key, error) {
	r, err := c.ringAt(ctx, version, body, ForCredentials)
	if err != nil {
		return Key{}, err
	}
	for _, k := range r.keys {
		if k.MaySign() && (!hosted || k.hosted()) {
			k.Sealed = nil
			return k, nil
		}
	}
	return Key{}, fmt.Errorf("%s: %w", body, ErrNoKey)
}

// AccessKeysAt is AccessKeys for who read the registry's version just now.
func (c *Custodian) AccessKeysAt(ctx context.Context, version int64) ([]Key, error) {
	return c.publicAt(ctx, version, Service, ForAccess)
}

func (c *Custodian) publicAt(ctx context.Context, version int64, body string, use Use) ([]Key, error) {
	r, err := c.ringAt(ctx, version, body, use)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(r.keys))
	for i, k := range r.keys {
		k.Sealed = nil
		out[i] = k
	}
	return out, nil
}

// SignerAt is SignerByID for who read the registry's version just now.
func (c *Custodian) SignerAt(ctx context.Context, version int64, body, kid string) (jws.Signer, error) {
	r, err := c.ringAt(ctx, version, body, ForCredentials)
	if err != nil {
		return jws.Signer{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.opened[kid]; ok {
		return s, nil
	}
	for _, k := range r.keys {
		if k.ID == kid && k.MaySign() && k.hosted() {
			s, err := c.open(k)
			if err == nil {
				r.opened[kid] = s
			}
			return s, err
		}
	}
	return jws.Signer{}, fmt.Errorf("%s: %w", kid, ErrNoKey)
}
