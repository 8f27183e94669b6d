package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// TestNamedStatements: the statement that a foreign record names is read, once,
// if the record verifies, and never otherwise; what is there and is none, or
// is this service's own, makes nothing bona fide.
func TestNamedStatements(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	const did = "did:web:example.com"
	var mu sync.Mutex
	asked := map[string]int{}
	private, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	other, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	key := jws.Signer{KeyID: did + "#k1", Key: private}
	h.reach(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		switch r.URL.Path {
		case "/.well-known/did.json":
			w.Header().Set("Content-Type", "application/did+json")
			fmt.Fprint(w, document(t, did, key))
		case "/itself":
			w.Header().Set("Content-Type", "application/vc+jwt")
			fmt.Fprint(w, naming(t, did, "https://example.com/itself", key))
		default:
			http.NotFound(w, r)
		}
	})
	judge := func(address string, s jws.Signer) answer {
		body, err := json.Marshal(map[string]string{"credential": naming(t, did, address, s)})
		require.NoError(t, err)
		return h.do("POST", "/v1/verifications", "", string(body))
	}
	require.Equal(t, "not_authentic", judge("https://example.com/statement", jws.Signer{KeyID: did + "#k1", Key: other}).code())
	require.Zero(t, asked["/statement"], "nothing that a forged record names is read")
	a := judge("https://example.com/statement", key)
	require.Equal(t, "undetermined", a.code(), "%s", a.raw)
	require.Equal(t, 1, asked["/statement"])
	require.Contains(t, string(a.raw), `{"code":"COULD_NOT_FETCH","about":"https://example.com/statement"`)
	a = judge("https://example.com/itself", key)
	require.Equal(t, "undetermined", a.code(), "%s", a.raw)
	require.Equal(t, 1, asked["/itself"], "a certificate is no statement")
	for _, address := range []string{"https://metadata.example.com/x", "http://example.com/statement", "https://127.0.0.1/", "file:///etc/passwd", h.app.addresses.Public + "/v1/statements/none/credential"} {
		require.Equal(t, "undetermined", judge(address, key).code(), address)
	}
	require.Equal(t, 1, asked["/statement"])
	require.Zero(t, asked["/x"])
}

// naming is a signed badge whose issuer names a statement about itself.
func naming(t *testing.T, issuer, address string, s jws.Signer) string {
	token, err := jws.Sign([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:6f1e0b0c-0000-4000-8000-000000000002","type":["VerifiableCredential","OpenBadgeCredential"],"name":"Welder",
		"issuer":{"id":"`+issuer+`","type":["Profile"],"name":"Example","recognizedIn":{"id":"`+address+`","type":["RecognizedEntityCredential"]}},"validFrom":"2026-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:holder","type":["AchievementSubject"],"achievement":{"id":"https://example.com/welder","type":["Achievement"],"name":"Welder","description":"Welds","criteria":{"narrative":"Exam"}}},
		"iss":"`+issuer+`","jti":"urn:uuid:6f1e0b0c-0000-4000-8000-000000000002","sub":"did:example:holder","nbf":1767225600}`), "JWT", s)
	require.NoError(t, err)
	return token
}
