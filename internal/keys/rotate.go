package keys

import (
	"context"
	"errors"
	"fmt"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Held lists the body's keys of the use, newest first, one that does not sign
// yet last, without their private halves.
func (c *Custodian) Held(ctx context.Context, body string, use Use) ([]Key, error) {
	return c.public(c.Store.Keys(ctx, body, use))
}

// NextOf is the key that does not sign yet, of keys as Held lists them.
func NextOf(held []Key) (Key, bool) {
	for _, k := range held {
		if k.State == Next {
			return k, true
		}
	}
	return Key{}, false
}

// Announce makes a key that follows the active one, or enters the body's own if
// jwk is given, and makes it known; it does not sign before Activate. Where
// there is one already, made by whoever came first, that is the answer. ErrMoved
// if the active key is no longer after.
func (c *Custodian) Announce(ctx context.Context, body, did string, use Use, custody Custody, jwk *jws.JWK, after string) (Key, error) {
	held, err := c.Held(ctx, body, use)
	if err != nil {
		return Key{}, err
	}
	if k, ok := NextOf(held); ok {
		return k, another(k, jwk)
	}
	var k Key
	if jwk != nil {
		k = Key{ID: did + "#" + jwk.Thumbprint(), Body: body, Use: use, CreatedAt: c.now()}
		k.Public = jwk.WithKeyID(k.ID)
	} else if k, err = c.make(body, did, use, custody); err != nil {
		return Key{}, err
	}
	k.NextAt = k.CreatedAt
	err = c.Store.AddNextKey(ctx, k, after)
	if !errors.Is(err, registry.ErrDuplicate) {
		k.State, k.Hosted, k.Sealed = Next, k.hosted(), nil
		return k, err
	}
	if held, err = c.Held(ctx, body, use); err != nil {
		return Key{}, err
	}
	if k, ok := NextOf(held); ok {
		return k, another(k, jwk)
	}
	if Active(held).ID != after {
		return Key{}, ErrMoved
	}
	return Key{}, &fault.Refusal{Kind: fault.Conflict, Code: "KEY_KNOWN", Pointer: "/jwk", Detail: "this key is on record already; a key is used once"}
}

// another refuses a key that is not the one that waits already.
func another(next Key, jwk *jws.JWK) error {
	if jwk == nil || jwk.Thumbprint() == next.Public.Thumbprint() {
		return nil
	}
	return &fault.Refusal{Kind: fault.Conflict, Code: "NEXT_KEY_WAITS", Pointer: "/jwk", Detail: "another next key waits already: " + next.ID + "; revoke it first"}
}

// Activate lets a key that was announced sign, from now on in place of the one
// before. It may be repeated.
func (c *Custodian) Activate(ctx context.Context, body string, use Use, kid string) error {
	err := c.Store.ActivateKey(ctx, body, kid, c.now())
	if !errors.Is(err, registry.ErrNotFound) {
		return err
	}
	held, err := c.Held(ctx, body, use)
	if err != nil {
		return err
	}
	for _, k := range held {
		if k.ID == kid && k.MaySign() {
			return nil // another process did it
		}
	}
	return fmt.Errorf("%s: %w", kid, registry.ErrNotFound)
}

// Retire ends the signing life of a key that another has followed: its private
// half is forgotten, what it signed stays good. It may be repeated.
func (c *Custodian) Retire(ctx context.Context, body, kid string) error {
	for _, use := range []Use{ForCredentials, ForProofs} {
		held, err := c.Held(ctx, body, use)
		if err != nil {
			return err
		}
		for _, k := range held {
			switch {
			case k.ID != kid:
			case k.State == Retired:
				return nil
			case k.State == Retiring:
				return c.Store.RetireKey(ctx, body, kid, c.now())
			default:
				return &fault.Refusal{Kind: fault.Conflict, Code: "KEY_NOT_RETIRING", Detail: fmt.Sprintf("the key is %s; only one that another has followed can be retired", k.State)}
			}
		}
	}
	return fmt.Errorf("%s: %w", kid, registry.ErrNotFound)
}
