package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// employer is a client of somebody who only relies on certificates.
func (h *house) employer(scopes ...string) string {
	return h.token(access.Client{Name: "An employer", Scopes: append(scopes, "watches:write")})
}

// feed reads the notices of a watch, each signed by the register.
func (h *house) feed(t *testing.T, token, id string) (types []string, payloads []map[string]any) {
	held, err := publicKeys(h.app.custodian, "register")
	require.NoError(t, err)
	for _, x := range h.must(200, "GET", "/v1/watches/"+id+"/notices?limit=200", token, "")["data"].([]any) {
		n := x.(map[string]any)
		u, err := jws.Parse(n["notice"].(string))
		require.NoError(t, err)
		require.Equal(t, "bonafide-notice+jwt", u.Header.Typ)
		verified := false
		for _, k := range held {
			verified = verified || k.KeyID() == u.Header.Kid && u.Verify(k) == nil
		}
		require.True(t, verified, "the register signs its notices")
		var p map[string]any
		require.NoError(t, json.Unmarshal(u.Payload, &p))
		require.Equal(t, n["type"], p["event"].(map[string]any)["type"])
		types, payloads = append(types, n["type"].(string)), append(payloads, p)
	}
	return types, payloads
}

func TestWatchTellsEmployers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, issuer, employer := h.receive(), h.certifier(), h.employer()
		number := h.must(201, "POST", "/v1/certificates", issuer, request("Ada Lovelace"))["id"].(string)
		_, err := h.app.log.Sequence(t.Context())
		require.NoError(t, err)
		w := h.must(201, "POST", "/v1/watches", employer, fmt.Sprintf(`{"certificates":[%q,"0000-0000-0000-0"],"entries":[{"number":%q,"issuer":"demo-lapsed"}],
			"consent_reference":"HR file 12","webhook":{"url":%q}}`, number, number, r.URL))
		id := w["id"].(string)
		results := w["results"].([]any)
		require.Equal(t, "watching", results[0].(map[string]any)["outcome"])
		require.Equal(t, "not_found", results[2].(map[string]any)["outcome"], "another issuer's number is like none")
		require.Equal(t, 1.0, w["watched"])
		secret := w["webhook"].(map[string]any)["secret"].(string)

		h.rounds()
		require.Empty(t, r.taken())
		h.must(201, "POST", "/v1/certificates/"+number+"/events", issuer, `{"event":"suspended","reason":"private words"}`)
		h.rounds()
		got := r.taken()
		require.Len(t, got, 1)
		require.Equal(t, "watch.notice", got[0].kind)
		ok, _ := signed(got[0], secret, "")
		require.True(t, ok)
		require.NotContains(t, string(got[0].body), "Lovelace")
		require.Equal(t, []any{"certificate.suspended", "not_in_force", number}, []any{got[0].data["event"], got[0].data["verdict"], got[0].data["certificate"]})
		link := strings.TrimPrefix(got[0].data["links"].(map[string]any)["notice"].(string), "http://localhost:8080")
		require.Equal(t, "certificate.suspended", h.must(200, "GET", link, employer, "")["type"])

		// What happens to the accreditation of its issuer concerns it too.
		accreditor := h.token(access.Client{Body: accred, Scopes: []string{"statements:write"}})
		statement := h.statementAbout(mine)
		h.must(201, "POST", "/v1/statements/"+statement+"/events", accreditor, `{"event":"suspended","effective_at":"`+h.app.now().Format("2006-01-02T15:04:05Z")+`","reason":"x"}`)
		h.rounds()
		types, payloads := h.feed(t, employer, id)
		require.Equal(t, []string{"certificate.suspended", "statement.suspended"}, types)
		require.Equal(t, "HR file 12", payloads[0]["consent_reference"])
		require.Equal(t, "not_in_force", payloads[0]["report"].(map[string]any)["verdict"])
		require.NotContains(t, fmt.Sprint(payloads[0]), "private words")
		require.Equal(t, statement, payloads[1]["event"].(map[string]any)["statement"])

		// The holder may see that it is watched, and with whose consent.
		seen, err := h.app.db.WatchedBy(t.Context(), number, h.app.now())
		require.NoError(t, err)
		require.Len(t, seen, 1)
		require.Equal(t, "HR file 12", seen[0].Consent)
		held := h.must(200, "GET", "/v1/certificates/"+number+"/holder-data", issuer, "")["watches"].([]any)
		require.Equal(t, "HR file 12", held[0].(map[string]any)["consent_reference"])

		// Nobody else sees the watch; an employer can do nothing else.
		other := h.employer("webhooks:write")
		require.Equal(t, 404, h.do("GET", "/v1/watches/"+id, other, "").status)
		require.Equal(t, 404, h.do("GET", "/v1/watches/"+id+"/notices", other, "").status)
		require.Equal(t, 403, h.do("GET", "/v1/webhooks", employer, "").status)
		require.Equal(t, 403, h.do("GET", "/v1/audit", other, "").status)
		require.Equal(t, 403, h.do("GET", "/v1/certificates", other, "").status)
		require.Equal(t, 403, h.do("POST", "/v1/certificates", other, request("X")).status)
		h.must(201, "POST", "/v1/webhooks", other, `{"url":"https://example.com/"}`)

		// Erasure takes the holder's name out of what is kept.
		h.must(200, "POST", "/v1/certificates/"+number+"/erasure", issuer, `{"reason":"asked for"}`)
		h.rounds()
		for _, x := range h.must(200, "GET", "/v1/watches/"+id+"/notices", employer, "")["data"].([]any) {
			n := x.(map[string]any)
			if u, err := jws.Parse(n["notice"].(string)); err == nil {
				require.NotContains(t, string(u.Payload), "Lovelace")
			}
		}
		require.Equal(t, 0.0, h.must(200, "GET", "/v1/watches/"+id, employer, "")["watched"])

		require.Equal(t, 204, h.do("DELETE", "/v1/watches/"+id, employer, "").status)
		require.Equal(t, 404, h.do("GET", "/v1/watches/"+id, employer, "").status)
		require.Zero(t, len(h.must(200, "GET", "/v1/watches", employer, "")["data"].([]any)))
	})
}

// TestWatchFollows a certificate to what renews it, tells of ends ahead once,
// and ends by itself.
func TestWatchFollows(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r := v.receive()
		v.scheme("watched-scheme", `{"cycle_months":12,"units":0,"unit":"hours","opens_days_before":60,"categories":[]}`)
		issuer := func() string {
			return v.token(access.Client{Body: mine, Scopes: []string{"certificates:write", "certificates:read", "webhooks:write"}})
		}
		relying := func() string { return v.token(access.Client{Body: "demo-lapsed", Scopes: []string{"watches:write"}}) }
		number := v.must(201, "POST", "/v1/certificates", issuer(), strings.Replace(issueOf("watched-scheme", "Ada Lovelace", "2027-06-01T05:00:00Z"), `"accreditation_claim":true,`, `"accreditation_claim":false,`, 1))["id"].(string)
		_, err := v.app.log.Sequence(t.Context())
		require.NoError(t, err)
		v.hook(issuer(), r.URL+"/body", "certificate.expiring", "recertification.*", "certificate.renewed")
		w := v.must(201, "POST", "/v1/watches", relying(), fmt.Sprintf(`{"certificates":[%q],"consent_reference":"c","expires_at":"2029-01-01T00:00:00Z","digest":"weekly","webhook":{"url":%q}}`, number, r.URL+"/employer"))
		id := w["id"].(string)
		days, seen := map[string]int{}, map[string]bool{}
		count := func() {
			require.NoError(t, v.app.notices.Daily(t.Context()))
			require.NoError(t, v.app.notices.Daily(t.Context()))
			v.rounds()
			for _, x := range r.taken() {
				if seen[x.id] { // at least once
					continue
				}
				seen[x.id] = true
				if about, ok := x.data["certificate"].(string); !ok || about == number || x.data["previous"] == number {
					days[x.kind]++
				}
			}
		}
		for _, day := range []string{"2028-02-01", "2028-03-10", "2028-04-10", "2028-05-05", "2028-05-10", "2028-05-28", "2028-05-29"} {
			v.goTo(day)
			count()
		}
		require.Equal(t, 3, days["certificate.expiring"], "at 90, 30 and 7 days, once each: %v", days)
		require.Equal(t, 1, days["recertification.due"])
		require.Equal(t, 5, days["watch.digest"], "one in a week at most: %v", days)
		require.Zero(t, days["watch.notice"], "no notice by itself")
		types, _ := v.feed(t, relying(), id)
		require.Equal(t, []string{"certificate.expiring"}, types)

		next := v.must(201, "POST", "/v1/certificates/"+number+"/renewals", issuer(), `{}`)["id"].(string)
		count()
		require.Equal(t, 1, days["certificate.renewed"])
		types, payloads := v.feed(t, relying(), id)
		require.Equal(t, []string{"certificate.expiring", "certificate.renewed"}, types)
		require.Equal(t, next, payloads[1]["event"].(map[string]any)["successor"])
		v.must(201, "POST", "/v1/certificates/"+next+"/events", issuer(), `{"event":"withdrawn","reason":"x"}`)
		count()
		types, _ = v.feed(t, relying(), id)
		require.Equal(t, "certificate.withdrawn", types[len(types)-1], "the successor is watched too")

		v.goTo("2029-01-02")
		require.NoError(t, v.app.notices.Daily(t.Context()))
		_, err = v.app.db.Watch(t.Context(), id)
		require.Error(t, err, "its time has come")
	})
}

func TestWatchLists(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		employer, number := h.employer(), h.pages[verify.BonaFide]
		never, err := credential.NewNumber(rand.Reader)
		require.NoError(t, err)
		id := h.must(201, "POST", "/v1/watches", employer, `{"consent_reference":"all"}`)["id"].(string)
		outcomes := func(kind, body string) []string {
			a := h.do("POST", "/v1/watches/"+id+"/certificates", employer, body, "Content-Type", kind)
			require.Equal(t, 200, a.status, a.raw)
			var out []string
			for _, x := range a.json["results"].([]any) {
				out = append(out, x.(map[string]any)["outcome"].(string))
			}
			return out
		}
		require.Equal(t, []string{"watching", "check_character", "malformed", "not_found"}, outcomes("text/csv", "number,issuer,consent_reference\n"+number+","+mine+",file 9\n"+
			mistyped(number)+","+mine+",\nnonsense,"+mine+",\n"+number+",demo-lapsed,\n"))
		require.Equal(t, []string{"watching", "not_found"}, outcomes("application/x-ndjson", `{"certificate":"`+strings.ToLower(number)+`"}`+"\n\n"+`{"certificate":"`+string(never)+`"}`+"\n"))
		listed := h.must(200, "GET", "/v1/watches/"+id+"/certificates", employer, "")["data"].([]any)
		require.Len(t, listed, 1)
		require.Equal(t, number, listed[0].(map[string]any)["certificate"])
		for kind, bad := range map[string]string{"text/csv": "who\nx\n", "application/x-ndjson": "{", "application/json": `{"entries":[{"number":"x"}]}`} {
			a := h.do("POST", "/v1/watches/"+id+"/certificates", employer, bad, "Content-Type", kind)
			require.Contains(t, []int{400, 422}, a.status, kind)
		}
		for _, bad := range []string{`{}`, `{"consent_reference":"x","digest":"hourly"}`, `{"consent_reference":"x","expires_at":"2020-01-01T00:00:00Z"}`, `{"consent_reference":"x","webhook":{"url":"https://10.0.0.1/"}}`,
			`{"consent_reference":"x","expiry_notice_days":400}`} {
			require.Equal(t, 422, h.do("POST", "/v1/watches", employer, bad).status, bad)
		}
		require.Equal(t, 204, h.do("DELETE", "/v1/watches/"+id+"/certificates/"+number, employer, "").status)
		require.Equal(t, 404, h.do("DELETE", "/v1/watches/"+id+"/certificates/"+number, employer, "").status)

		_, _, err = h.app.gate.Enrol(t.Context(), access.Client{Scopes: []string{"watches:write"}})
		require.Error(t, err, "a client of nobody needs a name")
		_, _, err = h.app.gate.Enrol(t.Context(), access.Client{Name: "x", Scopes: []string{"watches:write", "certificates:read"}})
		require.Error(t, err)
	})
}
