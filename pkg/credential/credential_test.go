package credential_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

var at = credential.Addresses{Public: "https://localhost:8443"}

func signer(t testing.TB, did string) (jws.Signer, jws.JWK) {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	kid := did + "#" + public.Thumbprint()
	return jws.Signer{KeyID: kid, Key: private}, public.WithKeyID(kid)
}

func signed(t testing.TB, payload []byte, did string) *jws.Unverified {
	s, _ := signer(t, did)
	token, err := jws.Sign(payload, "JWT", s)
	require.NoError(t, err)
	u, err := jws.Parse(token)
	require.NoError(t, err)
	return u
}

func certificate(t testing.TB) credential.Certificate {
	n, err := credential.NewNumber(rand.Reader)
	require.NoError(t, err)
	decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return credential.Certificate{ID: at.Certificate(n), Number: n, Issuer: credential.Party{DID: at.Body("cb"), Name: "CB", Website: "https://cb.example/"},
		Holder:    credential.Holder{SubjectID: "urn:uuid:6a6f5d0c-6c0c-4d89-8a87-2ac7f0f3f3c4", Name: "Zoë Ñandú", Email: "Zoe@Example.org", Salt: "s"},
		DecidedAt: decided, ValidFrom: decided, ValidUntil: decided.AddDate(3, 0, 0), Claim: true, RecognizedIn: at.Statement("a"),
		Scheme:              credential.Scheme{Address: at.Scheme("w"), Name: "Welder", Acronym: "W", Description: "d", Criteria: "c", Kind: "certification_of_persons", Activity: trust.CertificationOfPersons, Level: "practitioner"},
		Evidence:            []credential.Evidence{{Kind: "work_sample", Description: "a weld", URL: "https://cb.example/e"}},
		Status:              credential.StatusEntry{List: at.StatusList("l"), Index: 94567},
		Lineage:             credential.Lineage{Previous: at.Certificate("0000-0000-0000-0"), Succession: "reinstated", Cycle: 2, FirstDecidedAt: decided.AddDate(-4, 0, 0), LapsedFrom: decided.AddDate(-1, 0, 0)},
		ExaminerCertificate: at.Certificate("0000-0000-0000-0")}
}

func statement(t testing.TB) credential.Statement {
	_, key := signer(t, at.Body("cb"))
	return credential.Statement{Statement: trust.Statement{ID: at.Statement("a"), Kind: trust.Accreditation, Issuer: at.Body("ab"), Subject: at.Body("cb"), Number: "CH-1",
		Scope:     trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012", SubScopes: []string{"x"}, Schemes: []string{at.Scheme("w")}, Countries: []string{"CH"}},
		ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ValidUntil: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), Assurance: trust.Signed},
		SignedBy: credential.Party{DID: at.Body("ab"), Name: "AB"}, SubjectName: "CB", SubjectKeys: []jws.JWK{key}, Status: credential.StatusEntry{List: at.StatusList("m"), Index: 3}}
}

func TestCertificateRoundTrip(t *testing.T) {
	c := certificate(t)
	payload, err := c.Payload()
	require.NoError(t, err)
	got, err := credential.ParseCertificate(signed(t, payload, c.Issuer.DID))
	require.NoError(t, err)
	require.NotContains(t, string(payload), "Example.org", "an e-mail address is never in clear")
	require.Equal(t, credential.Hash("zoe@example.org", "s"), got.Holder.EmailHash)
	got.Holder.EmailHash, got.Holder.Email = "", c.Holder.Email
	require.Equal(t, credential.Form{Model: "2.0", Type: "OpenBadgeCredential", OpenBadge: true}, got.Form)
	require.Equal(t, listings(c.Status), got.Listings)
	got.Form, got.Listings = credential.Form{}, nil
	require.Equal(t, c, got)
	c.Holder.HideName = true
	payload, err = c.Payload()
	require.NoError(t, err)
	require.NotContains(t, string(payload), "Zo")
}

// listings are the two lists that one entry of our profile stands for.
func listings(s credential.StatusEntry) []credential.Listing {
	return []credential.Listing{{Type: credential.BitstringEntry, Purpose: "suspension", List: credential.SuspensionAddress(s.List), Index: s.Index},
		{Type: credential.BitstringEntry, Purpose: "revocation", List: s.List, Index: s.Index}}
}

func TestStatementRoundTrip(t *testing.T) {
	s := statement(t)
	payload, err := s.Payload()
	require.NoError(t, err)
	got, err := credential.ParseStatement(signed(t, payload, s.SignedBy.DID))
	require.NoError(t, err)
	got.Listings = nil
	require.Equal(t, s, got)
	s.SignedBy, s.Assurance = credential.Party{DID: at.Service(), Name: "register"}, trust.Recorded
	s.Sources = []trust.Source{{URL: "https://ab.example/list", SourceDate: "2026", RetrievedAt: s.ValidFrom}}
	payload, err = s.Payload()
	require.NoError(t, err)
	got, err = credential.ParseStatement(signed(t, payload, at.Service()))
	require.NoError(t, err)
	got.Listings = nil
	require.Equal(t, s, got)
	s.Unconfirmed, s.Kind, s.MaxChainDepth = true, trust.Recognition, 2
	again, err := s.Payload()
	require.NoError(t, err)
	got, err = credential.ParseStatement(signed(t, again, at.Service()))
	require.NoError(t, err)
	got.Listings = nil
	require.Equal(t, s, got)
	for depth, fault := range map[string]string{"0": "grants nothing", "256": "maxChainDepth"} {
		changed := strings.Replace(string(again), `"maxChainDepth":2`, `"maxChainDepth":`+depth, 1)
		_, err = credential.ParseStatement(signed(t, []byte(changed), at.Service()))
		require.ErrorContains(t, err, fault)
	}
	ordinary := strings.Replace(string(payload), `,"AccreditationCredential"]`, "]", 1)
	_, err = credential.ParseStatement(signed(t, []byte(ordinary), at.Service()))
	require.ErrorIs(t, err, credential.ErrNotAuthority, "praise grants nothing")
}

func list(t testing.TB) credential.StatusList {
	bits := statuslist.New(0)
	require.NoError(t, bits.Set(7))
	return credential.StatusList{ID: at.StatusList("l"), Issuer: at.Body("cb"), Purpose: "revocation", Bits: bits, ValidFrom: time.Unix(1e9, 0).UTC(), ValidUntil: time.Unix(1e9+86400, 0).UTC()}
}

func TestStatusListRoundTrip(t *testing.T) {
	payload, err := list(t).Payload()
	require.NoError(t, err)
	got, err := credential.ParseStatusList(signed(t, payload, at.Body("cb")))
	require.NoError(t, err)
	require.Equal(t, list(t), got)
}

// TestHashVector is the example of Open Badges 3.0 for an IdentityObject.
func TestHashVector(t *testing.T) {
	require.Equal(t, "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399", credential.Hash("a@example.com", "Kosher"))
}

func TestAddresses(t *testing.T) {
	require.Equal(t, "did:web:localhost%3A8443:bodies:cb", at.Body("cb"))
	id, ok := at.BodyID(at.Body("cb"))
	require.True(t, ok)
	require.Equal(t, "cb", id)
	_, ok = at.StatementID("https://localhost:8443.evil.example/v1/statements/a/credential")
	require.False(t, ok)
	_, purpose, ok := at.StatusListID(credential.SuspensionAddress(at.StatusList("l")))
	require.True(t, ok)
	require.Equal(t, "suspension", purpose)
}

func TestAddressesBack(t *testing.T) {
	n, err := credential.ParseNumber("0123-4567-89AB-Y")
	require.NoError(t, err)
	back, ok := at.CertificateNumber(at.Certificate(n))
	require.True(t, ok)
	require.Equal(t, n, back)
	for _, id := range []string{"a", "a b", "a/b", "ü?#"} {
		got, ok := at.StatementID(at.Statement(id))
		require.True(t, ok, id)
		require.Equal(t, id, got)
		got, ok = at.SchemeID(at.Scheme(id))
		require.True(t, ok, id)
		require.Equal(t, id, got)
		got, purpose, ok := at.StatusListID(at.StatusList(id))
		require.True(t, ok, id)
		require.Equal(t, [2]string{id, "revocation"}, [2]string{got, purpose})
	}
	for _, wrong := range []string{at.Public + "/v1/statements//credential", at.Public + "/v1/statements/%61/credential", at.Public + "/v1/statements/a/b/credential",
		"http://localhost:8443/v1/statements/a/credential", at.Public + "/v1/statements/a/credential?x"} {
		_, ok := at.StatementID(wrong)
		require.False(t, ok, wrong)
	}
	_, ok = at.CertificateNumber(at.Public + "/v1/certificates/0123456789aby/credential")
	require.False(t, ok, "one spelling only")
	_, ok = at.BodyID(at.Service() + ":bodies:a:b")
	require.False(t, ok)
	require.Equal(t, "https://localhost:8443/c/"+string(n), at.Page(n))
}

func TestNormalForms(t *testing.T) {
	require.Equal(t, "zoë ñandú", credential.NormalName("  ZOE\u0308\u00a0 Ñandú "))
	require.Equal(t, "strasse", credential.NormalName("Straße"))
	require.Equal(t, "zoe@example.org", credential.NormalEmail(" Zoe@Example.ORG "))
	for _, name := range []string{"\u0345\u0308A", "ΐ\u0345", "ﬀ Å\u0323"} {
		once := credential.NormalName(name)
		require.Equal(t, once, credential.NormalName(once), "normalising again changes nothing")
	}
}

func TestPresentation(t *testing.T) {
	data, err := credential.Presentation([]string{"a.b.c", "d.e.f"})
	require.NoError(t, err)
	tokens, err := credential.ParsePresentation(data)
	require.NoError(t, err)
	require.Equal(t, []string{"a.b.c", "d.e.f"}, tokens)
	tokens, err = credential.ParsePresentation(bytes.ReplaceAll(data, []byte("vc+jwt"), []byte("jwt")))
	require.NoError(t, err)
	require.Equal(t, []string{"a.b.c", "d.e.f"}, tokens)
	for from, to := range map[string]string{
		"data:application/vc+jwt,a":       "https://evil.example/a",
		"data:application/vc+jwt,d":       "data:text/html,d",
		`"EnvelopedVerifiableCredential"`: `"VerifiableCredential"`,
		`["VerifiablePresentation"]`:      `["VerifiableCredential"]`,
		`"@context":["https://www.w3.org`: `"@context":["https://evil.example`,
		`"type":["VerifiablePres`:         `"TYPE":["VerifiablePres`,
		`{"@context":[`:                   `{"verifiableCredential":[],"@context":[`,
	} {
		changed := strings.Replace(string(data), from, to, 1)
		require.NotEqual(t, string(data), changed, from)
		_, err := credential.ParsePresentation([]byte(changed))
		require.ErrorIs(t, err, credential.ErrMalformed, to)
	}
}
