package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

// TestCompetence: prerequisites as rules, the examiner's own certificate, and
// who trained a candidate does not examine them.
func TestCompetence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator, token := h.token(access.Client{Operator: true}), h.certifier()
		h.must(201, "POST", "/v1/schemes", operator, `{"id":"advanced","owner":"demo-certification","name":"Advanced","kind":"certification_of_persons","level":"Stufe III","service_level":"leader",
			"prerequisite_rules":[{"kind":"certificate","scheme":"demo-service-lead","accredited":true},{"group":"a","kind":"education","level":"bachelor"},{"group":"a","kind":"experience","months":36},
			{"group":"b","kind":"education","level":"secondary"},{"group":"b","kind":"experience","months":60}]}`)
		scheme := h.must(200, "GET", "/v1/schemes/advanced", "", "")
		require.Len(t, scheme["prerequisite_rules"], 5)
		require.Equal(t, "leader", scheme["service_level"])
		for name, rule := range map[string]string{"kind": `{"kind":"luck"}`, "level": `{"kind":"education","level":"kindergarten"}`, "months": `{"kind":"experience"}`, "scheme": `{"kind":"certificate"}`, "mixed": `{"kind":"experience","months":3,"level":"master"}`} {
			require.Equal(t, 422, h.do("POST", "/v1/schemes", operator, `{"owner":"demo-certification","name":"X","kind":"certification_of_persons","prerequisite_rules":[`+rule+`]}`).status, name)
		}
		require.Equal(t, 422, h.do("POST", "/v1/schemes", operator, `{"owner":"demo-certification","name":"X","kind":"certification_of_persons","service_level":"guru"}`).status)

		prior := h.must(201, "POST", "/v1/certificates", token, request("Ada Example"))["id"].(string)
		plain := h.must(201, "POST", "/v1/certificates", token, request("Eva Example"))["id"].(string)
		course := h.must(201, "POST", "/v1/certificates", token, fmt.Sprintf(`{"scheme":"demo-service-course","holder":{"name":"Ada Example"},"decided_at":%q}`, instantOf(-time.Hour)))["id"].(string)
		advanced := func(more string) answer {
			return h.do("POST", "/v1/certificates", token, fmt.Sprintf(`{"scheme":"advanced","holder":{"name":"Ada Example"},"decided_at":%q,"valid_until":%q,"accreditation_claim":true,"publication":"public"%s}`, instantOf(-time.Minute), instantOf(24*time.Hour), more))
		}
		lacks := func(more string, missing ...any) {
			t.Helper()
			a := advanced(more)
			require.Equal(t, []any{422, "PREREQUISITES_NOT_MET"}, []any{a.status, a.code()}, "%s", a.raw)
			require.Equal(t, missing, a.json["missing"])
		}
		earlier := map[string]any{"kind": "certificate", "scheme": "demo-service-lead", "accredited": true}
		have := func(number string) string { return `{"kind":"certificate","certificate":"` + number + `"}` }
		lacks("", earlier, map[string]any{"kind": "education", "level": "bachelor"}, map[string]any{"kind": "experience", "months": 36.0})
		lacks(`,"prerequisites":[`+have(prior)+`,{"kind":"education","level":"secondary","checked":"document"},{"kind":"experience","months":48}]`, map[string]any{"kind": "education", "level": "bachelor"})
		studied := `{"kind":"education","level":"master","checked":"document"},{"kind":"experience","months":20,"checked":"reference"},{"kind":"experience","months":16}`
		lacks(`,"prerequisites":[`+have(plain)+`,`+studied+`]`, earlier)
		lacks(`,"prerequisites":[`+have(course)+`,`+studied+`]`, earlier)
		lacks(`,"prerequisites":[`+have("0000-0000-0000-0")+`,`+studied+`]`, earlier)
		for name, more := range map[string]string{"mistyped": `,"prerequisites":[` + have("0000-0000-0000-1") + `]`, "kind": `,"prerequisites":[{"kind":"luck"}]`, "checked": `,"prerequisites":[{"kind":"experience","months":3,"checked":"hearsay"}]`,
			"trainer examines": `,"examiner":"EX-1","training":[{"trainer":"EX-2"},{"trainer":"EX-1"}]`, "lately": `,"examiner":"EX-1","training":[{"trainer":"EX-1","ended_on":"` + time.Now().AddDate(-1, -11, 0).Format(time.DateOnly) + `"}]`,
			"no day": `,"training":[{"trainer":"EX-1","ended_on":"then"}]`} {
			a := advanced(more)
			require.Equal(t, []any{422, "INVALID_INPUT"}, []any{a.status, a.code()}, "%s: %s", name, a.raw)
		}
		hidden := h.must(201, "POST", "/v1/certificates", token, strings.Replace(request("Ada Example"), `"public"`, `"hidden"`, 1))["id"].(string)
		lacks(`,"prerequisites":[`+have(hidden)+`]`, map[string]any{"kind": "education", "level": "bachelor"}, map[string]any{"kind": "experience", "months": 36.0})
		met := `,"prerequisites":[` + have(prior) + `,` + studied + `],"examiner":"EX-1","training":[{"trainer":"EX-1","ended_on":"` + time.Now().AddDate(-2, 0, -2).Format(time.DateOnly) + `"},{"trainer":"EX-2"}]`
		require.Equal(t, "EXAMINER_NOT_QUALIFIED", advanced(met+`,"examiner_certificate":"0000-0000-0000-0"`).code())
		a := advanced(met + `,"examiner_certificate":"` + plain + `"`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, plain, a.json["examiner_certificate"])
		n := a.json["id"].(string)
		report := h.must(200, "GET", "/v1/certificates/"+n, "", "")
		require.Equal(t, "bona_fide", report["verdict"])
		c := report["certificate"].(map[string]any)
		require.Equal(t, []any{plain, "leader"}, []any{c["examiner_certificate"], c["scheme"].(map[string]any)["service_level"]})
		page := string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw)
		require.Contains(t, page, "Assessed by a holder of")
		require.NotContains(t, page+string(h.do("GET", "/v1/certificates/"+n, "", "").raw), "EX-")

		// A prior certificate that no longer stands on the day does not count.
		h.must(201, "POST", "/v1/certificates/"+prior+"/events", token, `{"event":"suspended","effective_at":"`+instantOf(-30*time.Minute)+`"}`)
		a = h.do("POST", "/v1/certificates", token, fmt.Sprintf(`{"scheme":"advanced","holder":{"name":"Ada Example","email":"b@example.org"},"decided_at":%q,"prerequisites":[%s,%s]}`, instantOf(-time.Minute), have(prior), studied))
		require.Equal(t, "PREREQUISITES_NOT_MET", a.code(), "%s", a.raw)

		// What follows rests on the first: renewing asks for no prerequisites.
		renewed := h.must(201, "POST", "/v1/certificates/"+n+"/renewals", token, `{}`)
		require.Equal(t, plain, renewed["examiner_certificate"])
	})
}
