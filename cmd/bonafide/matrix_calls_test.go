package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// call is how one route is tried. Everyone gets the same answer from a route
// without security; from a secured one the anonymous get 401 and the own body
// without the scope 403.
type call struct {
	of    string // whose the thing is: the own body of the matrix
	fresh func(h *house, who string) (path, body string)
	own   int // the own body with the scope alone, and everyone where nothing is secured
	other int // another body with every scope; zero: as own
	admin int // an operator; zero: as own
	form  bool
	list  bool // the body is NDJSON
	// foreign: errors have the shape of another protocol, which its own tests hold.
	foreign bool
}

const (
	mine   = "demo-certification"
	accred = "demo-accreditation"
)

// at is a call that needs nothing made beforehand.
func at(path string) func(*house, string) (string, string) {
	return func(*house, string) (string, string) { return path, "" }
}

// calls has a line for every route of the description; the matrix fails
// without one.
func calls() map[string]call {
	out := map[string]call{}
	for _, more := range []map[string]call{
		addressCalls(),
		registryCalls(),
		statementCalls(),
		certificateCalls(),
		interopCalls(),
		disputeCalls(),
		renewalCalls(),
		logCalls(),
		checkCalls(),
		pageCalls(),
		auditCalls(),
		pictureCalls(),
		keyCalls(),
		reportCalls(),
		noticeCalls(),
		batchCalls(),
	} {
		for k, v := range more {
			out[k] = v
		}
	}
	return out
}

func addressCalls() map[string]call {
	list := func(suffix string) func(*house, string) (string, string) {
		return func(h *house, _ string) (string, string) {
			rec, err := h.app.db.Certificate(h.t.Context(), h.pages[verify.BonaFide])
			require.NoError(h.t, err)
			return "/status/" + rec.StatusList + suffix, ""
		}
	}
	return map[string]call{
		"GET /.well-known/did.json":                   {fresh: at("/.well-known/did.json"), own: 200},
		"GET /.well-known/oauth-authorization-server": {fresh: at("/.well-known/oauth-authorization-server"), own: 200},
		"GET /bodies/{id}/did.json":                   {fresh: at("/bodies/" + mine + "/did.json"), own: 200},
		"GET /bodies/{id}/jwks.json":                  {fresh: at("/bodies/" + mine + "/jwks.json"), own: 200},
		"GET /bodies/{id}/keys/{thumbprint}": {own: 200, fresh: func(h *house, _ string) (string, string) {
			held, err := h.app.custodian.Public(h.t.Context(), mine)
			require.NoError(h.t, err)
			return "/bodies/" + mine + "/keys/" + held[0].Public.Thumbprint(), ""
		}},
		"GET /ns/v1":                    {fresh: at("/ns/v1"), own: 200},
		"GET /status/{list}":            {fresh: list(""), own: 200},
		"GET /status/{list}/suspension": {fresh: list("/suspension"), own: 200},
		"POST /oauth2/token": {own: 401, form: true, fresh: func(*house, string) (string, string) {
			return "/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"c-nobody"}, "client_secret": {"x"}}.Encode()
		}},
	}
}

func registryCalls() map[string]call {
	key := func(h *house) jws.JWK {
		private, err := jws.GenerateES256(rand.Reader)
		require.NoError(h.t, err)
		public, err := jws.NewJWK(private.Public(), "")
		require.NoError(h.t, err)
		return public
	}
	return map[string]call{
		"GET /v1/bodies":            {fresh: at("/v1/bodies?q=demo"), own: 200},
		"GET /v1/bodies/{id}":       {fresh: at("/v1/bodies/" + mine), own: 200},
		"GET /v1/bodies/{id}/chain": {fresh: at("/v1/bodies/" + mine + "/chain?standard=ISO/IEC%2017024"), own: 200},
		"GET /v1/bodies/{id}/keys":  {fresh: at("/v1/bodies/" + mine + "/keys"), own: 200},
		"GET /v1/schemes":           {fresh: at("/v1/schemes"), own: 200},
		"GET /v1/schemes/{id}":      {fresh: at("/v1/schemes/demo-service-lead"), own: 200},
		"POST /v1/bodies": {of: mine, own: 403, other: 403, admin: 201, fresh: func(_ *house, who string) (string, string) {
			return "/v1/bodies?accept_likeness=true", fmt.Sprintf(`{"id":"new-%s","name":"New %s","roles":["certification_body"]}`, who, who)
		}},
		"PUT /v1/bodies/{id}/coverage": {of: mine, own: 200, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/bodies/" + mine + "/coverage", fmt.Sprintf(`{"register":"partial","synchronised_at":%q}`, instantOf(-time.Hour))
		}},
		"POST /v1/bodies/{id}/keys": {of: mine, own: 201, other: 403, fresh: func(h *house, _ string) (string, string) {
			jwk, err := json.Marshal(key(h))
			require.NoError(h.t, err)
			return "/v1/bodies/" + mine + "/keys", `{"use":"client","jwk":` + string(jwk) + `}`
		}},
		"POST /v1/bodies/{id}/keys/{kid}/revocation": {of: mine, own: 201, other: 403, fresh: func(h *house, _ string) (string, string) {
			k, err := h.app.custodian.Register(h.t.Context(), mine, h.app.addresses.Body(mine), key(h), keys.ForClients)
			require.NoError(h.t, err)
			return "/v1/bodies/" + mine + "/keys/" + url.PathEscape(k.ID) + "/revocation", `{"reason":"a test"}`
		}},
		"POST /v1/schemes/{id}/rule-sets": {of: mine, own: 201, other: 403, fresh: func(h *house, who string) (string, string) {
			s, err := h.app.registrar.AddScheme(h.t.Context(), registry.Scheme{ID: "dated-" + who, Owner: mine, Name: "Dated " + who, Kind: "attendance"})
			require.NoError(h.t, err)
			return "/v1/schemes/" + s.ID + "/rule-sets", fmt.Sprintf(`{"valid_from":%q}`, instantOf(-time.Hour))
		}},
		"POST /v1/schemes": {of: mine, own: 201, other: 403, fresh: func(_ *house, who string) (string, string) {
			return "/v1/schemes", fmt.Sprintf(`{"id":"new-%s","owner":%q,"name":"New %s","kind":"attendance"}`, who, mine, who)
		}},
	}
}

func statementCalls() map[string]call {
	stated := func(h *house) registry.Statement {
		s, err := h.app.registrar.State(h.t.Context(), registry.Statement{Kind: trust.Accreditation, Issuer: accred, Subject: "demo-unsurveyed",
			Scope: trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012"}, ValidFrom: time.Now().AddDate(-1, 0, 0)})
		require.NoError(h.t, err)
		return s
	}
	return map[string]call{
		"GET /v1/statements/{id}": {own: 200, fresh: func(h *house, _ string) (string, string) { return "/v1/statements/" + stated(h).ID, "" }},
		"GET /v1/statements/{id}/credential": {own: 200, fresh: func(h *house, _ string) (string, string) {
			return "/v1/statements/" + stated(h).ID + "/credential", ""
		}},
		"POST /v1/statements": {of: accred, own: 201, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/statements", fmt.Sprintf(`{"kind":"accreditation","issuer":%q,"subject":"demo-unsurveyed","scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024:2012"},"valid_from":%q}`,
				accred, instantOf(-24*time.Hour))
		}},
		"POST /v1/statements/{id}/events": {of: accred, own: 201, other: 403, fresh: func(h *house, _ string) (string, string) {
			return "/v1/statements/" + stated(h).ID + "/events", `{"event":"suspended","reason":"a test"}`
		}},
	}
}

func certificateCalls() map[string]call {
	named := func(who, body string) string { // an operator says for whom
		if who == "operator" {
			return strings.Replace(body, "{", fmt.Sprintf(`{"issuer":%q,`, mine), 1)
		}
		return body
	}
	issued := func(h *house, who string) string {
		rec, _, err := h.app.issuer.Issue(h.t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada " + who}, DecidedAt: time.Now().Add(-time.Hour)}, "")
		require.NoError(h.t, err)
		return rec.Number
	}
	public := func(suffix string) func(*house, string) (string, string) {
		return func(h *house, _ string) (string, string) {
			return "/v1/certificates/" + h.pages[verify.BonaFide] + suffix, ""
		}
	}
	return map[string]call{
		"GET /v1/certificates/{id}":            {fresh: public(""), own: 200},
		"GET /v1/certificates/{id}/bundle":     {fresh: public("/bundle"), own: 200},
		"GET /v1/certificates/{id}/credential": {fresh: public("/credential"), own: 200},
		"GET /v1/certificates":                 {of: mine, own: 200, other: 403, fresh: at("/v1/certificates?issuer=" + mine)},
		"POST /v1/certificates": {of: mine, own: 201, other: 403, fresh: func(_ *house, who string) (string, string) {
			return "/v1/certificates", named(who, request("Ada "+who))
		}},
		"POST /v1/certificates/prepare": {of: mine, own: 201, other: 403, fresh: func(_ *house, who string) (string, string) {
			return "/v1/certificates/prepare", named(who, request("Ada "+who))
		}},
		"POST /v1/certificates/{id}/events": {of: mine, own: 201, other: 404, fresh: func(h *house, who string) (string, string) {
			return "/v1/certificates/" + issued(h, who) + "/events", named(who, `{"event":"suspended"}`)
		}},
		"POST /v1/certificates/{id}/seal": {of: mine, own: 201, other: 404, fresh: func(h *house, who string) (string, string) {
			number, signature := prepared(h, who)
			return "/v1/certificates/" + number + "/seal", named(who, fmt.Sprintf(`{"signature":%q}`, signature))
		}},
		"POST /v1/claims":   {own: 200, fresh: func(*house, string) (string, string) { return "/v1/claims", `{"text":"CISSP, ISC2"}` }},
		"GET /v1/red-flags": {own: 200, fresh: func(*house, string) (string, string) { return "/v1/red-flags", "" }},
		"POST /v1/verifications": {own: 200, fresh: func(h *house, _ string) (string, string) {
			return "/v1/verifications", fmt.Sprintf(`{"credential":%q}`, h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
		}},
	}
}

// prepared makes a certificate that waits for its signature.
func prepared(h *house, who string) (number, signature string) {
	rec, _, err := h.app.issuer.Prepare(h.t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada " + who}, DecidedAt: time.Now().Add(-time.Hour)}, "")
	require.NoError(h.t, err)
	signer, err := h.app.custodian.SignerByID(h.t.Context(), mine, rec.KeyID)
	require.NoError(h.t, err)
	token, err := signer.SignInput(rec.SigningInput)
	require.NoError(h.t, err)
	signature = token[strings.LastIndex(token, ".")+1:]
	_, err = base64.RawURLEncoding.DecodeString(signature)
	require.NoError(h.t, err)
	return rec.Number, signature
}

// instantOf is an instant so far from now, as a request writes it.
func instantOf(d time.Duration) string {
	return time.Now().UTC().Add(d).Truncate(time.Second).Format(time.RFC3339)
}
