package main

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestFileThatOnlyNames a certificate, whatever is printed in it, is answered
// with the record and told not to be checked itself.
func TestFileThatOnlyNames(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	n := h.pages[verify.BonaFide]
	link := "http://localhost:8080/c/" + n
	file := pdfWith("Eve Forger. Verify at "+link, "")
	a := h.upload("/v1/verifications", "file", file)
	require.Equal(t, 200, a.status)
	handed, _ := a.json["handed_in"].(map[string]any)
	require.Equal(t, "named", handed["kind"])
	require.Equal(t, link, handed["address"])
	require.Equal(t, false, handed["checked"])
	require.NotEmpty(t, handed["note"])
	require.Contains(t, a.json["summary"], "file itself was not checked")
	require.NotContains(t, string(a.raw), "nothing was altered")
	client := http.DefaultClient.CheckRedirect
	http.DefaultClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a = h.upload("/check", "file", file)
	http.DefaultClient.CheckRedirect = client
	require.Equal(t, 303, a.status)
	require.Equal(t, "/c/"+n+"?file=named", a.header.Get("Location"))
	require.Contains(t, string(h.do("GET", a.header.Get("Location"), "", "", "Accept", "text/html").raw), "was not checked")
	require.NotContains(t, string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw), "The file you handed in")
	require.NotContains(t, string(h.upload("/v1/verifications", "file", []byte(link)).raw), "handed_in", "an address alone is what was handed in")
}

// TestFormTellsWhatIsExpected: what the JSON request can say, the form can.
func TestFormTellsWhatIsExpected(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	token := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw
	at := time.Now().UTC().AddDate(50, 0, 0).Format(time.RFC3339)
	require.Equal(t, "not_in_force", h.upload("/v1/verifications", "file", token, "at", at).code())
	for _, field := range [][2]string{{"expect", `{"issuer":"somebody-else"}`}, {"expect.issuer", "somebody-else"}} {
		a := h.upload("/v1/verifications", "file", token, field[0], field[1])
		require.Contains(t, string(a.raw), "not by the body you expect", field[0])
	}
	for _, field := range [][2]string{{"at", "yesterday"}, {"expect", "{"}, {"expected", "x"}} {
		require.Equal(t, 422, h.upload("/v1/verifications", "file", token, field[0], field[1]).status, field[0])
	}
}

// TestBareAddress is read in JSON as it is in a file and on the page.
func TestBareAddress(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	// localhost:8080 has no point in it and is no name that people copy; the scheme is needed there.
	bare := "register.example/c/" + h.pages[verify.BonaFide]
	body, err := json.Marshal(map[string]string{"credential": bare})
	require.NoError(t, err)
	inJSON, inFile := h.do("POST", "/v1/verifications", "", string(body)), h.upload("/v1/verifications", "file", []byte(bare))
	require.Equal(t, inFile.code(), inJSON.code())
	require.Equal(t, "COULD_NOT_FETCH", inJSON.code(), "%s", inJSON.raw)
}

// TestUnreadableBundleIsNamed as what cannot be read.
func TestUnreadableBundleIsNamed(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	token := string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
	a := h.do("POST", "/v1/verifications", "", `{"credential":"`+token+`","bundle":{"a":1}}`)
	require.Equal(t, 422, a.status)
	require.Equal(t, "/bundle", a.json["errors"].([]any)[0].(map[string]any)["pointer"])
}

// TestUnknownListOfOurs: a stranger's credential that names a status list this
// register never made has a report, in which the status is unknown.
func TestUnknownListOfOurs(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	const did = "did:web:example.com"
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	signer := jws.Signer{KeyID: did + "#k", Key: private}
	h.reach(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/did.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(document(t, did, signer)))
	})
	token := foreign(t, did, "http://localhost:8080/status/madeup", signer)
	a := h.do("POST", "/v1/verifications", "", `{"credential":"`+token+`"}`)
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, "authentic", a.json["authenticity"])
	require.Equal(t, "unknown", a.json["currency"])
}

// TestMadeUpTokensAreCounted: a write under a token that is none is refused
// before its body is read, and counts as a stranger's.
func TestMadeUpTokensAreCounted(t *testing.T) {
	h := open(t, demo(t, "sqlite"), func(c *config) { c.RateLimit = 20 })
	token := h.certifier()
	statuses := map[int]int{}
	for range 30 {
		statuses[h.do("POST", "/v1/certificates", "made-up", "{ no JSON").status]++
	}
	require.Equal(t, 30, statuses[401]+statuses[429])
	require.Positive(t, statuses[401], "not 400: the body was not looked at")
	require.Positive(t, statuses[429])
	require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Ada")).status, "a valid token is no stranger's")
}
