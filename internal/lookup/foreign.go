package lookup

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Submission is something handed in from outside, and what its asker wants to
// know. One of Token, Address and File is set; or Bundle alone.
type Submission struct {
	Token   string // a credential in any form of text, or a bundle
	Address string // where one is, such as a share link
	File    []byte // a file of any kind that package intake reads
	Bundle  []byte // further evidence; or the bundle that holds the credential
	At      time.Time
	Expect  verify.Expect
	Demand  verify.Demand
	Asker   string // the network address that asks; empty: the operator
}

// Verify judges what was handed in by this register's own holdings first.
// What comes in a bundle, and what is read elsewhere, is used beside them,
// never instead. Errors are *intake.UnreadableError, verify.ErrUnreadable,
// verify.ErrNoCertificate and, of an address, verify.ErrUnobtainable.
func (d *Desk) Verify(ctx context.Context, s Submission) (*verify.Report, error) {
	switch {
	case len(s.File) > 0:
		return d.file(ctx, s)
	case s.Address != "":
		return d.follow(ctx, s)
	}
	return d.judge(ctx, s)
}

// file looks into a file. An address in it is followed if it is one of ours
// or, but for PDF files, whose links lead anywhere, if it is all there is.
func (d *Desk) file(ctx context.Context, s Submission) (*verify.Report, error) {
	item, err := d.Intake.Read(ctx, s.File)
	if err != nil {
		return nil, err
	}
	if s.Token = item.Credential; s.Token != "" {
		return d.judge(ctx, s)
	}
	for _, a := range item.Addresses {
		if _, ours := d.numberAt(a); ours {
			s.Address = a
			return d.follow(ctx, s)
		}
	}
	if s.Address = item.Addresses[0]; item.Loose {
		return nil, &intake.UnreadableError{Remedy: "has no credential attached; it names the address " + s.Address + ": open it, or hand in that address, if its issuer says that certificates are verified there"}
	}
	return d.follow(ctx, s)
}

// follow judges what an address leads to: a certificate of this register, or
// whatever is there.
func (d *Desk) follow(ctx context.Context, s Submission) (*verify.Report, error) {
	if n, ours := d.numberAt(s.Address); ours {
		r, err := d.Certificate(ctx, n, Query{At: s.At, Name: s.Expect.Name, Email: s.Expect.Email})
		if errors.Is(err, credential.ErrCheckCharacter) || errors.Is(err, credential.ErrNotANumber) {
			return nil, &intake.UnreadableError{Remedy: "is an address of this register with a mistyped number; compare it with the certificate"}
		}
		return r, err
	}
	if d.Foreign == nil {
		return nil, &intake.UnreadableError{Remedy: "is an address elsewhere, and this service reads none; hand in the credential itself"}
	}
	item, err := d.Intake.Follow(ctx, s.Address, d.Foreign(s.Asker))
	if err != nil {
		return nil, err
	}
	s.Token = item.Credential
	return d.judge(ctx, s)
}

// judge gathers evidence for a credential and evaluates it.
func (d *Desk) judge(ctx context.Context, s Submission) (*verify.Report, error) {
	p := d.policy(s.At)
	p.Expect, p.Demand = s.Expect, s.Demand
	read := func(context.Context, string) ([]byte, error) { return nil, verify.ErrUnobtainable }
	var bundles []verify.Source
	if len(s.Bundle) > 0 {
		inside, src, err := verify.ParseBundle(s.Bundle, p)
		if err != nil {
			return nil, err
		}
		if s.Token == "" {
			s.Token = inside
		}
		bundles = append(bundles, src)
	}
	var foreign verify.Sources
	if d.Foreign != nil {
		f := d.Foreign(s.Asker)
		foreign, read = verify.Sources{f}, f.Document
	}
	var ev verify.Evidence
	if verify.IsAssertion([]byte(s.Token)) {
		own, err := d.ownSource(ctx, nil, p)
		if err == nil {
			ev, err = verify.GatherAssertion(ctx, []byte(s.Token), p, verify.Sources{own}, read)
		}
		if err != nil {
			return nil, err
		}
		return verify.Evaluate(ev, p), nil
	}
	u, inside, err := verify.Open([]byte(s.Token), p)
	if err != nil {
		return nil, err
	}
	own, err := d.ownSource(ctx, u, p)
	if err != nil {
		return nil, err
	}
	sources := append(append(append(verify.Sources{own}, bundles...), inside), foreign...)
	if ev, err = verify.GatherFor(ctx, u, p, sources); err != nil {
		return nil, err
	}
	if p.Expect.Holder() && own.found != nil {
		ev.Holder, err = d.holder(ctx, own.number, "", p.KnownAt)
	}
	own.holdings.beside(&ev)
	return verify.Evaluate(ev, p), err
}

// ownSource is this register's word on a certificate handed in, or, without
// one, on everything else: one statement to the database in any case.
func (d *Desk) ownSource(ctx context.Context, u *verify.UnverifiedCertificate, p verify.Policy) (*source, error) {
	s := &source{desk: d, now: p.Now}
	var claims credential.Certificate
	if u != nil {
		claims, _ = u.Claims() // what cannot be read has none
	}
	var version int64
	if n, ok := d.Addresses.CertificateNumber(claims.ID); ok {
		found, err := d.Certificates.Published(ctx, string(n))
		switch {
		case err == nil:
			s.number, s.found = n, &found
		case !errors.Is(err, issue.ErrNotFound):
			return nil, err
		}
		version = found.Registry
	}
	var err error
	s.holdings, err = d.holdings(ctx, version)
	return s, err
}

// numberAt is the number in an address of a certificate of this register: its
// page, its credential or its embed.
func (d *Desk) numberAt(address string) (string, bool) {
	u, err := url.Parse(address)
	own, err2 := url.Parse(d.Addresses.Public)
	if err != nil || err2 != nil || !strings.EqualFold(u.Host, own.Host) || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	for _, folder := range []string{"/c/", "/v1/certificates/", "/embed/"} {
		if rest, ok := strings.CutPrefix(u.Path, folder); ok {
			n, _, _ := strings.Cut(rest, "/")
			return n, n != ""
		}
	}
	return "", false
}
