package lookup

import (
	"context"
	"fmt"
	"slices"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// holdings is the registry in the form that evidence takes, built once per
// version of the registry: nothing in it depends on the certificate asked for.
type holdings struct {
	view         *registry.View
	statements   map[string][]*verify.UnverifiedStatement // by subject DID
	histories    map[string]verify.History                // by statement credential id
	sources      map[string][]trust.Source
	keys         map[string][]verify.PublishedKey // by DID
	bodies       map[string]verify.Body           // by DID
	schemes      map[string]verify.RegisteredScheme
	certificates []verify.Coverage // what a "not found" may lean on
}

// holdings returns the registry as of now: one small query tells whether what
// is held in memory still is the registry.
func (d *Desk) holdings(ctx context.Context) (*holdings, error) {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cached != nil && d.cached.view == view {
		return d.cached, nil
	}
	h, err := d.hold(ctx, view, d.cached)
	if err != nil {
		return nil, err
	}
	d.cached = h
	return h, nil
}

func (d *Desk) hold(ctx context.Context, view *registry.View, old *holdings) (*holdings, error) {
	h := &holdings{
		view: view, statements: map[string][]*verify.UnverifiedStatement{}, histories: map[string]verify.History{},
		sources: map[string][]trust.Source{}, keys: map[string][]verify.PublishedKey{}, bodies: map[string]verify.Body{},
		schemes: map[string]verify.RegisteredScheme{},
	}
	parsed := map[string]*verify.UnverifiedStatement{} // keep checked signatures across versions
	if old != nil {
		for _, list := range old.statements {
			for _, s := range list {
				parsed[s.Token()] = s
			}
		}
	}
	for _, b := range view.Bodies() {
		h.bodies[b.DID] = body(b)
	}
	for _, s := range view.Schemes() {
		owner, _ := view.Body(s.Owner) // the store holds no scheme without an owner
		h.schemes[d.Addresses.Scheme(s.ID)] = verify.RegisteredScheme{
			Address: d.Addresses.Scheme(s.ID), ID: s.ID, Name: s.Name, Kind: s.Kind, Owner: owner.DID,
			Activity: string(s.Activity), Standard: s.Standard,
		}
	}
	for _, s := range view.Held() {
		u := parsed[s.Credential]
		if u == nil {
			var err error
			if u, err = verify.ParseStatement(s.Credential); err != nil {
				return nil, fmt.Errorf("reading statement %s of the register: %w", s.ID, err)
			}
		}
		c := u.Claims()
		h.statements[c.Subject] = append(h.statements[c.Subject], u)
		h.histories[c.ID] = verify.History{RecordedAt: s.LearntAt, Assurance: string(s.Assurance), Grade: s.Grade, Events: addressed(s.Events, d.Addresses)}
		h.sources[c.ID] = s.Sources
	}
	if err := d.holdKeys(ctx, view, h); err != nil {
		return nil, err
	}
	for _, about := range h.statements {
		for _, u := range about {
			if c := u.Claims(); h.compromised(c.SignedBy.DID) {
				x := h.histories[c.ID]
				x.Recorded = u.Token()
				h.histories[c.ID] = x
			}
		}
	}
	return h, nil
}

// compromised tells whether a key of the controller was ever in other hands.
func (h *holdings) compromised(did string) bool {
	return slices.ContainsFunc(h.keys[did], func(k verify.PublishedKey) bool { return k.CompromisedAt != nil })
}

// addressed names schemes in event scopes by address, as credentials do.
func addressed(events []trust.Event, at credential.Addresses) []trust.Event {
	out := make([]trust.Event, len(events))
	for i, e := range events {
		if e.Scope != nil {
			s := *e.Scope
			s.Schemes = nil
			for _, id := range e.Scope.Schemes {
				s.Schemes = append(s.Schemes, at.Scheme(id))
			}
			e.Scope = &s
		}
		out[i] = e
	}
	return out
}

func (d *Desk) holdKeys(ctx context.Context, view *registry.View, h *holdings) error {
	all, err := d.Custodian.All(ctx)
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	for _, k := range all {
		did := d.Addresses.Service()
		if b, ok := view.Body(k.Body); ok {
			did = b.DID
		}
		p := verify.PublishedKey{JWK: k.Public}
		if !k.RevokedAt.IsZero() {
			at := k.RevokedAt
			p.RevokedAt = &at
		}
		if !k.CompromisedAt.IsZero() {
			at := k.CompromisedAt
			p.CompromisedAt = &at
		}
		h.keys[did] = append(h.keys[did], p)
	}
	return nil
}

func body(b registry.Body) verify.Body {
	out := verify.Body{ID: b.ID, DID: b.DID, Name: b.Name, Country: b.Country}
	if len(b.Domains) > 0 {
		out.Domain = b.Domains[0]
	}
	for _, r := range b.Roles {
		out.Roles = append(out.Roles, string(r))
	}
	return out
}
