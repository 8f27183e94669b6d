package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// TestReferenceEffectsAreTheDefaults: a register with the reference data
// judges as one without any rule does, but can name its sources.
func TestReferenceEffectsAreTheDefaults(t *testing.T) {
	effects := view(t, imported(t)).Effects()
	if len(effects) != 5 {
		t.Fatalf("%d rules", len(effects))
	}
	for _, e := range effects {
		if e.Source == "" || e.Note == "" {
			t.Errorf("no source or note: %+v", e)
		}
	}
	event := day("2024-03-01")
	for _, of := range []trust.Kind{trust.Accreditation, trust.Recognition} {
		for _, cause := range []trust.EventKind{trust.Suspended, trust.Withdrawn, trust.Reduced, trust.Superseded} {
			for _, after := range []time.Duration{0, 90*24*time.Hour - 1, 90 * 24 * time.Hour, 9000 * time.Hour} {
				link := trust.Link{Statement: trust.Statement{Kind: of}, Since: event, Cause: cause}
				_, held := trust.Policy{Effects: effects}.Excuse(link, event.Add(after))
				_, builtin := trust.Policy{}.Excuse(link, event.Add(after))
				if held != builtin {
					t.Errorf("%s %s after %v: the register excuses %v, the defaults %v", of, cause, after, held, builtin)
				}
			}
		}
	}
	if newer := view(t, newHouse(t)).Effects(); newer != nil {
		t.Errorf("an empty register has rules: %v", newer)
	}
}

const effectFile = `{"format":"bonafide-registry","version":1,"effects":[`

func TestEffectsAreReplacedByImport(t *testing.T) {
	h := imported(t)
	rule := `{"id":"accreditation-withdrawn","of":"accreditation","event":"withdrawn","note":"They fall at once.","sources":[{"locator":"our own rule"}]}`
	for _, want := range []int{1, 0} { // the second time nothing changes
		added, changed, err := h.Import(t.Context(), files(effectFile+rule+`]}`), nil)
		if err != nil || added != 0 || changed != want {
			t.Errorf("%d added, %d changed, %v", added, changed, err)
		}
	}
	link := trust.Link{Statement: trust.Statement{Kind: trust.Accreditation}, Since: day("2024-03-01"), Cause: trust.Withdrawn}
	if _, excused := (trust.Policy{Effects: view(t, h).Effects()}).Excuse(link, day("2024-03-02")); excused {
		t.Error("the replaced rule still excuses")
	}
	// A later rule beside the first, for later events alone.
	later := `{"id":"from-2026","of":"accreditation","event":"withdrawn","stands":true,"valid_from":"2026-01-01","note":"They stand.","sources":[{"locator":"our own rule"}]}`
	if _, _, err := h.Import(t.Context(), files(effectFile+later+`]}`), nil); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[string]bool{"2024-03-01": false, "2025-12-31": false, "2026-01-01": true} {
		link.Since = day(since)
		if _, excused := (trust.Policy{Effects: view(t, h).Effects()}).Excuse(link, day("2026-11-01")); excused != want {
			t.Errorf("withdrawn on %s: excused %v", since, excused)
		}
	}
}

func TestFaultyEffectsAreRefused(t *testing.T) {
	good := map[string]string{"id": `"x"`, "of": `"accreditation"`, "event": `"withdrawn"`, "note": `"n"`, "sources": `[{"locator":"l"}]`}
	for pointer, change := range map[string]map[string]string{
		"/effects/0/id":          {"id": `"X!"`},
		"/effects/0/of":          {"of": `"certificate"`},
		"/effects/0/event":       {"event": `"restored"`},
		"/effects/0/note":        {"note": `" "`},
		"/effects/0/sources":     {"sources": `[]`},
		"/effects/0/sources/0":   {"sources": `[{"says":"so"}]`},
		"/effects/0/stand_days":  {"stands": `true`, "stand_days": `3`},
		"/effects/0/valid_until": {"valid_from": `"2024-01-01"`, "valid_until": `"2024-01-01"`},
		"/effects/0/valid_from":  {"valid_from": `"soon"`},
		"/effects/0/grade":       {"grade": `"D"`},
		"/effects/0":             {"stand": `90`},
	} {
		record := "{"
		merged := map[string]string{}
		for _, m := range []map[string]string{good, change} {
			for k, v := range m {
				merged[k] = v
			}
		}
		for k, v := range merged {
			if record != "{" {
				record += ","
			}
			record += `"` + k + `":` + v
		}
		h := newHouse(t)
		_, _, err := h.Import(t.Context(), files(effectFile+record+`}]}`), nil)
		var invalid fault.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", pointer, err)
			continue
		}
		if at := invalid[0].Pointer; at != pointer && at != pointer+"/stand" {
			t.Errorf("fault at %s; want %s", at, pointer)
		}
		if s := view(t, h); len(s.Effects()) != 0 {
			t.Errorf("%s: something was loaded", pointer)
		}
	}
}
