package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Submission is something handed in from outside, and what its asker wants to
// know. One of Text and File is set; or Bundle alone.
type Submission struct {
	Text   string // a credential in any form of text, a bundle, or the address of one
	File   []byte // a file of any kind that package intake reads
	Bundle []byte // further evidence; or the bundle that holds the credential
	At     time.Time
	Expect verify.Expect
	Demand verify.Demand
	Asker  string // the network address that asks; empty: the operator

	known *prefetched // read beforehand; nil: it is read now
}

// ErrBundle says that it is the bundle beside what was handed in that cannot be
// read.
var ErrBundle = errors.New("the bundle cannot be read")

// Verify judges what was handed in by this register's own holdings first.
// What comes in a bundle, and what is read elsewhere, is used beside them,
// never instead. Errors are *intake.UnreadableError, verify.ErrUnreadable,
// verify.ErrNoCertificate, beside them ErrBundle, and, of an address,
// verify.ErrUnobtainable.
func (d *Desk) Verify(ctx context.Context, s Submission) (*verify.Report, error) {
	r, err := d.verify(ctx, s)
	return d.tell(r, "submitted"), err
}

func (d *Desk) verify(ctx context.Context, s Submission) (*verify.Report, error) {
	var beyond *fetch.Source // one budget, whatever was handed in
	if d.Foreign != nil {
		beyond = d.Foreign(s.Asker)
	}
	if len(s.File) > 0 {
		return d.file(ctx, s, beyond)
	}
	if a, ok := intake.Address(s.Text); ok {
		return d.follow(ctx, s, a, beyond)
	}
	return d.judge(ctx, s, beyond)
}

// file looks into a file. An address in it is followed if it is one of ours
// or, but for PDF files, whose links lead anywhere, if it is all there is. A
// report on what a file only names says so.
func (d *Desk) file(ctx context.Context, s Submission, beyond *fetch.Source) (*verify.Report, error) {
	item, err := d.Intake.Read(ctx, s.File)
	if err != nil {
		return nil, err
	}
	if s.Text = item.Credential; s.Text != "" {
		return d.judge(ctx, s, beyond)
	}
	address := item.Addresses[0]
	if i := slices.IndexFunc(item.Addresses, d.ours); i >= 0 {
		address = item.Addresses[i]
	} else if item.Loose {
		return nil, &intake.UnreadableError{Remedy: "has no credential attached; it names the address " + address + ": open it, or hand in that address, if its issuer says that certificates are verified there"}
	}
	r, err := d.follow(ctx, s, address, beyond)
	if err == nil && item.Named {
		r.Named(address)
	}
	return r, err
}

// follow judges what an address leads to: a certificate of this register, or
// whatever is there.
func (d *Desk) follow(ctx context.Context, s Submission, address string, beyond *fetch.Source) (*verify.Report, error) {
	if typed, ours := d.Addresses.NumberIn(address); ours {
		n, err := credential.ParseNumber(typed)
		if err != nil {
			return nil, &intake.UnreadableError{Remedy: "is an address of this register with a mistyped number; compare it with the certificate"}
		}
		found, err := d.publishedOf(ctx, n, s.known)
		if errors.Is(err, issue.ErrNotFound) {
			p := d.policy(s.At)
			p.Expect, p.Demand = s.Expect, s.Demand
			return d.notFound(ctx, found.Registry, p, verify.Asked{Own: true})
		}
		if err != nil {
			return nil, err
		}
		s.Text = found.Token
		return d.judge(ctx, s, beyond)
	}
	if beyond == nil {
		return nil, &intake.UnreadableError{Remedy: "is an address elsewhere, and this service reads none; hand in the credential itself"}
	}
	item, err := d.Intake.Follow(ctx, address, beyond)
	if err != nil {
		return nil, err
	}
	s.Text = item.Credential
	return d.judge(ctx, s, beyond)
}

func (d *Desk) ours(address string) bool {
	_, ours := d.Addresses.NumberIn(address)
	return ours
}

// judge gathers evidence for a credential and evaluates it.
func (d *Desk) judge(ctx context.Context, s Submission, beyond *fetch.Source) (*verify.Report, error) {
	if receipt.Is(s.Text) {
		return nil, &intake.UnreadableError{Remedy: "is the receipt of a verification, not a credential; hand it in as a receipt"}
	}
	p := d.policy(s.At)
	p.Expect, p.Demand = s.Expect, s.Demand
	read := func(context.Context, string) ([]byte, error) { return nil, verify.ErrUnobtainable }
	var bundles []verify.Source
	var proofs []string
	if len(s.Bundle) > 0 {
		inside, src, err := verify.ParseBundle(s.Bundle, p)
		if err != nil && (s.Text == "" || !errors.Is(err, verify.ErrNoCertificate)) {
			return nil, fmt.Errorf("%w: %w: %w", ErrBundle, verify.ErrUnreadable, err)
		}
		if s.Text == "" {
			s.Text = inside
		}
		bundles, proofs = append(bundles, src), src.LogProofs()
	}
	if beyond != nil {
		read = beyond.Document
	}
	var ev verify.Evidence
	if verify.IsAssertion([]byte(s.Text)) {
		own, err := d.ownSource(ctx, nil, &p, nil)
		if err == nil {
			ev, err = verify.GatherAssertion(ctx, []byte(s.Text), p, verify.Sources{own}, read)
		}
		if err != nil {
			return nil, err
		}
		return verify.Evaluate(ev, p), nil
	}
	u, inside, err := verify.Open([]byte(s.Text), p)
	if err != nil {
		return nil, err
	}
	own, err := d.ownSource(ctx, u, &p, s.known)
	if err != nil {
		return nil, err
	}
	if ev, err = d.gather(ctx, u, p, append(append(verify.Sources{own}, bundles...), inside), beyond); err != nil {
		return nil, err
	}
	ev.LogProofs = append(proofs, inside.LogProofs()...)
	if p.Expect.Holder() && own.found != nil {
		if err := d.guesses.take(s.Asker, own.number, p.Expect, p.Now); err != nil {
			return nil, err
		}
		ev.Holder, err = d.holder(ctx, own.number, "", p.KnownAt)
	}
	own.holdings.beside(&ev)
	return verify.Evaluate(ev, p), err
}

// ownSource is this register's word on a certificate handed in, or, without
// one, on everything else: one statement to the database in any case. The
// register's own keys in the policy become those that it has now.
func (d *Desk) ownSource(ctx context.Context, u *verify.UnverifiedCertificate, p *verify.Policy, known *prefetched) (*source, error) {
	s := &source{desk: d, now: p.Now}
	var claims credential.Certificate
	if u != nil {
		claims, _ = u.Claims() // what cannot be read has none
	}
	var version int64
	if n, ok := d.Addresses.CertificateNumber(claims.ID); ok {
		found, err := d.publishedOf(ctx, n, known)
		switch {
		case err == nil:
			s.number, s.found = n, &found
		case !errors.Is(err, issue.ErrNotFound):
			return nil, err
		}
		version = found.Registry
	}
	var err error
	if s.holdings, err = d.holdings(ctx, version); err == nil {
		p.Registrars = s.holdings.registrars(p.Registrars, d.Addresses.Service())
	}
	return s, err
}
