// Package claims reads a certificate that somebody merely claims, in fields,
// in free text or in a PDF, looks every name in it up in the registry, and
// hands the result to package verify, which judges. It owns the recognising of
// bodies, numbers, standards, arrangements, dates and wording, in the languages
// that employers paste; it decides no verdict and reads no network. Names that
// resemble each other are told apart by package registry.
package claims

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Desk checks claims.
type Desk struct {
	View func(context.Context) (*registry.View, error)
	// Lookup answers for a number of the register's own, comparing the name if
	// it is not empty. An unknown number is a report of verdict not_found.
	Lookup    func(ctx context.Context, number, name string) (*verify.Report, error)
	Addresses credential.Addresses
	Trust     func() ([]verify.Anchor, []verify.Registrar)
	Flags     []redflag.Rule // the rules in force; nil: all
	Warnings  []verify.Warning
	Now       func() time.Time

	mu    sync.Mutex // guards what follows, made once and once per version of the registry
	lex   *lexicon
	known *known
	names *vocabulary
}

// Input is a claim as it was handed in. What is given in a field goes before
// what was read in the text.
type Input struct {
	Holder        string
	Credential    string
	Number        string
	IssuerName    string
	IssuerWebsite string
	Accreditation []Accreditation
	IssuedOn      string // as written
	ExpiresOn     string
	Text          string
	Document      bool      // Text is the text of a whole document
	At            time.Time // the instant to judge; zero: now
	Demand        verify.Demand
}

// Accreditation is one that a field names.
type Accreditation struct{ Body, Number, Standard, Arrangement string }

// maxField bounds a field: longer names do not exist.
const maxField = 500

// maxAccreditations bounds what one claim may assert.
const maxAccreditations = 10

// Check reads the claim and judges it.
func (d *Desk) Check(ctx context.Context, in Input) (*verify.Report, error) {
	// 1. Is it something that can be read?
	if err := in.faults(); err != nil {
		return nil, err
	}
	view, err := d.View(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	r, k, err := d.reader(view)
	if err != nil {
		return nil, err
	}
	anchors, registrars := d.Trust()
	p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: d.Now().UTC(), At: in.At, PublicURL: d.Addresses.Public,
		Flags: d.Flags, Warnings: d.Warnings, Demand: in.Demand}
	r.now = p.Now
	// 2. What does it say?
	got, err := r.understand(in)
	if err != nil {
		return nil, err
	}
	// 3. Who and what is that, by the registry?
	m := &match{reader: r, known: k, in: in, got: got, at: d.Addresses, anchors: plain(anchors)}
	ev := m.evidence(p.Now, in.At)
	// 4. If the number is one of ours, what does the record say?
	if err := d.record(ctx, &ev, m); err != nil {
		return nil, err
	}
	// 5. Judge.
	return verify.EvaluateClaim(ev, p), nil
}

func (in Input) faults() error {
	var f fault.Invalid
	for pointer, s := range map[string]string{"/holder_name": in.Holder, "/credential_name": in.Credential, "/certificate_number": in.Number,
		"/issuer/name": in.IssuerName, "/issuer/website": in.IssuerWebsite, "/issued_on": in.IssuedOn, "/expires_on": in.ExpiresOn} {
		if len(s) > maxField {
			f.Add(pointer, fmt.Sprintf("is longer than %d bytes", maxField))
		}
	}
	if len(in.Accreditation) > maxAccreditations {
		f.Add("/accreditation", fmt.Sprintf("at most %d are taken", maxAccreditations))
	}
	for i, a := range in.Accreditation {
		for name, s := range map[string]string{"body": a.Body, "number": a.Number, "standard": a.Standard, "arrangement": a.Arrangement} {
			if len(s) > maxField {
				f.Add(fmt.Sprintf("/accreditation/%d/%s", i, name), fmt.Sprintf("is longer than %d bytes", maxField))
			}
		}
	}
	if len(in.Text) > maxText {
		f.Add("/text", fmt.Sprintf("is longer than %d bytes; give the certificate alone", maxText))
	}
	said := in.Holder + in.Credential + in.Number + in.IssuerName + in.IssuerWebsite + in.Text
	for _, a := range in.Accreditation {
		said += a.Body + a.Number + a.Standard + a.Arrangement
	}
	if strings.TrimSpace(said) == "" {
		f.Add("", "gives nothing to check: name the issuer, the certificate or its number, or paste its text")
	}
	return f.Err()
}

// reader returns what reads claims in the names of this version of the registry.
func (d *Desk) reader(view *registry.View) (*reader, *known, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		k, err := readKnown()
		if err != nil {
			return nil, nil, err
		}
		d.known, d.lex = &k, newLexicon()
	}
	if d.names == nil || d.names.view != view {
		d.names = newVocabulary(view, *d.known)
	}
	return &reader{lex: d.lex, names: d.names, namesakes: d.known.Namesakes}, d.known, nil
}

// record asks the register for the number, if it could be one of its own.
func (d *Desk) record(ctx context.Context, ev *verify.ClaimEvidence, m *match) error {
	number := ev.Claim.Understood.CertificateNumber
	if number == "" {
		return nil
	}
	n, err := credential.ParseNumber(number)
	if err != nil {
		ev.Claim.Facts.Record.Mistyped = errors.Is(err, credential.ErrCheckCharacter)
		ev.Registered = ev.Registered && !ev.Claim.Facts.Record.Mistyped
		ev.Numbered = ev.Registered
		return nil
	}
	r, err := d.Lookup(ctx, string(n), ev.Claim.Understood.HolderName)
	switch {
	case errors.Is(err, issue.ErrNotFound), err == nil && r.Verdict == verify.NotFound:
		ev.Numbered = ev.Claim.Issuer != "" && m.ours(ev.Claim.Issuer)
		return nil
	case err != nil:
		return fmt.Errorf("looking the number up: %w", err)
	}
	ev.Numbered, ev.Record = true, r
	return nil
}
