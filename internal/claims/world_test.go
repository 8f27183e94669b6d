package claims_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/anchors"
	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// pen stands in for keys: what a claim is compared with is the registry, not its signatures.
type pen struct{}

func (p pen) Open(context.Context, string, string) error        { return nil }
func (p pen) Public(context.Context, string) ([]jws.JWK, error) { return nil, nil }
func (p pen) Sign(_ context.Context, _ string, payload []byte) (string, error) {
	return "unsigned." + string(payload[:8]), nil
}

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// desk is the claim check over the reference registry and a small world of
// invented bodies whose registers are complete.
func desk(t testing.TB) *claims.Desk {
	t.Helper()
	db := storetest.Open(t, "sqlite", store.Options{})
	at := credential.Addresses{Public: "https://register.example"}
	list := &anchors.List{Addresses: at, Self: func() ([]jws.JWK, error) { return nil, nil }, Demo: func() ([]verify.Anchor, error) {
		return []verify.Anchor{{Anchor: trust.Anchor{DID: at.Body("alpine-arrangement"), Name: "Alpine Recognition Arrangement",
			Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}}}}}, nil
	}}
	require.NoError(t, list.Load())
	lists := &status.Publisher{Store: db, Addresses: at, Now: now, Rand: rand.Reader}
	r := &registry.Registrar{Store: db, Addresses: at, Now: now, Rand: rand.Reader, Keys: pen{}, Anchors: list.Plain,
		Lists: lists.Place}
	_, _, err := r.Import(t.Context(), registry.Reference(), func(int, int) {})
	require.NoError(t, err)
	build(t, r)
	return &claims.Desk{View: r.View, Addresses: at, Trust: list.Trust, Now: now,
		Lookup: func(context.Context, string, string) (*verify.Report, error) { return nil, issue.ErrNotFound }}
}

// build makes the invented bodies: an arrangement and accreditors whose
// registers are complete, and bodies with every kind of history.
func build(t testing.TB, r *registry.Registrar) {
	t.Helper()
	ctx := t.Context()
	body := func(id, name string, roles ...registry.Role) {
		_, err := r.AddBody(ctx, registry.Body{ID: id, Name: name, Roles: roles, Country: "AT", Website: "https://" + id + ".example", Domains: []string{id + ".example"}}, true)
		require.NoError(t, err)
	}
	body("alpine-arrangement", "Alpine Recognition Arrangement", registry.Arrangement)
	body("edelweiss", "Edelweiss Accreditation Office", registry.AccreditationBody)
	body("gentian", "Gentian Accreditation Office", registry.AccreditationBody)
	for id, name := range map[string]string{"larch": "Larch Certification", "spruce": "Spruce Certification", "willow": "Willow Certification",
		"maple": "Maple Certification", "poplar": "Poplar Certification", "rowan": "Rowan Certification", "hazel": "Hazel Certification"} {
		body(id, name, registry.CertificationBody, registry.SchemeOwner)
	}
	for id, owner := range map[string]string{"larch-guide": "larch", "larch-porter": "larch", "spruce-guide": "spruce", "willow-guide": "willow", "rowan-guide": "rowan"} {
		_, err := r.AddScheme(ctx, registry.Scheme{ID: id, Owner: owner, Name: "Certified " + map[string]string{"larch-guide": "Mountain Guide", "larch-porter": "Mountain Porter",
			"spruce-guide": "Forest Guide", "willow-guide": "River Guide", "rowan-guide": "Hill Guide"}[id], Kind: "certification_of_persons", ValidityMonths: 36})
		require.NoError(t, err)
	}
	persons := trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012"}
	state := func(kind trust.Kind, issuer, subject, number, from string, scope trust.Scope, events ...trust.Event) {
		s, err := r.State(ctx, registry.Statement{Kind: kind, Issuer: issuer, Subject: subject, Number: number, Scope: scope, ValidFrom: date(from), Assurance: trust.Signed})
		require.NoError(t, err)
		for _, e := range events {
			_, err := r.Event(ctx, s.ID, e)
			require.NoError(t, err)
		}
	}
	event := func(kind trust.EventKind, on string) trust.Event {
		return trust.Event{Kind: kind, EffectiveAt: date(on), Reason: "test"}
	}
	state(trust.Recognition, "alpine-arrangement", "edelweiss", "", "2015-01-01", persons)
	products := trust.Scope{Activity: trust.CertificationOfProducts, Standard: "ISO/IEC 17065"}
	state(trust.Recognition, "alpine-arrangement", "edelweiss", "", "2015-01-01", products)
	state(trust.Recognition, "alpine-arrangement", "gentian", "", "2015-01-01", persons, event(trust.Withdrawn, "2022-01-01"))
	larch := persons
	larch.Schemes = []string{"larch-guide"}
	state(trust.Accreditation, "edelweiss", "larch", "EAO 0042", "2018-05-01", larch)
	state(trust.Accreditation, "edelweiss", "spruce", "EAO 0043", "2018-05-01", persons, event(trust.Suspended, "2024-01-01"), event(trust.Restored, "2024-06-01"))
	state(trust.Accreditation, "edelweiss", "willow", "EAO 0044", "2018-05-01", persons, event(trust.Withdrawn, "2025-06-01"))
	state(trust.Accreditation, "edelweiss", "maple", "EAO 0045", "2018-05-01", products)
	state(trust.Accreditation, "gentian", "rowan", "GAO 7", "2016-01-01", persons)
	state(trust.Accreditation, "edelweiss", "hazel", "EAO 0047", "2018-05-01", persons, event(trust.Suspended, "2026-09-01"))
	complete := func(id, of string) registry.Coverage {
		return registry.Coverage{Body: id, Of: of, Register: "complete", SynchronisedAt: now().Add(-time.Hour), PromisedRefreshDays: 30}
	}
	require.NoError(t, r.SetCoverage(ctx, []registry.Coverage{complete("edelweiss", "accreditations_granted"), complete("gentian", "accreditations_granted"),
		complete("alpine-arrangement", "accreditations_granted"), complete("poplar", "accreditations_held"), complete("larch", "certificates")}))
}
