package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// TestAccreditorSeesCounts: an accreditor sees refused claims, issuing and
// overdue synchronisation of its own bodies, and no person.
func TestAccreditorSeesCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		writer := h.certifier()
		decided := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
		attempt := func(token, scheme, key string) {
			t.Helper()
			a := h.do("POST", "/v1/certificates", token, fmt.Sprintf(`{"scheme":%q,"holder":{"name":"Greta Garnier"},"decided_at":%q,"accreditation_claim":true}`, scheme, decided), "Idempotency-Key", key)
			require.Equal(t, 422, a.status, "%s", a.raw)
		}
		h.must(201, "POST", "/v1/schemes", writer, `{"id":"demo-other","owner":"demo-certification","name":"Demo Other","kind":"certification_of_persons"}`)
		reporter := h.reporter(accred)
		statement := rowOf(t, h.must(200, "GET", "/v1/reports/accreditor", reporter, ""), "bodies", "body", mine)["accreditation"].(string)
		h.must(201, "POST", "/v1/statements/"+statement+"/events", h.token(access.Client{Body: accred, Scopes: access.Scopes()}), fmt.Sprintf(`{"event":"reduced","effective_at":%q,
			"scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024","edition":"2012","schemes":["demo-service-lead"]}}`, time.Now().UTC().Add(-2*time.Hour).Format(time.RFC3339)))
		attempt(writer, "demo-other", "a")
		attempt(writer, "demo-other", "a")
		attempt(h.token(access.Client{Body: "demo-overclaiming", Scopes: access.Scopes()}), "demo-lakeside-auditor", "b")
		attempt(h.token(access.Client{Body: "demo-independent", Scopes: access.Scopes()}), "demo-guild-crafter", "c")
		h.do("POST", "/v1/certificates/prepare", writer, fmt.Sprintf(`{"scheme":"demo-other","holder":{"name":"Greta Garnier"},"decided_at":%q,"accreditation_claim":true}`, decided))
		for i := range 3 {
			at := time.Now().UTC().Add(-time.Hour)
			h.one(issue.Request{Holder: issue.Holder{Name: fmt.Sprint("Greta Garnier ", i)}, DecidedAt: at, ValidUntil: at.AddDate(1, 0, 0), Claim: i > 0, Examiner: "EX-1"})
		}
		operator := h.token(access.Client{Operator: true})
		h.must(200, "PUT", "/v1/bodies/"+mine+"/coverage", operator, fmt.Sprintf(`{"of":"accreditations_held","register":"complete","synchronised_at":%q,"promised_refresh_days":7}`,
			time.Now().UTC().AddDate(0, 0, -10).Add(time.Hour).Format(time.RFC3339)))

		a := h.must(200, "GET", "/v1/reports/accreditor", reporter, "")
		require.Equal(t, "in_force", rowOf(t, a, "bodies", "body", mine)["status"])
		require.Equal(t, "withdrawn", rowOf(t, a, "bodies", "body", "demo-overclaiming")["status"])
		course := rowOf(t, a, "refused_claims", "scheme", "demo-other")
		require.Equal(t, []any{mine, "ACCREDITATION_OUT_OF_SCOPE", 3.0}, []any{course["body"], course["code"], course["attempts"]})
		require.Equal(t, "ACCREDITATION_NOT_HELD", rowOf(t, a, "refused_claims", "scheme", "demo-lakeside-auditor")["code"])
		lead := rowOf(t, a, "issuing", "scheme", "demo-service-lead")
		require.Equal(t, "too_few", lead["busiest_week_is"])
		claimed := 0
		all, err := h.app.db.Certificates(t.Context(), mine, issue.Filter{Scheme: "demo-service-lead", Limit: 1000})
		require.NoError(t, err)
		for _, r := range all {
			if r.Request.Claim {
				claimed++
			}
		}
		require.InDelta(t, claimed, lead["certificates"], 0)
		sync := rowOf(t, a, "synchronisation", "body", mine)
		require.Equal(t, []any{"accreditations_held", 3.0}, []any{sync["of"], sync["overdue_days"]})
		for _, secret := range []string{"Greta", "EX-1", "demo-independent", "demo-guild-crafter", "demo-lapsed"} {
			require.NotContains(t, fmt.Sprint(a), secret, "counts of its own bodies, nothing of a person")
		}

		// A stranger who states an accreditation of its own sees no issuing.
		stranger := "demo-elsewhere-accreditation"
		b := h.must(200, "GET", "/v1/reports/accreditor", h.reporter(stranger), "")
		require.NotContains(t, fmt.Sprint(b), mine)
		require.Equal(t, 201, h.do("POST", "/v1/statements", h.token(access.Client{Body: stranger, Scopes: access.Scopes()}), fmt.Sprintf(`{"kind":"accreditation","issuer":%q,"subject":%q,
			"scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024","edition":"2012"},"valid_from":"2024-01-01T00:00:00Z"}`, stranger, mine)).status)
		b = h.must(200, "GET", "/v1/reports/accreditor", h.reporter(stranger), "")
		require.NotContains(t, fmt.Sprint(b["issuing"]), mine)
		require.Equal(t, 403, h.do("GET", "/v1/reports/accreditor", h.reporter(mine), "").status, "for accreditation bodies alone")
		require.Equal(t, 403, h.do("GET", "/v1/reports/accreditor?issuer="+accred, h.reporter(stranger), "").status)
	})
}

func TestMatrixOfRoles(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, writer := h.reporter(mine), h.certifier()
		now := time.Now().UTC()
		give := func(name, email, level string, decided time.Time, until time.Time) string {
			return h.one(issue.Request{Holder: issue.Holder{Name: name, Email: email}, Level: level, DecidedAt: decided, ValidUntil: until, Publication: issue.Hidden})
		}
		ada := give("Ada Abel", "ada@m.example", "senior", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		give("Ada Abel", "ada@m.example", "senior", now.AddDate(-3, 0, 0), now.AddDate(-1, 0, 0)) // an old one beside it
		give("Ben Bloch", "", "junior", now.AddDate(-1, 0, 0), now.AddDate(0, 0, 30))
		give("Eve Smith", "eve@one.example", "senior", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		give("Eve Smith", "eve@two.example", "senior", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		stopped := give("Sam Stopp", "sam@m.example", "senior", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
		h.must(201, "POST", "/v1/certificates/"+stopped+"/events", writer, `{"event":"suspended"}`)
		give("Old Olm", "old@m.example", "senior", now.AddDate(-3, 0, 0), now.AddDate(-1, 0, 0))
		body := `{"team":[{"ref":"E-1","certificate":"` + ada + `"},{"name":"ben BLOCH"},{"name":"Eve Smith"},{"email":"EVE@one.example"},{"email":"sam@m.example"},{"email":"old@m.example"},{"name":"Nobody"}],
			"roles":[{"role":"agent","needs":[{"scheme":"demo-service-lead"}]},{"role":"lead","needs":[{"scheme":"demo-service-lead","level":"Senior"}]}]}`
		a := h.must(200, "POST", "/v1/reports/matrix", token, body)
		is := map[string]string{}
		for _, x := range a["needs"].([]any) {
			r := x.(map[string]any)
			is[r["member"].(string)+" "+r["role"].(string)] = r["is"].(string)
		}
		require.Equal(t, map[string]string{"E-1 agent": "held", "E-1 lead": "held", "ben BLOCH agent": "expiring", "ben BLOCH lead": "not_held", "Eve Smith agent": "ambiguous", "Eve Smith lead": "ambiguous",
			"EVE@one.example agent": "held", "EVE@one.example lead": "held", "sam@m.example agent": "suspended", "sam@m.example lead": "suspended", "old@m.example agent": "expired", "old@m.example lead": "expired",
			"Nobody agent": "not_held", "Nobody lead": "not_held"}, is)
		require.Equal(t, ada, rowOf(t, a, "needs", "member", "E-1")["number"])
		require.Equal(t, true, rowOf(t, a, "roles", "member", "E-1")["ready"])
		require.Equal(t, []any{true, 1.0}, []any{rowOf(t, a, "roles", "member", "ben BLOCH")["ready"], rowOf(t, a, "roles", "member", "ben BLOCH")["expiring"]})
		require.Equal(t, false, rowOf(t, a, "roles", "member", "Eve Smith")["ready"])
		require.Contains(t, string(h.do("POST", "/v1/reports/matrix?format=csv&table=roles", token, body).raw), "E-1,agent,true,0,0\n")

		// Another body knows none of them and cannot name our schemes.
		other := h.reporter("demo-lapsed")
		require.Equal(t, 422, h.do("POST", "/v1/reports/matrix", other, body).status)
		b := h.must(200, "POST", "/v1/reports/matrix", other, `{"team":[{"certificate":"`+ada+`"}],"roles":[{"role":"r","needs":[{"scheme":"demo-harbour-master"}]}]}`)
		require.Equal(t, "not_held", rowOf(t, b, "needs", "role", "r")["is"])
		for name, bad := range map[string]string{"nobody": `{"team":[],"roles":[{"role":"r","needs":[{"scheme":"demo-service-lead"}]}]}`, "no role": `{"team":[{"name":"A"}],"roles":[]}`,
			"unnamed": `{"team":[{}],"roles":[{"role":"r","needs":[{"scheme":"demo-service-lead"}]}]}`, "number": `{"team":[{"certificate":"1"}],"roles":[{"role":"r","needs":[{"scheme":"demo-service-lead"}]}]}`,
			"needs": `{"team":[{"name":"A"}],"roles":[{"role":"r","needs":[]}]}`} {
			require.Equal(t, 422, h.do("POST", "/v1/reports/matrix", token, bad).status, name)
		}
	})
}
