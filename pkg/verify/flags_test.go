package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// above is a report's flags above info, with their severity.
func above(r *verify.Report) map[string]string {
	out := map[string]string{}
	for _, f := range r.RedFlags {
		if f.Severity != "info" {
			out[f.ID] = f.Severity
		}
	}
	return out
}

func TestFlagsOfCertificates(t *testing.T) {
	none := map[string]string{}
	for _, c := range []struct {
		name   string
		change func(*scene)
		want   map[string]string
	}{
		{"nothing wrong", func(*scene) {}, none},
		{"decided while suspended", func(s *scene) { s.happened("a1", trust.Suspended, "2026-02-01") }, map[string]string{"RF-06": "critical"}},
		{"decided while suspended, no claim", func(s *scene) { s.happened("a1", trust.Suspended, "2026-02-01"); s.certificate.Claim = false }, none},
		{"decided after the withdrawal", func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-02-01") }, map[string]string{"RF-05": "high"}},
		{"suspended since", func(s *scene) { s.happened("a1", trust.Suspended, "2026-04-01") }, map[string]string{"RF-36": "low"}},
		{"withdrawn since, stands by rule", func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-04-01") }, none},
		{"withdrawn since, beyond the rule", func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-03-03") }, map[string]string{"RF-36": "medium"}},
		{"scheme outside the scope", func(s *scene) { s.statements[0].Scope.Schemes = []string{s.at.Scheme("other")} }, map[string]string{"RF-08": "high"}},
		{"accredited for products, register complete", func(s *scene) {
			s.statements[0].Scope = trust.Scope{Activity: trust.CertificationOfProducts, Standard: "ISO/IEC 17065"}
			s.complete()
		}, map[string]string{"RF-07": "critical"}},
		{"accredited for products, register partial", func(s *scene) {
			s.statements[0].Scope = trust.Scope{Activity: trust.CertificationOfProducts, Standard: "ISO/IEC 17065"}
		}, none},
		{"recognition ended before", func(s *scene) { s.happened("r1", trust.Withdrawn, "2026-02-01") }, map[string]string{"RF-04": "high"}},
		{"no end", func(s *scene) {
			s.certificate.ValidUntil = sceneDay("0001-01-01")
			s.register.Schemes[0].ValidityMonths = 36
		}, map[string]string{"RF-13": "high"}},
		{"no end by the scheme's rule", func(s *scene) {
			s.certificate.ValidUntil = sceneDay("0001-01-01")
			s.register.Schemes[0].NoExpiry = true
		}, map[string]string{"RF-13": "low"}},
		{"no end, rule not known", func(s *scene) { s.certificate.ValidUntil = sceneDay("0001-01-01") }, none},
		{"longer than the rule", func(s *scene) { s.register.Schemes[0].ValidityMonths = 24 }, map[string]string{"RF-14": "medium"}},
		{"expired", func(s *scene) { s.certificate.ValidUntil = sceneDay("2026-05-01") }, map[string]string{"RF-15": "high"}},
		{"withdrawn by its issuer", func(s *scene) { s.happened("", trust.Withdrawn, "2026-05-01") }, map[string]string{"RF-16": "critical"}},
		{"decided after it takes effect", func(s *scene) { s.certificate.DecidedAt = sceneDay("2026-05-01") }, map[string]string{"RF-17": "critical"}},
		{"another holder", func(s *scene) { s.policy.Expect.Name = "Boris Grant" }, map[string]string{"RF-11": "critical"}},
		{"nearly the holder", func(s *scene) { s.policy.Expect.Name = "Zoe Exampl" }, none},
		{"the holder's name in another script", func(s *scene) { s.policy.Expect.Name = "Зоя Экзампл" }, none},
		{"an official warning", func(s *scene) {
			s.policy.Warnings = []verify.Warning{{Body: "cb", Warning: redflag.Warning{Subject: "Certification Body", Authority: "Office", Date: sceneDay("2025-01-01"), Source: "https://office.example"}}}
		}, map[string]string{"RF-34": "critical"}},
		{"a warning about another", func(s *scene) { s.policy.Warnings = []verify.Warning{{Body: "someone"}} }, none},
		{"a rule switched off", func(s *scene) {
			s.certificate.ValidUntil = sceneDay("2026-05-01")
			s.policy.Flags = redflag.Without([]string{"RF-15"})
		}, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			plain, s := newScene(t), newScene(t)
			c.change(plain)
			c.change(s)
			r := s.report()
			require.Equal(t, c.want, above(r), "%+v", r.RedFlags)
			// Flags never change a verdict: without any rule it is the same.
			plain.policy.Flags = []redflag.Rule{}
			bare := plain.report()
			require.Empty(t, bare.RedFlags)
			require.Equal(t, bare.Verdict, r.Verdict)
		})
	}
}

func TestDemands(t *testing.T) {
	for name, c := range map[string]struct {
		demand  verify.Demand
		outcome string
		about   []string
	}{
		"none":                      {verify.Demand{}, "", nil},
		"a flag that is not there":  {verify.Demand{BlockFlags: []string{"RF-23"}}, "pass", []string{}},
		"a flag that is":            {verify.Demand{BlockFlags: []string{"RF-15"}}, "fail", []string{"RF-15"}},
		"its severity":              {verify.Demand{BlockSeverity: redflag.High}, "fail", []string{"RF-15"}},
		"a higher severity":         {verify.Demand{BlockSeverity: redflag.Critical}, "pass", []string{}},
		"the verdict it has":        {verify.Demand{Verdicts: []verify.Verdict{verify.NotInForce, verify.BonaFide}}, "pass", []string{}},
		"another verdict":           {verify.Demand{Verdicts: []verify.Verdict{verify.BonaFide}}, "fail", []string{"not_in_force"}},
		"a check that passed":       {verify.Demand{Checks: []verify.CheckID{verify.CheckSignature}}, "pass", []string{}},
		"a check that failed":       {verify.Demand{Checks: []verify.CheckID{verify.CheckValidity}}, "fail", []string{"validity"}},
		"a check nobody could make": {verify.Demand{Checks: []verify.CheckID{verify.CheckTransparency}}, "unknown", []string{"transparency"}},
	} {
		s := newScene(t)
		s.certificate.ValidUntil = sceneDay("2026-05-01")
		s.policy.Demand = c.demand
		r := s.report()
		require.Equal(t, verify.NotInForce, r.Verdict, "a demand changes no verdict")
		if c.outcome == "" {
			require.Nil(t, r.Policy)
			continue
		}
		require.Equal(t, c.outcome, r.Policy.Outcome, name)
		about := []string{}
		for _, x := range r.Policy.Reasons {
			about = append(about, x.About)
			require.NotEmpty(t, x.Detail)
		}
		require.Equal(t, c.about, about, name)
	}
}
