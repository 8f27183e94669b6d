// Package issue is the issuing cycle: from a certification body's request to a
// sealed certificate, in steps of which each can be repeated after a crash. It
// decides whether a body may certify a scheme now; it does not change status
// (package status) and does not answer the public (package lookup).
package issue

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Issuer issues. Its methods are safe for concurrent use.
type Issuer struct {
	Store     Store
	Registrar *registry.Registrar
	Keys      *keys.Custodian
	// Place draws an entry of an open status list of the body.
	Place     func(ctx context.Context, body string) (list string, index int, err error)
	Addresses credential.Addresses
	Now       func() time.Time
	Rand      io.Reader
}

// maxDraws bounds how often a taken number or status entry is drawn again; the
// odds of needing a third draw are below one in a million.
const maxDraws = 20

// Issue issues the certificate and returns its record, sealed. Under an
// idempotency key of the body the same request is never issued twice: a repeat
// finishes what a crash interrupted, or returns what was issued with replayed
// set. ErrKeyReused if the key was used for another request; fault.Invalid,
// *fault.Refusal or *DuplicateError if it must not be issued.
func (i *Issuer) Issue(ctx context.Context, body string, req Request, key string) (rec Record, replayed bool, err error) {
	// 1. Take up what an earlier try left, or reserve number and status entry.
	rec, before, err := i.begin(ctx, body, req, key)
	if err != nil || rec.State == Sealed {
		return rec, before, err
	}
	// 2. Record the exact bytes, before any key is used.
	if rec.State == Reserved {
		if rec, err = i.record(ctx, rec); err != nil {
			return rec, false, err
		}
	}
	// 3. Sign what was recorded, and seal.
	rec, err = i.sign(ctx, rec)
	return rec, before, err
}

// sign signs what was recorded, with the key it was recorded for, and seals:
// from here on the public sees it.
func (i *Issuer) sign(ctx context.Context, rec Record) (Record, error) {
	signer, err := i.Keys.SignerByID(ctx, rec.Body, rec.KeyID)
	if err != nil {
		return rec, fmt.Errorf("finding the key: %w", err)
	}
	token, err := signer.SignInput(rec.SigningInput)
	if err != nil {
		return rec, err
	}
	return i.seal(ctx, rec, token)
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
	case rec.State != Recorded:
		return rec, ErrWrongState
	}
	req := rec.Request
	if _, err := i.mayIssue(ctx, body, &req, i.Now().UTC()); err != nil {
		return rec, err
	}
	return i.sign(ctx, rec)
}

// Prepare is Issue for a body that keeps its own key: it stops after recording
// the bytes to sign (rec.SigningInput). SealWith goes on.
func (i *Issuer) Prepare(ctx context.Context, body string, req Request, key string) (rec Record, replayed bool, err error) {
	rec, before, err := i.begin(ctx, body, req, key)
	if err != nil || rec.State != Reserved {
		return rec, before, err
	}
	rec, err = i.record(ctx, rec)
	return rec, before, err
}

// SealWith seals a prepared certificate with the body's own signature over its
// signing input (for ES256: R and S, 64 bytes).
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
	held, err := i.Keys.Public(ctx, body)
	if err != nil {
		return rec, err
	}
	for _, k := range held {
		if k.ID != rec.KeyID || !k.RevokedAt.IsZero() {
			continue
		}
		token, err := jws.Seal(rec.SigningInput, signature, k.Public)
		if err != nil {
			return rec, err
		}
		return i.seal(ctx, rec, token)
	}
	return rec, keys.ErrNoKey
}

// begin finds the record an earlier try left under the key, or judges the
// request and reserves a new one.
func (i *Issuer) begin(ctx context.Context, body string, req Request, key string) (Record, bool, error) {
	now := i.Now().UTC().Truncate(time.Microsecond)
	print, err := fingerprint(body, req)
	if err != nil {
		return Record{}, false, err
	}
	if key != "" { // what was begun is finished, whatever has changed since
		switch rec, err := i.Store.ByKey(ctx, body, key); {
		case err == nil && string(rec.Fingerprint) != string(print):
			return Record{}, false, ErrKeyReused
		case err == nil:
			return rec, true, nil
		case !errors.Is(err, ErrNotFound):
			return Record{}, false, err
		}
	}
	scheme, err := i.mayIssue(ctx, body, &req, now)
	if err != nil {
		return Record{}, false, err
	}
	rec := Record{Body: body, Scheme: req.Scheme, Request: req, Key: key, Fingerprint: print, State: Reserved, CreatedAt: now}
	for range maxDraws {
		if err := i.draw(ctx, &rec); err != nil {
			return Record{}, false, err
		}
		got, existing, err := i.Store.Reserve(ctx, rec, scheme.Duplicates == "deny", now)
		if !errors.Is(err, ErrTaken) {
			return got, existing, err
		}
	}
	return Record{}, false, errors.New("no free number or status entry was drawn")
}

func (i *Issuer) draw(ctx context.Context, rec *Record) error {
	n, err := credential.NewNumber(i.Rand)
	if err != nil {
		return err
	}
	var random [32]byte
	if _, err := io.ReadFull(i.Rand, random[:]); err != nil {
		return fmt.Errorf("drawing salt: %w", err)
	}
	subject, err := uuid.FromBytes(random[16:])
	if err != nil {
		return err
	}
	subject[6], subject[8] = subject[6]&0x0f|0x40, subject[8]&0x3f|0x80 // RFC 9562, version 4
	rec.Number, rec.Salt, rec.SubjectID = string(n), base64.RawURLEncoding.EncodeToString(random[:16]), "urn:uuid:"+subject.String()
	rec.StatusList, rec.StatusIndex, err = i.Place(ctx, rec.Body)
	return err
}

// record builds the credential and keeps the exact bytes to sign.
func (i *Issuer) record(ctx context.Context, rec Record) (Record, error) {
	held, err := i.Keys.Public(ctx, rec.Body)
	if err != nil {
		return rec, err
	}
	var key jws.JWK
	for _, k := range held {
		if k.RevokedAt.IsZero() {
			key, rec.KeyID = k.Public, k.ID
			break
		}
	}
	if key.IsZero() {
		return rec, fmt.Errorf("%s: %w", rec.Body, keys.ErrNoKey)
	}
	c, err := i.credential(ctx, rec)
	if err != nil {
		return rec, err
	}
	payload, err := c.Payload()
	if err != nil {
		return rec, err
	}
	if rec.SigningInput, err = jws.SigningInput(payload, "JWT", rec.KeyID, key); err != nil {
		return rec, err
	}
	err = i.Store.RecordInput(ctx, rec.Number, rec.KeyID, rec.SigningInput)
	if errors.Is(err, ErrWrongState) { // a racing repeat was first: go on with its bytes
		return i.Store.Certificate(ctx, rec.Number)
	}
	rec.State = Recorded
	return rec, err
}

func (i *Issuer) seal(ctx context.Context, rec Record, token string) (Record, error) {
	view, err := i.Registrar.View(ctx)
	if err != nil {
		return rec, err
	}
	now := i.Now().UTC().Truncate(time.Microsecond)
	replaced := map[string]trust.Event{}
	if s, ok := view.Scheme(rec.Scheme); ok && s.Duplicates == "replace" {
		older, err := i.Store.Duplicates(ctx, rec.Body, rec.Scheme, rec.Request.Holder, now)
		if err != nil {
			return rec, err
		}
		for _, n := range older {
			if n != rec.Number {
				replaced[n] = trust.Event{Kind: trust.Superseded, EffectiveAt: now, LearntAt: now, Successor: rec.Number, Reason: "Replaced by a newer certificate"}
			}
		}
	}
	err = i.Store.Seal(ctx, rec.Number, token, now, replaced)
	if err != nil && !errors.Is(err, ErrWrongState) {
		return rec, err
	}
	return i.Store.Certificate(ctx, rec.Number) // ErrWrongState: a racing repeat sealed it
}

func (i *Issuer) credential(ctx context.Context, rec Record) (credential.Certificate, error) {
	view, err := i.Registrar.View(ctx)
	if err != nil {
		return credential.Certificate{}, err
	}
	body, _ := view.Body(rec.Body)
	scheme, ok := view.Scheme(rec.Scheme)
	if !ok {
		return credential.Certificate{}, registry.ErrNotFound
	}
	r := rec.Request
	c := credential.Certificate{
		ID: i.Addresses.Certificate(credential.Number(rec.Number)), Number: credential.Number(rec.Number),
		Issuer:    credential.Party{DID: body.DID, Name: body.Name, Website: body.Website},
		Holder:    credential.Holder{SubjectID: rec.SubjectID, Name: r.Holder.Name, HideName: r.Publication != Public, Email: r.Holder.Email, Salt: rec.Salt},
		DecidedAt: r.DecidedAt, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Claim: r.Claim,
		Scheme: credential.Scheme{Address: i.Addresses.Scheme(scheme.ID), Name: scheme.Name, Acronym: scheme.Acronym, Kind: scheme.Kind,
			Activity: scheme.Activity, Level: r.Level, Description: scheme.Name, Criteria: "The requirements of the scheme " + scheme.Name + " of " + body.Name + "."},
		Status: credential.StatusEntry{List: i.Addresses.StatusList(rec.StatusList), Index: rec.StatusIndex},
	}
	for _, e := range r.Evidence {
		c.Evidence = append(c.Evidence, credential.Evidence(e))
	}
	if r.Claim {
		err = i.staple(ctx, view, scheme, &c)
	}
	return c, err
}

// staple names the accreditation that the certificate claims and carries its
// credential if that outlives the certificate: a strict Open Badges verifier
// fails a badge whose endorsement has expired.
func (i *Issuer) staple(ctx context.Context, view *registry.View, scheme registry.Scheme, c *credential.Certificate) error {
	f, err := i.Registrar.Chain(ctx, scheme.Owner, need(i.Addresses, scheme), c.DecidedAt, time.Time{})
	if err != nil {
		return err
	}
	if len(f.Path) == 0 {
		return nil
	}
	s := f.Path[0].Statement
	c.RecognizedIn = s.ID
	id, _ := i.Addresses.StatementID(s.ID)
	held, ok := view.Statement(id)
	if ok && (s.ValidUntil.IsZero() || !c.ValidUntil.IsZero() && !s.ValidUntil.Before(c.ValidUntil)) {
		c.EndorsementJWT = []string{held.Credential}
	}
	return nil
}

// fingerprint is SHA-256 over body and request; the same request after
// normalising is the same request.
func fingerprint(body string, req Request) ([]byte, error) {
	normalise(&req)
	data, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	sum := sha256.Sum256(append([]byte(body+"\x00"), data...))
	return sum[:], nil
}
