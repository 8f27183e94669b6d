package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestPolicies: what an asker demands is answered beside the report and changes
// nothing in it.
func TestPolicies(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	ask := func(v verify.Verdict, policy string) answer {
		token := h.do("GET", "/v1/certificates/"+h.pages[v]+"/credential", "", "").raw
		return h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"policy":%s}`, token, policy))
	}
	plain := ask(verify.BonaFide, `{}`)
	require.NotContains(t, plain.json, "policy", "nothing was demanded")
	chain := plain.json["chain"].(map[string]any)["now"].([]any)
	top := chain[len(chain)-1].(map[string]any)["issuer"].(map[string]any)
	issued := h.do("POST", "/v1/certificates", h.certifier(), strings.Replace(request("Ada Level"), "{", `{"level":"Master",`, 1))
	require.Equal(t, 201, issued.status, "%s", issued.raw)
	_, err := h.app.log.Sequence(t.Context())
	require.NoError(t, err)
	for _, c := range []struct {
		of              verify.Verdict
		policy, outcome string
		demands         string // of the first reason
	}{
		{verify.BonaFide, fmt.Sprintf(`{"arrangements":[%q]}`, top["id"]), "pass", ""},
		{verify.BonaFide, fmt.Sprintf(`{"arrangements":["other",%q]}`, top["did"]), "pass", ""},
		{verify.BonaFide, `{"arrangements":["other"]}`, "fail", "arrangements"},
		{verify.Unaccredited, fmt.Sprintf(`{"arrangements":[%q]}`, top["id"]), "fail", "arrangements"},
		{verify.BonaFide, `{"elsewhere":"refused"}`, "pass", ""},
		{verify.AccreditedElsewhere, `{"elsewhere":"refused"}`, "fail", "elsewhere"},
		{verify.AccreditedElsewhere, fmt.Sprintf(`{"elsewhere":"accepted","arrangements":[%q]}`, top["id"]), "pass", ""},
		{verify.NotInForce, `{"elsewhere":"accepted"}`, "fail", "elsewhere"},
		{verify.BonaFide, `{"levels":["grandmaster"]}`, "fail", "levels"},
		{verify.BonaFide, `{"levels":[""]}`, "fail", "levels"},
		{verify.BonaFide, `{"status_max_age_hours":1}`, "pass", ""},
		{verify.BonaFide, `{"transparency":true}`, "pass", ""},
	} {
		a := ask(c.of, c.policy)
		require.Equal(t, 200, a.status, "%s", a.raw)
		require.Equal(t, string(c.of), a.json["verdict"], "the verdict is what it was")
		p := a.json["policy"].(map[string]any)
		require.Equal(t, c.outcome, p["outcome"], "%s of %s: %v", c.policy, c.of, p)
		if c.demands != "" {
			r := p["reasons"].([]any)[0].(map[string]any)
			require.Equal(t, c.demands, r["demand"])
			require.NotEmpty(t, r["detail"])
		}
	}
	for policy, outcome := range map[string]string{`{"levels":["master"]}`: "pass", `{"levels":["novice"]}`: "fail"} {
		a := h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"policy":%s}`, issued.json["credential"], policy))
		require.Equal(t, outcome, a.json["policy"].(map[string]any)["outcome"], "%s: %s", policy, a.raw)
	}
	for _, policy := range []string{`{"elsewhere":"maybe"}`, `{"status_max_age_hours":-1}`, `{"coverage_max_age_days":999999}`, `{"nonsense":1}`} {
		a := ask(verify.BonaFide, policy)
		require.GreaterOrEqual(t, a.status, 400, policy)
		require.Less(t, a.status, 500, policy)
	}
}

// TestStaleEvidence: an age that is demanded is compared with the oldest
// evidence; what tells no age is neither fresh nor stale.
func TestStaleEvidence(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	number := h.pages[verify.BonaFide]
	token := h.do("GET", "/v1/certificates/"+number+"/credential", "", "").raw
	a := h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"policy":{"coverage_max_age_days":1}}`, token))
	p := a.json["policy"].(map[string]any)
	coverage := a.json["coverage"].([]any)
	want := "pass"
	if len(coverage) == 0 {
		want = "unknown"
	}
	for _, c := range coverage {
		if c.(map[string]any)["synchronised_at"] == nil {
			want = "unknown"
		}
	}
	require.Equal(t, want, p["outcome"], "%v", coverage)
}
