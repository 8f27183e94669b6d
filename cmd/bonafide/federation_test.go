package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

// entityStatement is what a chain needs of an entity statement, trust mark or
// resolve response (OpenID Federation 1.0, 3).
type entityStatement struct {
	Issuer      string             `json:"iss"`
	Subject     string             `json:"sub"`
	IssuedAt    int64              `json:"iat"`
	Expires     int64              `json:"exp"`
	Keys        jose.JSONWebKeySet `json:"jwks"`
	Hints       []string           `json:"authority_hints"`
	Constraints *struct {
		MaxPathLength *int `json:"max_path_length"`
	} `json:"constraints"`
	Metadata   map[string]map[string]any `json:"metadata"`
	TrustMarks []struct {
		Type string `json:"trust_mark_type"`
		Mark string `json:"trust_mark"`
	} `json:"trust_marks"`
	Issuers map[string][]string `json:"trust_mark_issuers"`
	Owners  map[string]struct {
		Subject string             `json:"sub"`
		Keys    jose.JSONWebKeySet `json:"jwks"`
	} `json:"trust_mark_owners"`
	Chain      []string `json:"trust_chain"`
	MarkType   string   `json:"trust_mark_type"`
	Delegation string   `json:"delegation"`
	Status     string   `json:"status"`
}

// claims reads a token with an independent JOSE implementation and checks it
// by the one key of the set that it names; keys nil: by its own jwks.
func claims(t *testing.T, token, typ string, keys *jose.JSONWebKeySet) entityStatement {
	t.Helper()
	sig, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	require.Equal(t, typ, sig.Signatures[0].Header.ExtraHeaders[jose.HeaderType])
	var s entityStatement
	require.NoError(t, json.Unmarshal(sig.UnsafePayloadWithoutVerification(), &s))
	if keys == nil {
		keys = &s.Keys
	}
	named := keys.Key(sig.Signatures[0].Header.KeyID)
	require.Len(t, named, 1, "kid must name a key of the issuer")
	_, err = sig.Verify(named[0])
	require.NoError(t, err)
	require.NotEmpty(t, s.IssuedAt)
	return s
}

// validChain follows 10.2: each statement by a key of the next, iss of one the
// sub of the next, the anchor's key known beforehand, path length kept.
func validChain(t *testing.T, chain []string, anchor jose.JSONWebKeySet) entityStatement {
	t.Helper()
	all := make([]entityStatement, len(chain))
	now := time.Now().Unix()
	for i := len(chain) - 1; i >= 0; i-- {
		keys := &anchor
		if i < len(chain)-1 {
			keys = &all[i+1].Keys
		}
		all[i] = claims(t, chain[i], "entity-statement+jwt", keys)
		require.LessOrEqual(t, all[i].IssuedAt, now)
		require.Greater(t, all[i].Expires, now)
		if i < len(chain)-1 {
			require.Equal(t, all[i+1].Subject, all[i].Issuer)
		}
		if c := all[i].Constraints; c != nil && c.MaxPathLength != nil {
			require.LessOrEqual(t, i-1, *c.MaxPathLength, "intermediates below")
		}
	}
	claims(t, chain[0], "entity-statement+jwt", nil) // signed by itself
	require.Equal(t, all[0].Subject, all[0].Issuer)
	require.Equal(t, all[len(all)-1].Subject, all[len(all)-1].Issuer)
	return all[0]
}

func (h *house) federation(body, call string, query ...string) answer {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return h.do("GET", "/bodies/"+body+"/"+call+"?"+q.Encode(), "", "")
}

func (h *house) configuration(body string) entityStatement {
	h.t.Helper()
	a := h.federation(body, ".well-known/openid-federation")
	require.Equal(h.t, 200, a.status, "%s", a.raw)
	require.Equal(h.t, "application/entity-statement+jwt", a.header.Get("Content-Type"))
	return claims(h.t.(*testing.T), string(a.raw), "entity-statement+jwt", nil)
}

const entities = "http://localhost:8080/bodies/"

func TestFederationChain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		leaf, middle, anchor := h.configuration("demo-certification"), h.configuration("demo-accreditation"), h.configuration("demo-arrangement")
		require.Equal(t, []string{entities + "demo-accreditation"}, leaf.Hints)
		require.Equal(t, []string{entities + "demo-arrangement"}, middle.Hints)
		require.Empty(t, anchor.Hints)
		require.Equal(t, "Demo Certification Institute", leaf.Metadata["federation_entity"]["organization_name"])
		require.NotContains(t, leaf.Metadata["federation_entity"], "federation_fetch_endpoint", "a leaf has no subordinates")

		// By hand: fetch each statement where the metadata says.
		var chain []string
		chain = append(chain, string(h.federation("demo-certification", ".well-known/openid-federation").raw))
		for _, step := range []struct {
			superior entityStatement
			sub      string
		}{{middle, leaf.Subject}, {anchor, middle.Subject}} {
			endpoint, ok := step.superior.Metadata["federation_entity"]["federation_fetch_endpoint"].(string)
			require.True(t, ok)
			a := h.do("GET", strings.TrimPrefix(endpoint, "http://localhost:8080")+"?sub="+url.QueryEscape(step.sub), "", "")
			require.Equal(t, 200, a.status, "%s", a.raw)
			chain = append(chain, string(a.raw))
		}
		chain = append(chain, string(h.federation("demo-arrangement", ".well-known/openid-federation").raw))
		validChain(t, chain, anchor.Keys)

		// And resolved by the anchor itself.
		a := h.federation("demo-arrangement", "federation/resolve", "sub", leaf.Subject, "trust_anchor", anchor.Subject)
		require.Equal(t, 200, a.status, "%s", a.raw)
		require.Equal(t, "application/resolve-response+jwt", a.header.Get("Content-Type"))
		r := claims(t, string(a.raw), "resolve-response+jwt", &anchor.Keys)
		require.Equal(t, leaf.Subject, r.Subject)
		require.Len(t, r.Chain, 4)
		validChain(t, r.Chain, anchor.Keys)
		require.Len(t, r.TrustMarks, 1)

		// Federation keys sign nothing else, and nothing else signs here.
		for body, s := range map[string]entityStatement{"demo-certification": leaf, "demo-accreditation": middle, "demo-arrangement": anchor} {
			credential := string(h.do("GET", "/bodies/"+body+"/did.json", "", "").raw) + string(h.do("GET", "/bodies/"+body+"/jwks.json", "", "").raw)
			for _, k := range s.Keys.Keys {
				require.True(t, k.IsPublic())
				require.NotContains(t, credential, k.KeyID)
			}
		}
	})
}

func TestFederationTrustMarks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		leaf, issuer, anchor := h.configuration("demo-certification"), h.configuration("demo-accreditation"), h.configuration("demo-arrangement")
		require.Len(t, leaf.TrustMarks, 1)
		kind := leaf.TrustMarks[0].Type
		require.Equal(t, entities+"demo-arrangement/marks/certification_of_persons/iso-iec-17024", kind)
		require.Equal(t, []string{issuer.Subject}, anchor.Issuers[kind])
		mark := claims(t, leaf.TrustMarks[0].Mark, "trust-mark+jwt", &issuer.Keys)
		require.Equal(t, []string{issuer.Subject, leaf.Subject, kind}, []string{mark.Issuer, mark.Subject, mark.MarkType})
		owner := anchor.Owners[kind]
		require.Equal(t, anchor.Subject, owner.Subject)
		delegation := claims(t, mark.Delegation, "trust-mark-delegation+jwt", &owner.Keys)
		require.Equal(t, []string{anchor.Subject, issuer.Subject, kind}, []string{delegation.Issuer, delegation.Subject, delegation.MarkType})

		status := func(mark string) string {
			a := h.do("POST", "/bodies/demo-accreditation/federation/trust_mark_status", "", url.Values{"trust_mark": {mark}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
			require.Equal(t, 200, a.status, "%s", a.raw)
			require.Equal(t, "application/trust-mark-status-response+jwt", a.header.Get("Content-Type"))
			return claims(t, string(a.raw), "trust-mark-status-response+jwt", &issuer.Keys).Status
		}
		listed := func() string {
			return strings.TrimSpace(string(h.federation("demo-accreditation", "federation/list").raw) + string(h.federation("demo-accreditation", "federation/trust_mark_list", "trust_mark_type", kind).raw))
		}
		require.Equal(t, "active", status(leaf.TrustMarks[0].Mark))
		require.Equal(t, 2, strings.Count(listed(), leaf.Subject))
		require.NotContains(t, listed(), "demo-overclaiming", "withdrawn")
		one := h.federation("demo-accreditation", "federation/trust_mark", "trust_mark_type", kind, "sub", leaf.Subject)
		require.Equal(t, "application/trust-mark+jwt", one.header.Get("Content-Type"))
		require.Equal(t, "active", status(string(one.raw)))

		forged := leaf.TrustMarks[0].Mark[:len(leaf.TrustMarks[0].Mark)-10] + "AAAAAAAAAA"
		require.Equal(t, "invalid", status(forged))
		configuration := string(h.federation("demo-accreditation", ".well-known/openid-federation").raw)
		require.Equal(t, "invalid", status(configuration), "another kind of JWT under the same key")
		others := h.do("POST", "/bodies/demo-accreditation/federation/trust_mark_status", "", url.Values{"trust_mark": {mark.Delegation}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, 404, others.status)

		operator := h.token(access.Client{Operator: true})
		id := h.statementAbout("demo-certification")
		event := func(kind string) {
			require.Equal(t, 201, h.do("POST", "/v1/statements/"+id+"/events", operator, `{"event":"`+kind+`"}`).status)
		}
		event("suspended")
		require.Equal(t, "revoked", status(leaf.TrustMarks[0].Mark))
		require.NotContains(t, listed(), leaf.Subject)
		require.Empty(t, h.configuration("demo-certification").TrustMarks)
		require.Equal(t, 404, h.federation("demo-accreditation", "federation/fetch", "sub", leaf.Subject).status)
		a := h.federation("demo-arrangement", "federation/resolve", "sub", leaf.Subject, "trust_anchor", anchor.Subject)
		require.Equal(t, 404, a.status)
		require.Equal(t, "invalid_trust_anchor", a.json["error"])
		event("restored")
		require.Equal(t, "active", status(leaf.TrustMarks[0].Mark))
		event("withdrawn")
		require.Equal(t, "revoked", status(leaf.TrustMarks[0].Mark))
	})
}

func TestFederationRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			call   string
			status int
			code   string
		}{
			{"/bodies/anab/.well-known/openid-federation", 404, "not_found"}, // recorded only: nobody here may speak for it
			{"/bodies/nobody/.well-known/openid-federation", 404, "not_found"},
			{"/bodies/demo-accreditation/federation/fetch", 400, "invalid_request"},
			{"/bodies/demo-accreditation/federation/fetch?sub=" + entities + "demo-elsewhere", 404, "not_found"},
			{"/bodies/demo-accreditation/federation/list?colour=red", 400, "unsupported_parameter"},
			{"/bodies/demo-accreditation/federation/list?intermediate=perhaps", 400, "invalid_request"},
			{"/bodies/demo-arrangement/federation/resolve?sub=" + entities + "demo-elsewhere&trust_anchor=" + entities + "demo-arrangement", 404, "invalid_trust_anchor"},
			{"/bodies/demo-arrangement/federation/resolve?sub=" + entities + "nobody&trust_anchor=" + entities + "demo-arrangement", 404, "not_found"},
			{"/bodies/demo-accreditation/federation/trust_mark?trust_mark_type=x&sub=" + entities + "demo-certification", 404, "not_found"},
			{"/bodies/demo-accreditation/federation/nothing", 404, "not_found"},
		} {
			a := h.do("GET", c.call, "", "")
			require.Equal(t, c.status, a.status, "%s: %s", c.call, a.raw)
			require.Equal(t, c.code, a.json["error"], c.call)
			require.NotEmpty(t, a.json["error_description"], c.call)
		}
		require.JSONEq(t, `[]`, string(h.federation("demo-certification", "federation/list").raw))
		require.JSONEq(t, `["`+entities+`demo-accreditation"]`, string(h.federation("demo-arrangement", "federation/list", "intermediate", "true").raw))
		require.JSONEq(t, `[]`, string(h.federation("demo-arrangement", "federation/list", "entity_type", "openid_provider").raw))
	})
}
