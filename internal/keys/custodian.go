package keys

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/x509"
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
	Now   func() time.Time
	Rand  io.Reader

	known known
}

// Create makes a new hosted key, from now on the one that signs: Ed25519 for
// proofs, which strict readers of those want, P-256 for all else. Earlier keys
// stay good for what they signed.
func (c *Custodian) Create(ctx context.Context, body, did string, use Use) (Key, error) {
	private, err := c.generate(use)
	if err != nil {
		return Key{}, fmt.Errorf("generating key: %w", err)
	}
	public, err := jws.NewJWK(private.Public(), "")
	if err != nil {
		return Key{}, err
	}
	k := Key{ID: did + "#" + public.Thumbprint(), Body: body, Use: use, CreatedAt: c.now()}
	k.Public = public.WithKeyID(k.ID)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, fmt.Errorf("encoding key: %w", err)
	}
	if k.Sealed, err = c.seal(der, k); err != nil {
		return Key{}, err
	}
	return k, c.Store.AddKey(ctx, k)
}

func (c *Custodian) generate(use Use) (crypto.Signer, error) {
	if use == ForProofs || use == ForLog || use == ForWitness {
		return jws.GenerateEd25519(c.Rand)
	}
	return jws.GenerateES256(c.Rand)
}

// Register enters a body's own public key; the private half stays with the body.
func (c *Custodian) Register(ctx context.Context, body, did string, jwk jws.JWK, use Use) (Key, error) {
	if use != ForCredentials && use != ForClients {
		return Key{}, fault.Invalid{{Pointer: "/use", Detail: "must be credential or client"}}
	}
	k := Key{ID: did + "#" + jwk.Thumbprint(), Body: body, Use: use, CreatedAt: c.now()}
	k.Public = jwk.WithKeyID(k.ID)
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

// Signer opens the body's newest hosted key that is not revoked; ErrNoKey if
// there is none.
func (c *Custodian) Signer(ctx context.Context, body string, use Use) (jws.Signer, error) {
	held, err := c.Store.Keys(ctx, body, use)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("reading keys: %w", err)
	}
	for _, k := range held {
		if k.RevokedAt.IsZero() && len(k.Sealed) > 0 {
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
		if k.ID == kid && k.RevokedAt.IsZero() && len(k.Sealed) > 0 {
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
	if !slices.ContainsFunc(held, func(k Key) bool { return k.RevokedAt.IsZero() && len(k.Sealed) > 0 }) {
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
	for i := range held {
		held[i].Sealed = nil
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

// seal encrypts under the key encryption key. The key's names are bound to it,
// so that rows cannot be exchanged: nonce (12 bytes), ciphertext and tag.
func (c *Custodian) seal(der []byte, k Key) ([]byte, error) {
	gcm, err := c.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(c.Rand, nonce); err != nil {
		return nil, fmt.Errorf("drawing nonce: %w", err)
	}
	return gcm.Seal(nonce, nonce, der, names(k)), nil
}

func (c *Custodian) open(k Key) (jws.Signer, error) {
	gcm, err := c.gcm()
	if err != nil {
		return jws.Signer{}, err
	}
	if len(k.Sealed) < gcm.NonceSize() {
		return jws.Signer{}, fmt.Errorf("opening key %s: it is damaged", k.ID)
	}
	der, err := gcm.Open(nil, k.Sealed[:gcm.NonceSize()], k.Sealed[gcm.NonceSize():], names(k))
	if err != nil {
		return jws.Signer{}, fmt.Errorf("opening key %s: the key encryption key does not fit", k.ID)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("opening key %s: %w", k.ID, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return jws.Signer{}, fmt.Errorf("opening key %s: it cannot sign", k.ID)
	}
	return jws.Signer{KeyID: k.ID, Key: signer}, nil
}

func (c *Custodian) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(c.KEK[:])
	if err != nil {
		return nil, fmt.Errorf("preparing key encryption: %w", err)
	}
	return cipher.NewGCM(block)
}

func names(k Key) []byte { return []byte(k.Body + "\x00" + string(k.Use) + "\x00" + k.ID) }
