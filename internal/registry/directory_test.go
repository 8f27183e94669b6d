package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func mapping(t *testing.T, name string) registry.Mapping {
	t.Helper()
	m, err := registry.ReadMapping(named(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func named(t *testing.T, name string) registry.NamedReader {
	t.Helper()
	data, err := os.ReadFile("testdata/directory/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return registry.NamedReader{Name: name, Reader: bytes.NewReader(data)}
}

func directories(t *testing.T) house {
	h := newHouse(t)
	h.add(t, "ab-a: accreditation_body", "ab-b: accreditation_body")
	return h
}

// told writes a difference as lines of kind, number, body and what.
func told(d registry.Difference) []string {
	var out []string
	for _, c := range d.Changes {
		out = append(out, fmt.Sprintf("%s|%s|%s|%s", c.Kind, c.Number, c.Body, c.What))
	}
	return out
}

func held(t *testing.T, h house, number string) (trust.Link, registry.Statement) {
	t.Helper()
	v := view(t, h)
	var best registry.Statement
	for _, s := range v.Held() {
		if s.Number == number && (best.ID == "" || s.ValidFrom.After(best.ValidFrom)) {
			best = s
		}
	}
	return trust.At(trust.Statement{Scope: best.Scope, ValidFrom: best.ValidFrom, ValidUntil: best.ValidUntil, Events: best.Events}, now(), time.Time{}), best
}

func TestDirectoryInCSV(t *testing.T) {
	h := directories(t)
	m := mapping(t, "accreditor-a.mapping.json")
	first := registry.DirectoryOptions{AsOf: day("2026-06-01")}
	dry := first
	dry.DryRun = true
	planned, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a.csv"), dry)
	if err != nil || len(view(t, h).Held()) != 0 {
		t.Fatalf("a dry run wrote something, or failed: %v", err)
	}
	done, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a.csv"), first)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told(planned), told(done)) {
		t.Errorf("the dry run told\n%s\nthe import\n%s", strings.Join(told(planned), "\n"), strings.Join(told(done), "\n"))
	}
	if n := len(done.Changes); n != 8 || done.Added != 9 || !done.Complete {
		t.Errorf("%d changes, %d added, complete %v:\n%s", n, done.Added, done.Complete, strings.Join(told(done), "\n"))
	}
	v := view(t, h)
	b, ok := v.Body("prufwerk-sud-gmbh")
	if !ok || b.Country != "AT" || b.Name != "Prüfwerk Süd GmbH" || b.Grade != "A" || !strings.Contains(b.Sources[0].Locator, "line 2") {
		t.Errorf("body %+v", b)
	}
	l, s := held(t, h, "ZP-1001")
	if l.Status != trust.LinkInForce || !slices.Equal(s.Scope.SubScopes, []string{"Schweißer", "Löter"}) || !s.ValidUntil.Equal(day("2029-03-01")) ||
		s.Scope.Standard != "ISO/IEC 17024" || s.Scope.Edition != "2012" || s.Assurance != trust.Recorded {
		t.Errorf("accreditation %+v", s)
	}
	if l, s := held(t, h, "ZP-1002"); l.Status != trust.LinkExpired || s.Events[0].Kind != trust.Suspended || !s.Events[0].EffectiveAt.Equal(day("2026-02-02")) {
		t.Errorf("ZP-1002: %s, %+v", l.Status, s.Events)
	}
	if _, s := held(t, h, "ZP-1003"); s.Start != "seen" || !s.ValidFrom.Equal(day("2026-06-01")) {
		t.Errorf("ZP-1003 starts %v, %s", s.ValidFrom, s.Start)
	}
	if c := v.Coverage("ab-a"); len(c) != 1 || c[0].Of != registry.OfGranted || c[0].Register != "complete" || c[0].PromisedRefreshDays != 7 {
		t.Errorf("coverage %+v", c)
	}
	// Again: nothing.
	version := h.store.all.Version
	again, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a.csv"), first)
	if err != nil || len(again.Changes) != 0 || h.store.all.Version != version || again.Unchanged != 4 {
		t.Errorf("the same export again: %v, %q, %d unchanged", err, told(again), again.Unchanged)
	}
}

func TestLaterDirectory(t *testing.T) {
	h := directories(t)
	m := mapping(t, "accreditor-a.mapping.json")
	if _, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a.csv"), registry.DirectoryOptions{AsOf: day("2026-06-01")}); err != nil {
		t.Fatal(err)
	}
	d, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a-later.csv"), registry.DirectoryOptions{AsOf: day("2026-11-20")})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"changed|ZP-1001|prufwerk-sud-gmbh|reduced",
		"changed|ZP-1002|kompetenz-zertifikat-muller-and-sohne-kg|website https://mueller.example",
		"changed|ZP-1002|kompetenz-zertifikat-muller-and-sohne-kg|listed again after being expired",
		"new|ZP-1005|donau-personenzertifizierung-ag|a body that the registry did not have",
		"new|ZP-1005|donau-personenzertifizierung-ag|accreditation ab-a-zp-1005, in_force",
		"vanished|ZP-1003|zertifizierungsstelle-fur-kranfuhrer|no longer listed: withdrawn as of the day of the export",
	}
	if got := told(d); !slices.Equal(got, want) {
		t.Errorf("difference\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	l, s := held(t, h, "ZP-1003")
	if l.Status != trust.LinkWithdrawn || !l.Since.Equal(day("2026-11-20")) || !strings.Contains(s.Events[0].Reason, "No longer listed in the directory of Akkreditierung A on 2026-11-20") {
		t.Errorf("what vanished is %s since %v: %+v", l.Status, l.Since, s.Events)
	}
	if l, s := held(t, h, "ZP-1002"); l.Status != trust.LinkInForce || !s.ValidFrom.Equal(day("2026-11-20")) {
		t.Errorf("ZP-1002 %s from %v", l.Status, s.ValidFrom)
	}
	if again, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a-later.csv"), registry.DirectoryOptions{AsOf: day("2026-11-20")}); err != nil || len(again.Changes) != 0 {
		t.Errorf("again: %v, %q", err, told(again))
	}
}

func TestDirectoryInJSON(t *testing.T) {
	h := directories(t)
	m := mapping(t, "accreditor-b.mapping.json")
	o := registry.DirectoryOptions{AsOf: day("2026-11-20")}
	d, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-b.json"), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := view(t, h).Body("harbour-skills-certification-ltd"); !ok {
		t.Fatalf("not imported: %q", told(d))
	}
	if l, _ := held(t, h, "PCB 0042"); l.Status != trust.LinkSuspended || !l.Since.Equal(day("2026-10-01")) {
		t.Errorf("PCB 0042 is %s since %v", l.Status, l.Since)
	}
	if got := told(d); !strings.HasPrefix(got[len(got)-1], `held_back|PCB 0043||/result/items/2: it could be taken for another of this directory, "Harbour Skills Certification Ltd"`) || d.Complete {
		t.Errorf("a name a letter apart is a question for people: %q", got)
	}
	d, err = h.ImportDirectory(t.Context(), m, named(t, "accreditor-b.json"), o)
	if err != nil || len(d.Changes) != 1 || d.Added+d.Changed != 0 {
		t.Errorf("again: %v %q", err, told(d))
	}
}

func TestRowsThatCannotBeToldAreHeldBack(t *testing.T) {
	h := directories(t)
	if _, err := h.AddBody(t.Context(), registry.Body{ID: "hs", Name: "Harbour Skils Certification", Country: "GB", Roles: []registry.Role{registry.CertificationBody}}, false); err != nil {
		t.Fatal(err)
	}
	m := mapping(t, "accreditor-b.mapping.json")
	o := registry.DirectoryOptions{AsOf: day("2026-11-20")}
	d, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-b.json"), o)
	if err != nil || d.Complete || !strings.HasPrefix(told(d)[0], "held_back|PCB 0041||/result/items/0: it could be taken for the registered body hs") {
		t.Errorf("%v, complete %v, %q", err, d.Complete, told(d))
	}
	if c := view(t, h).Coverage("ab-b"); len(c) != 1 || c[0].Register != "partial" {
		t.Errorf("with rows held back the register counts as %+v", c)
	}
	o.AcceptLikeness = true
	if d, err = h.ImportDirectory(t.Context(), m, named(t, "accreditor-b.json"), o); err != nil || !d.Complete {
		t.Errorf("accepted: %v, complete %v, %q", err, d.Complete, told(d))
	}
}

func TestVanishedFromPartOfADirectory(t *testing.T) {
	h := directories(t)
	m := mapping(t, "accreditor-a.mapping.json")
	if _, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a.csv"), registry.DirectoryOptions{AsOf: day("2026-06-01")}); err != nil {
		t.Fatal(err)
	}
	m.Complete = false
	d, err := h.ImportDirectory(t.Context(), m, named(t, "accreditor-a-later.csv"), registry.DirectoryOptions{AsOf: day("2026-11-20")})
	if err != nil || !slices.Contains(told(d), "vanished|ZP-1003|zertifizierungsstelle-fur-kranfuhrer|no longer listed; the export is not complete, so nothing is recorded") {
		t.Errorf("%v %q", err, told(d))
	}
	if l, _ := held(t, h, "ZP-1003"); l.Status != trust.LinkInForce {
		t.Errorf("what an incomplete export leaves out is %s", l.Status)
	}
}

func TestTheAccreditorsOwnWordStandsAboveItsDirectory(t *testing.T) {
	h := directories(t)
	h.add(t, "cb: certification_body")
	signed, err := h.State(t.Context(), func() registry.Statement {
		s := statement(trust.Accreditation, "ab-a", "cb")
		s.Number = "ZP-1"
		return s
	}())
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.ImportDirectory(t.Context(), mapping(t, "accreditor-a.mapping.json"), named(t, "accreditor-a.csv"), registry.DirectoryOptions{})
	if err != nil || !strings.Contains(strings.Join(told(d), "\n"), "vanished|ZP-1|cb|no longer listed, but the accreditor signed it") {
		t.Errorf("%v %q", err, told(d))
	}
	if s, _ := h.store.Statement(t.Context(), signed.ID); len(s.Events) != 0 {
		t.Errorf("the signed statement got %+v", s.Events)
	}
}

func TestFaultyDirectoriesLoadNothing(t *testing.T) {
	good, err := os.ReadFile("testdata/directory/accreditor-a.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, says string }{
		"a status nobody explained": {"beendet", "ruht", `line 6: "ruht" is not in the mapping's table`},
		"no such day":               {"31.12.2024", "31.02.2024", `line 6: "31.02.2024" is no date`},
		"no name":                   {"Zertifizierungsstelle f\xfcr Kranf\xfchrer", "", "line 5: is empty"},
		"a column renamed":          {"Internet", "Web", `no column "Internet"`},
		"two bodies, one number":    {"ZP-1003", "ZP-1001", "is another body's at line 2"},
		"a row cut short":           {";beendet;31.12.2024", "", "line 6: wrong number of fields"},
		"no address of the web":     {"https://kranfuehrer.example", "javascript:alert(1)", "/website"},
	} {
		h := directories(t)
		data := bytes.Replace(good, []byte(c.from), []byte(c.to), 1)
		_, err := h.ImportDirectory(t.Context(), mapping(t, "accreditor-a.mapping.json"), registry.NamedReader{Name: "a.csv", Reader: bytes.NewReader(data)}, registry.DirectoryOptions{AsOf: day("2026-06-01")})
		var invalid fault.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", name, err, c.says)
		}
		if len(view(t, h).Held()) != 0 {
			t.Errorf("%s: something was loaded", name)
		}
	}
}

func TestFaultyMappings(t *testing.T) {
	for from, pointer := range map[string]string{
		`"version": 1`: "/format", `"accreditor": "ab-b"`: "/accreditor", `"type": "json"`: "/input/type", `"name": "/organisation/legalName"`: "/fields/name",
		`"ACTIVE": "in_force"`: "/values/status/ACTIVE", `"activity": "certification_of_persons"`: "/defaults/activity", `"grade": "A"`: "/grade",
	} {
		data, err := os.ReadFile("testdata/directory/accreditor-b.mapping.json")
		if err != nil {
			t.Fatal(err)
		}
		key, _, _ := strings.Cut(from, ":")
		to := key + `: ""`
		if key == `"version"` {
			to = `"version": 2`
		}
		_, err = registry.ReadMapping(registry.NamedReader{Name: "m", Reader: strings.NewReader(strings.Replace(string(data), from, to, 1))})
		var invalid fault.Invalid
		if !errors.As(err, &invalid) || invalid[0].Pointer != pointer {
			t.Errorf("%s: %v; want a fault of %s", from, err, pointer)
		}
	}
	if _, err := registry.ReadMapping(registry.NamedReader{Name: "m", Reader: strings.NewReader(`{"formt":1}`)}); err == nil {
		t.Error("an unknown member was taken")
	}
}
