package lookup

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
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
	disputes     []verify.Dispute  // open ones

	mu    sync.Mutex
	under *verify.Anchor    // the list of anchors, which is replaced as a whole; guarded by mu
	about map[topic]extract // under that list; guarded by mu
}

// topic is what the certificates of one issuer and scheme have in common.
type topic struct{ issuer, scheme string }

// extract is the register's word on everything a certificate leads to but the
// certificate itself. It is shared and never written to.
type extract struct {
	bodies, statements []string // what was asked
	register           verify.Register
}

// register answers what the register knows of all that is asked but the
// certificate. For issuers and schemes of its own it is worked out once.
func (h *holdings) register(q verify.RegisterQuery, anchors []verify.Anchor, registrar string) verify.Register {
	t := topic{scheme: q.Scheme}
	if len(q.Bodies) > 0 {
		t.issuer = q.Bodies[0]
	}
	var list *verify.Anchor
	if len(anchors) > 0 {
		list = &anchors[0]
	}
	h.mu.Lock()
	x, ok := h.about[t]
	ok = ok && h.under == list
	h.mu.Unlock()
	if ok && slices.Equal(x.bodies, q.Bodies) && slices.Equal(x.statements, q.Statements) {
		return x.register
	}
	r := h.extract(q, anchors)
	r.Registrar = registrar
	if k := h.keys[registrar]; k != nil { // which of the register's own keys were in other hands counts as well
		r.Keys[registrar] = k
	}
	_, issuer := h.bodies[t.issuer]
	if _, scheme := h.schemes[t.scheme]; !issuer || !scheme { // others are without number
		return r
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.about == nil || h.under != list {
		h.under, h.about = list, map[topic]extract{}
	}
	h.about[t] = extract{q.Bodies, q.Statements, r}
	return r
}

func (h *holdings) extract(q verify.RegisterQuery, anchors []verify.Anchor) verify.Register {
	r := verify.Register{
		Effects: h.view.Effects(), Keys: map[string][]verify.PublishedKey{}, Histories: map[string]verify.History{}, Sources: map[string][]trust.Source{},
	}
	for _, did := range q.Bodies {
		if b, ok := h.bodies[did]; ok {
			r.Bodies = append(r.Bodies, b)
			r.Coverage = append(r.Coverage, coverage(h.view, b.ID)...)
		}
		if k := h.keys[did]; k != nil {
			r.Keys[did] = k
		}
	}
	for _, id := range q.Statements {
		if x, ok := h.histories[id]; ok {
			r.Histories[id] = x
			r.Sources[id] = h.sources[id]
		}
	}
	if x, ok := h.schemes[q.Scheme]; ok {
		r.Schemes = append(r.Schemes, x)
		if len(q.Bodies) > 0 {
			r.CompleteFor = q.Bodies[0]
			r.CompleteUntil = h.completeUntil(anchors, q.Bodies[0], trust.Activity(x.Activity))
		}
	}
	r.Bodies, r.Coverage, r.Schemes = slices.Clip(r.Bodies), slices.Clip(r.Coverage), slices.Clip(r.Schemes)
	return r
}

// completeUntil tells up to when every accreditation of the issuer would be known.
func (h *holdings) completeUntil(anchors []verify.Anchor, issuer string, activity trust.Activity) *time.Time {
	plain := make([]trust.Anchor, len(anchors))
	for i, a := range anchors {
		plain[i] = a.Anchor
	}
	until := h.view.CompleteUntil(plain, issuer, trust.Scope{Activity: activity})
	if until.IsZero() {
		return nil
	}
	return &until
}

// holdings returns the registry, never older than the version, which whoever
// has read it just now gives; zero asks the database for it.
func (d *Desk) holdings(ctx context.Context, version int64) (*holdings, error) {
	if version > 0 {
		d.mu.Lock()
		h := d.cached
		d.mu.Unlock()
		if h != nil && h.view.Version() == version {
			return h, nil
		}
	}
	view, err := d.view(ctx, version)
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

func (d *Desk) view(ctx context.Context, version int64) (*registry.View, error) {
	if version > 0 {
		return d.Registrar.ViewAt(ctx, version)
	}
	return d.Registrar.View(ctx)
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
			Activity: string(s.Activity), Standard: s.Standard, ValidityMonths: s.LongestMonths(), ServiceLevel: s.ServiceLevel,
		}
	}
	now := d.Now().UTC()
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
		h.histories[c.ID] = verify.History{RecordedAt: s.LearntAt, Assurance: string(s.Assurance), Grade: s.Grade, Events: addressed(trust.Happened(s.Events, now), d.Addresses)}
		h.sources[c.ID] = s.Sources
	}
	h.certificates = certificates(view)
	if d.Disputes != nil {
		var err error
		if h.disputes, err = d.Disputes(ctx); err != nil {
			return nil, fmt.Errorf("reading open disputes: %w", err)
		}
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
		h.keys[did] = append(h.keys[did], published(k))
	}
	return nil
}

// published is a key as evidence.
func published(k keys.Key) verify.PublishedKey {
	p := verify.PublishedKey{JWK: k.Public}
	if at := k.RevokedAt; !at.IsZero() {
		p.RevokedAt = &at
	}
	if at := k.CompromisedAt; !at.IsZero() {
		p.CompromisedAt = &at
	}
	return p
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

// registrars gives the register's own entry the keys that it has now: the list
// of anchors is read at other times, and a key made since by another process
// counts at once.
func (h *holdings) registrars(all []verify.Registrar, own string) []verify.Registrar {
	held := h.keys[own]
	if len(held) == 0 {
		return all
	}
	out := slices.Clone(all)
	for i, r := range out {
		if r.DID != own {
			continue
		}
		out[i].Keys = make([]jws.JWK, len(held))
		for j, k := range held {
			out[i].Keys[j] = k.JWK
		}
	}
	return out
}
