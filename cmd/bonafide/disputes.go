package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// filingsPerHour is how much a stranger may file: more than anybody honest
// has to say in an hour, and little enough to be read.
const filingsPerHour = 20

func (a *app) clerk() *disputes.Clerk {
	return &disputes.Clerk{Store: a.db, Concerns: a.concerns, Rand: rand.Reader, Now: time.Now}
}

func (a *app) filings(c config) *v1.Filings {
	f := &v1.Filings{Most: filingsPerHour, Now: time.Now}
	if c.RateLimit == 0 {
		f.Most = 0
	}
	return f
}

// file takes what visitors file on the page.
func (a *app) file(limit *v1.Filings) web.File {
	clerk := a.clerk()
	return func(ctx context.Context, asker string, e disputes.Entry) error {
		if limit.Take(asker) > 0 {
			return web.ErrTooMany
		}
		_, err := clerk.File(ctx, e)
		return err
	}
}

// concerns tells which bodies answer for a record.
func (a *app) concerns(ctx context.Context, about disputes.About, of string) ([]string, bool, error) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return nil, false, err
	}
	switch about {
	case disputes.AboutBody:
		b, ok := v.Body(of)
		return []string{b.ID}, ok, nil
	case disputes.AboutScheme:
		s, ok := v.Scheme(of)
		return []string{s.Owner}, ok, nil
	case disputes.AboutStatement:
		s, ok := v.Statement(of)
		return []string{s.Issuer, s.Subject}, ok, nil
	case disputes.AboutCertificate:
		r, err := a.db.Certificate(ctx, of)
		if errors.Is(err, issue.ErrNotFound) {
			return nil, false, nil
		}
		return []string{r.Body}, err == nil, err
	}
	return nil, false, nil
}

// openDisputes are the open ones as reports tell them.
func (a *app) openDisputes(ctx context.Context) ([]verify.Dispute, error) {
	all, err := a.db.OpenDisputes(ctx)
	if err != nil {
		return nil, err
	}
	var out []verify.Dispute
	for _, d := range all {
		out = append(out, verify.Dispute{ID: d.ID, About: string(d.About), Of: d.Of, Fact: d.Fact, By: d.Body, Words: d.Words, Since: d.Since()})
	}
	return out, nil
}
