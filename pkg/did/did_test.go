package did_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// TestAddress: the first rows are the examples of the did:web method.
func TestAddress(t *testing.T) {
	for id, want := range map[string]string{
		"did:web:w3c-ccg.github.io":            "https://w3c-ccg.github.io/.well-known/did.json",
		"did:web:w3c-ccg.github.io:user:alice": "https://w3c-ccg.github.io/user/alice/did.json",
		"did:web:example.com%3A3000:user:a":    "https://example.com:3000/user/a/did.json",
		"did:web:localhost%3A8443":             "https://localhost:8443/.well-known/did.json",
		"did:web:xn--bcher-kva.example":        "https://xn--bcher-kva.example/.well-known/did.json",
		"https://example.com/issuers/876543":   "https://example.com/issuers/876543",
	} {
		got, err := did.Address(id)
		require.NoError(t, err, id)
		require.Equal(t, want, got)
	}
	for _, id := range []string{
		"did:web:127.0.0.1", "did:web:127.1", "did:web:2130706433", "did:web:0x7f000001", "did:web:10.0.0.0x1", "did:web:%5B%3A%3A1%5D", "did:web:[::1]",
		"did:web:user%40host.example", "did:web:user@host.example", "did:web:", "did:web:.example", "did:web:a..example", "did:web:example.",
		"did:web:a.example:", "did:web:a.example::b", "did:web:a.example:..:b", "did:web:a.example:%2e%2e", "did:web:a.example:b%2Fc", "did:web:a.example:b/c",
		"did:web:a.example:b?c", "did:web:a.example%3Ax", "did:web:a.example%3A", "did:web:a.example%2F..%2Fb", "did:web:a.example%00", "did:web:bücher.example",
		"https://127.0.0.1/", "https://user@a.example/", "https://a.example:x/", "https://a.example/../b", "https://a.example/?x", "https://a.example/#x", "https://a.example\\b",
		"https:///a", "http://a.example/", "did:key:z6Mk", "did:example:1", "urn:uuid:1", "", "file:///etc/passwd",
	} {
		_, err := did.Address(id)
		require.Error(t, err, id)
	}
}

// TestKeyVectors are of the did:key specification.
func TestKeyVectors(t *testing.T) {
	for id, algorithm := range map[string]string{
		"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK":                                                 "EdDSA",
		"did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169":                                                "ES256",
		"did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9":                          "ES384",
		"did:key:z2J9gaYxrKVpdoG9A4gRnmpnRCcxU6agDtFVVBVdn1JedouoZN7SzcyREXXzWgt3gGiwpoHq7K68X4m32D8HgzG8wv3sY5j7": "ES512",
	} {
		d, err := did.Key(id)
		require.NoError(t, err, id)
		require.Len(t, d.Assertion, 1)
		k := d.Assertion[0].Key
		require.Equal(t, algorithm, k.Algorithm())
		require.Equal(t, id+"#"+strings.TrimPrefix(id, "did:key:"), k.KeyID())
		multikey, err := did.Multikey(k)
		require.NoError(t, err)
		require.Equal(t, "did:key:"+multikey, id, "and back")
	}
	for _, id := range []string{"did:key:", "did:key:z", "did:key:z6Mk", "did:key:u6Mk", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doL1",
		"did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "did:key:" + strings.Repeat("z", 5000), "did:jwk:", "did:jwk:e30", "did:jwk:!", "did:web:a.example"} {
		_, err := did.Key(id)
		require.Error(t, err, id)
	}
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	k, err := jws.NewJWK(small.Public(), "")
	require.NoError(t, err)
	_, err = did.Multikey(k)
	require.ErrorIs(t, err, did.ErrMalformed)
}

func jwk(t testing.TB) jws.JWK {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	k, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	return k
}

func TestJWKMethod(t *testing.T) {
	k := jwk(t)
	raw, err := json.Marshal(k)
	require.NoError(t, err)
	id := "did:jwk:" + base64.RawURLEncoding.EncodeToString(raw)
	d, err := did.Key(id)
	require.NoError(t, err)
	require.Equal(t, id+"#0", d.Assertion[0].Key.KeyID())
	require.Equal(t, k.Thumbprint(), d.Assertion[0].Key.Thumbprint())
	for _, change := range [][2]string{{`"use":"sig"`, `"use":"enc"`}, {`"kty":"EC"`, `"kty":"EC","d":"AA"`}} {
		altered := strings.Replace(string(raw), change[0], change[1], 1)
		require.NotEqual(t, string(raw), altered)
		_, err := did.Key("did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(altered)))
		require.ErrorIs(t, err, did.ErrMalformed)
	}
	_, err = did.Key(id + "\n")
	require.ErrorIs(t, err, did.ErrMalformed)
}

type object = map[string]any

const home = "did:web:cb.example"

func document(t testing.TB, o object) []byte {
	raw, err := json.Marshal(o)
	require.NoError(t, err)
	return raw
}

func method(t testing.TB, name, kind, member string, key any) object {
	return object{"id": home + "#" + name, "type": kind, "controller": home, member: key}
}

func TestDocument(t *testing.T) {
	ed, err := did.Key("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
	require.NoError(t, err)
	multikey, err := did.Multikey(ed.Assertion[0].Key)
	require.NoError(t, err)
	p256, err := did.Multikey(jwk(t))
	require.NoError(t, err)
	another := method(t, "another", "Multikey", "publicKeyMultibase", multikey)
	another["controller"] = "did:web:evil.example"
	foreign := method(t, "x", "Multikey", "publicKeyMultibase", multikey)
	foreign["id"] = "did:web:evil.example#x"
	both := method(t, "both", "JsonWebKey", "publicKeyJwk", jwk(t))
	both["publicKeyMultibase"] = multikey
	ended := method(t, "ended", "Multikey", "publicKeyMultibase", multikey)
	ended["revoked"], ended["expires"] = "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
	unclear := method(t, "unclear", "Multikey", "publicKeyMultibase", multikey)
	unclear["revoked"] = "some day"
	relative := method(t, "relative", "JsonWebKey2020", "publicKeyJwk", jwk(t))
	relative["id"] = "#relative"
	d, err := did.ParseDocument(document(t, object{
		"id": home,
		"verificationMethod": []any{
			method(t, "jwk", "JsonWebKey", "publicKeyJwk", jwk(t)), method(t, "multikey", "Multikey", "publicKeyMultibase", multikey),
			method(t, "2020", "Ed25519VerificationKey2020", "publicKeyMultibase", multikey), relative, ended, unclear, another, foreign, both,
			method(t, "not-ed", "Ed25519VerificationKey2020", "publicKeyMultibase", p256), method(t, "unknown", "X25519KeyAgreementKey2020", "publicKeyMultibase", multikey),
			method(t, "retired", "Multikey", "publicKeyMultibase", multikey), method(t, "login", "Multikey", "publicKeyMultibase", multikey),
		},
		"assertionMethod": []any{home + "#jwk", "#multikey", home + "#2020", home + "#relative", home + "#ended", home + "#unclear", home + "#another",
			"did:web:evil.example#x", home + "#both", home + "#not-ed", home + "#unknown", home + "#nowhere",
			method(t, "embedded", "Multikey", "publicKeyMultibase", p256)},
		"authentication": home + "#login",
	}), home)
	require.NoError(t, err)
	var got []string
	for _, m := range d.Assertion {
		got = append(got, strings.TrimPrefix(m.Key.KeyID(), home+"#"))
		if m.Key.KeyID() == home+"#ended" {
			require.Equal(t, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), m.Ended)
		}
	}
	require.Equal(t, []string{"jwk", "multikey", "2020", "relative", "ended", "embedded"}, got)
	require.Len(t, d.Authentication, 1)
	require.Equal(t, home+"#login", d.Authentication[0].Key.KeyID())
}

func TestDocumentRefused(t *testing.T) {
	good := object{"id": home, "verificationMethod": []any{method(t, "a", "JsonWebKey", "publicKeyJwk", jwk(t))}, "assertionMethod": []any{home + "#a"}}
	with := func(name string, v any) []byte {
		o := object{}
		for k, x := range good {
			o[k] = x
		}
		o[name] = v
		return document(t, o)
	}
	_, err := did.ParseDocument(document(t, good), home)
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"another's":           with("id", "did:web:cb.example:x"),
		"nobody's":            with("id", ""),
		"two under one id":    with("verificationMethod", []any{method(t, "a", "JsonWebKey", "publicKeyJwk", jwk(t)), method(t, "a", "JsonWebKey", "publicKeyJwk", jwk(t))}),
		"one again embedded":  with("assertionMethod", []any{method(t, "a", "JsonWebKey", "publicKeyJwk", jwk(t))}),
		"method is a text":    with("verificationMethod", []any{"x"}),
		"method without id":   with("verificationMethod", []any{object{"type": "Multikey"}}),
		"relation of numbers": with("assertionMethod", []any{7}),
		"many methods":        with("verificationMethod", many(t)),
		"twice":               []byte(`{"id":"` + home + `","id":"` + home + `"}`),
		"array":               []byte(`[]`),
		"nothing":             nil,
		"deep":                []byte(strings.Repeat("[", 10000) + strings.Repeat("]", 10000)),
		"large":               []byte(strings.Repeat(" ", did.MaxDocument+1)),
	} {
		_, err := did.ParseDocument(data, home)
		require.ErrorIs(t, err, did.ErrMalformed, name)
	}
	_, err = did.ParseDocument(with("id", ""), "")
	require.ErrorIs(t, err, did.ErrMalformed)
}

func many(t testing.TB) []any {
	var out []any
	for i := range 300 {
		out = append(out, method(t, fmt.Sprint(i), "Other", "x", ""))
	}
	return out
}

func TestPublished(t *testing.T) {
	const address = "https://cb.example/keys/1"
	k := jwk(t)
	raw, err := json.Marshal(k.WithKeyID("k1"))
	require.NoError(t, err)
	one, err := did.ParsePublished(raw, address)
	require.NoError(t, err)
	require.Equal(t, address, one[0].Key.KeyID(), "one JWK is named by its address")
	set, err := did.ParsePublished([]byte(`{"keys":[`+string(raw)+`,{"kty":"oct","k":"AA"}]}`), address)
	require.NoError(t, err)
	require.Len(t, set, 1)
	require.Equal(t, address+"#k1", set[0].Key.KeyID())
	_, err = did.ParsePublished([]byte(`{"keys":[`+string(raw)+`,`+string(raw)+`]}`), address)
	require.ErrorIs(t, err, did.ErrMalformed, "two keys under one kid")
	_, err = did.ParsePublished([]byte(`{"kty":"oct","k":"AA"}`), address)
	require.ErrorIs(t, err, did.ErrMalformed)
	_, err = did.ParsePublished([]byte(`{"name":"Example Corp"}`), address)
	require.ErrorIs(t, err, did.ErrMalformed)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":"did:web:cb.example","assertionMethod":[{"id":"#a","type":"Multikey","controller":"did:web:cb.example","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}]}`), "did:web:cb.example")
	f.Add([]byte(`{"keys":[]}`), "https://cb.example/jwks.json")
	f.Add([]byte(`{}`), "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		if d, err := did.ParseDocument(data, id); err == nil {
			require.Equal(t, id, d.ID)
			for _, m := range append(d.Assertion, d.Authentication...) {
				require.Equal(t, id, did.Controller(m.Key.KeyID()))
				require.False(t, m.Key.IsZero())
			}
		}
		if all, err := did.ParsePublished(data, id); err == nil {
			for _, m := range all {
				require.True(t, strings.HasPrefix(m.Key.KeyID(), id))
			}
		}
		if d, err := did.Key(id); err == nil {
			require.Len(t, d.Assertion, 1)
		}
		if address, err := did.Address(id); err == nil {
			require.True(t, strings.HasPrefix(address, "https://"))
		}
	})
}

func ExampleKey() {
	d, err := did.Key("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Assertion[0].Key.Algorithm(), d.Assertion[0].Key.KeyID())
	address, err := did.Address("did:web:cb.example:departments:welding")
	fmt.Println(address, err)
	// Output:
	// EdDSA did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK
	// https://cb.example/departments/welding/did.json <nil>
}
