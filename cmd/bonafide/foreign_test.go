package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/badge"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// upload sends a file as the form field file.
func (h *house) upload(path, field string, data []byte, more ...string) answer {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, "../../etc/certificate.exe")
	require.NoError(h.t, err)
	_, err = part.Write(data)
	require.NoError(h.t, err)
	for i := 0; i+1 < len(more); i += 2 {
		require.NoError(h.t, w.WriteField(more[i], more[i+1]))
	}
	require.NoError(h.t, w.Close())
	return h.do("POST", path, "", b.String(), "Content-Type", w.FormDataContentType())
}

// pdfWith is a PDF of one page with text on it and, if not empty, an attachment.
func pdfWith(text, attachment string) []byte {
	content := "BT (" + text + ") Tj ET"
	objects := []string{"<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [3 0 R] /Count 1>>",
		"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources <<>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content)}
	if attachment != "" {
		objects[0] = "<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles <</Names [(a) 5 0 R]>>>>>>"
		objects = append(objects, "<</Type /Filespec /F (a) /EF <</F 6 0 R>>>>", fmt.Sprintf("<</Type /EmbeddedFile /Length %d>>\nstream\n%s\nendstream", len(attachment), attachment))
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	table := "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table, len(objects)+1, at)
	return b.Bytes()
}

// TestHandIn hands the same certificate in in every form, through the API and
// through the page, and whatever is none.
func TestHandIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number := h.pages[verify.BonaFide]
		token := string(h.do("GET", "/v1/certificates/"+number+"/credential", "", "").raw)
		bundle := h.do("GET", "/v1/certificates/"+number+"/bundle", "", "").raw
		svg, err := badge.BakeSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`), token)
		require.NoError(t, err)
		link := "http://localhost:8080/c/" + number
		for name, file := range map[string][]byte{
			"token": []byte(token + "\n"), "bundle": bundle, "picture": svg, "PDF": pdfWith("", token), "PDF of the bundle": pdfWith("", string(bundle)),
			"PDF that names its page": pdfWith("Verify at "+link+".", ""), "link": []byte(link),
		} {
			a := h.upload("/v1/verifications", "file", file)
			require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
			require.Equal(t, "bona_fide", a.code(), name)
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			a = h.upload("/check", "file", file, "text", "")
			require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
			require.Contains(t, string(a.raw), `data-verdict="bona_fide"`, name)
		}
		for name, given := range map[string]any{"token": token, "bundle": json.RawMessage(bundle), "bundle as text": string(bundle), "link": link, "API link": "https://LOCALHOST:8080/v1/certificates/" + number + "/credential"} {
			body, err := json.Marshal(map[string]any{"credential": given})
			require.NoError(t, err)
			a := h.do("POST", "/v1/verifications", "", string(body))
			require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
			require.Equal(t, "bona_fide", a.code(), name)
		}
		a := h.upload("/check", "nothing", nil, "text", token)
		require.Contains(t, string(a.raw), `data-verdict="bona_fide"`)
		other := h.pages[verify.NotInForce]
		a = h.upload("/v1/verifications", "file", pdfWith("http://localhost:8080/c/"+other, token))
		require.Equal(t, "bona_fide", a.code(), "the signed record counts, not what is written beside it")
		require.Contains(t, string(h.do("GET", "/c/"+number, "", "", "Accept", "text/html").raw), `<link rel="alternate" type="application/vp" href="http://localhost:8080/v1/certificates/`+number+`/bundle">`)
	})
}

func TestHandInRefused(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	for name, file := range map[string][]byte{
		"nothing": nil, "prose": []byte("Certified by everyone"), "another JSON": []byte(`{"a":1}`), "picture": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"PDF": pdfWith("Certificate", ""), "PDF with a foreign link": pdfWith("https://elsewhere.example/c/1", ""), "mistyped": []byte("http://localhost:8080/c/7K3M-9QXA-4TZ8-Q"),
		"nowhere": []byte("https://elsewhere.example/c/1"), "presentation of nothing": []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"}`),
	} {
		a := h.upload("/v1/verifications", "file", file)
		require.Equal(t, 422, a.status, "%s: %s", name, a.raw)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		faults, _ := a.json["errors"].([]any)
		require.Len(t, faults, 1, name)
		require.Equal(t, "/file", faults[0].(map[string]any)["pointer"])
		if name != "nothing" {
			require.Regexp(t, `(?i)hand(ed)? in|compare|type the number`, faults[0].(map[string]any)["detail"], name)
			a = h.upload("/check", "file", file)
			require.Contains(t, []int{404, 422}, a.status, name)
			require.Contains(t, string(a.raw), "This says nothing about the certificate itself", name)
		}
	}
	require.Equal(t, 422, h.upload("/v1/verifications", "other", []byte("x")).status)
	require.Equal(t, 422, h.do("POST", "/v1/verifications", "", `{"credential":" "}`).status)
	require.Equal(t, 422, h.do("POST", "/check", "", "").status)
	a := h.do("POST", "/check", "", "text=7K3M-9QXA-4TZ8-Q", "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 404, a.status)
	require.Contains(t, string(a.raw), "typing mistake")
	// 50 MB are refused before they are read: the sender says how much is coming.
	r, err := http.NewRequest("POST", h.url+"/v1/verifications", io.MultiReader(strings.NewReader("%PDF-1.7"), neverRead{t}))
	require.NoError(t, err)
	r.ContentLength = 50 << 20
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Expect", "100-continue")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode)
	require.Equal(t, 413, h.upload("/v1/verifications", "file", append([]byte("%PDF-1.7"), make([]byte, 5<<20)...)).status)
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// outside is a network of one server behind which every public name lies.
type outside struct {
	asked  atomic.Int32
	server *httptest.Server
}

// reach lets the house read from handle, as if it were every public host.
func (h *house) reach(handle http.HandlerFunc) *outside {
	o := &outside{}
	o.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		handle(w, r)
	}))
	h.t.Cleanup(o.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(o.server.Certificate())
	client, err := fetch.New(fetch.Options{Roots: roots,
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "metadata.example.com" {
				return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, o.server.Listener.Addr().String())
		}})
	require.NoError(h.t, err)
	h.app.lookup.Foreign = func(asker string) *fetch.Source { return fetch.NewSource(client.For(asker)) }
	return o
}

// foreign signs a badge of an issuer that no register knows.
func foreign(t *testing.T, issuer, list string, s jws.Signer) string {
	status := ""
	if list != "" {
		status = `,"credentialStatus":{"id":"` + list + `#7","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"` + list + `"}`
	}
	token, err := jws.Sign([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:6f1e0b0c-0000-4000-8000-000000000001","type":["VerifiableCredential","OpenBadgeCredential"],"name":"Welder",
		"issuer":{"id":"`+issuer+`","type":["Profile"],"name":"Example"},"validFrom":"2026-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:holder","type":["AchievementSubject"],"achievement":{"id":"https://`+"example.com"+`/welder","type":["Achievement"],"name":"Welder","description":"Welds","criteria":{"narrative":"Exam"}}},
		"iss":"`+issuer+`","jti":"urn:uuid:6f1e0b0c-0000-4000-8000-000000000001","sub":"did:example:holder","nbf":1767225600`+status+`}`), "JWT", s)
	require.NoError(t, err)
	return token
}

func document(t *testing.T, did string, keys ...jws.Signer) string {
	var methods, names []string
	for _, s := range keys {
		k, err := jws.NewJWK(s.Key.Public(), "")
		require.NoError(t, err)
		raw, err := json.Marshal(k)
		require.NoError(t, err)
		methods = append(methods, `{"id":"`+s.KeyID+`","type":"JsonWebKey","controller":"`+did+`","publicKeyJwk":`+string(raw)+`}`)
		names = append(names, `"`+s.KeyID+`"`)
	}
	return `{"id":"` + did + `","verificationMethod":[` + strings.Join(methods, ",") + `],"assertionMethod":[` + strings.Join(names, ",") + `]}`
}

// TestForeignEvidence: what issuers elsewhere publish makes a record authentic
// and tells its status; it never makes it bona fide, and what cannot be had is
// unknown.
func TestForeignEvidence(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	const did = "did:web:example.com"
	private, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	key := jws.Signer{KeyID: did + "#k1", Key: private}
	var revoked atomic.Bool
	o := h.reach(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/did.json":
			w.Header().Set("Content-Type", "application/did+json")
			fmt.Fprint(w, document(t, did, key))
		case "/status/1":
			bits := make([]byte, 16<<10)
			if revoked.Load() {
				bits[0] = 1 // index 7, counted from the left
			}
			now := h.app.lookup.Now()
			list, err := credential.StatusList{ID: "https://example.com/status/1", Issuer: did, Purpose: "revocation", Bits: bits, ValidFrom: now.AddDate(0, 0, -1), ValidUntil: now.AddDate(0, 0, 1)}.Payload()
			require.NoError(t, err)
			token, err := jws.Sign(list, "JWT", key)
			require.NoError(t, err)
			w.Header().Set("Content-Type", "application/vc+jwt")
			fmt.Fprint(w, token)
		case "/inward":
			http.Redirect(w, r, "https://metadata.example.com/", http.StatusFound)
		case "/shared":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<link rel="alternate" type="application/vc+jwt" href="/token">`)
		case "/token":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, foreign(t, did, "https://example.com/status/1", key))
		default:
			http.Error(w, "a secret", http.StatusNotFound)
		}
	})
	judge := func(token string) answer {
		body, err := json.Marshal(map[string]string{"credential": token})
		require.NoError(t, err)
		return h.do("POST", "/v1/verifications", "", string(body))
	}
	a := judge(foreign(t, did, "https://example.com/status/1", key))
	require.Equal(t, "authentic", a.json["authenticity"], "%s", a.raw)
	require.Equal(t, "in_force", a.json["currency"], "%s", a.raw)
	require.Equal(t, "undetermined", a.code(), "nobody says who did:web:example.com is")
	a = judge("https://example.com/shared")
	require.Equal(t, "authentic", a.json["authenticity"], "%s", a.raw)
	other, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	before := o.asked.Load()
	a = judge(foreign(t, did, "https://example.com/status/2", jws.Signer{KeyID: did + "#k1", Key: other}))
	require.Equal(t, "not_authentic", a.code(), "%s", a.raw)
	require.Equal(t, before, o.asked.Load(), "no list is read for a record whose signature does not verify")
	a = judge(foreign(t, did, "https://example.com/none", key))
	require.Equal(t, "unknown", a.json["currency"], "%s", a.raw)
	require.Contains(t, string(a.raw), `{"code":"COULD_NOT_FETCH","about":"https://example.com/none"`)
	require.NotContains(t, string(a.raw), "secret")
	for _, issuer := range []string{"did:web:metadata.example.com", "did:web:missing.example.com", "did:web:localhost", "did:web:10.0.0.1"} {
		a = judge(foreign(t, issuer, "", jws.Signer{KeyID: issuer + "#k1", Key: private}))
		require.Equal(t, 200, a.status)
		require.Equal(t, "unknown", a.json["authenticity"], issuer)
		require.Equal(t, "undetermined", a.code(), issuer)
	}
	for _, address := range []string{"https://example.com/none", "https://example.com/inward", "https://metadata.example.com/", "http://example.com/", "https://127.0.0.1/"} {
		a = judge(address)
		require.Equal(t, 422, a.status, address)
		require.Equal(t, "COULD_NOT_FETCH", a.code(), address)
		require.NotContains(t, string(a.raw), "secret")
		require.NotContains(t, string(a.raw), "169.254")
	}
}

// TestRevokedByItsHost: an issuer of hosted badges withdraws one by answering
// "410 Gone", with the badge or with little more than its id.
func TestRevokedByItsHost(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	assertion := func(path, more string) string {
		return `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.com` + path + `","recipient":{"type":"email","hashed":false,"identity":"a@example.com"},
			"badge":"https://example.com/b","issuedOn":"2026-01-01T00:00:00Z","verification":{"type":"hosted"}` + more + `}`
	}
	h.reach(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/ld+json")
		switch r.URL.Path {
		case "/whole":
			w.WriteHeader(http.StatusGone)
			fmt.Fprint(w, assertion("/whole", `,"revoked":true`))
		case "/short":
			w.WriteHeader(http.StatusGone)
			fmt.Fprint(w, `{"id":"https://example.com/short","revoked":true}`)
		case "/b":
			fmt.Fprint(w, `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass","id":"https://example.com/b","name":"B","issuer":"https://example.com/i"}`)
		case "/i":
			fmt.Fprint(w, `{"@context":"https://w3id.org/openbadges/v2","type":"Issuer","id":"https://example.com/i","name":"I"}`)
		}
	})
	for path, authenticity := range map[string]string{"/whole": "authentic", "/short": "unknown"} {
		a := h.upload("/v1/verifications", "file", []byte(assertion(path, "")))
		require.Equal(t, authenticity, a.json["authenticity"], "%s", a.raw)
		require.Equal(t, "withdrawn", a.json["currency"], "%s", a.raw)
	}
}

// TestForeignBudget: strangers cannot make this service read for them without
// end; what the register holds is answered all the same.
func TestForeignBudget(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	o := h.reach(http.NotFound)
	private, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	for i := range 60 {
		did := fmt.Sprintf("did:web:h%d.example.com", i)
		body, err := json.Marshal(map[string]string{"credential": foreign(t, did, "", jws.Signer{KeyID: did + "#k1", Key: private})})
		require.NoError(t, err)
		a := h.do("POST", "/v1/verifications", "", string(body))
		require.Equal(t, 200, a.status)
		require.Equal(t, "undetermined", a.code())
	}
	require.LessOrEqual(t, o.asked.Load(), int32(31), "one asker's share")
	token := string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
	require.Equal(t, "bona_fide", h.upload("/v1/verifications", "file", []byte(token)).code())
	require.Equal(t, "COULD_NOT_FETCH", h.do("POST", "/v1/verifications", "", `{"credential":"https://example.com/x"}`).code())
}

// TestOpenPostsAreLimited: a made-up token is no way round the limit where none
// is asked for.
func TestOpenPostsAreLimited(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	for _, path := range []string{"/check", "/v1/verifications"} {
		server := httptest.NewServer(h.app.handler(config{RateLimit: 3}, slog.New(slog.DiscardHandler)))
		h.url = server.URL
		for i := range 5 {
			a := h.do("POST", path, "made-up", `{"credential":"x"}`)
			require.Equal(t, i > 2, a.status == 429, "%s, request %d: %d", path, i, a.status)
			require.Equal(t, i > 2, a.header.Get("Retry-After") != "", path)
		}
		server.Close()
	}
}

// TestDocumentsInTheServer: in conformance mode documents stand for the network.
func TestDocumentsInTheServer(t *testing.T) {
	dir := fixtures(t)
	h := open(t, demo(t, "sqlite"))
	require.NoError(t, h.app.reach(config{Documents: documents(t, dir)}))
	for _, file := range []string{"ob30-1edtech-validator/simple.json", "ob30-1edtech-validator/simple-json.png", "ob30-1edtech-validator/simple-jwt.png", "ob30-1edtech-validator/simple-jwt.svg",
		"ob20-1edtech-validator/simple-badge.png", "ob20-1edtech-validator/simple.jwt", "ob20-1edtech-validator/basic-assertion.json"} {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		require.NoError(t, err)
		a := h.upload("/v1/verifications", "file", data)
		require.Equal(t, "authentic", a.json["authenticity"], "%s: %s", file, a.raw)
		require.NotEqual(t, "bona_fide", a.code(), file)
		page := h.upload("/check", "file", data)
		require.Equal(t, 200, page.status)
		require.Contains(t, string(page.raw), `data-verdict="`+a.code()+`"`)
		require.NotContains(t, string(page.raw), "/qr.svg", "what was handed in has no page")
	}
}
