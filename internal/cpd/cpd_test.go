package cpd_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func entry(category string, units float64, on string) cpd.Entry {
	return cpd.Entry{ID: fmt.Sprint(category, units, on), Kind: cpd.Activity, Category: category, Units: units, EarnedOn: date(on), Status: cpd.Accepted}
}

// keyless is a keyring for schemes, which nobody signs.
type keyless struct{}

func (keyless) Sign(context.Context, string, []byte) (string, error) { return "", nil }
func (keyless) Public(context.Context, string) ([]jws.JWK, error)    { return nil, nil }
func (keyless) Open(context.Context, string, string) error           { return nil }

// reference gives the schemes of the reference data: what is tested is what ships.
func reference(t *testing.T) func(id string) registry.Scheme {
	r := &registry.Registrar{Store: storetest.Open(t, "sqlite", store.Options{}), Addresses: credential.Addresses{Public: "https://register.example"},
		Now: time.Now, Rand: rand.Reader, Keys: keyless{}}
	files := slices.DeleteFunc(registry.Reference(), func(f registry.NamedReader) bool { return f.Name == "statements.json" })
	_, _, err := r.Import(t.Context(), files, nil)
	require.NoError(t, err)
	v, err := r.View(t.Context())
	require.NoError(t, err)
	return func(id string) registry.Scheme {
		s, ok := v.Scheme(id)
		require.True(t, ok, id)
		return s
	}
}

type real struct {
	name   string
	rule   registry.Recertification
	grant  string // the cycle begins, and with it its years
	first  string // first certified, if not then
	ledger []cpd.Entry
	at     string
	state  cpd.State
	earned float64
	lacks  []cpd.Missing
	code   string // of the refusal to renew; "" renews
	kind   string
	until  string
}

func (r real) cycle(t *testing.T) cpd.Cycle {
	from := date(r.grant)
	c := cpd.Cycle{Number: 1, Granted: from, Earns: from, From: from, Until: from.AddDate(0, r.rule.CycleMonths, 0)}
	if r.first != "" {
		c.Granted = date(r.first)
	}
	require.NotZero(t, r.rule.CycleMonths)
	return c
}

// TestRealRules: the sources are those of the reference data (schemes.json).
func TestRealRules(t *testing.T) {
	scheme := reference(t)
	rule := func(id string, i int) registry.Recertification { return *scheme(id).Rules[i].Recertification }
	oldCCXP, ccxp, hdi, icmi := rule("ccxp", 0), rule("ccxp", 1), rule("hdi-scd", 0), rule("icmi-ccsl", 0)
	pmp, cissp, cisa, gas := rule("pmp", 0), rule("cissp", 0), rule("cisa", 0), rule("acs-gas", 0)
	all := func(sets ...[]cpd.Entry) (out []cpd.Entry) {
		for _, s := range sets {
			out = append(out, s...)
		}
		return out
	}
	education := []cpd.Entry{entry("technical", 8, "2024-02-01"), entry("leadership", 8, "2024-03-01"), entry("strategic and business", 8, "2024-04-01"), entry("education", 11, "2024-05-01")}
	for _, c := range []real{
		{name: "CCXP old, one category only", rule: oldCCXP, grant: "2022-01-01", ledger: []cpd.Entry{entry("events", 20, "2022-05-01")}, at: "2023-12-31",
			state: cpd.Due, earned: 20, lacks: []cpd.Missing{{Categories: 1}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "CCXP old", rule: oldCCXP, grant: "2022-01-01", ledger: []cpd.Entry{entry("events", 12, "2022-05-01"), entry("reading", 8, "2023-05-01")}, at: "2023-12-31",
			state: cpd.Due, earned: 20, kind: cpd.Renewed, until: "2026-01-01"},
		{name: "CCXP new, other capped at 15", rule: ccxp, grant: "2024-01-01", ledger: []cpd.Entry{entry("other", 25, "2024-05-01"), entry("real time", 10, "2025-05-01")}, at: "2026-06-01",
			state: cpd.Due, earned: 25, lacks: []cpd.Missing{{Units: 5}, {Category: "real time", Units: 5}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "CCXP new, before it opens", rule: ccxp, grant: "2024-01-01", ledger: []cpd.Entry{entry("real time", 30, "2024-05-01")}, at: "2025-12-31",
			state: cpd.OnTrack, earned: 30, code: "RENEWAL_NOT_OPEN"},
		{name: "CCXP new, 365 days before", rule: ccxp, grant: "2024-01-01", ledger: []cpd.Entry{entry("real time", 15, "2024-05-01"), entry("other", 15, "2024-05-02")}, at: "2026-01-01",
			state: cpd.Due, earned: 30, kind: cpd.Renewed, until: "2030-01-01"},
		{name: "HDI in quarters", rule: hdi, grant: "2022-03-01", ledger: []cpd.Entry{entry("", 59.75, "2022-05-01")}, at: "2025-02-01",
			state: cpd.Due, earned: 59.75, lacks: []cpd.Missing{{Units: 0.25}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "HDI before 2013", rule: hdi, grant: "2022-03-01", first: "2012-12-31", at: "2026-02-01", state: cpd.OnTrack, kind: cpd.Reinstated, until: "2029-02-01"},
		{name: "HDI on the first day of 2013", rule: hdi, grant: "2022-03-01", first: "2013-01-01", at: "2024-02-01",
			state: cpd.OnTrack, lacks: []cpd.Missing{{Units: 60}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "ICMI without essay", rule: icmi, grant: "2023-01-01", at: "2025-11-01", state: cpd.Due, lacks: []cpd.Missing{{Category: "essay", Units: 1}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "ICMI with essay", rule: icmi, grant: "2023-01-01", ledger: []cpd.Entry{entry("essay", 1, "2025-10-01")}, at: "2025-11-01", state: cpd.Due, kind: cpd.Renewed, until: "2029-01-01"},
		{name: "PMP, work beyond 8 and giving back beyond 25", rule: pmp, grant: "2024-01-01",
			ledger: all(education, []cpd.Entry{entry("working", 20, "2024-06-01"), entry("giving back", 30, "2024-06-01")}), at: "2026-12-01", state: cpd.Due, earned: 60, kind: cpd.Renewed, until: "2030-01-01"},
		{name: "PMP, work counts 8", rule: pmp, grant: "2024-01-01", ledger: all(education, []cpd.Entry{entry("working", 40, "2024-06-01")}), at: "2026-12-01",
			state: cpd.Due, earned: 43, lacks: []cpd.Missing{{Units: 17}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "PMP, 8 of each", rule: pmp, grant: "2024-01-01", ledger: []cpd.Entry{entry("education", 52, "2024-02-01"), entry("technical", 8, "2024-02-01")}, at: "2026-12-01",
			state: cpd.Due, earned: 60, lacks: []cpd.Missing{{Category: "leadership", Units: 8}, {Category: "strategic and business", Units: 8}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "PMP in the year of grace", rule: pmp, grant: "2022-01-01", ledger: []cpd.Entry{entry("education", 36, "2022-02-01"), entry("technical", 8, "2022-02-01"), entry("leadership", 8, "2022-02-01"),
			entry("strategic and business", 8, "2025-06-01")}, at: "2025-07-01", state: cpd.Overdue, earned: 60, kind: cpd.Late, until: "2028-01-01"},
		{name: "PMP after it: exam again", rule: pmp, grant: "2022-01-01", ledger: []cpd.Entry{entry("education", 36, "2022-02-01"), entry("technical", 8, "2022-02-01"), entry("leadership", 8, "2022-02-01"),
			entry("strategic and business", 8, "2022-06-01")}, at: "2026-01-01", state: cpd.Overdue, earned: 60, code: "LATE_PATH_NEEDED"},
		{name: "CISSP", rule: cissp, grant: "2023-01-01", ledger: []cpd.Entry{entry("group A", 90, "2023-02-01"), entry("group B", 29, "2023-02-01"), entry("group C", 90, "2023-02-01")}, at: "2025-12-01",
			state: cpd.Due, earned: 119, lacks: []cpd.Missing{{Units: 1}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "CISA, a lean year", rule: cisa, grant: "2024-01-01", ledger: []cpd.Entry{entry("", 19, "2024-12-31"), entry("", 101, "2025-01-01")}, at: "2025-06-01",
			state: cpd.Overdue, earned: 120, lacks: []cpd.Missing{{Year: 1, Units: 1}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "CISA, the year runs", rule: cisa, grant: "2024-01-01", ledger: []cpd.Entry{entry("", 19, "2024-06-01")}, at: "2024-12-31",
			state: cpd.OnTrack, earned: 19, lacks: []cpd.Missing{{Units: 101}, {Year: 1, Units: 1}}, code: "RECERTIFICATION_INCOMPLETE"},
		{name: "CISA", rule: cisa, grant: "2024-01-01", ledger: []cpd.Entry{entry("", 20, "2024-12-31"), entry("", 20, "2025-01-01"), entry("", 80, "2026-01-01")}, at: "2026-12-01",
			state: cpd.Due, earned: 120, kind: cpd.Renewed, until: "2030-01-01"},
		{name: "CISA, ended", rule: cisa, grant: "2021-01-01", ledger: []cpd.Entry{entry("", 40, "2021-12-31"), entry("", 40, "2022-01-01"), entry("", 40, "2023-01-01")}, at: "2024-01-01",
			state: cpd.Overdue, earned: 120, code: "RENEWAL_CLOSED"},
		{name: "gas, half a year early and no time lost", rule: gas, grant: "2021-08-31", at: "2026-03-05", state: cpd.Due, kind: cpd.Renewed, until: "2031-08-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cpd.Judge(c.rule, c.cycle(t), c.ledger, date(c.at))
			require.Equal(t, c.state, s.State)
			require.InDelta(t, c.earned, s.Earned, 0)
			if c.lacks == nil {
				c.lacks = []cpd.Missing{}
			}
			require.Equal(t, c.lacks, s.Missing)
			g, err := cpd.Renew(c.rule, c.cycle(t), s, date(c.at), "")
			if c.code != "" {
				var refusal *fault.Refusal
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, c.code, refusal.Code)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.kind, g.Kind)
			require.Equal(t, c.until, g.Until.Format(time.DateOnly))
		})
	}
	require.Equal(t, 36, scheme("ccxp").RulesFor(date("2026-01-01")).CycleMonths, "of undated sets the last counts")
}

func TestLedger(t *testing.T) {
	rule := registry.Recertification{CycleMonths: 36, Units: 30, WaivableUnits: 10, PerYear: 5}
	c := cpd.Cycle{Granted: date("2024-01-15"), Earns: date("2024-01-15").Add(9 * time.Hour), From: date("2024-01-15"), Until: date("2027-01-15")}
	waiver := entry("", 12, "2025-06-01")
	waiver.Kind = cpd.Waiver
	pending := entry("", 7, "2024-06-01")
	pending.Status = cpd.Submitted
	rejected := entry("", 9, "2024-06-01")
	rejected.Status = cpd.Rejected
	wrong := entry("", 100, "2024-07-01")
	ledger := []cpd.Entry{entry("", 5, "2024-01-15"), entry("", 50, "2024-01-14"), pending, rejected, wrong,
		{ID: "back", Kind: cpd.Counter, Corrects: wrong.ID, Units: -100, EarnedOn: wrong.EarnedOn, Status: cpd.Accepted}, waiver, entry("", 10, "2026-02-01")}
	s := cpd.Judge(rule, c, ledger, date("2026-06-01"))
	require.InDelta(t, 20, s.Required, 0, "no more is waived than the rule allows")
	require.InDelta(t, 15, s.Earned, 0, "neither what was earned before, nor is pending, rejected or taken back")
	require.InDelta(t, 7, s.Pending, 0)
	require.Equal(t, []cpd.Missing{{Units: 5}}, s.Missing, "the waiver stands in for the second year")
	require.Equal(t, cpd.OnTrack, s.State)
	require.Equal(t, []cpd.Missing{{Units: 15}}, cpd.Judge(rule, c, ledger, date("2025-12-31")).Missing, "what is earned later does not count yet")
}

func TestCarryOver(t *testing.T) {
	rule := registry.Recertification{CycleMonths: 36, Units: 120, CarryOver: &registry.CarryOver{LastMonths: 6, Max: 40}}
	c := cpd.Cycle{Granted: date("2021-01-01"), Earns: date("2021-01-01"), From: date("2021-01-01"), Until: date("2024-01-01")}
	early, late := entry("", 130, "2021-05-01"), entry("", 5, "2023-07-01")
	require.InDelta(t, 5, cpd.CarryOver(rule, c, []cpd.Entry{early, late}, date("2023-12-01")), 0, "only what was earned in the last months")
	require.InDelta(t, 40, cpd.CarryOver(rule, c, []cpd.Entry{early, entry("", 90, "2023-08-01")}, date("2023-12-01")), 0, "not more than the maximum")
	require.Zero(t, cpd.CarryOver(rule, c, []cpd.Entry{entry("", 90, "2021-08-01"), entry("", 30, "2023-08-01")}, date("2023-12-01")), "nothing beyond what was needed")
	next := cpd.Cycle{Number: 2, Granted: c.Granted, Earns: c.Until, From: c.Until, Until: date("2027-01-01"), Carried: 40}
	require.Equal(t, []cpd.Missing{{Units: 80}}, cpd.Judge(rule, next, nil, date("2025-01-01")).Missing)
}

func TestWaysBack(t *testing.T) {
	c := cpd.Cycle{Granted: date("2021-02-28"), Earns: date("2021-02-28"), From: date("2021-02-28"), Until: date("2024-02-29")}
	for name, x := range map[string]struct {
		rule  registry.Recertification
		at    string
		path  string
		kind  string
		until string
		code  string
	}{
		"no rule after the end":       {registry.Recertification{CycleMonths: 12}, "2025-06-01", "", cpd.Reinstated, "2026-06-01", ""},
		"the last day":                {registry.Recertification{CycleMonths: 12}, "2024-02-28", "", cpd.Renewed, "2025-02-28", ""},
		"the end itself":              {registry.Recertification{CycleMonths: 12, GraceMonths: 1}, "2024-02-29", "", cpd.Late, "2025-02-28", ""},
		"anchored on decision":        {registry.Recertification{CycleMonths: 12, Anchor: registry.AnchorDecision}, "2023-12-01", "", cpd.Renewed, "2024-12-01", ""},
		"exam done":                   {registry.Recertification{CycleMonths: 12, Late: registry.LateExam}, "2024-06-01", "exam", cpd.Reinstated, "2025-06-01", ""},
		"fee is not an exam":          {registry.Recertification{CycleMonths: 12, Late: registry.LateExam}, "2024-06-01", "fee", "", "", "LATE_PATH_NEEDED"},
		"the way back closed":         {registry.Recertification{CycleMonths: 12, Late: registry.LateFee, GraceMonths: 3, LateMonths: 6}, "2024-11-29", "fee", "", "", "RENEWAL_CLOSED"},
		"the way back still open":     {registry.Recertification{CycleMonths: 12, Late: registry.LateFee, GraceMonths: 3, LateMonths: 6}, "2024-11-28", "fee", cpd.Reinstated, "2025-11-28", ""},
		"a grace longer than a cycle": {registry.Recertification{CycleMonths: 12, GraceMonths: 24}, "2025-06-01", "", "", "", "RENEWAL_CLOSED"},
	} {
		s := cpd.Judge(x.rule, c, nil, date(x.at))
		g, err := cpd.Renew(x.rule, c, s, date(x.at), x.path)
		if x.code != "" {
			var refusal *fault.Refusal
			require.ErrorAs(t, err, &refusal, name)
			require.Equal(t, x.code, refusal.Code, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, [2]string{x.kind, x.until}, [2]string{g.Kind, g.Until.Format(time.DateOnly)}, name)
	}
	open := cpd.Cycle{Granted: c.Granted, Earns: c.Earns, From: c.From}
	_, err := cpd.Renew(registry.Recertification{CycleMonths: 12}, open, cpd.Judge(registry.Recertification{CycleMonths: 12}, open, nil, date("2024-01-01")), date("2024-01-01"), "")
	require.ErrorContains(t, err, "NOTHING_TO_RENEW")
}

// TestMoreIsNeverWorse draws rules and ledgers at random: the order of entries
// does not matter, and an accepted entry more never makes the answer worse.
func TestMoreIsNeverWorse(t *testing.T) {
	r := mrand.New(mrand.NewPCG(17, 24))
	rank := map[cpd.State]int{cpd.OnTrack: 0, cpd.Due: 1, cpd.Overdue: 2}
	names := []string{"a", "b", "c", "d", "e"}
	for range 2000 {
		rule := registry.Recertification{CycleMonths: 12 * (1 + r.IntN(4)), Units: float64(r.IntN(60)), PerYear: float64(r.IntN(3) * 5), MinCategories: r.IntN(3), OpensDaysBefore: r.IntN(2) * 200, WaivableUnits: float64(r.IntN(10))}
		for i, n := range names[:1+r.IntN(4)] {
			k := registry.Category{Name: n, Apart: r.IntN(4) == 0}
			low, high := float64(r.IntN(10)), float64(10+r.IntN(20))
			if r.IntN(2) == 0 {
				k.Min = &low
			}
			if r.IntN(2) == 0 {
				k.Max = &high
			}
			if i > 0 && !k.Apart && r.IntN(3) == 0 {
				k.Within = names[r.IntN(i)]
			}
			rule.Categories = append(rule.Categories, k)
		}
		c := cpd.Cycle{Granted: date("2020-01-01"), Earns: date("2020-01-01"), From: date("2020-01-01"), Until: date("2020-01-01").AddDate(0, rule.CycleMonths, 0)}
		draw := func() cpd.Entry {
			e := entry(names[r.IntN(len(names))], float64(r.IntN(80))/4, date("2019-10-01").AddDate(0, 0, r.IntN(1800)).Format(time.DateOnly))
			e.ID = fmt.Sprint(r.Uint64())
			if r.IntN(10) == 0 {
				e.Kind = cpd.Waiver
			}
			return e
		}
		var ledger []cpd.Entry
		for range r.IntN(12) {
			ledger = append(ledger, draw())
		}
		at := date("2020-01-01").AddDate(0, 0, r.IntN(1900))
		before := cpd.Judge(rule, c, ledger, at)
		shuffled := slices.Clone(ledger)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		require.Equal(t, before, cpd.Judge(rule, c, shuffled, at))
		after := cpd.Judge(rule, c, append(ledger, draw()), at)
		require.GreaterOrEqual(t, rank[before.State], rank[after.State])
		require.GreaterOrEqual(t, after.Earned+before.Required, before.Earned+after.Required)
		left := map[cpd.Missing]float64{}
		for _, m := range before.Missing {
			left[cpd.Missing{Category: m.Category, Year: m.Year, Categories: min(m.Categories, 1)}] = m.Units + float64(m.Categories)
		}
		for _, m := range after.Missing {
			require.LessOrEqual(t, m.Units+float64(m.Categories), left[cpd.Missing{Category: m.Category, Year: m.Year, Categories: min(m.Categories, 1)}])
		}
	}
}

func TestAuditIsExplained(t *testing.T) {
	require.False(t, cpd.Audit(100, nil).Selected, "nothing to draw from")
	require.False(t, cpd.Audit(0, []cpd.Entry{{ID: "x"}}).Selected)
	hits := 0
	for i := range 2000 {
		ledger := []cpd.Entry{{ID: fmt.Sprint("later", i), LearntAt: date("2024-01-02")}, {ID: fmt.Sprint("entry ", i), LearntAt: date("2024-01-01")}}
		s := cpd.Audit(10, ledger)
		require.Equal(t, s, cpd.Audit(10, append(ledger, cpd.Entry{ID: "0", LearntAt: date("2024-02-01")})), "later entries change nothing")
		if s.Selected {
			hits++
		}
	}
	require.InDelta(t, 200, hits, 60)
	require.Equal(t, "SHA-256 of the first entry's id abc begins with ba7816bf, which is 72.8395 % of its range: not below 10 %.", cpd.Audit(10, []cpd.Entry{{ID: "abc"}}).Why)
}
