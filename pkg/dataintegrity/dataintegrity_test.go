package dataintegrity_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

const plain = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],"name":"Alumni","issuer":"did:web:cb.example","validFrom":"2023-01-01T00:00:00Z","credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"}}`

// strict names no vocabulary for terms that nobody defines.
const strict = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential"],"name":"Alumni","issuer":"did:web:cb.example","credentialSubject":{"id":"did:example:abcdefgh","name":"Zoe"}}`

func signer(t testing.TB, private crypto.Signer) (jws.Signer, jws.JWK) {
	k, err := jws.NewJWK(private.Public(), "did:web:cb.example#k")
	require.NoError(t, err)
	return jws.Signer{KeyID: k.KeyID(), Key: private}, k
}

// ed is an Ed25519 key from a fixed seed.
func ed(t testing.TB) (jws.Signer, jws.JWK) {
	seed := sha256.Sum256([]byte("seed"))
	return signer(t, ed25519.NewKeyFromSeed(seed[:]))
}

func curve(t testing.TB, c elliptic.Curve) crypto.Signer {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	require.NoError(t, err)
	return k
}

func TestSignAndVerify(t *testing.T) {
	edwards, _ := ed(t)
	_, other := ed(t)
	stranger, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(t, err)
	for _, x := range []struct {
		suite string
		key   crypto.Signer
	}{
		{dataintegrity.EdDSARDFC, edwards.Key}, {dataintegrity.EdDSAJCS, edwards.Key},
		{dataintegrity.ECDSARDFC, curve(t, elliptic.P256())}, {dataintegrity.ECDSARDFC, curve(t, elliptic.P384())},
		{dataintegrity.ECDSAJCS, curve(t, elliptic.P256())}, {dataintegrity.ECDSAJCS, curve(t, elliptic.P384())},
	} {
		s, k := signer(t, x.key)
		data, err := dataintegrity.Sign([]byte(plain), dataintegrity.Options{Suite: x.suite, Purpose: dataintegrity.Assertion, Created: time.Unix(1e9, 0)}, s)
		require.NoError(t, err, x.suite)
		require.True(t, bytes.HasPrefix(data, []byte(strings.TrimSuffix(plain, "}"))), "the document itself stays as it is")
		u, err := dataintegrity.Parse(data)
		require.NoError(t, err)
		require.Equal(t, time.Unix(1e9, 0).UTC(), u.Proofs[0].Created)
		require.NoError(t, u.Verify(0, k, dataintegrity.Assertion, nil), x.suite)
		strangerKey, err := jws.NewJWK(stranger.Public(), k.KeyID())
		require.NoError(t, err)
		require.ErrorIs(t, u.Verify(0, strangerKey, dataintegrity.Assertion, nil), dataintegrity.ErrProof)
		require.ErrorIs(t, u.Verify(0, jws.JWK{}, dataintegrity.Assertion, nil), dataintegrity.ErrProof, "the zero key verifies nothing")
		for _, change := range [][2]string{{"Alumni", "Alumna"}, {"2001-09-09", "2001-09-08"}, {`"proofPurpose":"assertionMethod"`, `"proofPurpose":"authentication"`},
			{"did:web:cb.example#k", "did:web:cb.example#l"}} {
			altered := strings.ReplaceAll(string(data), change[0], change[1])
			require.NotEqual(t, string(data), altered)
			u, err := dataintegrity.Parse([]byte(altered))
			require.NoError(t, err)
			require.ErrorIs(t, u.Verify(0, k, u.Proofs[0].Purpose, nil), dataintegrity.ErrProof, "%s: %v", x.suite, change)
		}
	}
	require.NotEqual(t, jws.JWK{}, other)
	_, err = dataintegrity.Sign([]byte(plain), dataintegrity.Options{Suite: dataintegrity.ECDSARDFC, Purpose: dataintegrity.Assertion}, edwards)
	require.ErrorIs(t, err, dataintegrity.ErrUnsupported, "a suite has its own kind of key")
}

// TestSignVectors signs what the W3C signed, with its key: the proof must be
// the same, byte for byte.
func TestSignVectors(t *testing.T) {
	var pair struct{ PrivateKeyMultibase string }
	require.NoError(t, json.Unmarshal(fixture(t, "vc-di-eddsa-vectors", "keyPair.json"), &pair))
	raw, err := did.DecodeMultibase(pair.PrivateKeyMultibase)
	require.NoError(t, err)
	private := ed25519.NewKeyFromSeed(raw[2:])
	for suite, file := range map[string]string{dataintegrity.EdDSARDFC: "signedDataInt.json", dataintegrity.EdDSAJCS: "signedJCS.json"} {
		want, err := dataintegrity.Parse(fixture(t, "vc-di-eddsa-vectors", suite, file))
		require.NoError(t, err)
		got, err := dataintegrity.Sign(fixture(t, "vc-di-eddsa-vectors", "unsigned.json"),
			dataintegrity.Options{Suite: suite, Purpose: dataintegrity.Assertion, Created: want.Proofs[0].Created},
			jws.Signer{KeyID: want.Proofs[0].VerificationMethod, Key: private})
		require.NoError(t, err)
		require.Equal(t, value(t, want.Bytes()), value(t, got), suite)
	}
}

// TestOthersProofs verifies documents that @digitalbazaar/vc 7.3.0 issued with
// the suites eddsa-rdfc-2022 1.3.0 and ecdsa-rdfc-2019 1.3.0: several blank
// nodes, text that must be escaped, a number that is not whole.
func TestOthersProofs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		u, err := dataintegrity.Parse(data)
		require.NoError(t, err, file)
		k := methodKey(t, u.Proofs[0].VerificationMethod)
		require.NoError(t, u.Verify(0, k, dataintegrity.Assertion, nil), file)
		u, err = dataintegrity.Parse(bytes.Replace(data, []byte("Welder"), []byte("Melder"), 1))
		require.NoError(t, err, file)
		require.ErrorIs(t, u.Verify(0, k, dataintegrity.Assertion, nil), dataintegrity.ErrProof, file)
	}
}

// TestTwinsOnP384: what cannot be canonicalised with the longer hash is told to
// be unchecked, not to be wrong.
func TestTwinsOnP384(t *testing.T) {
	s, _ := signer(t, curve(t, elliptic.P384()))
	twins := strings.Replace(strict, `"name":"Zoe"`, `"name":"Zoe"},{"name":"Ann"},{"name":"Ann"`, 1)
	twins = strings.Replace(twins, `"credentialSubject":{`, `"credentialSubject":[{`, 1)
	twins = strings.TrimSuffix(twins, "}}") + "}]}"
	_, err := dataintegrity.Sign([]byte(twins), dataintegrity.Options{Suite: dataintegrity.ECDSARDFC, Purpose: dataintegrity.Assertion}, s)
	require.ErrorIs(t, err, dataintegrity.ErrUnsupported)
}

func value(t testing.TB, document []byte) string {
	var d struct{ Proof struct{ ProofValue string } }
	require.NoError(t, json.Unmarshal(document, &d))
	require.NotEmpty(t, d.Proof.ProofValue)
	return d.Proof.ProofValue
}

// TestUncovered: what no context defines would vanish before it is signed.
func TestUncovered(t *testing.T) {
	s, k := ed(t)
	options := dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion}
	signed, err := dataintegrity.Sign([]byte(strict), options, s)
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"member":         {`"name":"Zoe"`, `"name":"Zoe","rank":"expert"`},
		"member above":   {`"name":"Alumni"`, `"name":"Alumni","rank":"expert"`},
		"type":           {`["VerifiableCredential"]`, `["VerifiableCredential","ExpertCredential"]`},
		"subject's type": {`"name":"Zoe"`, `"name":"Zoe","type":"Expert"`},
		"relative id":    {`"did:example:abcdefgh"`, `"abcdefgh"`},
		"proof's member": {`"proofPurpose"`, `"rank":"expert","proofPurpose"`},
	} {
		altered := strings.Replace(string(signed), change[0], change[1], 1)
		require.NotEqual(t, string(signed), altered, name)
		u, err := dataintegrity.Parse([]byte(altered))
		require.NoError(t, err, name)
		require.ErrorIs(t, u.Verify(0, k, dataintegrity.Assertion, nil), dataintegrity.ErrUncovered, name)
		if !strings.Contains(change[1], "proofPurpose") {
			_, err = dataintegrity.Sign([]byte(strings.Replace(strict, change[0], change[1], 1)), options, s)
			require.ErrorIs(t, err, dataintegrity.ErrUncovered, name)
			options := dataintegrity.Options{Suite: dataintegrity.EdDSAJCS, Purpose: dataintegrity.Assertion}
			_, err = dataintegrity.Sign([]byte(strings.Replace(strict, change[0], change[1], 1)), options, s)
			require.ErrorIs(t, err, dataintegrity.ErrUncovered, name)
		}
	}
}

// TestContexts: a context that nobody holds cannot be checked; one that
// redefines a term of the base context, or stands below the top, is refused.
func TestContexts(t *testing.T) {
	s, k := ed(t)
	options := dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion}
	more := func(address string) ([]byte, bool) {
		return []byte(`{"@context":{"rank":"https://cb.example/ns#rank"}}`), address == "https://cb.example/ns"
	}
	ranked := strings.Replace(strings.Replace(strict, `"name":"Zoe"`, `"rank":"expert"`, 1), `credentials/v2"]`, `credentials/v2","https://cb.example/ns"]`, 1)
	_, err := dataintegrity.Sign([]byte(ranked), options, s)
	require.ErrorIs(t, err, dataintegrity.ErrUnsupported)
	options.Contexts = more
	signed, err := dataintegrity.Sign([]byte(ranked), options, s)
	require.NoError(t, err)
	u, err := dataintegrity.Parse(signed)
	require.NoError(t, err)
	require.ErrorIs(t, u.Verify(0, k, dataintegrity.Assertion, nil), dataintegrity.ErrUnsupported)
	u, err = dataintegrity.Parse(signed)
	require.NoError(t, err)
	require.NoError(t, u.Verify(0, k, dataintegrity.Assertion, more))
	for name, change := range map[string][2]string{
		"redefined term": {`credentials/v2"]`, `credentials/v2",{"name":"https://evil.example/ns#x"}]`},
		"redefined type": {`credentials/v2"]`, `credentials/v2",{"VerifiableCredential":"https://evil.example/ns#x"}]`},
		"below the top":  {`"name":"Zoe"`, `"@context":{"name":"https://evil.example/ns#x"},"name":"Zoe"`},
		"in a context":   {`credentials/v2"]`, `credentials/v2",{"x":{"@id":"https://evil.example/ns#x","@context":{}}}]`},
		"import":         {`credentials/v2"]`, `credentials/v2",{"@import":"https://www.w3.org/ns/credentials/v2"}]`},
	} {
		_, err := dataintegrity.Sign([]byte(strings.Replace(strict, change[0], change[1], 1)), options, s)
		require.Error(t, err, name)
	}
}

// TestHeldContexts: every context is the one recorded, and says what the copies
// of 1EdTech and the W3C say.
func TestHeldContexts(t *testing.T) {
	held, err := dataintegrity.HeldContexts()
	require.NoError(t, err)
	require.NotEmpty(t, held)
	for _, h := range held {
		raw, ok := dataintegrity.Context(h.Address)
		require.True(t, ok, h.Address)
		sum := sha256.Sum256(raw)
		require.Equal(t, h.SHA256, hex.EncodeToString(sum[:]), h.File)
		require.NotEmpty(t, h.Licence, h.File)
		require.NotEmpty(t, h.Version, h.File)
	}
	same := func(address, file string) {
		ours, ok := dataintegrity.Context(address)
		require.True(t, ok, address)
		require.JSONEq(t, string(fixture(t, "contexts", file)), string(ours), address)
	}
	same("https://www.w3.org/ns/credentials/v2", "credentials-v2.jsonld")
	same("https://www.w3.org/2018/credentials/v1", "2018-credentials-v1.jsonld")
	same("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json", "ob-v3p0-3.0.2.json")
	same("https://purl.imsglobal.org/spec/ob/v3p0/context.json", "ob-v3p0.json")
	same("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", "ob-v3p0-extensions.json")
	same("https://w3id.org/security/data-integrity/v1", "data-integrity-v1.jsonld")
	same("https://w3id.org/security/suites/ed25519-2020/v1", "suites-ed25519-2020.jsonld")
	recommended := sha256.Sum256(fixture(t, "contexts", "credentials-v2.jsonld"))
	require.Equal(t, "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734", hex.EncodeToString(recommended[:]),
		"VC Data Model 2.0, B.1: the same document but for white space")
	_, ok := dataintegrity.Context("https://register.example/ns/v1")
	require.True(t, ok)
	_, ok = dataintegrity.Context("https://evil.example/x/ns/v1")
	require.False(t, ok)
}

// TestRefused has one row per thing that two readers could take differently.
func TestRefused(t *testing.T) {
	s, _ := ed(t)
	good, err := dataintegrity.Sign([]byte(strict), dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion}, s)
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"two proofs":       {`"proof":`, `"proof":{},"proof":`},
		"no proofs":        {`"proof":{`, `"proof":[],"x":{`},
		"proof is a text":  {`"proof":{`, `"proof":"x","x":{`},
		"method missing":   {`"verificationMethod"`, `"x"`},
		"method embedded":  {`"verificationMethod":"did:web:cb.example#k"`, `"verificationMethod":{"id":"did:web:cb.example#k"}`},
		"purpose missing":  {`"proofPurpose"`, `"x"`},
		"value missing":    {`"proofValue"`, `"x"`},
		"created, no zone": {`"proofPurpose"`, `"created":"2026-01-01T00:00:00","proofPurpose"`},
		"created a number": {`"proofPurpose"`, `"created":1,"proofPurpose"`},
		"chain to nowhere": {`"proofPurpose"`, `"previousProof":"urn:x","proofPurpose"`},
		"chain to itself":  {`"proofPurpose"`, `"id":"urn:x","previousProof":"urn:x","proofPurpose"`},
		"lone surrogate":   {`"Zoe"`, `"\ud800"`},
		"unsafe number":    {`"Zoe"`, `9007199254740993`},
		"deep":             {`"Zoe"`, strings.Repeat("[", 10000) + strings.Repeat("]", 10000)},
		"trailing data":    {`{"@context"`, `{} {"@context"`},
	} {
		altered := strings.Replace(string(good), change[0], change[1], 1)
		require.NotEqual(t, string(good), altered, name)
		_, err := dataintegrity.Parse([]byte(altered))
		require.ErrorIs(t, err, dataintegrity.ErrMalformed, name)
	}
	_, err = dataintegrity.Parse([]byte(strings.Replace(string(good), "eddsa-rdfc-2022", "ecdsa-sd-2023", 1)))
	require.ErrorIs(t, err, dataintegrity.ErrUnsupported, "another suite says nothing about the document")
	_, err = dataintegrity.Parse(bytes.Repeat([]byte(" "), dataintegrity.MaxBytes+1))
	require.ErrorIs(t, err, dataintegrity.ErrMalformed)
	_, err = dataintegrity.Parse([]byte(strict))
	require.ErrorIs(t, err, dataintegrity.ErrMalformed, "no proof")
}

func Example() {
	seed := sha256.Sum256([]byte("only an example"))
	private := ed25519.NewKeyFromSeed(seed[:])
	public, _ := jws.NewJWK(private.Public(), "did:web:cb.example#k")
	document, err := dataintegrity.Sign([]byte(strict), dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion},
		jws.Signer{KeyID: public.KeyID(), Key: private})
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := dataintegrity.Parse(document)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Proofs[0].VerificationMethod, u.Verify(0, public, dataintegrity.Assertion, nil))
	// Output: did:web:cb.example#k <nil>
}
