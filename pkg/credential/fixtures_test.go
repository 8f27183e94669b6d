package credential_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/piprate/json-gold/ld"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// fixture reads third-party test data, which is not part of the project.
func fixture(t *testing.T, path ...string) []byte {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against it (set BONAFIDE_FIXTURES)", dir)
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, path...)...))
	require.NoError(t, err)
	return data
}

// payloads are one of every shape that is issued.
func payloads(t *testing.T) map[string][]byte {
	plain, full, organisation, course := certificate(t), certificate(t), certificate(t), certificate(t)
	plain.ValidUntil, plain.Evidence, plain.Claim, plain.RecognizedIn, plain.Scheme.Description, plain.Scheme.Criteria = at0, nil, false, "", "", ""
	full.Holder.HideName, full.EndorsementJWT = true, []string{"eyJh.eyJi.c2ln"}
	organisation.Scheme.Kind, course.Scheme.Kind = "certification_of_organisations", "attendance"
	signedOne, bare, recorded := statement(t), statement(t), statement(t)
	signedOne.RecognizedIn, signedOne.EndorsementJWT = at.Statement("up"), []string{"eyJh.eyJi.c2ln"}
	bare.Kind, bare.Scope, bare.SubjectKeys, bare.SubjectName = trust.Recognition, trust.Scope{Activity: trust.CertificationOfPersons}, nil, ""
	recorded.SignedBy, recorded.Unconfirmed = credential.Party{DID: at.Service(), Name: "register"}, true
	recorded.Sources = []trust.Source{{URL: "https://ab.example/list", SourceDate: "2026", RetrievedAt: recorded.ValidFrom, Says: "accredited"}, {Locator: "Gazette 3"}}
	out := map[string][]byte{}
	for name, build := range map[string]func() ([]byte, error){
		"certificate plain": plain.Payload, "certificate full": full.Payload, "certificate organisation": organisation.Payload, "certificate course": course.Payload,
		"statement signed": signedOne.Payload, "statement bare": bare.Payload, "statement recorded": recorded.Payload,
		"list": list(t).Payload,
	} {
		payload, err := build()
		require.NoError(t, err, name)
		out[name] = payload
	}
	return out
}

func TestOfficialSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{"certificate": official(t, "achievement"), "statement": official(t, "endorsement")}
	validate := func(name string, payload []byte) error {
		kind, _, _ := strings.Cut(name, " ")
		return schemas[kind].Validate(value(t, payload))
	}
	for name, payload := range payloads(t) {
		if name != "list" {
			require.NoError(t, validate(name, payload), name)
			require.Error(t, validate(name, bytes.Replace(payload, []byte(`"validFrom"`), []byte(`"validFor"`), 1)), "the schema must be at work")
		}
	}
}

// TestEmbeddedFormsMeetTheSchemas: with an embedded proof in place of the
// registered claims all that is issued stays valid and says the same.
func TestEmbeddedFormsMeetTheSchemas(t *testing.T) {
	private, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(t, err)
	for name, payload := range payloads(t) {
		plain, err := credential.WithoutClaims(payload)
		require.NoError(t, err, name)
		require.NotContains(t, string(plain), `"jti"`, name)
		document, err := dataintegrity.Sign(plain, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion, Created: time.Unix(1e9, 0)},
			jws.Signer{KeyID: at.Body("cb") + "#k", Key: private})
		require.NoError(t, err, name)
		require.NoError(t, expand(t, document), name)
		switch kind, _, _ := strings.Cut(name, " "); kind {
		case "certificate":
			require.NoError(t, official(t, "achievement").Validate(value(t, document)), name)
			got, err := credential.ParseCertificateDocument(document)
			require.NoError(t, err, name)
			want, err := credential.ParseCertificate(signed(t, payload, at.Body("cb")))
			require.NoError(t, err, name)
			require.Equal(t, want, got, name)
		case "statement":
			require.NoError(t, official(t, "endorsement").Validate(value(t, document)), name)
			_, err := credential.ParseStatementDocument(document)
			require.NoError(t, err, name)
		default:
			_, err := credential.ParseStatusListDocument(document)
			require.NoError(t, err, name)
		}
	}
}

// official is one of 1EdTech's schemas.
func official(t *testing.T, kind string) *jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("schema:"+kind, value(t, fixture(t, "schemas", "ob30", "ob_v3p0_"+kind+"credential_schema.json"))))
	schema, err := compiler.Compile("schema:" + kind)
	require.NoError(t, err)
	return schema
}

func value(t *testing.T, data []byte) any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return v
}

// contexts serves the pinned third-party contexts and our own; nothing else.
type contexts map[string]any

func (c contexts) LoadDocument(address string) (*ld.RemoteDocument, error) {
	doc, ok := c[address]
	if !ok {
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, address)
	}
	return &ld.RemoteDocument{DocumentURL: address, Document: doc}, nil
}

// expand reads a payload as strict JSON-LD: SafeMode refuses members that no
// context defines, and no type may be left a relative one.
func expand(t *testing.T, payload []byte) error {
	loader := contexts{}
	for address, data := range map[string][]byte{
		"https://www.w3.org/ns/credentials/v2":                       fixture(t, "contexts", "credentials-v2.jsonld"),
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": fixture(t, "contexts", "ob-v3p0-3.0.3.json"),
		at.Context(): credential.Context(),
	} {
		var doc any
		require.NoError(t, json.Unmarshal(data, &doc))
		loader[address] = doc
	}
	var doc any
	require.NoError(t, json.Unmarshal(payload, &doc))
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader, options.SafeMode = loader, true
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, options)
	if err != nil {
		return err
	}
	return relative(expanded)
}

func relative(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := relative(x); err != nil {
				return err
			}
		}
	case map[string]any:
		if v["@type"] == "@json" {
			return nil
		}
		for name, x := range v {
			for _, kind := range kinds(name, x) {
				if !strings.Contains(kind, ":") {
					return ld.NewJsonLdError(ld.InvalidIRIMapping, "undefined: "+kind)
				}
			}
			if err := relative(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func kinds(name string, v any) []string {
	if name != "@type" {
		if strings.HasPrefix(name, "@") {
			return nil
		}
		return []string{name}
	}
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	all, _ := v.([]any)
	for _, x := range all {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

// TestEveryTermIsDefined reads all that is issued as strict JSON-LD, and makes
// sure that an undefined member or type at any depth would be noticed.
func TestEveryTermIsDefined(t *testing.T) {
	type change struct{ from, to string }
	for name, payload := range payloads(t) {
		require.NoError(t, expand(t, payload), name)
		for _, c := range []change{{`"statusListIndex"`, `"unheardOf"`}, {`"licenseNumber"`, `"unheardOf"`}, {`"maxChainDepth"`, `"unheardOf"`},
			{`"AccreditationScope"`, `"UnheardOf"`}, {`"IdentityObject"`, `"UnheardOf"`}, {`"statusPurpose"`, `"unheardOf"`}} {
			if undefined := strings.Replace(string(payload), c.from, c.to, 1); undefined != string(payload) {
				require.Error(t, expand(t, []byte(undefined)), "%s without %s", name, c.from)
			}
		}
	}
}

// TestContext: two terms must be defined exactly as 1EdTech defines them, and
// the copy handed out must not be the document itself.
func TestContext(t *testing.T) {
	var ours, theirs struct {
		Context map[string]any `json:"@context"`
	}
	require.NoError(t, json.Unmarshal(credential.Context(), &ours))
	require.NoError(t, json.Unmarshal(fixture(t, "contexts", "ob-v3p0-3.0.3.json"), &theirs))
	require.Equal(t, true, ours.Context["@protected"])
	for _, term := range []string{"jti", "endorsementJwt"} {
		require.NotNil(t, ours.Context[term])
		require.Equal(t, theirs.Context[term], ours.Context[term], term)
	}
	credential.Context()[0] = 'x'
	require.Equal(t, byte('{'), credential.Context()[0])
}

// TestForeign reads badges of 1EdTech's own test set, of data model 2.0 and 1.1.
func TestForeign(t *testing.T) {
	svg := fixture(t, "ob30-1edtech-validator", "simple-jwt.svg")
	u, err := jws.Parse(string(regexp.MustCompile(`verify="([^"]+)"`).FindSubmatch(svg)[1]))
	require.NoError(t, err)
	c, err := credential.ParseCertificate(u)
	require.NoError(t, err)
	require.Equal(t, "http://example.com/credentials/3527", c.ID)
	require.Equal(t, credential.Party{DID: "https://1edtech.edu/issuers/565049", Name: "Example Corp", Website: "https://www.imsglobal.org"}, c.Issuer)
	require.Equal(t, "Teamwork", c.Scheme.Name)
	require.Zero(t, c.Status)

	require.Equal(t, credential.Form{Model: "2.0", Type: "OpenBadgeCredential", OpenBadge: true}, c.Form)

	u, err = jws.Parse(strings.TrimSpace(string(fixture(t, "ob30-1edtech-validator", "simple.jwt"))))
	require.NoError(t, err)
	_, err = credential.ParseCertificate(u)
	require.ErrorIs(t, err, credential.ErrMalformed, "it has no achievement")
	c, err = credential.ParseCertificateDocument(fixture(t, "ob30-1edtech-validator", "simple_v1.json"))
	require.NoError(t, err)
	require.Equal(t, credential.Form{Model: "1.1", Type: "OpenBadgeCredential", OpenBadge: true}, c.Form)
	require.Equal(t, time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), c.ValidFrom)
}
