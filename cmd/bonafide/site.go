package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// site wires the pages to the rooms.
func (a *app) site(demo bool) *web.Site {
	return &web.Site{
		Addresses: a.addresses, Demo: demo, Examples: a.examples, Body: a.bodyPage, Search: a.search, Directory: a.directoryOf, Anchors: a.anchors.Show, Holders: a.holders, Looked: a.holders.Counter.Look, Scheme: a.schemePage, Claim: a.claims.Check, ReadPDF: a.pdf.Text,
		Pictures: a.studio, Credential: a.lookup.Credential, Known: a.known, Backlink: a.asksBack(),
		Lookup: func(ctx context.Context, number string, q web.Query) (*verify.Report, error) {
			return a.lookup.Certificate(ctx, number, lookup.Query{At: q.At, KnownAt: q.KnownAt, Issuer: q.Issuer})
		},
		Lists: web.Lists{Batch: a.lookup.Batch, Seats: make(chan struct{}, 4),
			Notary: func(ctx context.Context) (func(*verify.Report, receipt.Asked) error, error) {
				n, err := a.lookup.Notary(ctx)
				if err != nil {
					return nil, err
				}
				return n.Sign, nil
			},
			Judge: func(ctx context.Context, u *receipt.Unverified) (receipt.Judgement, error) {
				return a.lookup.JudgeReceipt(ctx, u, receipt.About{})
			}},
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
	p, err := a.registrar.Profile(ctx, id)
	if errors.Is(err, registry.ErrNotFound) {
		return web.BodyPage{}, &fault.Refusal{Kind: fault.Missing, Code: "NOT_FOUND", Detail: "This register knows no body of that name."}
	}
	if err != nil {
		return web.BodyPage{}, err
	}
	page := web.BodyPage{Body: p.Body, Offers: p.Offers, Timeline: p.Timeline, Flags: p.Flags}
	now := time.Now().UTC()
	for _, s := range p.Held {
		page.Held = append(page.Held, link(v, s, now))
	}
	for _, s := range p.Granted {
		page.Granted = append(page.Granted, link(v, s, now))
	}
	for _, c := range p.Coverage {
		page.Coverage = append(page.Coverage, lookup.Coverage(c))
	}
	page.Disputes, err = a.openDisputes(ctx)
	return page, err
}

// search finds bodies and schemes by name.
func (a *app) search(ctx context.Context, query string) (web.Found, error) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return web.Found{}, err
	}
	out := web.Found{Bodies: v.Search(query)}
	for _, h := range v.SearchSchemes(query) {
		owner, _ := v.Body(h.Scheme.Owner) // the store keeps the reference
		out.Schemes = append(out.Schemes, web.SchemeHit{SchemeHit: h, OwnerName: owner.Name})
	}
	return out, nil
}

// directoryOf lists every body and scheme.
func (a *app) directoryOf(ctx context.Context) (web.Directory, error) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return web.Directory{}, err
	}
	out := web.Directory{Bodies: v.Bodies()}
	for _, s := range v.Schemes() {
		owner, _ := v.Body(s.Owner) // the store keeps the reference
		out.Schemes = append(out.Schemes, web.SchemeHit{SchemeHit: registry.SchemeHit{Scheme: s}, OwnerName: owner.Name})
	}
	return out, nil
}

// schemePage gathers what the register holds about a scheme.
func (a *app) schemePage(ctx context.Context, id string) (web.SchemePage, error) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return web.SchemePage{}, err
	}
	s, ok := v.Scheme(id)
	if !ok {
		return web.SchemePage{}, &fault.Refusal{Kind: fault.Missing, Code: "NOT_FOUND", Detail: "This register knows no scheme of that name."}
	}
	owner, _ := v.Body(s.Owner) // the store keeps the reference
	page := web.SchemePage{Scheme: s, Owner: verify.Body{ID: owner.ID, DID: owner.DID, Name: owner.Name, Country: owner.Country}}
	if page.Answers, err = a.registrar.Answers(ctx, s); err != nil {
		return page, err
	}
	now := time.Now().UTC()
	for _, x := range v.Held() {
		if x.Kind == trust.Accreditation && slices.Contains(x.Scope.Schemes, id) {
			page.Held = append(page.Held, link(v, x, now))
		}
	}
	page.Disputes, err = a.openDisputes(ctx)
	return page, err
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
