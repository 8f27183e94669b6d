package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// conformant is a house in conformance mode.
func conformant(t *testing.T) *house {
	return open(t, demo(t, "sqlite"), func(c *config) { c.Conformance = true })
}

// merged is a document with members replaced; nil removes one.
func merged(o map[string]any, more ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range append([]map[string]any{o}, more...) {
		for k, v := range m {
			if out[k] = v; v == nil {
				delete(out, k)
			}
		}
	}
	return out
}

func (h *house) plainCredential() map[string]any {
	return map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"},
		"type":     []any{"VerifiableCredential"}, "issuer": h.app.addresses.Service(),
		"credentialSubject": map[string]any{"id": "did:example:subject", "name": "Ada"},
	}
}

func (h *house) post(path string, members map[string]any) answer {
	body, err := json.Marshal(members)
	require.NoError(h.t, err)
	return h.do("POST", path, "", string(body))
}

func (h *house) issueVC(c map[string]any, options map[string]any) (map[string]any, answer) {
	q := map[string]any{"credential": c}
	if options != nil {
		q["options"] = options
	}
	a := h.post("/credentials/issue", q)
	signed, _ := a.json["verifiableCredential"].(map[string]any)
	return signed, a
}

func TestVCAPIIssuesAndVerifies(t *testing.T) {
	h := conformant(t)
	for name, options := range map[string]map[string]any{
		"default":          nil,
		"eddsa-rdfc-2022":  {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
		"eddsa-jcs-2022":   {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "somethingElse": 7},
		"ecdsa-rdfc-2019":  {"cryptosuite": "ecdsa-rdfc-2019"},
		"enveloped":        {"securingMechanism": "EnvelopingProof"},
		"revocation":       {"statusPurpose": "revocation"},
		"enveloped status": {"securingMechanism": "EnvelopingProof", "statusPurpose": "suspension"},
	} {
		signed, a := h.issueVC(h.plainCredential(), options)
		require.Equal(t, 201, a.status, "%s: %s", name, a.raw)
		for _, q := range []map[string]any{nil, {}, {"checks": []any{"proof"}}} {
			v := h.post("/credentials/verify", map[string]any{"verifiableCredential": signed, "options": q})
			require.Equal(t, 200, v.status, "%s: %s", name, v.raw)
			require.Equal(t, true, v.json["verified"], name)
			require.Empty(t, v.json["warnings"], name)
		}
		vp := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": []any{signed}}
		require.Equal(t, 200, h.post("/presentations/verify", map[string]any{"verifiablePresentation": vp, "options": map[string]any{"challenge": "c", "domain": "d"}}).status, name)
		if options["securingMechanism"] != nil {
			require.Equal(t, []any{"https://www.w3.org/ns/credentials/v2"}, signed["@context"])
			require.Equal(t, "EnvelopedVerifiableCredential", signed["type"])
			require.True(t, strings.HasPrefix(signed["id"].(string), "data:application/vc+jwt,ey"))
			require.Len(t, signed, 3)
		}
	}
}

func TestVCAPIStatusEntry(t *testing.T) {
	h := conformant(t)
	signed, _ := h.issueVC(h.plainCredential(), map[string]any{"statusPurpose": "revocation"})
	entry := signed["credentialStatus"].(map[string]any)
	list := entry["statusListCredential"].(string)
	require.NotEqual(t, list, entry["id"])
	require.Regexp(t, `^[0-9]+$`, entry["statusListIndex"])
	// The list is had without authentication, by the issuer, and verifies.
	for _, accept := range []string{"", "application/json", "application/ld+json, application/json"} {
		a := h.do("GET", strings.TrimPrefix(list, h.app.addresses.Public), "", "", "Accept", accept)
		require.Equal(t, 200, a.status, "%s", a.raw)
		require.Contains(t, a.header.Get("Content-Type"), "json")
		require.Equal(t, h.app.addresses.Service(), a.json["issuer"])
		require.Equal(t, list, a.json["id"])
		require.Equal(t, 200, h.post("/credentials/verify", map[string]any{"verifiableCredential": a.json}).status)
	}
	own := merged(h.plainCredential(), map[string]any{"credentialStatus": map[string]any{"id": "https://status.example/1#2", "type": "ExampleStatus"}})
	signed, a := h.issueVC(own, map[string]any{"statusPurpose": "revocation", "cryptosuite": "eddsa-jcs-2022"})
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Len(t, signed["credentialStatus"], 2, "the caller's own status stays")
	_, a = h.issueVC(h.plainCredential(), map[string]any{"statusPurpose": "message"})
	require.Equal(t, 400, a.status)
}

// TestVCAPIRefuses: each row breaks the data model in one place. Nothing of it
// is signed, and nothing of it verifies even if somebody else signed it.
func TestVCAPIRefuses(t *testing.T) {
	h := conformant(t)
	_, private, err := ed25519Key()
	require.NoError(t, err)
	for name, more := range map[string]map[string]any{
		"no context":            {"@context": nil},
		"context order":         {"@context": []any{"https://www.w3.org/ns/credentials/examples/v2", "https://www.w3.org/ns/credentials/v2"}},
		"context number":        {"@context": []any{"https://www.w3.org/ns/credentials/v2", 7}},
		"context no URL":        {"@context": []any{"https://www.w3.org/ns/credentials/v2", "examples"}},
		"context unknown":       {"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://unknown.example/v1"}},
		"no type":               {"type": nil},
		"type lacks VC":         {"type": []any{"OpenBadgeCredential"}},
		"type number":           {"type": []any{"VerifiableCredential", 7}},
		"id no URL":             {"id": "not a url"},
		"two ids":               {"id": []any{"urn:uuid:1", "urn:uuid:2"}},
		"no issuer":             {"issuer": nil},
		"issuer no URL":         {"issuer": "acme"},
		"issuer id no URL":      {"issuer": map[string]any{"id": "acme"}},
		"issuer without id":     {"issuer": map[string]any{"name": "acme"}},
		"no subject":            {"credentialSubject": nil},
		"empty subject":         {"credentialSubject": map[string]any{}},
		"empty subjects":        {"credentialSubject": []any{}},
		"subject text":          {"credentialSubject": "did:example:x"},
		"subject id":            {"credentialSubject": map[string]any{"id": "no url", "name": "x"}},
		"from without zone":     {"validFrom": "2026-03-01T09:00:00"},
		"from a day":            {"validFrom": "2026-03-01"},
		"until before from":     {"validFrom": "2026-03-01T09:00:00Z", "validUntil": "2026-02-01T09:00:00Z"},
		"status without type":   {"credentialStatus": map[string]any{"id": "urn:uuid:7"}},
		"status id":             {"credentialStatus": map[string]any{"id": "no url", "type": "X"}},
		"status entry is list":  {"credentialStatus": map[string]any{"id": "https://l.example/1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://l.example/1"}},
		"status index":          {"credentialStatus": map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "-1", "statusListCredential": "https://l.example/1"}},
		"schema without id":     {"credentialSchema": map[string]any{"type": "JsonSchema"}},
		"schema without type":   {"credentialSchema": map[string]any{"id": "https://s.example/1"}},
		"evidence without type": {"evidence": map[string]any{"id": "https://e.example/1"}},
		"terms without type":    {"termsOfUse": []any{map[string]any{"id": "https://t.example/1"}}},
		"refresh without type":  {"refreshService": map[string]any{"id": "https://r.example/1"}},
		"name number":           {"name": 7},
		"name language value":   {"name": map[string]any{"@value": "x", "@language": "en", "url": "y"}},
		"resource no digest":    {"relatedResource": []any{map[string]any{"id": "https://x.example/"}}},
		"resource twice":        {"relatedResource": []any{map[string]any{"id": "https://x.example/", "digestMultibase": "uEiA"}, map[string]any{"id": "https://x.example/", "digestMultibase": "uEiA"}}},
		"vc claim":              {"vc": map[string]any{}},
		"entry elsewhere":       {"statusEntry": map[string]any{"type": "BitstringStatusListEntry", "statusListIndex": true, "statusListCredential": "https://example.com"}},
		"proof without type":    {"proof": map[string]any{"proofValue": "z1"}},
		"type unmapped":         {"@context": []any{"https://www.w3.org/ns/credentials/v2", map[string]any{"@vocab": nil}}, "type": []any{"VerifiableCredential", "Example"}},
		"type mapped to no URL": {"@context": []any{"https://www.w3.org/ns/credentials/v2", map[string]any{"Example": "Example"}}, "type": []any{"VerifiableCredential", "Example"}},
		"type redefined":        {"@context": []any{"https://www.w3.org/ns/credentials/v2", map[string]any{"VerifiableCredential": "https://other.example/#VC"}}},
		"term redefined":        {"@context": []any{"https://www.w3.org/ns/credentials/v2", map[string]any{"name": "https://other.example/#name"}}},
		"undefined term":        {"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "colour": "red"},
	} {
		c := merged(h.plainCredential(), more)
		for _, options := range []map[string]any{nil, {"securingMechanism": "EnvelopingProof"}} {
			switch name {
			case "undefined term", "context unknown", "type unmapped", "type mapped to no URL", "type redefined", "term redefined":
				if options != nil {
					continue // a JOSE envelope covers every byte: JSON-LD has no say in it
				}
			}
			_, a := h.issueVC(c, options)
			require.Equal(t, 400, a.status, "%s: %s", name, a.raw)
			require.Equal(t, false, a.json["verified"], name)
			problem := a.json["problemDetails"].([]any)[0].(map[string]any)
			require.NotEmpty(t, problem["type"], name)
			require.NotEmpty(t, problem["detail"], name)
		}
		data, err := json.Marshal(c)
		require.NoError(t, err)
		signed, err := dataintegrity.Sign(data, dataintegrity.Options{Suite: dataintegrity.EdDSAJCS, Purpose: dataintegrity.Assertion}, private)
		if err != nil {
			continue // not even signable
		}
		require.Equal(t, 400, h.do("POST", "/credentials/verify", "", `{"verifiableCredential":`+string(signed)+`}`).status, name)
	}
	for name, body := range map[string]string{
		"nothing":      `{}`,
		"null":         `{"credential":null}`,
		"a text":       `{"credential":"x"}`,
		"unknown":      `{"credential":{},"statusEntry":{}}`,
		"options text": `{"credential":{},"options":"x"}`,
		"duplicate":    `{"credential":{"a":1,"a":2}}`,
		"no JSON":      `{`,
	} {
		a := h.do("POST", "/credentials/issue", "", body)
		require.Equal(t, 400, a.status, "%s: %s", name, a.raw)
		require.Equal(t, false, a.json["verified"], name)
	}
	_, a := h.issueVC(merged(h.plainCredential(), map[string]any{"issuer": "did:web:somebody.example"}), nil)
	require.Equal(t, 400, a.status, "another's name is never signed for")
}

func TestVCAPIAcceptsWhatTheDataModelAllows(t *testing.T) {
	h := conformant(t)
	for name, more := range map[string]map[string]any{
		"issuer object":  {"issuer": map[string]any{"id": h.app.addresses.Service(), "name": "Register"}},
		"context object": {"@context": []any{"https://www.w3.org/ns/credentials/v2", map[string]any{"colour": "https://terms.example/colour"}}, "colour": "red"},
		"ended":          {"validUntil": "2020-01-01T00:00:00Z"},
		"to come":        {"validFrom": "2999-01-01T00:00:00Z"},
		"offset":         {"validFrom": "2020-01-01T00:00:00.5+02:00"},
		"subjects":       {"credentialSubject": []any{map[string]any{"id": "did:example:a"}, map[string]any{"name": "b"}}},
		"with a proof":   {"proof": map[string]any{"type": "ExampleProof", "created": "2023-03-01T16:53:26Z"}},
		"evidence":       {"evidence": []any{map[string]any{"type": "Example", "name": "x"}}},
		"resource":       {"relatedResource": []any{map[string]any{"id": "https://x.example/", "digestSRI": "sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW"}}},
		"schema":         {"credentialSchema": map[string]any{"id": "https://s.example/1", "type": "JsonSchema"}},
		"name":           {"name": []any{map[string]any{"@value": "Zeugnis", "@language": "de"}, map[string]any{"@value": "شهادة", "@language": "ar", "@direction": "rtl"}}},
	} {
		signed, a := h.issueVC(merged(h.plainCredential(), more), map[string]any{"cryptosuite": "eddsa-rdfc-2022"})
		require.Equal(t, 201, a.status, "%s: %s", name, a.raw)
		v := h.post("/credentials/verify", map[string]any{"verifiableCredential": signed})
		if name == "with a proof" { // a set, of which not every proof can be checked here
			require.Len(t, signed["proof"], 2)
			require.Equal(t, 400, v.status)
			continue
		}
		require.Equal(t, 200, v.status, "%s: %s", name, v.raw)
		require.Equal(t, name == "ended" || name == "to come", len(v.json["warnings"].([]any)) > 0, "%s: %s", name, v.raw)
	}
}

func ed25519Key() (string, jws.Signer, error) {
	private, err := jws.GenerateEd25519(rand.Reader)
	if err != nil {
		return "", jws.Signer{}, err
	}
	public, err := jws.NewJWK(private.Public(), "")
	if err != nil {
		return "", jws.Signer{}, err
	}
	text, err := did.Multikey(public)
	return "did:key:" + text, jws.Signer{KeyID: "did:key:" + text + "#" + text, Key: private}, err
}

func TestVCAPIPresentations(t *testing.T) {
	h := conformant(t)
	holder, key, err := ed25519Key()
	require.NoError(t, err)
	good, _ := h.issueVC(h.plainCredential(), nil)
	bad := merged(good, map[string]any{"credentialSubject": map[string]any{"id": "did:example:other"}})
	unsigned := h.plainCredential()
	vp := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": holder, "verifiableCredential": []any{good}}
	sign := func(o map[string]any, purpose string) json.RawMessage {
		data, err := json.Marshal(o)
		require.NoError(t, err)
		signed, err := dataintegrity.Sign(data, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: purpose, Challenge: "c1", Domain: "d1", Created: time.Now()}, key)
		require.NoError(t, err)
		return signed
	}
	check := func(p any, options map[string]any) int {
		return h.post("/presentations/verify", map[string]any{"verifiablePresentation": p, "options": options}).status
	}
	both := map[string]any{"challenge": "c1", "domain": "d1"}
	signed := sign(vp, dataintegrity.Authentication)
	require.Equal(t, 200, check(signed, both))
	require.Equal(t, 200, check(signed, map[string]any{}))
	require.Equal(t, 400, check(signed, map[string]any{"challenge": "c2", "domain": "d1"}))
	require.Equal(t, 400, check(signed, map[string]any{"challenge": "c1", "domain": "d2"}))
	require.Equal(t, 400, check(sign(vp, dataintegrity.Assertion), both), "wrong purpose")
	require.Equal(t, 400, check(json.RawMessage(strings.Replace(string(signed), "did:example:subject", "did:example:forged", 1)), both))
	require.Equal(t, 200, check(vp, both), "unsigned, with a signed credential")
	for name, p := range map[string]any{
		"forged":         merged(vp, map[string]any{"verifiableCredential": []any{good, bad}}),
		"unsigned":       merged(vp, map[string]any{"verifiableCredential": []any{unsigned}}),
		"a token":        merged(vp, map[string]any{"verifiableCredential": []any{"eyJ.x.y"}}),
		"null inside":    merged(vp, map[string]any{"verifiableCredential": []any{nil}}),
		"no type":        merged(vp, map[string]any{"type": nil}),
		"another type":   merged(vp, map[string]any{"type": "VerifiableCredential"}),
		"no context":     merged(vp, map[string]any{"@context": nil}),
		"context order":  merged(vp, map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/examples/v2", "https://www.w3.org/ns/credentials/v2"}}),
		"context number": merged(vp, map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2", 5}}),
		"holder":         merged(vp, map[string]any{"holder": "nobody"}),
		"null":           nil,
		"a number":       7,
		"missing proof":  map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt,x.y.z"},
	} {
		require.Equal(t, 400, check(p, both), name)
	}
	require.Equal(t, 400, h.do("POST", "/presentations/verify", "", `{}`).status)

	// An enveloped presentation: nonce and aud take the place of challenge and domain.
	payload, err := json.Marshal(merged(vp, map[string]any{"iss": holder, "nonce": "c1", "aud": "d1"}))
	require.NoError(t, err)
	token, err := jws.Sign(payload, "vp+jwt", key)
	require.NoError(t, err)
	enveloped := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt," + token}
	require.Equal(t, 200, check(enveloped, both))
	require.Equal(t, 400, check(enveloped, map[string]any{"challenge": "c2", "domain": "d1"}))
	// The older encoding has the presentation in a claim.
	payload, err = json.Marshal(map[string]any{"iss": holder, "nonce": "c1", "aud": "d1", "vp": vp})
	require.NoError(t, err)
	token, err = jws.Sign(payload, "JWT", key)
	require.NoError(t, err)
	enveloped["id"] = "data:application/jwt," + token
	require.Equal(t, 200, check(enveloped, both))
	require.Equal(t, 400, check(enveloped, map[string]any{"challenge": "c2", "domain": "d1"}))

	// What a holder says of itself needs no proof beside the presentation's;
	// what another is made to say does.
	self := merged(unsigned, map[string]any{"issuer": holder})
	said := func(o map[string]any) int {
		return check(sign(merged(vp, map[string]any{"verifiableCredential": []any{self}}, o), dataintegrity.Authentication), both)
	}
	require.Equal(t, 200, said(nil))
	require.Equal(t, 400, said(map[string]any{"holder": nil}))
	require.Equal(t, 400, said(map[string]any{"holder": "did:example:acme"}))
	self["issuer"] = "did:example:acme"
	require.Equal(t, 400, said(nil))
	require.Equal(t, 400, said(map[string]any{"holder": "did:example:acme"}), "signed by another than the holder")
	self["issuer"] = holder
	require.Equal(t, 400, check(merged(vp, map[string]any{"verifiableCredential": []any{self}}), both), "nobody signed")
}

func TestVCAPIIsOff(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.post("/credentials/issue", map[string]any{"credential": h.plainCredential()})
		require.Equal(t, http.StatusNotFound, a.status)
		require.Equal(t, "NOT_FOUND", a.code())
		require.NotContains(t, string(h.do("GET", "/.well-known/did.json", "", "").raw), "Multikey\",\"publicKeyMultibase\":\"zDn")
		// What the register itself issues verifies here all the same.
		token := string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
		wrapped := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token}
		v := h.post("/credentials/verify", map[string]any{"verifiableCredential": wrapped})
		require.Equal(t, 200, v.status, "%s", v.raw)
		require.Empty(t, v.json["warnings"])
		altered := map[string]any{"@context": wrapped["@context"], "type": wrapped["type"], "id": wrapped["id"].(string)[:len(wrapped["id"].(string))-8] + "AAAAAAAA"}
		require.Equal(t, 400, h.post("/credentials/verify", map[string]any{"verifiableCredential": altered}).status)
	})
}

// TestConformanceKeysAreWorthNothing: whatever the endpoint can be made to sign
// — copies of real certificates, accreditations, status lists, the register's
// extract — no verdict of ours is ever bona_fide because of it, alone or in a
// bundle, and no chain is made with it.
func TestConformanceKeysAreWorthNothing(t *testing.T) {
	h := conformant(t)
	at := h.app.addresses
	real := string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
	bundle := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/bundle", "", "").raw
	inside, err := credential.ParsePresentation(bundle)
	require.NoError(t, err)
	claims := func(token string) map[string]any {
		part := strings.Split(token, ".")[1]
		data, err := base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
		var o map[string]any
		require.NoError(t, json.Unmarshal(data, &o))
		return merged(o, map[string]any{"iss": nil, "jti": nil, "sub": nil, "nbf": nil, "exp": nil})
	}
	judged := func(name string, q map[string]any) {
		a := h.post("/v1/verifications", q)
		require.Contains(t, []int{200, 422}, a.status, "%s: %s", name, a.raw)
		require.NotEqual(t, "bona_fide", a.code(), "%s: %s", name, a.raw)
	}
	// 1. Every record of a real bundle, signed anew in the register's own name.
	var forged []string
	for i, token := range inside {
		if strings.HasPrefix(token, "{") {
			continue
		}
		c := claims(token)
		c["issuer"] = at.Service()
		for _, options := range []map[string]any{{"securingMechanism": "EnvelopingProof"}, {"cryptosuite": "eddsa-jcs-2022"}} {
			signed, a := h.issueVC(c, options)
			if a.status != 201 {
				continue
			}
			if id, ok := signed["id"].(string); ok && strings.HasPrefix(id, "data:application/vc+jwt,") {
				forged = append(forged, strings.TrimPrefix(id, "data:application/vc+jwt,"))
				judged(fmt.Sprintf("record %d enveloped", i), map[string]any{"credential": strings.TrimPrefix(id, "data:application/vc+jwt,")})
			}
			judged(fmt.Sprintf("record %d", i), map[string]any{"credential": signed})
		}
	}
	require.Greater(t, len(forged), 2)
	// An accreditation of the register itself, recorded by the register, with
	// the conformance key as the key of its subject.
	public, err := jws.NewJWK(h.app.vcapi.Keys.P256.Key.Public(), h.app.vcapi.Keys.P256.KeyID)
	require.NoError(t, err)
	recorded := 0
	for _, token := range inside {
		if strings.HasPrefix(token, "{") || !strings.Contains(fmt.Sprint(claims(token)["type"]), "AccreditationCredential") {
			continue
		}
		c := claims(token)
		subject := c["credentialSubject"].(map[string]any)
		subject["id"], subject["subjectKeys"] = at.Service(), map[string]any{"keys": []any{public}}
		c["issuer"] = map[string]any{"id": at.Service(), "type": []any{"Profile"}, "name": "Register"}
		signed, a := h.issueVC(c, map[string]any{"securingMechanism": "EnvelopingProof"})
		require.Equal(t, 201, a.status, "%s", a.raw)
		forged = append([]string{strings.TrimPrefix(signed["id"].(string), "data:application/vc+jwt,")}, forged...)
		recorded++
	}
	require.NotZero(t, recorded)
	// 2. Bundles in which forged records stand beside or instead of real ones.
	invented := merged(claims(real), map[string]any{"id": at.Public + "/v1/certificates/0000-0000-0000-0/credential", "issuer": at.Service()})
	signed, a := h.issueVC(invented, map[string]any{"securingMechanism": "EnvelopingProof"})
	require.Equal(t, 201, a.status, "%s", a.raw)
	target := strings.TrimPrefix(signed["id"].(string), "data:application/vc+jwt,")
	for i := range len(forged) + 1 {
		chosen := append([]string{target}, forged[:i]...)
		all, err := credential.Presentation(append(chosen, inside[1:]...))
		require.NoError(t, err)
		judged("bundle", map[string]any{"bundle": json.RawMessage(all)})
		judged("bundle beside", map[string]any{"credential": target, "bundle": json.RawMessage(all)})
		anchors, registrars := h.app.anchors.Trust()
		if token, src, err := verify.ParseBundle(all, verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}); err == nil {
			p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}
			ev, err := verify.Gather(t.Context(), token, p, src)
			require.NoError(t, err)
			require.NotEqual(t, verify.BonaFide, verify.Evaluate(ev, p).Verdict)
		}
	}
	// 3. The endpoint signs for no body of the register.
	_, a = h.issueVC(merged(claims(real), map[string]any{"issuer": at.Body("demo-certification")}), nil)
	require.Equal(t, 400, a.status)
	// 4. And its keys are nowhere but in the DID document.
	for _, k := range []string{h.app.vcapi.Keys.Ed25519.KeyID, h.app.vcapi.Keys.P256.KeyID} {
		require.Contains(t, string(h.do("GET", "/.well-known/did.json", "", "").raw), k)
		list, err := h.app.anchors.Show()
		require.NoError(t, err)
		require.NotContains(t, string(list), k)
		require.NotContains(t, string(bundle), k)
	}
}
