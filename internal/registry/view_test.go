package registry_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func view(t *testing.T, h house) *registry.View {
	t.Helper()
	v, err := h.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestViewIsReadAgainOnlyAfterChange(t *testing.T) {
	h, _, _ := chain(t)
	first := view(t, h)
	reads := h.store.reads
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if v, err := h.View(t.Context()); err != nil || v != first {
				t.Errorf("another view without a change, %v", err)
			}
		})
	}
	all.Wait()
	if h.store.reads != reads {
		t.Errorf("the registry was read %d times without a change", h.store.reads-reads)
	}
	h.add(t, "new: certification_body")
	if _, ok := view(t, h).Body("new"); !ok {
		t.Error("a change is not seen")
	}
	if _, ok := first.Body("new"); ok {
		t.Error("an old view changed")
	}
}

func TestSearch(t *testing.T) {
	v := view(t, imported(t))
	for query, want := range map[string]struct {
		id    string
		match registry.Match
	}{
		"ANAB":                                       {"anab", registry.MatchExact},
		"ansi national accreditation board":          {"anab", registry.MatchExact},
		"turk akreditasyon kurumu":                   {"turkak", registry.MatchExact},
		"ukas.com":                                   {"ukas", registry.MatchExact},
		"Deutsche Akkreditierungsstelle":             {"dakks", registry.MatchStrong},
		"Board ANSI National Accreditation":          {"anab", registry.MatchStrong},
		"United Kingdom Acreditation Service":        {"ukas", registry.MatchStrong},
		"Logic Certification Limited":                {"logic-cert", registry.MatchStrong},
		"Österreichische Gesellschaft":               {"oegfzp", registry.MatchWeak},
		"nondestructive":                             {"", ""},
		"":                                           {"", ""},
		"*%_ '":                                      {"", ""},
		"Board of Certified Safety Professionals":    {"bcsp", registry.MatchExact},
		"board certified safety professionals, Inc.": {"bcsp", registry.MatchStrong},
	} {
		hits := v.Search(query)
		switch {
		case want.id == "" && len(hits) > 0:
			t.Errorf("%q found %s", query, hits[0].Body.ID)
		case want.id != "" && len(hits) == 0:
			t.Errorf("%q found nothing", query)
		case want.id != "" && (hits[0].Body.ID != want.id || hits[0].Match != want.match):
			t.Errorf("%q found %s (%s) first; want %s (%s)", query, hits[0].Body.ID, hits[0].Match, want.id, want.match)
		}
	}
	for _, hit := range v.Search("accreditation", registry.Filter{Country: "gb"}) {
		if hit.Body.Country != "GB" {
			t.Errorf("the filter let %s pass", hit.Body.ID)
		}
	}
}

func TestBodiesByStandard(t *testing.T) {
	v := view(t, imported(t))
	got := v.Bodies(registry.Filter{Role: registry.AccreditationBody, Standard: "ISO/IEC 17024:2012", Country: "US"})
	var ids []string
	for _, b := range got {
		ids = append(ids, b.ID)
	}
	if !slices.Equal(ids, []string{"anab", "ias"}) {
		t.Errorf("got %q", ids)
	}
}

func TestComplete(t *testing.T) {
	persons := trust.Scope{Activity: trust.CertificationOfPersons}
	synchronised := now().Add(-time.Hour)
	for name, c := range map[string]struct {
		coverage []registry.Coverage
		body     string
		at       time.Time
		want     bool
	}{
		"nothing known":         {nil, "cb", now(), false},
		"held complete":         {[]registry.Coverage{{Body: "cb", Of: registry.OfHeld, Register: "complete"}}, "cb", now(), true},
		"held of another":       {[]registry.Coverage{{Body: "cb", Of: registry.OfHeld, Register: "complete"}}, "cb2", now(), false},
		"held partial":          {[]registry.Coverage{{Body: "cb", Of: registry.OfHeld, Register: "partial"}}, "cb", now(), false},
		"all roles":             {[]registry.Coverage{{Body: "cb", Register: "complete"}}, "cb", now(), true},
		"retracted":             {[]registry.Coverage{{Body: "cb", Register: "complete"}, {Body: "cb", Register: "none"}}, "cb", now(), false},
		"within default":        {[]registry.Coverage{{Body: "cb", Register: "complete"}}, "cb", synchronised.AddDate(0, 0, 30), true},
		"beyond default":        {[]registry.Coverage{{Body: "cb", Register: "complete"}}, "cb", synchronised.AddDate(0, 0, 30).Add(time.Second), false},
		"beyond the promise":    {[]registry.Coverage{{Body: "cb", Register: "complete", PromisedRefreshDays: 1}}, "cb", synchronised.AddDate(0, 0, 2), false},
		"one accreditor of two": {[]registry.Coverage{{Body: "ab", Of: registry.OfGranted, Register: "complete"}}, "cb", now(), false},
		"every accreditor": {[]registry.Coverage{
			{Body: "ab", Of: registry.OfGranted, Register: "complete"}, {Body: "ab2", Of: registry.OfGranted, Register: "complete"},
		}, "cb", now(), true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.add(t, "arr: arrangement", "region: arrangement", "ab: accreditation_body", "ab2: accreditation_body",
				"free: accreditation_body", "cb: certification_body", "cb2: certification_body")
			h.state(t, trust.Recognition, "arr", "ab")
			h.state(t, trust.Recognition, "arr", "region")
			h.state(t, trust.Recognition, "region", "ab2")
			for _, row := range c.coverage {
				row.SynchronisedAt = synchronised
				if err := h.SetCoverage(t.Context(), []registry.Coverage{row}); err != nil {
					t.Fatal(err)
				}
			}
			anchors := []trust.Anchor{{DID: h.Addresses.Body("arr"), Scopes: []trust.Scope{persons}}}
			v := view(t, h)
			if got := v.Complete(anchors)(h.Addresses.Body(c.body), persons, c.at); got != c.want {
				t.Errorf("complete: %v", got)
			}
		})
	}
}

func TestNoAnchorsProveNothing(t *testing.T) {
	h, _, _ := chain(t)
	if v := view(t, h); v.Complete(nil)(h.Addresses.Body("cb"), trust.Scope{}, now()) {
		t.Error("complete without any accreditor")
	}
}

func TestSetCoverageChecks(t *testing.T) {
	h, _, _ := chain(t)
	for name, c := range map[string]registry.Coverage{
		"of the future":       {Body: "cb", Register: "complete", SynchronisedAt: now().Add(time.Hour)},
		"without a date":      {Body: "cb", Register: "complete"},
		"not of its role":     {Body: "cb", Of: registry.OfGranted, Register: "none"},
		"an endless promise":  {Body: "cb", Register: "complete", SynchronisedAt: now(), PromisedRefreshDays: 10_000},
		"of an unknown state": {Body: "cb", Register: "perfect", SynchronisedAt: now()},
	} {
		if err := h.SetCoverage(t.Context(), []registry.Coverage{c}); err == nil {
			t.Errorf("coverage %s was taken", name)
		}
	}
}

func TestChain(t *testing.T) {
	h, _, acc := chain(t)
	need := trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}
	h.Anchors = func() []trust.Anchor {
		return []trust.Anchor{{DID: h.Addresses.Body("arr"), Scopes: []trust.Scope{need}}}
	}
	f, err := h.Chain(t.Context(), "cb", need, now(), time.Time{})
	if err != nil || f.State != trust.StateRecognised || len(f.Path) != 2 {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := h.Event(t.Context(), acc.ID, trust.Event{Kind: trust.Withdrawn, EffectiveAt: day("2026-02-01")}); err != nil {
		t.Fatal(err)
	}
	if f, err = h.Chain(t.Context(), "cb", need, now(), time.Time{}); err != nil || f.State == trust.StateRecognised {
		t.Errorf("after the withdrawal: %+v, %v", f, err)
	}
	if f, err = h.Chain(t.Context(), "cb", need, now(), now().Add(-time.Second)); err != nil || len(f.Path) != 0 {
		t.Errorf("before anything was known: %+v, %v", f, err)
	}
}
