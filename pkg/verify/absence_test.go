package verify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func TestHowMuchANotFoundMeans(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ago := func(days int) *time.Time { at := now.AddDate(0, 0, -days); return &at }
	n := func(i int) *int { return &i }
	for name, c := range map[string]struct {
		row  *verify.Coverage
		want verify.Strength
		says string
	}{
		"nothing known":          {nil, verify.SaysNothing, "does not hold"},
		"none":                   {&verify.Coverage{Register: "none", SynchronisedAt: ago(1)}, verify.SaysNothing, "does not hold"},
		"complete":               {&verify.Coverage{Register: "complete", SynchronisedAt: ago(1)}, verify.Strong, "every certificate"},
		"never compared":         {&verify.Coverage{Register: "complete"}, verify.SaysNothing, "does not hold"},
		"complete with figures":  {&verify.Coverage{Register: "complete", SynchronisedAt: ago(1), Declared: n(10), Published: n(10)}, verify.Strong, "(10 of 10)"},
		"complete but for some":  {&verify.Coverage{Register: "complete", SynchronisedAt: ago(1), Declared: n(10), Published: n(9)}, verify.Weak, "9 of the 10"},
		"within the promise":     {&verify.Coverage{Register: "complete", SynchronisedAt: ago(6), PromisedRefreshDays: 7}, verify.Strong, "every certificate"},
		"beyond the promise":     {&verify.Coverage{Register: "complete", SynchronisedAt: ago(8), PromisedRefreshDays: 7}, verify.Weak, "every 7 days"},
		"beyond the default":     {&verify.Coverage{Register: "complete", SynchronisedAt: ago(31)}, verify.Weak, "every 30 days"},
		"most of them":           {&verify.Coverage{Register: "partial", SynchronisedAt: ago(1), Declared: n(100), Published: n(90)}, verify.Weak, "90 of the 100"},
		"few of them":            {&verify.Coverage{Register: "partial", SynchronisedAt: ago(1), Declared: n(100), Published: n(9)}, verify.SaysNothing, "(9 of 100)"},
		"some, of unknown share": {&verify.Coverage{Register: "partial", SynchronisedAt: ago(1)}, verify.SaysNothing, "only some"},
	} {
		t.Run(name, func(t *testing.T) {
			x := verify.AbsenceOf(verify.Body{ID: "cb", Name: "Nordlys"}, c.row, now)
			require.Equal(t, c.want, x.Strength)
			require.Contains(t, x.Says, c.says)
			require.Contains(t, x.Next, "by an address you found yourself")
		})
	}
	asked := verify.AbsenceOf(verify.Body{ID: "cb", Name: "Nordlys"}, &verify.Coverage{Register: "none", CheckURL: "https://nordlys.example/check", LastAskedAt: ago(2)}, now)
	require.Contains(t, asked.Next, "https://nordlys.example/check; this register last asked there on 22 November 2026.")
}

func TestNotFoundReports(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	day := now.AddDate(0, 0, -1)
	register := verify.Register{Bodies: []verify.Body{{ID: "cb", DID: "did:web:cb.example", Name: "Nordlys"}},
		Coverage: []verify.Coverage{{Body: "cb", Of: "accreditations_held", Register: "none"}, {Body: "cb", Of: "certificates", Register: "complete", SynchronisedAt: &day}}}
	for name, c := range map[string]struct {
		ev     verify.Evidence
		issuer string
		want   verify.Strength
		says   string
	}{
		"a number of our own":      {verify.Evidence{Asked: verify.Asked{Own: true}}, "", verify.Strong, "given by this register alone"},
		"a number of nobody":       {verify.Evidence{}, "", verify.SaysNothing, "no body was named"},
		"of a body by its id":      {verify.Evidence{Register: register}, "cb", verify.Strong, "every certificate of Nordlys"},
		"of a body by its DID":     {verify.Evidence{Register: register}, "did:web:cb.example", verify.Strong, "every certificate of Nordlys"},
		"of a body not registered": {verify.Evidence{Register: register}, "other", verify.SaysNothing, "does not know the body"},
	} {
		t.Run(name, func(t *testing.T) {
			r := verify.Evaluate(c.ev, verify.Policy{Now: now, Expect: verify.Expect{Issuer: c.issuer}})
			require.Equal(t, verify.NotFound, r.Verdict)
			require.NotNil(t, r.Absence)
			require.Equal(t, c.want, r.Absence.Strength)
			require.Contains(t, r.Absence.Says, c.says)
			require.NotEmpty(t, r.Absence.Next)
			for _, word := range []string{"fake", "fraud"} {
				require.NotContains(t, strings.ToLower(r.Absence.Says+strings.Join(r.Absence.Next, " ")), word)
			}
		})
	}
}
