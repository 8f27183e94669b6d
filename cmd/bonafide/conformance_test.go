package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys of RFC 7515 A.3 (P-256), RFC 8037 A.1 (Ed25519) and, for P-521, RFC 7515 A.4.
func conformanceKeys() map[string]string {
	return map[string]string{
		"P-256":   `{"kty":"EC","crv":"P-256","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`,
		"Ed25519": `{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`,
		"P-521":   `{"kty":"EC","crv":"P-521","alg":"ES512","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2","d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}`,
	}
}

func TestConformanceFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	call := func(action, input, key, feature string) (out conformanceResult) {
		t.Helper()
		var errOut bytes.Buffer
		output := filepath.Join(dir, "output.json")
		code := run([]string{"conformance", action, "--input", input, "--key", key, "--feature", feature, "--output", output}, strings.NewReader(""), &bytes.Buffer{}, &errOut)
		require.Equal(t, 0, code, errOut.String())
		data, err := os.ReadFile(output)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &out))
		return out
	}
	vc := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"https://issuer.example/1","credentialSubject":{"id":"did:example:x"}}`
	vp := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"]}`
	for curve, secret := range conformanceKeys() {
		key := file(curve+".json", `{"id":"https://issuer.example/1#k","type":"JsonWebKey","secretKeyJwk":`+secret+`}`)
		for feature, document := range map[string]string{"credential_jose": vc, "presentation_jose": vp} {
			made := call("issue", file("in.json", document), key, feature)
			require.Equal(t, "success", made.Result, "%s %s: %s", curve, feature, made.Errors)
			token := made.Data.(string)
			read := call("verify", file("in.jwt", token+"\n"), key, feature)
			require.Equal(t, "success", read.Result, "%s: %s", curve, read.Errors)
			got, err := json.Marshal(read.Data)
			require.NoError(t, err)
			require.JSONEq(t, document, string(got))
			for name, bad := range map[string]string{
				"tampered": token[:len(token)-6] + "AAAAAA", "unsecured": document, "no token": "hello",
			} {
				require.Equal(t, "failure", call("verify", file("bad", bad), key, feature).Result, name)
			}
			other := map[string]string{"credential_jose": "presentation_jose", "presentation_jose": "credential_jose"}[feature]
			require.Equal(t, "failure", call("verify", file("in.jwt", token), key, other).Result, "another kind")
		}
		require.Equal(t, "failure", call("issue", file("in.json", strings.Replace(vc, `"type"`, `"vc":{},"type"`, 1)), key, "credential_jose").Result)
		require.Equal(t, "failure", call("issue", file("in.json", strings.Replace(vc, "VerifiableCredential", "X", 1)), key, "credential_jose").Result)
	}
	var errOut bytes.Buffer
	code := run([]string{"conformance", "issue", "--input", file("in.json", vc), "--key", file("none.json", `{}`), "--feature", "credential_jose", "--output", filepath.Join(dir, "x")}, strings.NewReader(""), &bytes.Buffer{}, &errOut)
	require.Equal(t, exitUsage, code)
}
