package main

import (
	"context"
	"time"

	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// site wires the pages to the rooms.
func (a *app) site(demo bool) *web.Site {
	return &web.Site{
		Addresses: a.addresses, Demo: demo, Examples: a.examples, Body: a.bodyPage, Claim: a.claims.Check, ReadPDF: a.pdf.Text,
		Lookup: func(ctx context.Context, number string, q web.Query) (*verify.Report, error) {
			return a.lookup.Certificate(ctx, number, lookup.Query{At: q.At, KnownAt: q.KnownAt})
		},
		Judge: func(ctx context.Context, h web.Handed) (*verify.Report, error) {
			file := h.File
			if len(file) == 0 {
				file = []byte(h.Text)
			}
			return a.lookup.Verify(ctx, lookup.Submission{File: file, Asker: h.Asker})
		},
	}
}

// bodyPage gathers what the register holds about a body.
func (a *app) bodyPage(ctx context.Context, id string) (web.BodyPage, error) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return web.BodyPage{}, err
	}
	b, ok := v.Body(id)
	if !ok {
		return web.BodyPage{}, &fault.Refusal{Kind: fault.Missing, Code: "NOT_FOUND", Detail: "This register knows no body of that name."}
	}
	page := web.BodyPage{Body: b}
	now := time.Now().UTC()
	for _, s := range v.About(b.DID) {
		page.Held = append(page.Held, link(v, s, now))
	}
	for _, s := range v.By(b.DID) {
		page.Granted = append(page.Granted, link(v, s, now))
	}
	for _, s := range v.Schemes() {
		if s.Owner == b.ID {
			page.Schemes = append(page.Schemes, s)
		}
	}
	for _, c := range v.Coverage(b.ID) {
		page.Coverage = append(page.Coverage, lookup.Coverage(c))
	}
	return page, nil
}

// link is a statement as it stands now, in the words of a report.
func link(v *registry.View, s registry.Statement, now time.Time) verify.Link {
	l := trust.At(trust.Statement{Scope: s.Scope, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, Events: s.Events}, now, time.Time{})
	body := func(id string) verify.Body {
		b, _ := v.Body(id) // the store keeps the reference
		return verify.Body{ID: b.ID, DID: b.DID, Name: b.Name, Country: b.Country}
	}
	date := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	out := verify.Link{Kind: string(s.Kind), Statement: s.ID, Issuer: body(s.Issuer), Subject: body(s.Subject), Number: s.Number, Scope: verify.Scope{
		Activity: string(l.Scope.Activity), Standard: l.Scope.Standard, Edition: l.Scope.Edition, SubScopes: l.Scope.SubScopes, Schemes: l.Scope.Schemes, Countries: l.Scope.Countries},
		ValidFrom: date(s.ValidFrom), ValidUntil: date(s.ValidUntil), Status: string(l.Status), Since: date(l.Since), Assurance: string(s.Assurance)}
	for _, x := range s.Sources {
		out.Sources = append(out.Sources, verify.Citation{URL: x.URL, Locator: x.Locator, SourceDate: x.SourceDate, RetrievedAt: date(x.RetrievedAt), Says: x.Says})
	}
	return out
}
