// Package rotation changes the keys of bodies in an order that breaks no chain:
// a new key is made known, then vouched for by every superior, and only then
// signs; a revoked key is no longer vouched for. It does not keep keys (package
// keys) and makes no statement itself (package registry).
package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Desk rotates and revokes. Its methods are safe for concurrent use, also by
// several processes, and each may be repeated after a crash at any step.
type Desk struct {
	Keys      *keys.Custodian
	Registrar *registry.Registrar
	Addresses credential.Addresses
	// Anchors reads the operator's list, which names the keys of those at the top.
	Anchors func() ([]verify.Anchor, error)
}

// Request asks for a new key.
type Request struct {
	Body string
	Use  keys.Use // ForCredentials or ForProofs; empty: ForCredentials
	// From is the id of the key to follow; empty: the active one. A repeat that
	// names it never rotates twice.
	From    string
	JWK     *jws.JWK // of a body that keeps its own key
	Custody keys.Custody
	// Announced says that everybody who lists this register's keys has the next
	// one: of the register's own rotation alone.
	Announced bool
}

// Outcome is how far it went.
type Outcome struct {
	Key      keys.Key
	Reissued []registry.Statement
	Awaiting []Awaited // empty: the key signs
}

// Awaited is what somebody else must do before the key signs.
type Awaited struct {
	Statement string // id, if one is awaited
	By        string // body id; empty: the operator
	Detail    string
}

// Rotate gives a body a new key; the old one stays good for what it signed.
func (d *Desk) Rotate(ctx context.Context, r Request) (Outcome, error) {
	// 1 Find what is to be followed, and whether something followed it already.
	if r.Use == "" {
		r.Use = keys.ForCredentials
	}
	did, err := d.checked(ctx, r)
	if err != nil {
		return Outcome{}, err
	}
	held, err := d.Keys.Held(ctx, r.Body, r.Use)
	if err != nil {
		return Outcome{}, err
	}
	active := keys.Active(held)
	if done, ok, err := followed(held, active, r); ok || err != nil {
		return Outcome{Key: done}, err
	}
	if active.ID == "" && len(held) == 0 && r.JWK == nil {
		if err := d.Keys.Ensure(ctx, r.Body, did, r.Use); err != nil {
			return Outcome{}, err
		}
	}
	if r.JWK == nil && !d.signsHere(held, active) {
		return Outcome{}, &fault.Refusal{Kind: fault.Conflict, Code: "OWN_KEY", Pointer: "/jwk", Detail: "the body keeps its own key: hand in the public half of the next one as jwk"}
	}
	// 2 Make the next key, and make it known.
	next, err := d.Keys.Announce(ctx, r.Body, did, r.Use, r.Custody, r.JWK, active.ID)
	if errors.Is(err, keys.ErrMoved) { // another process was first, and is done
		if held, err = d.Keys.Held(ctx, r.Body, r.Use); err != nil {
			return Outcome{}, err
		}
		return Outcome{Key: keys.Active(held)}, nil
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("making a key known: %w", err)
	}
	// 3 and 4 Have it vouched for; switch.
	return d.advance(ctx, next, did, r.Announced)
}

// checked finds the body's DID and the faults of the request.
func (d *Desk) checked(ctx context.Context, r Request) (did string, err error) {
	switch {
	case r.Use != keys.ForCredentials && r.Use != keys.ForProofs:
		return "", fault.Invalid{{Pointer: "/use", Detail: "must be credential or proof"}}
	case r.JWK != nil && r.Use != keys.ForCredentials:
		return "", fault.Invalid{{Pointer: "/jwk", Detail: "belongs to the use credential"}}
	case r.JWK != nil && r.Custody != keys.CustodyHere:
		return "", fault.Invalid{{Pointer: "/custody", Detail: "is not for a key that the body keeps"}}
	}
	return d.did(ctx, r.Body)
}

func (d *Desk) did(ctx context.Context, body string) (string, error) {
	if body == keys.Service {
		return d.Addresses.Service(), nil
	}
	v, err := d.Registrar.View(ctx)
	if err != nil {
		return "", err
	}
	b, ok := v.Body(body)
	if !ok {
		return "", fmt.Errorf("body %q: %w", body, registry.ErrNotFound)
	}
	return b.DID, nil
}

// followed tells whether the key that the request names was followed already,
// and by which.
func followed(held []keys.Key, active keys.Key, r Request) (keys.Key, bool, error) {
	if r.From == "" || r.From == active.ID {
		return keys.Key{}, false, nil
	}
	if !slices.ContainsFunc(held, func(k keys.Key) bool { return k.ID == r.From && k.State != keys.Next }) {
		return keys.Key{}, false, fault.Invalid{{Pointer: "/from", Detail: "is not a key of this body and use that ever signed"}}
	}
	return active, active.ID != "", nil
}

// signsHere: what follows is made here as long as nothing says that the body
// keeps the key itself.
func (d *Desk) signsHere(held []keys.Key, active keys.Key) bool {
	return active.Hosted || active.ID == "" && !slices.ContainsFunc(held, func(k keys.Key) bool { return k.RevokedAt.IsZero() })
}

// advance takes a key that was made known as far as it goes.
func (d *Desk) advance(ctx context.Context, next keys.Key, did string, announced bool) (Outcome, error) {
	out := Outcome{Key: next}
	top, err := d.listed(next, did, announced)
	if err != nil {
		return out, err
	}
	out.Awaiting = append(out.Awaiting, top...)
	vouched, err := d.Registrar.Vouch(ctx, next.Body)
	out.take(vouched)
	if err != nil || len(out.Awaiting) > 0 {
		return out, err
	}
	if err := d.Keys.Activate(ctx, next.Body, next.Use, next.ID); err != nil {
		return out, fmt.Errorf("switching to the next key: %w", err)
	}
	out.Key.State, out.Key.NextAt = keys.Signing, time.Time{}
	return out, nil
}

// listed is what the operators of registers must do for a key that no statement
// can vouch for: those at the top are believed by the list of anchors alone
// (CHAIN.md, 17).
func (d *Desk) listed(next keys.Key, did string, announced bool) ([]Awaited, error) {
	if next.Body == keys.Service && !announced {
		return []Awaited{{Detail: "every operator who lists this register as registrar must add the key " + next.ID +
			" to the anchors file; then repeat with the word that it is announced"}}, nil
	}
	all, err := d.Anchors()
	if err != nil {
		return nil, fmt.Errorf("reading the list of anchors: %w", err)
	}
	for _, a := range all {
		has := func(k jws.JWK) bool { return k.Thumbprint() == next.Public.Thumbprint() }
		if a.DID == did && len(a.Keys) > 0 && !slices.ContainsFunc(a.Keys, has) {
			return []Awaited{{Detail: "the list of anchors names other keys of this body: every operator who lists it must add the key " + next.ID +
				"; here, in the file of BONAFIDE_ANCHORS"}}, nil
		}
	}
	return nil, nil
}

func (o *Outcome) take(v registry.Vouched) {
	o.Reissued = append(o.Reissued, v.Reissued...)
	for _, s := range v.Awaiting {
		o.Awaiting = append(o.Awaiting, Awaited{Statement: s.ID, By: s.Issuer,
			Detail: "no key of " + s.Issuer + " signs here: it must state " + s.ID + " anew for the present keys of " + s.Subject})
	}
}

// Revoke ends a key, and has the superiors vouch for it no longer. If
// compromisedAt is not zero, records made from that instant on are not believed.
func (d *Desk) Revoke(ctx context.Context, body, kid string, compromisedAt time.Time, reason string) (Outcome, error) {
	var out Outcome
	err := d.Keys.Revoke(ctx, body, kid, compromisedAt, reason)
	if errors.Is(err, registry.ErrNotFound) {
		same, e := d.revokedSo(ctx, body, kid, compromisedAt, reason)
		if e != nil {
			return out, e
		}
		if same {
			err = nil // a repeat: goes on where the first try ended
		}
	}
	if err != nil {
		return out, err
	}
	did, err := d.did(ctx, body)
	if err != nil {
		return out, err
	}
	if out.Awaiting, err = d.delisted(body, kid, did); err != nil || body == keys.Service {
		return out, err
	}
	v, err := d.Registrar.Vouch(ctx, body)
	out.take(v)
	return out, err
}

// delisted is what the operators must do where a list still names a revoked key.
func (d *Desk) delisted(body, kid, did string) ([]Awaited, error) {
	if body == keys.Service {
		return []Awaited{{Detail: "every operator who lists this register as registrar must take the key " + kid + " out of the anchors file"}}, nil
	}
	all, err := d.Anchors()
	if err != nil {
		return nil, fmt.Errorf("reading the list of anchors: %w", err)
	}
	for _, a := range all {
		if a.DID == did && slices.ContainsFunc(a.Keys, func(k jws.JWK) bool { return did+"#"+k.Thumbprint() == kid }) {
			return []Awaited{{Detail: "every operator who lists this body must take the key " + kid + " out of the anchors file"}}, nil
		}
	}
	return nil, nil
}

func (d *Desk) revokedSo(ctx context.Context, body, kid string, compromisedAt time.Time, reason string) (bool, error) {
	held, err := d.Keys.Asserting(ctx, body)
	return slices.ContainsFunc(held, func(k keys.Key) bool {
		return k.ID == kid && k.State == keys.Revoked && k.Reason == reason && k.CompromisedAt.Equal(compromisedAt.UTC().Truncate(time.Microsecond))
	}), err
}

// Settle goes on with everything that a crash interrupted or that was awaited:
// keys made known that do not sign yet, and revoked keys that statements still
// vouch for. It tells how many keys signed for the first time. What one body's
// keys fail at does not keep the others waiting.
func (d *Desk) Settle(ctx context.Context) (switched int, err error) {
	all, err := d.Keys.All(ctx)
	if err != nil {
		return 0, err
	}
	var failed []error
	revoked := map[string]bool{}
	for _, k := range all {
		switch {
		case k.State == keys.Revoked && k.Body != keys.Service:
			revoked[k.Body] = true
		case k.State == keys.Next:
			did, err := d.did(ctx, k.Body)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			out, err := d.advance(ctx, k, did, false)
			failed = append(failed, err)
			if out.Key.State == keys.Signing {
				switched++
			}
		}
	}
	for body := range revoked {
		_, err := d.Registrar.Vouch(ctx, body)
		failed = append(failed, err)
	}
	return switched, errors.Join(failed...)
}
