package registry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func imported(t *testing.T) house {
	t.Helper()
	h := newHouse(t)
	added, changed, err := h.Import(t.Context(), registry.Reference(), nil)
	if err != nil {
		t.Fatalf("importing the reference data: %v", err)
	}
	if want := 136 + 26 + 122 + 202 + 5; added != want || changed != 0 {
		t.Errorf("added %d, changed %d; want %d, 0", added, changed, want)
	}
	return h
}

// TestReferenceData counts what the data files give: 12 arrangements and
// accreditors outside them, 64 of 80 accreditation bodies (16 are of grade D),
// 52 of 53 certification bodies, and 8 owners of schemes known by nothing else.
func TestReferenceData(t *testing.T) {
	h := imported(t)
	v, err := h.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds, roles := 0, map[registry.Role]int{}
	for _, b := range v.Bodies() {
		if b.Kind != "" {
			kinds++
		}
		for _, r := range b.Roles {
			roles[r]++
		}
		if g := b.Grade; g != "A" && g != "B" && g != "C" {
			t.Errorf("body %s has grade %q", b.ID, g)
		}
		if len(b.Sources) == 0 {
			t.Errorf("body %s has no source", b.ID)
		}
		for _, c := range v.Coverage(b.ID) {
			if c.Register != registry.RegisterPartial || !c.SynchronisedAt.Equal(day("2026-11-22")) {
				t.Errorf("coverage of %s: %+v", b.ID, c)
			}
		}
	}
	if kinds != 12 || roles[registry.Arrangement] != 9 || roles[registry.AccreditationBody] != 64+3 {
		t.Errorf("%d anchors, %d arrangements, %d accreditors", kinds, roles[registry.Arrangement], roles[registry.AccreditationBody])
	}
	if len(v.Schemes()) != 26 || len(v.Held()) != 122 {
		t.Errorf("%d schemes, %d statements", len(v.Schemes()), len(v.Held()))
	}
	for _, id := range []string{"cnas", "sas", "a2la", "saac", "gpc"} { // grade D in the sources
		if _, ok := v.Body(id); ok {
			t.Errorf("%s is of grade D and was loaded", id)
		}
	}
	if b, _ := v.Body("iaf"); b.Successor != "global-aci" || !b.ValidUntil.Equal(day("2026-01-01")) {
		t.Errorf("IAF ends %v with successor %q", b.ValidUntil, b.Successor)
	}
	for _, s := range v.Statements() {
		weak := s.Scope.Standard == "" && s.Kind == trust.Recognition
		if weak && !s.Unconfirmed {
			t.Errorf("%s does not name its scope and counts as confirmed", s.ID)
		}
	}
}

func TestImportTwiceChangesNothing(t *testing.T) {
	h := imported(t)
	before, version := export(t, h), h.store.all.Version
	added, changed, err := h.Import(t.Context(), registry.Reference(), nil)
	if added != 0 || changed != 0 || err != nil {
		t.Errorf("the second import: %d added, %d changed, %v", added, changed, err)
	}
	if h.store.all.Version != version || export(t, h) != before {
		t.Error("the second import changed the registry")
	}
}

func TestExportImportGivesEqualFacts(t *testing.T) {
	a := imported(t)
	if _, err := a.Event(t.Context(), "acc-isc2-anab", trust.Event{Kind: trust.Suspended, EffectiveAt: day("2026-05-01"), Reason: "late"}); err != nil {
		t.Fatal(err)
	}
	written := export(t, a)
	b := newHouse(t)
	var last, total int
	progress := func(done, all int) {
		if done < last || done > all {
			t.Errorf("progress went from %d to %d of %d", last, done, all)
		}
		last, total = done, all
	}
	if _, _, err := b.Import(t.Context(), files(written), progress); err != nil {
		t.Fatal(err)
	}
	if last != total || total == 0 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	if export(t, b) != written {
		t.Error("the facts differ after export and import")
	}
	// The reference data does not undo what was learnt since.
	if added, changed, err := b.Import(t.Context(), registry.Reference(), nil); added+changed != 0 || err != nil {
		t.Errorf("the reference data over a later state: %d added, %d changed, %v", added, changed, err)
	}
}

// TestImportDrawsAgain: a status entry that another writer took between draw
// and record is drawn anew; the import does not fail for it.
func TestImportDrawsAgain(t *testing.T) {
	h := newHouse(t)
	h.add(t, "arr: arrangement", "ab: accreditation_body")
	first := h.state(t, trust.Recognition, "arr", "ab")
	lists, unlucky := h.Lists, 2
	h.Lists = func(ctx context.Context, body string) (string, int, error) {
		if body == "register" && unlucky > 0 {
			unlucky--
			return first.StatusList, first.StatusIndex, nil
		}
		return lists(ctx, body)
	}
	added, _, err := h.Import(t.Context(), registry.Reference(), nil)
	if err != nil || added != 136+26+122+202+5 || unlucky != 0 {
		t.Errorf("added %d, %d unlucky draws left, %v", added, unlucky, err)
	}
	// One that is never lucky ends, and loads nothing.
	h = newHouse(t)
	h.add(t, "arr: arrangement", "ab: accreditation_body")
	first = h.state(t, trust.Recognition, "arr", "ab")
	version := h.store.all.Version
	h.Lists = func(context.Context, string) (string, int, error) { return first.StatusList, first.StatusIndex, nil }
	if _, _, err := h.Import(t.Context(), registry.Reference(), nil); err == nil || h.store.all.Version != version {
		t.Errorf("%v, version %d after %d", err, h.store.all.Version, version)
	}
}

func TestSignedStatementsAreImportedAsRecorded(t *testing.T) {
	a := newHouse(t)
	a.add(t, "ab: accreditation_body", "cb: certification_body")
	made := a.state(t, trust.Accreditation, "ab", "cb")
	written := export(t, a)
	if added, changed, err := a.Import(t.Context(), files(written), nil); added+changed != 0 || err != nil {
		t.Errorf("importing its own export: %d added, %d changed, %v", added, changed, err)
	}
	b := newHouse(t)
	for range 2 {
		if _, _, err := b.Import(t.Context(), files(written), nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.store.Statement(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Assurance != trust.Recorded || got.Grade != "A" || !strings.HasPrefix(got.Credential, "register|") ||
		len(got.Sources) != 1 || got.Sources[0].URL != a.Addresses.Statement(made.ID) {
		t.Errorf("imported as %+v", got)
	}
}

func TestBrokenFilesLoadNothing(t *testing.T) {
	const bodies = `"bodies":[{"id":"ab","name":"A","roles":["accreditation_body"]},{"id":"cb","name":"C","roles":["certification_body"]}]`
	const acc = `{"id":"acc-1","kind":"accreditation","issuer":"ab","subject":"cb","valid_from":"2024-02-30","grade":"B","scope":{},"sources":[{"locator":"x","retrieved_at":"2026-01-01"}]}`
	ok := strings.Replace(acc, "02-30", "02-28", 1)
	for name, c := range map[string]struct{ records, pointer, says string }{
		"no day":           {bodies + `,"statements":[` + acc + `]`, "/statements/0/valid_from", "acc-1"},
		"unknown activity": {bodies + `,"statements":[` + strings.Replace(ok, `"scope":{}`, `"scope":{"activity":"dance"}`, 1) + `]`, "/statements/0/scope/activity", "acc-1"},
		"unknown member":   {bodies + `,"statements":[` + strings.Replace(ok, `"scope":{}`, `"scope":{"activty":"x"}`, 1) + `]`, "/statements/0/scope/activty", "acc-1"},
		"wrong type":       {bodies + `,"statements":[` + strings.Replace(ok, `"B"`, `5`, 1) + `]`, "/statements/0/grade", "acc-1"},
		"grade D":          {bodies + `,"statements":[` + strings.Replace(ok, `"B"`, `"D"`, 1) + `]`, "/statements/0/grade", "acc-1"},
		"itself":           {bodies + `,"statements":[` + strings.Replace(ok, `"cb"`, `"ab"`, 1) + `]`, "/statements/0/subject", "itself"},
		"dangling":         {bodies + `,"statements":[` + strings.Replace(ok, `"cb"`, `"xx"`, 1) + `]`, "/statements/0/subject", "acc-1"},
		"twice":            {bodies + `,"statements":[` + ok + `,` + ok + `]`, "/statements/1", "already given"},
		"duplicate member": {bodies + `,"bodies":[]`, "/bodies", "twice"},
		"owner":            {bodies + `,"schemes":[{"id":"s","owner":"ab","name":"S","kind":"academic"}]`, "/schemes/0/owner", `"s"`},
		"coverage":         {bodies + `,"coverage":[{"body":"cb","of":"accreditations_granted","register":"none"}]`, "/coverage/0/of", `"cb"`},
		"hidden character": {`"bodies":[{"id":"ab","name":"A\u202eB","roles":["accreditation_body"]}]`, "/bodies/0/name", `"ab"`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			_, _, err := h.Import(t.Context(), append(registry.Reference(), files(`{"format":"bonafide-registry","version":1,`+c.records+`}`)...), nil)
			var invalid fault.Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("not refused as invalid: %v", err)
			}
			if !strings.HasPrefix(invalid[0].Pointer, c.pointer) || !strings.Contains(invalid[0].Detail, c.says) {
				t.Errorf("fault %+v; want pointer %s and %q", invalid[0], c.pointer, c.says)
			}
			if h.store.all.Version != 0 {
				t.Error("something was loaded")
			}
		})
	}
}

func TestOtherVersionsAreRefusedByName(t *testing.T) {
	h := newHouse(t)
	_, _, err := h.Import(t.Context(), files(`{"format":"bonafide-registry","version":2,"new":[]}`), nil)
	var invalid fault.Invalid
	if !errors.As(err, &invalid) || invalid[0].Pointer != "/format" {
		t.Errorf("got %v", err)
	}
}

func TestFailedSigningLoadsNothing(t *testing.T) {
	h := newHouse(t)
	h.keys.broken = errors.New("key store is away")
	if _, _, err := h.Import(t.Context(), registry.Reference(), nil); !errors.Is(err, h.keys.broken) {
		t.Errorf("got %v", err)
	}
	if h.store.all.Version != 0 {
		t.Error("something was loaded")
	}
}

func TestImportAddsEventsThatAreNotHeld(t *testing.T) {
	a, b := imported(t), imported(t)
	if _, err := a.Event(t.Context(), "acc-isc2-anab", trust.Event{Kind: trust.Suspended, EffectiveAt: day("2026-05-01")}); err != nil {
		t.Fatal(err)
	}
	added, changed, err := b.Import(t.Context(), files(export(t, a)), nil)
	if err != nil || added != 0 || changed != 1 {
		t.Fatalf("%d added, %d changed, %v", added, changed, err)
	}
	got, err := b.store.Statement(t.Context(), "acc-isc2-anab")
	if err != nil || len(got.Events) != 1 || got.Events[0].Kind != trust.Suspended {
		t.Errorf("got %+v, %v", got.Events, err)
	}
}

func TestHeldStatementIsNotChanged(t *testing.T) {
	h := imported(t)
	changed := strings.Replace(export(t, h), `"number": "0756"`, `"number": "0757"`, 1)
	_, _, err := h.Import(t.Context(), files(changed), nil)
	var invalid fault.Invalid
	if !errors.As(err, &invalid) || !strings.Contains(invalid[0].Detail, "acc-nccco-anab") {
		t.Errorf("got %v", err)
	}
}

func export(t *testing.T, h house) string {
	t.Helper()
	var b bytes.Buffer
	if err := h.Export(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func files(contents ...string) []registry.NamedReader {
	var out []registry.NamedReader
	for _, c := range contents {
		out = append(out, registry.NamedReader{Name: "test.json", Reader: io.Reader(strings.NewReader(c))})
	}
	return out
}
