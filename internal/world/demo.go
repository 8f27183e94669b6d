// Package world makes the demonstration register: one arrangement that nobody
// outside it recognises, bodies below it, and at least one certificate for
// every verdict, all made through the same doors as real ones. Its anchor is
// trusted in demo mode only.
package world

import (
	"context"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Ids of the demo bodies that others refer to.
const (
	Arrangement = "demo-arrangement"
	accreditor  = "demo-accreditation"
	former      = "demo-former-accreditation" // its recognition has ended
	elsewhere   = "demo-elsewhere-accreditation"
	certifier   = "demo-certification"
)

// Anchors is the anchor of the demo world with its keys; none before the world
// was made.
func Anchors(at credential.Addresses, keys []jws.JWK) []verify.Anchor {
	return []verify.Anchor{{Keys: keys, Anchor: trust.Anchor{
		DID: at.Body(Arrangement), Name: "Demo Recognition Arrangement",
		Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}},
	}}}
}

// Demo builds the demo world.
type Demo struct {
	Registrar *registry.Registrar
	Issuer    *issue.Issuer
	Status    *status.Desk
	Gate      *access.Gate
	Custodian *keys.Custodian
	Lookup    *lookup.Desk
	Records   issue.Store
	Addresses credential.Addresses
	Now       func() time.Time
	// Trust reads the anchors again, once the demo anchor has keys.
	Trust func() error
}

// Guide is what a newcomer needs to look around.
type Guide struct {
	Pages  []Page
	Client access.Client
	Secret string
}

// Page is one demo certificate and the verdict its page shows.
type Page struct {
	Verdict verify.Verdict
	Number  string
	Shows   string
}

// Build makes what is missing and returns the guide. It may be called on every
// start: what is there already is found again, only the client is new.
func (d *Demo) Build(ctx context.Context) (*Guide, error) {
	base, err := d.base(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.bodies(ctx); err != nil {
		return nil, err
	}
	if err := d.Trust(); err != nil {
		return nil, err
	}
	if err := d.statements(ctx, base); err != nil {
		return nil, err
	}
	g := &Guide{}
	for _, c := range certificates() {
		number, err := d.certificate(ctx, c, base)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.key, err)
		}
		g.Pages = append(g.Pages, Page{c.verdict, number, c.shows})
	}
	if err := d.aftermath(ctx, base); err != nil {
		return nil, err
	}
	for _, p := range g.Pages { // the guide promises nothing it has not seen
		r, err := d.Lookup.Certificate(ctx, p.Number, lookup.Query{})
		if err != nil {
			return nil, fmt.Errorf("looking up %s: %w", p.Number, err)
		}
		if r.Verdict != p.Verdict {
			return nil, fmt.Errorf("demo certificate %s reads %s, not %s: %s", p.Number, r.Verdict, p.Verdict, r.Summary)
		}
	}
	g.Client, g.Secret, err = d.Gate.Enrol(ctx, access.Client{Name: "Demo client of " + certifier, Body: certifier,
		Scopes: []string{"certificates:write", "certificates:read", "webhooks:write", "watches:write"}})
	return g, err
}

// base is the day the demo world was first made: its dates hang on it, so that
// every start finds the same requests.
func (d *Demo) base(ctx context.Context) (time.Time, error) {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := d.Now()
	if b, ok := view.Body(Arrangement); ok {
		now = b.CreatedAt
	}
	return now.UTC().Truncate(24 * time.Hour), nil
}

func (d *Demo) bodies(ctx context.Context) error {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return err
	}
	body := func(id, name string, roles ...registry.Role) registry.Body {
		return registry.Body{ID: id, Name: name, Roles: roles, Note: "Demonstration: this organisation does not exist."}
	}
	for _, b := range []registry.Body{
		body(Arrangement, "Demo Recognition Arrangement", registry.Arrangement),
		body(accreditor, "Demo Accreditation Service", registry.AccreditationBody),
		body(former, "Demo Former Accreditation Office", registry.AccreditationBody),
		body(elsewhere, "Demo Elsewhere Accreditation Board", registry.AccreditationBody),
		body(certifier, "Demo Certification Institute", registry.CertificationBody, registry.SchemeOwner),
		body("demo-lapsed", "Demo Harbour Certification", registry.CertificationBody, registry.SchemeOwner),
		body("demo-elsewhere", "Demo Mountain Certification", registry.CertificationBody, registry.SchemeOwner),
		body("demo-independent", "Demo Independent Guild", registry.CertificationBody, registry.SchemeOwner),
		body("demo-unsurveyed", "Demo Unsurveyed Association", registry.CertificationBody, registry.SchemeOwner),
		body("demo-overclaiming", "Demo Lakeside Certification", registry.CertificationBody, registry.SchemeOwner),
	} {
		if _, ok := view.Body(b.ID); ok {
			continue
		}
		if _, err := d.Registrar.AddBody(ctx, b, true); err != nil {
			return fmt.Errorf("body %s: %w", b.ID, err)
		}
	}
	scheme := func(id, owner, name, kind string) registry.Scheme {
		return registry.Scheme{ID: id, Owner: owner, Name: name, Kind: kind, Level: "practitioner", Duplicates: "allow"}
	}
	for _, s := range []registry.Scheme{
		scheme("demo-service-lead", certifier, "Demo Certified Service Lead", "certification_of_persons"),
		scheme("demo-service-course", certifier, "Demo Service Course", "attendance"),
		scheme("demo-harbour-master", "demo-lapsed", "Demo Certified Harbour Planner", "certification_of_persons"),
		scheme("demo-mountain-guide", "demo-elsewhere", "Demo Certified Mountain Planner", "certification_of_persons"),
		scheme("demo-guild-crafter", "demo-independent", "Demo Guild Crafter", "certification_of_persons"),
		scheme("demo-unsurveyed-analyst", "demo-unsurveyed", "Demo Certified Analyst", "certification_of_persons"),
		scheme("demo-lakeside-auditor", "demo-overclaiming", "Demo Certified Lakeside Auditor", "certification_of_persons"),
	} {
		if _, ok := view.Scheme(s.ID); ok {
			continue
		}
		if _, err := d.Registrar.AddScheme(ctx, s); err != nil {
			return fmt.Errorf("scheme %s: %w", s.ID, err)
		}
	}
	return d.Registrar.SetCoverage(ctx, []registry.Coverage{{Body: "demo-independent", Of: "accreditations_held",
		Register: "complete", SynchronisedAt: d.Now(), PromisedRefreshDays: 365}})
}

// statements makes the chain above each certification body.
func (d *Demo) statements(ctx context.Context, base time.Time) error {
	from := base.AddDate(-4, 0, 0)
	persons := trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012"}
	for _, s := range []registry.Statement{
		{Kind: trust.Recognition, Issuer: Arrangement, Subject: accreditor},
		{Kind: trust.Recognition, Issuer: Arrangement, Subject: former},
		{Kind: trust.Accreditation, Issuer: accreditor, Subject: certifier, Number: "DEMO-0001"},
		{Kind: trust.Accreditation, Issuer: former, Subject: "demo-lapsed", Number: "DEMO-F-12"},
		{Kind: trust.Accreditation, Issuer: elsewhere, Subject: "demo-elsewhere", Number: "DEMO-E-7"},
		{Kind: trust.Accreditation, Issuer: accreditor, Subject: "demo-overclaiming", Number: "DEMO-0044"},
	} {
		if _, ok, err := d.statement(ctx, s.Issuer, s.Subject); err != nil || ok {
			if err != nil {
				return err
			}
			continue
		}
		s.Scope, s.ValidFrom, s.Assurance = persons, from, trust.Signed
		s.ValidUntil = base.AddDate(6, 0, 0)
		if _, err := d.Registrar.State(ctx, s); err != nil {
			return fmt.Errorf("statement of %s about %s: %w", s.Issuer, s.Subject, err)
		}
	}
	return nil
}

// statement finds what one demo body said of another.
func (d *Demo) statement(ctx context.Context, issuer, subject string) (registry.Statement, bool, error) {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return registry.Statement{}, false, err
	}
	for _, s := range view.Held() {
		if s.Issuer == issuer && s.Subject == subject {
			return s, true, nil
		}
	}
	return registry.Statement{}, false, nil
}

// aftermath is what happened after the certificates were issued.
func (d *Demo) aftermath(ctx context.Context, base time.Time) error {
	for _, x := range []struct {
		issuer, subject string
		at              time.Time
	}{
		{Arrangement, former, base.AddDate(0, -1, 0)},             // the accreditor left the arrangement
		{accreditor, "demo-overclaiming", base.AddDate(-2, 0, 0)}, // withdrawn with effect before the decision
	} {
		s, _, err := d.statement(ctx, x.issuer, x.subject)
		if err != nil {
			return err
		}
		if len(s.Events) > 0 {
			continue
		}
		if _, err := d.Registrar.Event(ctx, s.ID, trust.Event{Kind: trust.Withdrawn, EffectiveAt: x.at, Reason: "Demonstration"}); err != nil {
			return fmt.Errorf("event of %s about %s: %w", x.issuer, x.subject, err)
		}
	}
	return nil
}
