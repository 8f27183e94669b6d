package credential_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

var at = credential.Addresses{Public: "https://localhost:8443"}

func signer(t *testing.T, did string) (jws.Signer, jws.JWK) {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	kid := did + "#" + public.Thumbprint()
	return jws.Signer{KeyID: kid, Key: private}, public.WithKeyID(kid)
}

func signed(t *testing.T, payload []byte, did string) *jws.Unverified {
	s, _ := signer(t, did)
	token, err := jws.Sign(payload, "JWT", s)
	require.NoError(t, err)
	u, err := jws.Parse(token)
	require.NoError(t, err)
	return u
}

func certificate(t *testing.T) credential.Certificate {
	n, err := credential.NewNumber(rand.Reader)
	require.NoError(t, err)
	decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return credential.Certificate{ID: at.Certificate(n), Number: n, Issuer: credential.Party{DID: at.Body("cb"), Name: "CB", Website: "https://cb.example/"},
		Holder:    credential.Holder{SubjectID: "urn:uuid:6a6f5d0c-6c0c-4d89-8a87-2ac7f0f3f3c4", Name: "Zoë Ñandú", Email: "Zoe@Example.org", Salt: "s"},
		DecidedAt: decided, ValidFrom: decided, ValidUntil: decided.AddDate(3, 0, 0), Claim: true, RecognizedIn: at.Statement("a"),
		Scheme:   credential.Scheme{Address: at.Scheme("w"), Name: "Welder", Acronym: "W", Description: "d", Criteria: "c", Kind: "certification_of_persons", Activity: trust.CertificationOfPersons, Level: "practitioner"},
		Evidence: []credential.Evidence{{Kind: "work_sample", Description: "a weld", URL: "https://cb.example/e"}},
		Status:   credential.StatusEntry{List: at.StatusList("l"), Index: 94567}}
}

func statement(t *testing.T) credential.Statement {
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
	require.Equal(t, c, got)
	c.Holder.HideName = true
	payload, err = c.Payload()
	require.NoError(t, err)
	require.NotContains(t, string(payload), "Zo")
}

func TestStatementRoundTrip(t *testing.T) {
	s := statement(t)
	payload, err := s.Payload()
	require.NoError(t, err)
	got, err := credential.ParseStatement(signed(t, payload, s.SignedBy.DID))
	require.NoError(t, err)
	require.Equal(t, s, got)
	s.SignedBy, s.Assurance = credential.Party{DID: at.Service(), Name: "register"}, trust.Recorded
	s.Sources = []trust.Source{{URL: "https://ab.example/list", SourceDate: "2026", RetrievedAt: s.ValidFrom}}
	payload, err = s.Payload()
	require.NoError(t, err)
	got, err = credential.ParseStatement(signed(t, payload, at.Service()))
	require.NoError(t, err)
	require.Equal(t, s, got)
	ordinary := strings.Replace(string(payload), `,"AccreditationCredential"]`, "]", 1)
	_, err = credential.ParseStatement(signed(t, []byte(ordinary), at.Service()))
	require.ErrorIs(t, err, credential.ErrNotAuthority, "praise grants nothing")
}

func TestStatusListRoundTrip(t *testing.T) {
	bits := statuslist.New(0)
	require.NoError(t, bits.Set(7))
	l := credential.StatusList{ID: at.StatusList("l"), Issuer: at.Body("cb"), Purpose: "revocation", Bits: bits, ValidFrom: time.Unix(1e9, 0).UTC(), ValidUntil: time.Unix(1e9+86400, 0).UTC()}
	payload, err := l.Payload()
	require.NoError(t, err)
	got, err := credential.ParseStatusList(signed(t, payload, l.Issuer))
	require.NoError(t, err)
	require.Equal(t, l, got)
}

func TestRefused(t *testing.T) {
	c := certificate(t)
	payload, err := c.Payload()
	require.NoError(t, err)
	for name, change := range map[string]func(map[string]any){
		"two documents": func(o map[string]any) { o["vc"] = map[string]any{} },
		"context":       func(o map[string]any) { o["@context"] = []string{"https://evil.example"} },
		"type":          func(o map[string]any) { o["type"] = []string{"VerifiableCredential"} },
		"no zone":       func(o map[string]any) { o["validFrom"] = "2026-03-01T09:00:00" },
		"ends first":    func(o map[string]any) { o["validUntil"] = "2020-01-01T00:00:00Z" },
		"no issuer":     func(o map[string]any) { delete(o, "issuer") },
		"index":         func(o map[string]any) { o["credentialStatus"].(map[string]any)["statusListIndex"] = "-1" },
	} {
		var o map[string]any
		require.NoError(t, json.Unmarshal(payload, &o))
		change(o)
		changed, err := json.Marshal(o)
		require.NoError(t, err)
		_, err = credential.ParseCertificate(signed(t, changed, c.Issuer.DID))
		require.ErrorIs(t, err, credential.ErrMalformed, name)
	}
	for _, claim := range []string{"iss", "sub", "jti", "nbf", "exp"} {
		for _, value := range []any{nil, "urn:other", 1} {
			var o map[string]any
			require.NoError(t, json.Unmarshal(payload, &o))
			if o[claim] = value; value == nil {
				delete(o, claim)
			}
			changed, err := json.Marshal(o)
			require.NoError(t, err)
			_, err = credential.ParseCertificate(signed(t, changed, c.Issuer.DID))
			var split *credential.ClaimMismatchError
			require.ErrorAs(t, err, &split, claim)
			require.Equal(t, claim, split.Claim)
		}
	}
}

func TestNumbers(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for range 20 {
		n, err := credential.NewNumber(rand.Reader)
		require.NoError(t, err)
		got, err := credential.ParseNumber(" " + strings.ToLower(strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(string(n))))
		require.NoError(t, err)
		require.Equal(t, n, got)
		plain := []byte(strings.ReplaceAll(string(n), "-", ""))
		for i := range plain {
			for _, c := range []byte(alphabet) {
				if c != plain[i] {
					wrong := bytes.Clone(plain)
					wrong[i] = c
					_, err := credential.ParseNumber(string(wrong))
					require.ErrorIs(t, err, credential.ErrCheckCharacter, "%s for %s", wrong, plain)
				}
			}
			if i > 0 && plain[i] != plain[i-1] {
				wrong := bytes.Clone(plain)
				wrong[i], wrong[i-1] = wrong[i-1], wrong[i]
				_, err := credential.ParseNumber(string(wrong))
				require.ErrorIs(t, err, credential.ErrCheckCharacter, "%s for %s", wrong, plain)
			}
		}
	}
	for _, s := range []string{"", "1234", "7K3M-9QXA-4TZ8-HH", "7K3M-9QXA-4TZ8-é", "../../etc"} {
		_, err := credential.ParseNumber(s)
		require.ErrorIs(t, err, credential.ErrNotANumber, s)
	}
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

// fixtures is where third-party test data is; it is not part of the project.
func fixtures(t *testing.T) string {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against the official schemas (set BONAFIDE_FIXTURES)", dir)
	}
	return dir
}

func TestOfficialSchemas(t *testing.T) {
	dir := filepath.Join(fixtures(t), "schemas", "ob30")
	c, s := certificate(t), statement(t)
	for file, build := range map[string]func() ([]byte, error){
		"ob_v3p0_achievementcredential_schema.json": c.Payload, "ob_v3p0_endorsementcredential_schema.json": s.Payload} {
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join(dir, file))
		require.NoError(t, err)
		payload, err := build()
		require.NoError(t, err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(doc), file)
	}
}

// TestForeignDataModel11 reads a badge that another issuer made by data model
// 1.1: well-formed, and refused with the reason.
func TestForeignDataModel11(t *testing.T) {
	token, err := os.ReadFile(filepath.Join(fixtures(t), "ob30-1edtech-validator", "simple.jwt"))
	require.NoError(t, err)
	u, err := jws.Parse(strings.TrimSpace(string(token)))
	require.NoError(t, err)
	_, err = credential.ParseCertificate(u)
	require.ErrorContains(t, err, "the vc claim of data model 1.1 is not supported")
}

func FuzzParseNumber(f *testing.F) {
	f.Add("7K3M-9QXA-4TZ8-H")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := credential.ParseNumber(s); err == nil {
			again, err := credential.ParseNumber(string(n))
			require.NoError(t, err)
			require.Equal(t, n, again)
		}
	})
}

func FuzzParsePresentation(f *testing.F) {
	f.Add([]byte(`{"type":["VerifiablePresentation"],"verifiableCredential":[{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b.c"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := credential.ParsePresentation(data)
		if err == nil {
			_, err = credential.Presentation(tokens)
			require.NoError(t, err)
		}
	})
}
