package jws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func key(t *testing.T) (jws.Signer, jws.JWK) {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "did:web:cb.example#k")
	require.NoError(t, err)
	return jws.Signer{KeyID: "did:web:cb.example#k", Key: private}, public
}

func TestSignAndVerify(t *testing.T) {
	es, esKey := key(t)
	ed, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(t, err)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	require.NoError(t, err)
	for _, s := range []jws.Signer{es, {KeyID: "ed", Key: ed}, {KeyID: "rs", Key: rs}, {KeyID: "p384", Key: p384}, {KeyID: "p521", Key: p521}} {
		token, err := jws.Sign([]byte(`{"iss":"x"}`), "JWT", s)
		require.NoError(t, err)
		u, err := jws.Parse(token)
		require.NoError(t, err)
		public, err := jws.NewJWK(s.Key.Public(), s.KeyID)
		require.NoError(t, err)
		require.NoError(t, u.Verify(public))
		if public.Thumbprint() != esKey.Thumbprint() {
			require.ErrorIs(t, u.Verify(esKey), jws.ErrSignature, "another key, another algorithm")
		}
		require.ErrorIs(t, u.Verify(jws.JWK{}), jws.ErrSignature, "the zero key verifies nothing")
	}
}

// TestRefused has one row per counter-measure: each token would be taken
// without it.
func TestRefused(t *testing.T) {
	s, public := key(t)
	good, err := jws.Sign([]byte(`{"iss":"x"}`), "JWT", s)
	require.NoError(t, err)
	p := strings.Split(good, ".")
	header := func(h string) string { return b64(h) + "." + p[1] + "." + p[2] }
	payload := func(x string) string { return p[0] + "." + b64(x) + "." + p[2] }
	jwk, err := json.Marshal(public)
	require.NoError(t, err)
	mac := hmac.New(sha256.New, jwk)
	hs := b64(`{"alg":"HS256","kid":"k"}`) + "." + p[1]
	mac.Write([]byte(hs))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	for name, token := range map[string]string{
		"none":             b64(`{"alg":"none","kid":"k"}`) + "." + p[1] + ".",
		"HS256":            hs + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"ES256K":           header(`{"alg":"ES256K","kid":"k"}`),
		"PS256":            header(`{"alg":"PS256","kid":"k"}`),
		"crit":             header(`{"alg":"ES256","kid":"k","crit":["b64"]}`),
		"b64":              header(`{"alg":"ES256","kid":"k","b64":false}`),
		"x5u":              header(`{"alg":"ES256","kid":"k","x5u":"https://a.example"}`),
		"jku":              header(`{"alg":"ES256","kid":"k","jku":"https://a.example"}`),
		"x5c":              header(`{"alg":"ES256","kid":"k","x5c":[]}`),
		"zip":              header(`{"alg":"ES256","kid":"k","zip":"DEF"}`),
		"private jwk":      header(`{"alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}}`),
		"header twice":     header(`{"alg":"ES256","alg":"ES256","kid":"k"}`),
		"payload twice":    payload(`{"iss":"a","iss":"b"}`),
		"nested twice":     payload(`{"a":[{"b":1,"b":2}]}`),
		"escaped twice":    payload(`{"iss":1,"\u0069ss":2}`),
		"invalid UTF-8":    payload("{\"a\":\"\xff\"}"),
		"lone surrogate":   payload(`{"a":"\ud800"}`),
		"deep":             payload(strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)),
		"unsafe integer":   payload(`{"nbf":9007199254740993}`),
		"trailing":         payload(`{} {}`),
		"array":            payload(`[]`),
		"respelled":        good[:len(good)-1] + string(alphabet[last^1]),
		"padded":           good + "=",
		"line break":       good[:40] + "\n" + good[40:],
		"carriage return":  good + "\r",
		"two parts":        p[0] + "." + p[1],
		"four parts":       good + ".x",
		"standard base64":  strings.Replace(p[0], p[0][:1], "+", 1) + "." + p[1] + "." + p[2],
		"empty":            "",
		"large":            strings.Repeat("a", jws.MaxTokenBytes+1),
		"large header":     b64(`{"alg":"ES256","kid":"`+strings.Repeat("k", jws.MaxHeader)+`"}`) + "." + p[1] + "." + p[2],
		"number as kid":    header(`{"alg":"ES256","kid":7}`),
		"case of a member": header(`{"ALG":"ES256","kid":"k"}`),
	} {
		_, err := jws.Parse(token)
		require.ErrorIs(t, err, jws.ErrMalformed, name)
	}
	for name, token := range map[string]string{"altered": payload(`{"iss":"y"}`), "no signature": p[0] + "." + p[1] + "."} {
		u, err := jws.Parse(token)
		require.NoError(t, err, name)
		require.ErrorIs(t, u.Verify(public), jws.ErrSignature, name)
	}
}

func TestKeysRefused(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err == nil {
		_, err = jws.NewJWK(weak.Public(), "")
		require.ErrorIs(t, err, jws.ErrKey)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	_, err = jws.NewJWK(p224.Public(), "")
	require.ErrorIs(t, err, jws.ErrKey)
	_, public := key(t)
	raw, err := json.Marshal(public)
	require.NoError(t, err)
	var good map[string]string
	require.NoError(t, json.Unmarshal(raw, &good))
	require.Equal(t, "sig", good["use"])
	for name, change := range map[string][2]string{"off the curve": {"y", good["x"]}, "private": {"d", "AA"}, "alg": {"alg", "RS256"}, "use": {"use", "enc"}, "type": {"kty", "oct"}} {
		bad := map[string]string{}
		for k, v := range good {
			bad[k] = v
		}
		bad[change[0]] = change[1]
		raw, err := json.Marshal(bad)
		require.NoError(t, err)
		_, err = jws.ParseJWK(raw)
		require.ErrorIs(t, err, jws.ErrKey, name)
	}
	back, err := jws.ParseJWK(raw)
	require.NoError(t, err)
	require.Equal(t, public.Thumbprint(), back.Thumbprint())
}

func FuzzParse(f *testing.F) {
	f.Add(b64(`{"alg":"ES256","kid":"k"}`) + "." + b64(`{"iss":"x"}`) + ".")
	f.Fuzz(func(t *testing.T, token string) {
		u, err := jws.Parse(token)
		if err == nil {
			_, err = u.Claims()
			require.NoError(t, err)
			require.Equal(t, token, u.String())
		}
	})
}

func ExampleParse() {
	u, err := jws.Parse(b64(`{"alg":"ES256","kid":"did:web:cb.example#k"}`) + "." + b64(`{"iss":"did:web:cb.example"}`) + ".")
	fmt.Println(u.Header.Kid, err)
	fmt.Println(u.Verify(jws.JWK{})) // nobody's key verifies it
	// Output:
	// did:web:cb.example#k <nil>
	// the signature does not verify
}

// FuzzParseJWK: a key that is read is public, has a thumbprint, and written
// again is the same key.
func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`))
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := jws.ParseJWK(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, k.Thumbprint())
		out, err := json.Marshal(k)
		require.NoError(t, err)
		require.NotContains(t, string(out), `"d"`)
		again, err := jws.ParseJWK(out)
		require.NoError(t, err)
		require.Equal(t, k.Thumbprint(), again.Thumbprint())
	})
}
