// Package forms gives the second form of what the register issued: the same
// credential as JSON with an embedded eddsa-rdfc-2022 proof, for wallets that
// read no tokens. The token stays the record. A form is made when it is first
// asked for and kept, so that it is the same bytes ever after. This package
// judges nothing and issues nothing: it repeats what was issued.
package forms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// ErrNoForm says that a record has no second form: its issuer keeps its own key
// and signs tokens alone, or the token is not what the issuer signed.
var ErrNoForm = errors.New("there is no form with an embedded proof")

// Form is a kept second form.
type Form struct {
	Credential string // the credential's id
	KeyID      string
	Document   string // JSON, exact
	CreatedAt  time.Time
}

// Store keeps forms. Every method is one transaction.
type Store interface {
	// Form returns the kept form; registry.ErrNotFound if there is none.
	Form(ctx context.Context, credential string) (Form, error)
	// KeepForm keeps the form unless there is one, and returns the one kept.
	KeepForm(ctx context.Context, f Form) (Form, error)
}

// Certificates finds a record by its canonical number; issue.ErrNotFound if
// there is none.
type Certificates interface {
	Certificate(ctx context.Context, number string) (issue.Record, error)
	Choice(ctx context.Context, number string) (issue.Choice, error)
}

// Desk makes and keeps forms.
type Desk struct {
	Store        Store
	Keys         *keys.Custodian
	Certificates Certificates
	Registrar    *registry.Registrar
	Addresses    credential.Addresses
	Now          func() time.Time
}

// Certificate returns the second form of a certificate. Errors are
// issue.ErrNotFound, ErrNoForm, and those of credential.ParseNumber.
func (d *Desk) Certificate(ctx context.Context, number string) ([]byte, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return nil, err
	}
	rec, err := d.Certificates.Certificate(ctx, string(n))
	if err != nil {
		return nil, err
	}
	if rec.State != issue.Sealed {
		return nil, issue.ErrNotFound
	}
	if err := issue.Withheld(rec.Events); err != nil {
		return nil, err
	}
	choice, err := d.Certificates.Choice(ctx, string(n))
	if err != nil {
		return nil, err
	}
	if err := choice.Refuse(); err != nil {
		return nil, err
	}
	return d.form(ctx, d.Addresses.Certificate(n), rec.Body, rec.Token, rec.SealedAt)
}

// Statement returns the second form of a statement; registry.ErrNotFound if
// there is no such statement.
func (d *Desk) Statement(ctx context.Context, id string) ([]byte, error) {
	v, err := d.Registrar.View(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	s, ok := v.Statement(id)
	if !ok || s.Credential == "" {
		return nil, registry.ErrNotFound
	}
	signer := s.Issuer
	if s.Assurance == trust.Recorded {
		signer = keys.Service
	}
	return d.form(ctx, d.Addresses.Statement(id), signer, s.Credential, s.LearntAt)
}

// form returns the kept form or makes it: of a token that verifies with a key
// that was the body's alone when the register recorded it, and of no other.
func (d *Desk) form(ctx context.Context, id, body, token string, recorded time.Time) ([]byte, error) {
	kept, err := d.Store.Form(ctx, id)
	if err == nil {
		return []byte(kept.Document), nil
	}
	if !errors.Is(err, registry.ErrNotFound) {
		return nil, err
	}
	payload, err := d.genuine(ctx, body, token, recorded)
	if err != nil {
		return nil, err
	}
	document, kid, err := d.Embed(ctx, body, payload)
	if err != nil {
		return nil, err
	}
	kept, err = d.Store.KeepForm(ctx, Form{Credential: id, KeyID: kid, Document: string(document), CreatedAt: d.now()})
	return []byte(kept.Document), err
}

// Embed signs a payload of the register's own making, such as a status list,
// in the name of the body, with its claims left out. Nothing is kept.
func (d *Desk) Embed(ctx context.Context, body string, payload []byte) (document []byte, kid string, err error) {
	signer, err := d.Keys.Signer(ctx, body, keys.ForProofs)
	if errors.Is(err, keys.ErrNoKey) {
		return nil, "", fmt.Errorf("%w: %w", ErrNoForm, err)
	}
	if err != nil {
		return nil, "", err
	}
	plain, err := credential.WithoutClaims(payload)
	if err != nil {
		return nil, "", err
	}
	document, err = dataintegrity.Sign(plain, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion, Created: d.now()}, signer)
	if err != nil {
		return nil, "", fmt.Errorf("embedding a proof: %w", err)
	}
	return document, signer.KeyID, nil
}

func (d *Desk) genuine(ctx context.Context, body, token string, recorded time.Time) ([]byte, error) {
	u, err := jws.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoForm, err)
	}
	held, err := d.Keys.Public(ctx, body)
	if err != nil {
		return nil, err
	}
	for _, k := range held {
		if k.ID == u.Header.Kid && (k.CompromisedAt.IsZero() || recorded.Before(k.CompromisedAt)) && u.Verify(k.Public) == nil {
			return u.Payload, nil
		}
	}
	return nil, fmt.Errorf("%w: the record does not verify", ErrNoForm)
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Second) }
