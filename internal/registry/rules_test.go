package registry_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var r *fault.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v; want a refusal with code %s", err, code)
	}
}

func TestAddBodyNamesEveryFault(t *testing.T) {
	h := newHouse(t)
	_, err := h.AddBody(t.Context(), registry.Body{
		ID: "Not a slug", Name: "A\u202eB", Roles: []registry.Role{"king"}, Country: "UK", Website: "http://x.example",
		Domains: []string{"https://x.example/"}, Aliases: []string{""}, LinkedInID: "12a",
	}, false)
	var invalid fault.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, f := range invalid {
		got = append(got, f.Pointer)
	}
	want := "/id /name /roles/0 /country /website /domains/0 /aliases/0 /linkedin_organization_id"
	if strings.Join(got, " ") != want {
		t.Errorf("faults of %q; want %q", got, want)
	}
}

func TestAddBodyMakesIDAndKey(t *testing.T) {
	h := newHouse(t)
	for _, want := range []string{"institut-fur-zertifizierung-gmbh", "institut-fur-zertifizierung-gmbh-2"} {
		b, err := h.AddBody(t.Context(), registry.Body{Name: "Institut für Zertifizierung GmbH", Roles: []registry.Role{registry.CertificationBody}}, true)
		if err != nil || b.ID != want || b.DID != h.Addresses.Body(want) || h.keys.opened[want] != b.DID {
			t.Errorf("got %+v, %v", b, err)
		}
	}
	_, err := h.AddBody(t.Context(), registry.Body{ID: "institut-fur-zertifizierung-gmbh", Name: "Other", Roles: []registry.Role{registry.CertificationBody}}, true)
	refused(t, err, "ALREADY_EXISTS")
	_, err = h.AddBody(t.Context(), registry.Body{ID: "register", Name: "Me", Roles: []registry.Role{registry.CertificationBody}}, true)
	if err == nil {
		t.Error("a body took the register's own id")
	}
}

func TestLookalikes(t *testing.T) {
	h := newHouse(t)
	_, err := h.AddBody(t.Context(), registry.Body{
		ID: "pmi", Name: "Project Management Institute, Inc.", Acronym: "PMI", Aliases: []string{"PM Institute", "PMI"}, Domains: []string{"pmi.org"},
		Roles: []registry.Role{registry.CertificationBody},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body  registry.Body
		alike bool
	}{
		"company form":        {registry.Body{Name: "project management institute Ltd"}, true},
		"Cyrillic letters":    {registry.Body{Name: "Рrоjeсt Management Institute"}, true},
		"digit for a letter":  {registry.Body{Name: "Project Management lnstitute"}, true},
		"a typing error":      {registry.Body{Name: "Project Managment Institute"}, true},
		"an alias":            {registry.Body{Name: "PM-Institute"}, true},
		"same domain":         {registry.Body{Name: "Something else", Domains: []string{"www.pmi.org"}}, true},
		"look-alike domain":   {registry.Body{Name: "Something else", Domains: []string{"рmi.org"}}, true},
		"acronym alone":       {registry.Body{Name: "Polish Marine Inspectorate", Acronym: "PMI"}, false},
		"acronym as alias":    {registry.Body{Name: "Polish Marine Inspectorate", Aliases: []string{"PMI"}}, false},
		"another field":       {registry.Body{Name: "Project Safety Institute"}, false},
		"short and different": {registry.Body{Name: "PME"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.body.Roles = []registry.Role{registry.CertificationBody}
			v, err := h.View(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := v.Lookalikes(c.body); (len(got) > 0) != c.alike {
				t.Errorf("likeness %+v; want %v", got, c.alike)
			}
		})
	}
	same := registry.Body{Name: "Project Management Institute", Roles: []registry.Role{registry.CertificationBody}}
	_, err = h.AddBody(t.Context(), same, false)
	refused(t, err, "LOOKALIKE")
	if _, err := h.AddBody(t.Context(), same, true); err != nil {
		t.Errorf("an accepted likeness: %v", err)
	}
}

func TestAddScheme(t *testing.T) {
	h := newHouse(t)
	h.add(t, "cb: certification_body", "ab: accreditation_body")
	s, err := h.AddScheme(t.Context(), registry.Scheme{Owner: "cb", Name: "Expert", Acronym: "CCX", Kind: registry.KindOrganisations})
	if err != nil || s.ID != "ccx" || s.Activity != trust.CertificationOfManagementSystems || s.Duplicates != registry.DuplicatesDeny {
		t.Errorf("got %+v, %v", s, err)
	}
	least, most := 5.0, 4.0
	_, err = h.AddScheme(t.Context(), registry.Scheme{Owner: "ab", Name: "", Kind: "dance", ValidityMonths: -1, Rules: []registry.RuleSet{
		{Recertification: &registry.Recertification{Categories: []registry.Category{{Name: "x", Min: &least, Max: &most}}}},
	}})
	for _, pointer := range []string{"/owner", "/name", "/kind", "/validity_months", "/rules/0/recertification/cycle_months", "/rules/0/recertification/categories/0/max"} {
		if err == nil || !strings.Contains(err.Error(), pointer) {
			t.Errorf("no fault of %s in %v", pointer, err)
		}
	}
}

// chain is arrangement > accreditor > certification body.
func chain(t *testing.T) (house, registry.Statement, registry.Statement) {
	h := newHouse(t)
	h.add(t, "arr: arrangement", "region: arrangement accreditation_body", "ab: accreditation_body", "cb: certification_body")
	return h, h.state(t, trust.Recognition, "arr", "ab"), h.state(t, trust.Accreditation, "ab", "cb")
}

func TestStateSignsAndStaples(t *testing.T) {
	_, rec, acc := chain(t)
	if acc.Assurance != trust.Signed || !strings.HasPrefix(acc.Credential, "ab|") || acc.StatusList != "ab-1" || !acc.LearntAt.Equal(now()) {
		t.Errorf("stated %+v", acc)
	}
	if len(acc.ID) != 16 || acc.ID == rec.ID {
		t.Errorf("ids %q and %q", rec.ID, acc.ID)
	}
	if !strings.Contains(acc.Credential, rec.ID) {
		t.Error("the accreditation does not name the recognition its issuer stands on")
	}
}

func TestStateRules(t *testing.T) {
	for name, c := range map[string]struct {
		change        func(*registry.Statement)
		code, pointer string
	}{
		"outside own scope": {func(s *registry.Statement) {
			s.Scope.Activity, s.Scope.Standard = trust.CertificationOfProducts, "ISO/IEC 17065"
		}, "SCOPE_EXCEEDS_PARENT", ""},
		"about itself":      {func(s *registry.Statement) { s.Subject = "ab" }, "", "/subject"},
		"wrong role":        {func(s *registry.Statement) { s.Issuer = "cb"; s.Subject = "ab" }, "", "/issuer"},
		"unknown body":      {func(s *registry.Statement) { s.Subject = "nobody" }, "", "/subject"},
		"unknown scheme":    {func(s *registry.Statement) { s.Scope.Schemes = []string{"x"} }, "", "/scope/schemes/0"},
		"no activity":       {func(s *registry.Statement) { s.Scope.Activity = "" }, "", "/scope/activity"},
		"ends at its start": {func(s *registry.Statement) { s.ValidUntil = s.ValidFrom }, "", "/valid_until"},
		"recorded without source": {func(s *registry.Statement) {
			s.Assurance, s.Grade = trust.Recorded, "A"
		}, "", "/sources"},
		"recorded without grade": {func(s *registry.Statement) {
			s.Assurance, s.Sources = trust.Recorded, []trust.Source{{URL: "https://x.example", RetrievedAt: now()}}
		}, "", "/grade"},
		"source of another kind": {func(s *registry.Statement) {
			s.Assurance, s.Grade, s.Sources = trust.Recorded, "A", []trust.Source{{URL: "javascript:alert(1)", RetrievedAt: now()}}
		}, "", "/sources/0/url"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, _ := chain(t)
			s := statement(trust.Accreditation, "ab", "cb")
			c.change(&s)
			_, err := h.State(t.Context(), s)
			if c.code != "" {
				refused(t, err, c.code)
				return
			}
			var invalid fault.Invalid
			if !errors.As(err, &invalid) || invalid[0].Pointer != c.pointer {
				t.Errorf("got %v; want a fault of %s", err, c.pointer)
			}
		})
	}
}

func TestIssuerWithoutRecognitionStatesFreely(t *testing.T) {
	h := newHouse(t)
	h.add(t, "ab: accreditation_body", "cb: certification_body")
	h.state(t, trust.Accreditation, "ab", "cb")
}

func TestLoopsAreRefused(t *testing.T) {
	h := newHouse(t)
	h.add(t, "a: arrangement", "b: arrangement", "c: arrangement")
	h.state(t, trust.Recognition, "a", "b")
	h.state(t, trust.Recognition, "b", "c")
	_, err := h.State(t.Context(), statement(trust.Recognition, "c", "a"))
	refused(t, err, "CHAIN_LOOP")
}

func TestEvents(t *testing.T) {
	inside := &trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012"}
	outside := &trust.Scope{Activity: trust.CertificationOfProducts, Standard: "ISO/IEC 17065"}
	event := func(kind trust.EventKind, on string, scope *trust.Scope) trust.Event {
		return trust.Event{Kind: kind, EffectiveAt: day(on), Scope: scope}
	}
	for name, c := range map[string]struct {
		first []trust.Event
		last  trust.Event
		code  string // empty: taken
	}{
		"suspended in the past":     {nil, event(trust.Suspended, "2026-02-01", nil), ""},
		"suspended twice":           {[]trust.Event{event(trust.Suspended, "2026-02-01", nil)}, event(trust.Suspended, "2026-03-01", nil), "EVENT_NOT_POSSIBLE"},
		"restored":                  {[]trust.Event{event(trust.Suspended, "2026-02-01", nil)}, event(trust.Restored, "2026-03-01", nil), ""},
		"restored though in force":  {nil, event(trust.Restored, "2026-03-01", nil), "EVENT_NOT_POSSIBLE"},
		"restored after withdrawal": {[]trust.Event{event(trust.Withdrawn, "2026-02-01", nil)}, event(trust.Restored, "2026-03-01", nil), "EVENT_NOT_POSSIBLE"},
		"withdrawn twice":           {[]trust.Event{event(trust.Withdrawn, "2026-02-01", nil)}, event(trust.Withdrawn, "2026-01-15", nil), "EVENT_NOT_POSSIBLE"},
		"learnt late":               {[]trust.Event{event(trust.Withdrawn, "2026-03-01", nil)}, event(trust.Suspended, "2026-02-01", nil), ""},
		"before it began":           {nil, event(trust.Suspended, "2025-02-01", nil), "EVENT_NOT_POSSIBLE"},
		"superseded by nothing":     {nil, trust.Event{Kind: trust.Superseded, EffectiveAt: day("2026-02-01")}, ""},
		"reduced":                   {nil, event(trust.Reduced, "2026-02-01", inside), ""},
		"reduced to something else": {nil, event(trust.Reduced, "2026-02-01", outside), "SCOPE_EXCEEDS_PARENT"},
		"extended beyond parent":    {nil, event(trust.Extended, "2026-02-01", outside), "SCOPE_EXCEEDS_PARENT"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, acc := chain(t)
			for _, e := range c.first {
				if _, err := h.Event(t.Context(), acc.ID, e); err != nil {
					t.Fatal(err)
				}
			}
			got, err := h.Event(t.Context(), acc.ID, c.last)
			held, _ := h.store.Statement(t.Context(), acc.ID)
			if c.code != "" {
				refused(t, err, c.code)
				if len(held.Events) != len(c.first) {
					t.Error("a refused event was recorded")
				}
				return
			}
			if err != nil || len(got.Events) != len(c.first)+1 || len(held.Events) != len(got.Events) || !got.Events[len(got.Events)-1].LearntAt.Equal(now()) {
				t.Errorf("got %+v, %v", got.Events, err)
			}
		})
	}
}

func TestEventOfUnknownStatement(t *testing.T) {
	h := newHouse(t)
	if _, err := h.Event(t.Context(), "x", trust.Event{Kind: trust.Suspended, EffectiveAt: now()}); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestRulesAt(t *testing.T) {
	s := registry.Scheme{Rules: []registry.RuleSet{{Prerequisites: []string{"old"}}, {From: day("2025-01-01"), Prerequisites: []string{"new"}}}}
	for at, want := range map[string]string{"2024-12-31": "old", "2025-01-01": "new"} {
		if r, ok := s.RulesAt(day(at)); !ok || r.Prerequisites[0] != want {
			t.Errorf("at %s: %+v", at, r)
		}
	}
	if _, ok := (registry.Scheme{Rules: []registry.RuleSet{{From: now()}}}).RulesAt(now().Add(-time.Second)); ok {
		t.Error("a rule set held before its time")
	}
}
