package issue

import (
	"context"
	"errors"
	"fmt"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Prepare is Issue for a body that keeps its own key: it stops after recording
// the bytes to sign (rec.SigningInput). SealWith goes on. A repeat after the key
// was revoked gives bytes for the body's newest one.
func (i *Issuer) Prepare(ctx context.Context, body string, req Request, key string) (rec Record, replayed bool, err error) {
	return i.PrepareAt(ctx, 0, body, req, key)
}

// PrepareAt is Prepare for who read the registry's version just now; zero: did not.
func (i *Issuer) PrepareAt(ctx context.Context, version int64, body string, req Request, key string) (rec Record, replayed bool, err error) {
	normalise(&req)
	print, err := fingerprint(body, req)
	if err != nil {
		return Record{}, false, err
	}
	view, err := i.view(ctx, version)
	if err != nil {
		return rec, false, err
	}
	rec, before, err := i.begin(ctx, view, body, req, key, print, keyAny)
	if err != nil || !before || rec.State == Sealed {
		return rec, before, err
	}
	if _, err = i.key(ctx, view, rec); errors.Is(err, keys.ErrNoKey) {
		rec, err = i.anew(ctx, view, rec, keyAny)
	}
	return rec, before, err
}

// SealWith seals a prepared certificate with the body's own signature over its
// signing input (for ES256: R and S, 64 bytes). A claim of accreditation must
// hold at that moment too.
func (i *Issuer) SealWith(ctx context.Context, body, number string, signature []byte) (Record, error) {
	rec, err := i.Store.Certificate(ctx, number)
	if err != nil {
		return Record{}, err
	}
	if rec.Body != body {
		return Record{}, ErrNotFound
	}
	if rec.State != Recorded {
		return rec, ErrWrongState
	}
	view, err := i.view(ctx, 0)
	if err != nil {
		return rec, err
	}
	public, err := i.key(ctx, view, rec)
	if err != nil {
		return rec, err
	}
	token, err := jws.Seal(rec.SigningInput, signature, public)
	if err != nil {
		return rec, err
	}
	if err := i.still(ctx, view, rec); err != nil {
		return rec, err
	}
	return i.seal(ctx, view, rec, token)
}

// Publish seals one of the body's prepared certificates with its hosted key. A
// claim of accreditation must hold at that moment too. A certificate that is
// sealed already is returned as it is.
func (i *Issuer) Publish(ctx context.Context, body, number string) (Record, error) {
	rec, err := i.Store.Certificate(ctx, number)
	if err != nil {
		return Record{}, err
	}
	switch {
	case rec.Body != body:
		return Record{}, ErrNotFound
	case rec.State == Sealed:
		return rec, nil
	}
	view, err := i.view(ctx, 0)
	if err != nil {
		return rec, err
	}
	if err := i.still(ctx, view, rec); err != nil {
		return rec, err
	}
	return i.sign(ctx, view, rec)
}

// still refuses to seal what waited and could not be issued now: a claim of
// accreditation must hold at that moment too (ISO/IEC 17011:2017, 7.11).
func (i *Issuer) still(ctx context.Context, view *registry.View, rec Record) error {
	req := rec.Request
	now := i.Now().UTC()
	_, err := i.mayIssue(ctx, view, rec.Body, &req, now)
	return i.refused(ctx, rec.Body, rec.Scheme, now, err)
}

// key is the public key that the record was recorded for; keys.ErrNoKey if it
// may not sign any more.
func (i *Issuer) key(ctx context.Context, view *registry.View, rec Record) (jws.JWK, error) {
	held, err := i.Keys.PublicAt(ctx, view.Version(), rec.Body)
	if err != nil {
		return jws.JWK{}, err
	}
	for _, k := range held {
		if k.ID == rec.KeyID && k.MaySign() {
			return k.Public, nil
		}
	}
	return jws.JWK{}, fmt.Errorf("%s: %w", rec.KeyID, keys.ErrNoKey)
}

// anew composes a record again, under its number, with a key that may sign now,
// and records the new bytes before that key is used. It returns what is on
// record then: a racing repeat may have done it, or sealed it.
func (i *Issuer) anew(ctx context.Context, view *registry.View, rec Record, hosted bool) (Record, error) {
	if err := i.still(ctx, view, rec); err != nil {
		return rec, err
	}
	scheme, _ := view.Scheme(rec.Scheme) // the store keeps the reference
	was := rec.KeyID
	if err := i.compose(ctx, view, scheme, &rec, hosted); err != nil {
		return rec, err
	}
	return i.Store.Rewrite(ctx, rec, was)
}
