package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// interopCalls are the lines of the matrix for other people's protocols.
func interopCalls() map[string]call {
	out := map[string]call{
		"POST /credentials/issue": {own: 404, fresh: func(*house, string) (string, string) { return "/credentials/issue", `{"credential":{}}` }},
		"POST /credentials/verify": {own: 200, foreign: true, fresh: func(h *house, _ string) (string, string) {
			return "/credentials/verify", `{"verifiableCredential":` + envelopedOf(h) + `}`
		}},
		"POST /presentations/verify": {own: 200, foreign: true, fresh: func(h *house, _ string) (string, string) {
			return "/presentations/verify", `{"verifiablePresentation":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[` + envelopedOf(h) + `]}}`
		}},
		// An operator acts for no body of its own: it names one.
		"GET /ims/ob/v3p0/credentials": {of: mine, own: 200, admin: 400, foreign: true, fresh: at("/ims/ob/v3p0/credentials")},
		"GET /ims/ob/v3p0/profile":     {of: mine, own: 200, admin: 400, foreign: true, fresh: at("/ims/ob/v3p0/profile")},
		"GET /ims/ob/v3p0/discovery":   {own: 200, foreign: true, fresh: at("/ims/ob/v3p0/discovery")},
	}
	for _, query := range []string{"authorization", "recognition"} {
		out["POST /trqp/"+query] = call{own: 200, fresh: func(h *house, _ string) (string, string) {
			return "/trqp/" + query, fmt.Sprintf(`{"entity_id":%q,"authority_id":%q,"action":"issue","resource":"ISO/IEC 17024"}`, h.app.addresses.Body(mine), h.app.addresses.Body(accred))
		}}
	}
	for _, more := range []map[string]call{federationCalls(), compatCalls()} {
		for k, v := range more {
			out[k] = v
		}
	}
	return out
}

func envelopedOf(h *house) string {
	token := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw
	return fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,%s"}`, token)
}

func federationCalls() map[string]call {
	const arrangement = "demo-arrangement"
	kind := url.QueryEscape(entities + arrangement + "/marks/certification_of_persons/iso-iec-17024")
	get := func(body, path string) call {
		return call{own: 200, foreign: true, fresh: at("/bodies/" + body + path)}
	}
	return map[string]call{
		"GET /bodies/{id}/.well-known/openid-federation": get(mine, "/.well-known/openid-federation"),
		"GET /bodies/{id}/federation/fetch":              get(accred, "/federation/fetch?sub="+entities+mine),
		"GET /bodies/{id}/federation/list":               get(accred, "/federation/list"),
		"GET /bodies/{id}/federation/resolve":            get(arrangement, "/federation/resolve?sub="+entities+mine+"&trust_anchor="+entities+arrangement),
		"GET /bodies/{id}/federation/trust_mark":         get(accred, "/federation/trust_mark?sub="+entities+mine+"&trust_mark_type="+kind),
		"GET /bodies/{id}/federation/trust_mark_list":    get(accred, "/federation/trust_mark_list?trust_mark_type="+kind),
		"POST /bodies/{id}/federation/trust_mark_status": {own: 404, form: true, fresh: func(*house, string) (string, string) {
			return "/bodies/" + accred + "/federation/trust_mark_status", "trust_mark=x"
		}},
	}
}

func compatCalls() map[string]call {
	issued := func(h *house, who string) string {
		rec, _, err := h.app.issuer.Issue(h.t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada " + who, Email: "a@example.org"}, DecidedAt: time.Now().Add(-time.Hour)}, "")
		require.NoError(h.t, err)
		return rec.Number
	}
	one := func(base, suffix, body string) func(*house, string) (string, string) {
		return func(h *house, who string) (string, string) { return base + "/" + issued(h, who) + suffix, body }
	}
	const credly, accredible = "/compat/credly/v1/organizations/{org}/badges", "/compat/accredible/v1/credentials"
	return map[string]call{
		"POST " + credly:                  {of: mine, own: 201, other: 403, foreign: true, fresh: func(_ *house, who string) (string, string) { return credlyBase, credlyBody(who + "@example.org") }},
		"GET " + credly:                   {of: mine, own: 200, other: 403, foreign: true, fresh: at(credlyBase)},
		"GET " + credly + "/{id}":         {of: mine, own: 200, other: 403, foreign: true, fresh: one(credlyBase, "", "")},
		"PUT " + credly + "/{id}/replace": {of: mine, own: 200, other: 403, foreign: true, fresh: one(credlyBase, "/replace", `{"issued_to_first_name":"Eve","issued_to_last_name":"Example"}`)},
		"PUT " + credly + "/{id}/revoke":  {of: mine, own: 200, other: 403, foreign: true, fresh: one(credlyBase, "/revoke", `{"reason":"a test"}`)},
		"POST " + accredible: {of: mine, own: 200, other: 403, admin: 422, foreign: true, fresh: func(_ *house, who string) (string, string) {
			return accredibleBase, accredibleBody(who+"@example.org", "")
		}},
		"POST " + accredible + "/bulk_create": {of: mine, own: 200, other: 207, admin: 422, foreign: true, fresh: func(_ *house, who string) (string, string) {
			return accredibleBase + "/bulk_create", `{"credentials":[` + accredibleBulkItem(who+"@example.org") + `]}`
		}},
		"GET " + accredible + "/{id}":    {of: mine, own: 200, other: 404, admin: 422, foreign: true, fresh: one(accredibleBase, "", "")},
		"DELETE " + accredible + "/{id}": {of: mine, own: 200, other: 404, admin: 422, foreign: true, fresh: one(accredibleBase, "", "")},
		"PUT " + accredible + "/{id}": {of: mine, own: 200, other: 404, admin: 422, foreign: true, fresh: func(h *house, who string) (string, string) {
			number, _ := prepared(h, who)
			return accredibleBase + "/" + strings.TrimSpace(number), `{"credential":{"approve":true}}`
		}},
	}
}
