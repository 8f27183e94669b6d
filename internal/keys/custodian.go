package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// ErrNoKey says that the body has no hosted key that may still sign.
var ErrNoKey = errors.New("the body has no hosted signing key")

// Custodian has the keys. Its methods are safe for concurrent use.
type Custodian struct {
	Store Store
	KEK   [32]byte // key encryption key
	// Others are key encryption keys that open besides, while one follows another.
	Others [][32]byte
	Token  Safe // the hardware that keeps keys of CustodyHSM; nil: none
	Now    func() time.Time
	Rand   io.Reader

	known known
}

// Create makes a new hosted key, from now on the one that signs: Ed25519 for
// proofs, which strict readers of those want, P-256 for all else. Earlier keys
// stay good for what they signed.
func (c *Custodian) Create(ctx context.Context, body, did string, use Use) (Key, error) {
	k, err := c.make(body, did, use, CustodyHere)
	if err != nil {
		return Key{}, err
	}
	return k, c.Store.AddKey(ctx, k)
}

// make makes a key pair in a safe, and seals what opens it.
func (c *Custodian) make(body, did string, use Use, custody Custody) (Key, error) {
	safe, err := c.safe(custody)
	if err != nil {
		return Key{}, err
	}
	made, handle, err := safe.Make(use)
	if err != nil {
		return Key{}, fmt.Errorf("making key: %w", err)
	}
	public, err := jws.NewJWK(made, "")
	if err != nil {
		return Key{}, err
	}
	k := Key{ID: did + "#" + public.Thumbprint(), Body: body, Use: use, Custody: custody, CreatedAt: c.now()}
	k.Public = public.WithKeyID(k.ID)
	return k, c.seal(&k, handle)
}

// Register enters a body's own public key; the private half stays with the body.
func (c *Custodian) Register(ctx context.Context, body, did string, jwk jws.JWK, use Use) (Key, error) {
	if use != ForCredentials && use != ForClients {
		return Key{}, fault.Invalid{{Pointer: "/use", Detail: "must be credential or client"}}
	}
	k := Key{ID: did + "#" + jwk.Thumbprint(), Body: body, Use: use, CreatedAt: c.now()}
	k.Public = jwk.WithKeyID(k.ID)
	k.State = Signing
	return k, c.Store.AddKey(ctx, k)
}

// Ensure makes a hosted key if the body has no key of the use at all.
func (c *Custodian) Ensure(ctx context.Context, body, did string, use Use) error {
	held, err := c.Store.Keys(ctx, body, use)
	if err != nil || len(held) > 0 {
		return err
	}
	_, err = c.Create(ctx, body, did, use)
	return err
}

// Open makes the hosted keys that a body signs credentials with, where it has
// none: one for tokens and one for embedded proofs. For a body that keeps its
// own key nothing is made: nobody else signs in its name.
func (c *Custodian) Open(ctx context.Context, body, did string) error {
	if err := c.Ensure(ctx, body, did, ForCredentials); err != nil {
		return err
	}
	held, err := c.Store.Keys(ctx, body, ForCredentials)
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	for _, k := range held {
		if len(k.Sealed) == 0 {
			return nil
		}
	}
	return c.Ensure(ctx, body, did, ForProofs)
}

// Signer opens the body's newest hosted key that may sign; ErrNoKey if
// there is none.
func (c *Custodian) Signer(ctx context.Context, body string, use Use) (jws.Signer, error) {
	held, err := c.Store.Keys(ctx, body, use)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("reading keys: %w", err)
	}
	for _, k := range held {
		if k.MaySign() && k.hosted() {
			return c.open(k)
		}
	}
	return jws.Signer{}, fmt.Errorf("%s: %w", body, ErrNoKey)
}

// SignerByID opens one hosted key for input recorded under it, also if a newer
// key has followed; never a revoked one.
func (c *Custodian) SignerByID(ctx context.Context, body, kid string) (jws.Signer, error) {
	held, err := c.Store.Keys(ctx, body, ForCredentials)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("reading keys: %w", err)
	}
	for _, k := range held {
		if k.ID == kid && k.MaySign() && k.hosted() {
			return c.open(k)
		}
	}
	return jws.Signer{}, fmt.Errorf("%s: %w", kid, ErrNoKey)
}

// Public lists the body's credential keys, newest first, revoked ones too,
// without their private halves.
func (c *Custodian) Public(ctx context.Context, body string) ([]Key, error) {
	return c.public(c.Store.Keys(ctx, body, ForCredentials))
}

// Asserting lists every key that the body signs credentials with in any form,
// as Public does.
func (c *Custodian) Asserting(ctx context.Context, body string) ([]Key, error) {
	tokens, err := c.Public(ctx, body)
	if err != nil {
		return nil, err
	}
	proofs, err := c.public(c.Store.Keys(ctx, body, ForProofs))
	return append(tokens, proofs...), err
}

// OfClients lists the keys with which the body's clients authenticate.
func (c *Custodian) OfClients(ctx context.Context, body string) ([]Key, error) {
	return c.public(c.Store.Keys(ctx, body, ForClients))
}

// All lists every body's keys as Asserting does.
func (c *Custodian) All(ctx context.Context) ([]Key, error) {
	tokens, err := c.public(c.Store.AllKeys(ctx, ForCredentials))
	if err != nil {
		return nil, err
	}
	proofs, err := c.public(c.Store.AllKeys(ctx, ForProofs))
	return append(tokens, proofs...), err
}

// Federation lists the body's federation keys, newest first, without their
// private halves. They exist only for a body that has a hosted credential key
// which may still sign, since only such a body lets this service speak for it;
// the first question makes one. For any other body the list is empty.
func (c *Custodian) Federation(ctx context.Context, body, did string) ([]Key, error) {
	held, err := c.Store.Keys(ctx, body, ForCredentials)
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	if !slices.ContainsFunc(held, func(k Key) bool { return k.MaySign() && k.hosted() }) {
		return nil, nil
	}
	if err := c.Ensure(ctx, body, did, ForFederation); err != nil {
		return nil, fmt.Errorf("making a federation key: %w", err)
	}
	return c.public(c.Store.Keys(ctx, body, ForFederation))
}

func (c *Custodian) public(held []Key, err error) ([]Key, error) {
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	for i, state := range States(held) {
		held[i].State, held[i].Hosted, held[i].Sealed = state, held[i].hosted(), nil
	}
	return held, nil
}

// AccessKeys lists the keys that verify access tokens of this service.
func (c *Custodian) AccessKeys(ctx context.Context) ([]Key, error) {
	return c.public(c.Store.Keys(ctx, Service, ForAccess))
}

// Revoke ends a key. If compromisedAt is not zero, records made from that
// instant on are no longer believed.
func (c *Custodian) Revoke(ctx context.Context, body, kid string, compromisedAt time.Time, reason string) error {
	if reason == "" {
		return fault.Invalid{{Pointer: "/reason", Detail: "is missing: say why, for the record"}}
	}
	if compromisedAt.After(c.now()) {
		return fault.Invalid{{Pointer: "/compromised_at", Detail: "lies in the future"}}
	}
	return c.Store.RevokeKey(ctx, body, kid, c.now(), compromisedAt, reason)
}

func (c *Custodian) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
