package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/badge"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// fixtures is the folder of third-party test data, which is not part of the project.
func fixtures(t testing.TB) string {
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
	dir, err := filepath.Abs(dir)
	require.NoError(t, err)
	return dir
}

// binary builds the command once.
var binary = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // built once for all tests
	dir, err := os.MkdirTemp("", "bonafide-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bonafide")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return path, nil
})

// said is what the command answered.
type said struct {
	code   int
	report verify.Report
	err    string
}

// command runs bonafide verify --json in an empty folder with no environment.
func command(t *testing.T, in []byte, args ...string) said {
	path, err := binary()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), path, append([]string{"verify", "--json"}, args...)...)
	c.Dir, c.Env, c.Stdin = t.TempDir(), []string{"HOME=/nonexistent"}, bytes.NewReader(in)
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	s := said{}
	if err := c.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		s.code = exit.ExitCode()
	}
	s.err = errOut.String()
	if out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &s.report), "%s", out.String())
	}
	return s
}

// documents writes what the issuers of the test data would publish, and the
// test data's own documents of Open Badges 2.0.
func documents(t *testing.T, fixtures string) string {
	dir := t.TempDir()
	put := func(name string, v any) {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	jwk := func(file string) json.RawMessage {
		picture, err := os.ReadFile(filepath.Join(fixtures, "ob30-1edtech-validator", file))
		require.NoError(t, err)
		c, err := badge.Extract(picture)
		require.NoError(t, err)
		head, err := base64.RawURLEncoding.DecodeString(strings.Split(c.Text, ".")[0])
		require.NoError(t, err)
		var h struct{ JWK json.RawMessage }
		require.NoError(t, json.Unmarshal(head, &h))
		return h.JWK
	}
	controller := func(id string, keys map[string]any) map[string]any {
		methods, names := []any{}, []string{}
		for name, key := range keys {
			m := map[string]any{"id": id + "#" + name, "controller": id, "type": "Multikey", "publicKeyMultibase": key}
			if raw, ok := key.(json.RawMessage); ok {
				m = map[string]any{"id": id + "#" + name, "controller": id, "type": "JsonWebKey", "publicKeyJwk": raw}
			}
			methods, names = append(methods, m), append(names, id+"#"+name)
		}
		return map[string]any{"id": id, "verificationMethod": methods, "assertionMethod": names}
	}
	const k1, k2 = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", "z6MknNHHrBzPytzu6CUBP9Lg7fg4KSBjzimc2Frh693YbMiv"
	const k3 = "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x" // of the picture
	put("example.json", controller("https://example.com/issuers/876543", map[string]any{k1: k1, k2: k2, k3: k3}))
	put("1edtech.json", controller("https://1edtech.edu/issuers/565049", map[string]any{k1: k1, "png": jwk("simple-jwt.png"), "svg": jwk("simple-jwt.svg")}))
	for _, name := range []string{"assets/organization.json", "assets/robotics-badge.json", "assets/key1.json", "basic-assertion.json"} {
		data, err := os.ReadFile(filepath.Join(fixtures, "ob20-1edtech-validator", filepath.FromSlash(name)))
		require.NoError(t, err)
		put(filepath.Base(name), json.RawMessage(data))
	}
	return dir
}

// TestVerifyFiles judges every kind of file that the command reads, with what
// their issuers publish and without.
func TestVerifyFiles(t *testing.T) {
	dir := fixtures(t)
	docs := documents(t, dir)
	for file, want := range map[string]struct {
		authenticity, offline verify.Authenticity
		currency              verify.Currency
		code                  int
	}{
		"ob30-1edtech-validator/simple.json":                 {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob30-1edtech-validator/simple_v1.json":              {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob30-1edtech-validator/simple-did-web-method.json":  {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob30-1edtech-validator/simple-err-proof-value.json": {verify.Inauthentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 1},
		"ob30-1edtech-validator/simple-err-expired.json":     {verify.Authentic, verify.AuthenticityUnknown, verify.Expired, 1},
		"ob30-1edtech-validator/simple-json.png":             {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob30-1edtech-validator/simple-jwt.png":              {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob30-1edtech-validator/simple-jwt.svg":              {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"ob20-1edtech-validator/basic-assertion.json":        {verify.Authentic, verify.AuthenticityUnknown, verify.InForce, 2},
		"ob20-1edtech-validator/simple-badge.png":            {verify.Authentic, verify.AuthenticityUnknown, verify.InForce, 2},
		"ob20-1edtech-validator/simple.jwt":                  {verify.Authentic, verify.AuthenticityUnknown, verify.CurrencyUnknown, 2},
		"dcc-verifier-core/v2NoStatus.json":                  {verify.Authentic, verify.Authentic, verify.CurrencyUnknown, 2},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, filepath.FromSlash(file))
			s := command(t, nil, path, "--documents", docs)
			require.Equal(t, want.authenticity, s.report.Authenticity, "%+v", s)
			require.Equal(t, want.currency, s.report.Currency, "%+v", s)
			require.Equal(t, want.code, s.code)
			require.NotEqual(t, verify.BonaFide, s.report.Verdict)
			offline := command(t, nil, path)
			require.Equal(t, want.offline, offline.report.Authenticity, "%+v", offline)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			s.report.CheckedAt, s.report.At = offline.report.CheckedAt, offline.report.At
			piped := command(t, data, "-")
			require.Equal(t, offline.report.Checks, piped.report.Checks)
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	folder := filepath.Join(dir, "documents")
	require.NoError(t, os.Mkdir(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.json"), []byte(`{"id":"a","id":"b"}`), 0o600))
	token := write("t.jwt", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	for says, args := range map[string][]string{
		"hand in":              {write("prose.txt", "Certified by everyone")},
		"is empty":             {write("empty", "")},
		"no such file":         {filepath.Join(dir, "none")},
		"names an address":     {write("a.url", "https://example.org/c/7K3M")},
		"only https":           {"https://10.0.0.1/"},
		"stands twice":         {token, "--documents", folder},
		"not an instant":       {token, "--at", "yesterday"},
		"unknown flag":         {token, "--wrong"},
		"could not be reached": {"http://127.0.0.1:1/"},
	} {
		s := command(t, nil, args...)
		require.Equal(t, 64, s.code, says)
		require.Contains(t, s.err, says)
		require.Zero(t, s.report.Verdict)
	}
	require.Equal(t, 1, command(t, nil, token).code, "a token that is no credential is told as such")
}

// TestVerifyNamedByAddress: a badge that names where its assertion is hosted
// is read from the documents, and from nowhere without them.
func TestVerifyNamedByAddress(t *testing.T) {
	docs := documents(t, fixtures(t))
	picture := []byte(`<svg><o:assertion xmlns:o="http://openbadges.org" verify="https://example.org/beths-robotics-badge.json"/></svg>`)
	require.Equal(t, verify.Authentic, command(t, picture, "-", "--documents", docs).report.Authenticity)
	s := command(t, picture, "-")
	require.Equal(t, 64, s.code)
	require.Contains(t, s.err, "give that address instead: https://example.org/beths-robotics-badge.json")
}

// TestReachIsConfigured: documents replace what issuers publish today, so the
// server takes them for conformance tests alone.
func TestReachIsConfigured(t *testing.T) {
	t.Setenv("BONAFIDE_DATABASE", "sqlite:"+filepath.Join(t.TempDir(), "b.db"))
	t.Setenv("BONAFIDE_LISTEN", "127.0.0.1:0")
	serve := func() (int, string) {
		var errOut bytes.Buffer
		code := run([]string{"serve"}, strings.NewReader(""), io.Discard, &errOut)
		return code, errOut.String()
	}
	t.Setenv("BONAFIDE_DOCUMENTS", t.TempDir())
	code, says := serve()
	require.Equal(t, exitUsage, code)
	require.Contains(t, says, "only with BONAFIDE_CONFORMANCE=true")
	t.Setenv("BONAFIDE_CONFORMANCE", "true")
	t.Setenv("BONAFIDE_DOCUMENTS", filepath.Join(t.TempDir(), "none"))
	code, says = serve()
	require.Equal(t, 1, code)
	require.Contains(t, says, "reading documents")
	t.Setenv("BONAFIDE_FETCH_LOOPBACK", "perhaps")
	code, says = serve()
	require.Equal(t, exitUsage, code)
	require.Contains(t, says, "BONAFIDE_FETCH_LOOPBACK: must be true or false")
}

// TestVerifyShareLink follows our own page and API, a badge picture and a page
// of another site, from a server on this machine.
func TestVerifyShareLink(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	number := h.pages[verify.BonaFide]
	token := string(h.do("GET", "/v1/certificates/"+number+"/credential", "", "").raw)
	picture, err := badge.BakeSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`), token)
	require.NoError(t, err)
	// The service calls itself localhost:8080 in the demo world; here it listens elsewhere.
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/badge.svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = w.Write(picture)
		case "/shared":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<html><head><link rel="alternate" type="application/vc+jwt" href="/token"></head></html>`)
		case "/token":
			w.Header().Set("Content-Type", "application/vc+jwt")
			fmt.Fprint(w, token)
		case "/plain":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<html>Congratulations</html>`)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/inward":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		default:
			p := h.do(r.Method, r.URL.RequestURI(), "", "", "Accept", r.Header.Get("Accept"))
			w.Header().Set("Content-Type", p.header.Get("Content-Type"))
			w.WriteHeader(p.status)
			_, _ = w.Write(bytes.ReplaceAll(p.raw, []byte(`href="http://localhost:8080`), []byte(`href="http://`+r.Host)))
		}
	}))
	defer site.Close()
	list := verify.AnchorList{}
	list.Anchors, list.Registrars = h.app.anchors.Trust()
	trusted, err := verify.FormatAnchors(list)
	require.NoError(t, err)
	anchors := filepath.Join(t.TempDir(), "anchors.json")
	require.NoError(t, os.WriteFile(anchors, trusted, 0o600))
	for _, path := range []string{"/c/" + number, "/v1/certificates/" + number, "/v1/certificates/" + number + "/bundle"} {
		s := command(t, nil, site.URL+path, "--anchors", anchors)
		require.Equal(t, 0, s.code, "%s: the bundle with the whole chain is what a page leads to: %s %+v", path, s.err, s.report)
	}
	whole := h.do("GET", "/v1/certificates/"+number+"/bundle", "", "").raw
	tokens, err := credential.ParsePresentation(whole)
	require.NoError(t, err)
	rest, err := credential.Presentation(tokens[1:])
	require.NoError(t, err)
	beside := filepath.Join(t.TempDir(), "rest.json")
	require.NoError(t, os.WriteFile(beside, rest, 0o600))
	s := command(t, []byte(tokens[0]), "-", "--anchors", anchors, "--bundle", beside)
	require.Equal(t, 0, s.code, "statements alone serve as a bundle: %s", s.err)
	for path, credential := range map[string]bool{"/c/" + number: true, "/v1/certificates/" + number: true, "/badge.svg": true, "/shared": true, "/plain": false, "/loop": false, "/inward": false} {
		s := command(t, nil, site.URL+path)
		if !credential {
			require.Equal(t, 64, s.code, path)
			continue
		}
		require.Equal(t, 2, s.code, "%s: %s", path, s.err)
		require.Equal(t, number, s.report.Certificate.Number, path)
	}
}
