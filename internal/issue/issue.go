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
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Issuer issues. Its methods are safe for concurrent use.
type Issuer struct {
	Store     Store
	Registrar *registry.Registrar
	Keys      *keys.Custodian
	// Place draws an entry of an open status list of the body.
	Place func(ctx context.Context, body string) (list string, index int, err error)
	// Lookup answers for the certificates that a decision rests on.
	Lookup Lookup
	// Refused counts a refusal for want of the accreditation that was claimed.
	// It is told no more than this.
	Refused   func(ctx context.Context, body, scheme, code string, at time.Time) error
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
	return i.IssueAt(ctx, 0, body, req, key)
}

// IssueAt is Issue for who read the registry's version just now; zero: did not.
func (i *Issuer) IssueAt(ctx context.Context, version int64, body string, req Request, key string) (rec Record, replayed bool, err error) {
	normalise(&req)
	print, err := fingerprint(body, req)
	if err != nil {
		return Record{}, false, err
	}
	return i.issue(ctx, version, body, req, key, print)
}

// issue issues a normalised request under a fingerprint.
func (i *Issuer) issue(ctx context.Context, version int64, body string, req Request, key string, print []byte) (rec Record, replayed bool, err error) {
	view, err := i.view(ctx, version)
	if err != nil {
		return rec, false, err
	}
	// 1. Take up what an earlier try left, or record the exact bytes of a new
	// certificate, before any key is used.
	rec, before, err := i.begin(ctx, view, body, req, key, print, keyHosted)
	if err != nil || rec.State == Sealed {
		return rec, before, err
	}
	// 2. Sign what was recorded, and seal.
	rec, err = i.sign(ctx, view, rec)
	return rec, before, err
}

func (i *Issuer) view(ctx context.Context, version int64) (*registry.View, error) {
	if version > 0 {
		return i.Registrar.ViewAt(ctx, version)
	}
	return i.Registrar.View(ctx)
}

// sign signs what was recorded, with the key it was recorded for, and seals:
// from here on the public sees it. What was recorded for a key that cannot sign
// here any more, or never could, is composed anew first.
func (i *Issuer) sign(ctx context.Context, view *registry.View, rec Record) (Record, error) {
	signer, err := i.Keys.SignerAt(ctx, view.Version(), rec.Body, rec.KeyID)
	if errors.Is(err, keys.ErrNoKey) {
		if rec, err = i.anew(ctx, view, rec, keyHosted); err != nil || rec.State == Sealed {
			return rec, err
		}
		signer, err = i.Keys.SignerAt(ctx, view.Version(), rec.Body, rec.KeyID)
	}
	if err != nil {
		return rec, fmt.Errorf("finding the key: %w", err)
	}
	token, err := signer.SignInput(rec.SigningInput)
	if err != nil {
		return rec, err
	}
	return i.seal(ctx, view, rec, token)
}

// Whose key signs: one held here, or whichever is the body's newest.
const (
	keyHosted = true
	keyAny    = false
)

// begin finds the record an earlier try left under the key, or judges the
// request and records a new one.
func (i *Issuer) begin(ctx context.Context, view *registry.View, body string, req Request, key string, print []byte, hosted bool) (Record, bool, error) {
	now := i.Now().UTC().Truncate(time.Microsecond)
	rec := Record{Body: body, Key: key, Fingerprint: print, State: Recorded, CreatedAt: now}
	scheme, err := i.mayIssue(ctx, view, body, &req, now)
	rec.Scheme, rec.Request = req.Scheme, req
	for range maxDraws {
		if err == nil {
			err = i.draw(ctx, &rec)
		}
		if err == nil {
			err = i.compose(ctx, view, scheme, &rec, hosted)
		}
		if err != nil { // what was begun is finished, whatever has changed since
			got, before, err := i.begun(ctx, rec, err)
			return got, before, i.refused(ctx, body, req.Scheme, now, err)
		}
		got, existing, err := i.Store.Record(ctx, rec, scheme.Duplicates == registry.DuplicatesDeny, now)
		if !errors.Is(err, ErrTaken) {
			return got, existing, err
		}
	}
	return Record{}, false, errors.New("no free number or status entry was drawn")
}

// begun finds the record an earlier try left under the key; without one, the
// refusal stands. (Where nothing is refused, recording finds it by itself.)
func (i *Issuer) begun(ctx context.Context, wanted Record, refused error) (Record, bool, error) {
	if wanted.Key == "" {
		return Record{}, false, refused
	}
	rec, err := i.Store.ByKey(ctx, wanted.Body, wanted.Key)
	switch {
	case errors.Is(err, ErrNotFound):
		return Record{}, false, refused
	case err == nil && string(rec.Fingerprint) != string(wanted.Fingerprint):
		return Record{}, false, ErrKeyReused
	}
	return rec, err == nil, err
}

// refused has a refusal for want of accreditation counted, and returns it.
func (i *Issuer) refused(ctx context.Context, body, scheme string, now time.Time, err error) error {
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Code, "ACCREDITATION_") {
		return err
	}
	if counting := i.Refused(ctx, body, scheme, refusal.Code, now); counting != nil {
		return counting
	}
	return err
}

func (i *Issuer) draw(ctx context.Context, rec *Record) (err error) {
	if rec.Number, rec.Salt, rec.SubjectID, err = i.drawn(); err == nil {
		rec.StatusList, rec.StatusIndex, err = i.Place(ctx, rec.Body)
	}
	return err
}

func (i *Issuer) drawn() (number, salt, subject string, err error) {
	n, err := credential.NewNumber(i.Rand)
	if err != nil {
		return "", "", "", err
	}
	var random [32]byte
	if _, err := io.ReadFull(i.Rand, random[:]); err != nil {
		return "", "", "", fmt.Errorf("drawing salt: %w", err)
	}
	id, err := uuid.FromBytes(random[16:])
	if err != nil {
		return "", "", "", err
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562, version 4
	return string(n), base64.RawURLEncoding.EncodeToString(random[:16]), "urn:uuid:" + id.String(), nil
}

// compose builds the credential and the exact bytes to sign, with the body's
// newest key, or the newest that is held here.
func (i *Issuer) compose(ctx context.Context, view *registry.View, scheme registry.Scheme, rec *Record, hosted bool) error {
	k, err := i.Keys.CurrentAt(ctx, view.Version(), rec.Body, hosted)
	if err != nil {
		return err
	}
	rec.KeyID = k.ID
	c, err := i.credential(view, scheme, *rec)
	if err != nil {
		return err
	}
	payload, err := c.Payload()
	if err != nil {
		return err
	}
	rec.SigningInput, err = jws.SigningInput(payload, "JWT", rec.KeyID, k.Public)
	return err
}

func (i *Issuer) seal(ctx context.Context, view *registry.View, rec Record, token string) (Record, error) {
	now := i.Now().UTC().Truncate(time.Microsecond)
	s, _ := view.Scheme(rec.Scheme) // the store keeps the reference
	err := i.Store.Seal(ctx, rec, token, now, s.Duplicates)
	if errors.Is(err, ErrWrongState) { // a racing repeat sealed it
		return i.Store.Certificate(ctx, rec.Number)
	}
	if err != nil {
		return rec, err
	}
	rec.State, rec.Token, rec.SealedAt = Sealed, token, now
	return rec, nil
}

func (i *Issuer) credential(view *registry.View, scheme registry.Scheme, rec Record) (credential.Certificate, error) {
	body, _ := view.Body(rec.Body) // the owner of the scheme
	r := rec.Request
	c := credential.Certificate{
		ID: i.Addresses.Certificate(credential.Number(rec.Number)), Number: credential.Number(rec.Number),
		Issuer:    credential.Party{DID: body.DID, Name: body.Name, Website: body.Website},
		Holder:    r.identity(rec.SubjectID, rec.Salt),
		DecidedAt: r.DecidedAt, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Claim: r.Claim,
		Scheme: credential.Scheme{Address: i.Addresses.Scheme(scheme.ID), Name: scheme.Name, Acronym: scheme.Acronym, Kind: scheme.Kind,
			Activity: scheme.Activity, Level: r.Level, Description: scheme.Name, Criteria: "The requirements of the scheme " + scheme.Name + " of " + body.Name + "."},
		Status:  credential.StatusEntry{List: i.Addresses.StatusList(rec.StatusList), Index: rec.StatusIndex},
		Lineage: r.Lineage.written(i.Addresses),
	}
	if n := r.Competence.ExaminerCertificate; n != "" {
		c.ExaminerCertificate = i.Addresses.Certificate(credential.Number(n))
	}
	for _, e := range r.Evidence {
		c.Evidence = append(c.Evidence, credential.Evidence(e))
	}
	var err error
	if r.Claim {
		err = i.staple(view, scheme, &c)
	}
	return c, err
}

// staple names the accreditation that the certificate claims and carries its
// credential if that outlives the certificate: a strict Open Badges verifier
// fails a badge whose endorsement has expired.
func (i *Issuer) staple(view *registry.View, scheme registry.Scheme, c *credential.Certificate) error {
	f, err := i.Registrar.ChainIn(view, scheme.Owner, i.Need(scheme), c.DecidedAt, time.Time{})
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

// fingerprint is SHA-256 over body and normalised request.
func fingerprint(body string, req Request) ([]byte, error) {
	data, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	sum := sha256.Sum256(append([]byte(body+"\x00"), data...))
	return sum[:], nil
}
