package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// house is a whole service on one engine, with the demo world in it.
type house struct {
	t          testing.TB
	app        *app
	url        string
	pages      map[verify.Verdict]string // number by verdict
	statements atomic.Int64
	lite       bool // on SQLite
	dsn        string
}

func each(t *testing.T, run func(t *testing.T, h *house)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			run(t, open(t, demo(t, engine)))
		})
	}
}

func open(t testing.TB, dsn string, change ...func(*config)) *house {
	h := &house{t: t, pages: map[verify.Verdict]string{}, lite: strings.HasPrefix(dsn, "sqlite:"), dsn: dsn}
	c := demoConfig(dsn)
	c.Documents = t.TempDir() // none there: nothing is read from the network
	for _, f := range change {
		f(&c)
	}
	var err error
	h.app, err = openApp(t.Context(), c, store.Options{OnStatement: func() { h.statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.app.close()) })
	var guide bytes.Buffer
	require.NoError(t, seed(&environment{ctx: t.Context(), out: &guide, errOut: io.Discard}, h.app, c))
	for _, line := range strings.Split(guide.String(), "\n") {
		f := strings.Fields(line)
		if len(f) > 1 && strings.Contains(f[1], "/c/") && h.pages[verify.Verdict(f[0])] == "" {
			h.pages[verify.Verdict(f[0])] = f[1][strings.LastIndex(f[1], "/")+1:]
		}
	}
	server := httptest.NewServer(h.app.handler(c, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func demoConfig(dsn string) config {
	return config{PublicURL: "http://localhost:8080", Database: dsn, KEK: base64.StdEncoding.EncodeToString(make([]byte, 32)), Seed: "demo"}
}

type answer struct {
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

// code is the problem code, or the report's verdict.
func (a answer) code() string {
	if s, ok := a.json["code"].(string); ok {
		return s
	}
	s, _ := a.json["verdict"].(string)
	return s
}

func (h *house) do(method, path, token, body string, header ...string) answer {
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	require.NoError(h.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(h.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(h.t, err)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: raw}
	_ = json.Unmarshal(raw, &a.json) // not every answer is JSON
	return a
}

func (h *house) token(c access.Client) string {
	client, secret, err := h.app.gate.Enrol(h.t.Context(), c)
	require.NoError(h.t, err)
	r, err := http.NewRequestWithContext(h.t.Context(), "POST", h.url+"/oauth2/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	require.NoError(h.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client.ID, secret)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(h.t, err)
	defer resp.Body.Close()
	var out struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(h.t, json.NewDecoder(resp.Body).Decode(&out))
	require.NotEmpty(h.t, out.AccessToken)
	return out.AccessToken
}

func (h *house) certifier() string {
	return h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:write", "certificates:read", "statements:write", "registry:write"}})
}

func request(name string) string {
	decided := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour)
	return fmt.Sprintf(`{"scheme":"demo-service-lead","holder":{"name":%q,"email":"x@example.org"},"decided_at":%q,"valid_until":%q,"accreditation_claim":true,"publication":"public"}`,
		name, decided.Format(time.RFC3339), decided.AddDate(3, 0, 0).Format(time.RFC3339))
}

func TestEveryVerdictHasACertificate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		require.Len(t, h.pages, 10)
		for verdict, number := range h.pages {
			a := h.do("GET", "/v1/certificates/"+number, "", "")
			require.Equal(t, string(verdict), a.code(), "%s", a.raw)
			checks := a.json["checks"].([]any)
			require.Len(t, checks, len(verify.CheckIDs()))
			for i, id := range verify.CheckIDs() {
				require.Equal(t, string(id), checks[i].(map[string]any)["id"])
			}
			page := h.do("GET", "/c/"+number, "", "", "Accept", "text/html")
			require.Contains(t, string(page.raw), `data-verdict="`+string(verdict)+`"`)
		}
		require.Equal(t, 404, h.do("GET", "/v1/certificates/0000-0000-0000-0", "", "").status)
	})
}

func TestLookupIsOneStatement(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		path := "/v1/certificates/" + h.pages[verify.BonaFide]
		require.Equal(t, 200, h.do("GET", path, "", "").status) // fills what is held in memory
		before := h.statements.Load()
		require.Equal(t, 200, h.do("GET", path, "", "").status)
		require.EqualValues(t, 1, h.statements.Load()-before, "certificate, its events and the registry's version together")
	})
}

func TestIssueIsIdempotent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		var wait sync.WaitGroup
		numbers := make([]string, 8)
		for i := range numbers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for range 500 {
					a := h.do("POST", "/v1/certificates", token, request("Ada"), "Idempotency-Key", `"race"`)
					if a.status == 201 {
						numbers[i], _ = a.json["id"].(string)
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}
		wait.Wait()
		for _, n := range numbers {
			require.NotEmpty(t, n)
			require.Equal(t, numbers[0], n)
		}
		again := h.do("POST", "/v1/certificates", token, request("Ada"), "Idempotency-Key", "race")
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, 422, h.do("POST", "/v1/certificates", token, request("Eve"), "Idempotency-Key", "race").status)
	})
}

func TestStatusShowsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		n := h.do("POST", "/v1/certificates", token, request("Ada")).json["id"].(string)
		path := "/v1/certificates/" + n
		require.Equal(t, "bona_fide", h.do("GET", path, "", "").code())
		require.Equal(t, 201, h.do("POST", path+"/events", token, `{"event":"suspended","public_reason":"under review"}`).status)
		require.Equal(t, 409, h.do("POST", path+"/events", token, `{"event":"suspended"}`).status)
		suspended := h.do("GET", path, "", "")
		require.Equal(t, "suspended", suspended.json["currency"])
		require.Len(t, suspended.json["history"], 1)
		require.Equal(t, 201, h.do("POST", path+"/events", token, `{"event":"restored"}`).status)
		require.Equal(t, "bona_fide", h.do("GET", path, "", "").code())
		require.Equal(t, 201, h.do("POST", path+"/events", token, `{"event":"withdrawn"}`).status)
		require.Equal(t, "withdrawn", h.do("GET", path, "", "").json["currency"])
		require.Equal(t, 409, h.do("POST", path+"/events", token, `{"event":"restored"}`).status)
	})
}

// TestTagsOutliveTheMinute: a report and its page keep their ETag while nothing
// changes but the clock, and lose it when something does.
func TestTagsOutliveTheMinute(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		n := h.do("POST", "/v1/certificates", token, request("Ada")).json["id"].(string)
		for _, path := range []string{"/v1/certificates/" + n, "/c/" + n, "/v1/certificates/" + n + "?at=" + instantOf(0)} {
			first := h.do("GET", path, "", "")
			require.Equal(t, 200, first.status)
			tag := first.header.Get("ETag")
			require.True(t, strings.HasPrefix(tag, `W/"`), "%s: %s", path, tag)
			time.Sleep(2 * time.Millisecond)
			again := h.do("GET", path, "", "", "If-None-Match", tag)
			require.Equal(t, 304, again.status, path)
			require.Empty(t, again.raw)
			require.Equal(t, 200, h.do("GET", path, "", "", "If-None-Match", `"another"`).status)
		}
		tag := h.do("GET", "/v1/certificates/"+n, "", "").header.Get("ETag")
		require.NotEqual(t, tag, h.do("GET", "/v1/certificates/"+n+"?name=Ada", "", "").header.Get("ETag"))
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+n+"/events", token, `{"event":"suspended"}`).status)
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+n, "", "", "If-None-Match", tag).status, "a change shows at once")
	})
}

// TestReasonsAreTheIssuers: what the issuer noted for itself is shown to it and
// to nobody else, on no surface.
func TestReasonsAreTheIssuers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		n := h.do("POST", "/v1/certificates", token, request("Ada")).json["id"].(string)
		path := "/v1/certificates/" + n
		before := h.do("GET", path, "", "") // the caches are warm
		require.Equal(t, "bona_fide", before.code())
		const secret = "complaint 4711 of a competitor"
		a := h.do("POST", path+"/events", token, `{"event":"suspended","public_reason":"under review","reason":"`+secret+`"}`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, 201, h.do("POST", path+"/events", token, `{"event":"restored"}`).status)
		own := h.do("GET", "/v1/certificates?limit=200", token, "")
		for _, x := range own.json["data"].([]any) {
			if c := x.(map[string]any); c["id"] == n {
				a.json = c
			}
		}
		events := a.json["events"].([]any)
		require.Len(t, events, 2)
		first := events[0].(map[string]any)
		require.Equal(t, secret, first["reason"])
		require.Equal(t, "under review", first["public_reason"])
		require.NotContains(t, events[1], "reason")
		credential := string(h.do("GET", path+"/credential", "", "").raw)
		for _, public := range []answer{
			h.do("GET", path, "", ""), h.do("GET", path, token, ""), h.do("GET", "/c/"+n, "", "", "Accept", "text/html"), h.do("GET", path+"/bundle", "", ""),
			h.do("POST", "/v1/verifications", "", `{"credential":"`+credential+`"}`),
		} {
			require.Equal(t, 200, public.status)
			require.NotContains(t, string(public.raw), "4711")
			for _, part := range strings.FieldsFunc(string(public.raw), func(r rune) bool { return r == '.' || r == '"' || r == ',' }) {
				if data, err := base64.RawURLEncoding.DecodeString(part); err == nil {
					require.NotContains(t, string(data), "4711", "inside a signed record")
				}
			}
		}
		require.Contains(t, string(h.do("GET", path, "", "").raw), "under review")
	})
}

func TestBodiesAreIsolated(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		n := h.pages[verify.BonaFide]
		require.Equal(t, 403, h.do("POST", "/v1/certificates", other, request("Ada")).status)
		require.Equal(t, 404, h.do("POST", "/v1/certificates/"+n+"/events", other, `{"event":"withdrawn"}`).status)
		require.Equal(t, 403, h.do("GET", "/v1/certificates?issuer=demo-certification", other, "").status)
		require.Equal(t, 403, h.do("POST", "/v1/bodies", other, `{"name":"X"}`).status)
		require.Equal(t, 403, h.do("POST", "/v1/bodies/demo-certification/keys", other, `{"jwk":{},"use":"credential"}`).status)
		require.Equal(t, 403, h.do("PUT", "/v1/bodies/demo-certification/coverage", other, `{"register":"complete"}`).status)
		require.Equal(t, 403, h.do("POST", "/v1/schemes", other, `{"owner":"demo-certification","name":"X","kind":"attendance"}`).status)
		require.Equal(t, 403, h.do("POST", "/v1/statements", other,
			`{"kind":"accreditation","issuer":"demo-accreditation","subject":"demo-lapsed","scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024"},"valid_from":"2026-01-01T00:00:00Z"}`).status)
		for _, c := range h.do("GET", "/v1/certificates", other, "").json["data"].([]any) {
			require.Equal(t, "demo-harbour-master", c.(map[string]any)["scheme"])
		}
		require.Equal(t, 401, h.do("POST", "/v1/certificates", "", request("Ada")).status)
		require.Equal(t, 401, h.do("POST", "/v1/certificates", other+"x", request("Ada")).status)
		weak := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:read"}})
		require.Equal(t, 403, h.do("POST", "/v1/certificates", weak, request("Ada")).status)
	})
}

func TestSubmittedCredentials(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw)
		part := strings.Split(good, ".")
		jwk := h.do("GET", "/bodies/demo-certification/jwks.json", "", "").raw
		b64 := base64.RawURLEncoding.EncodeToString
		hs := b64([]byte(`{"alg":"HS256","kid":"k","typ":"JWT"}`)) + "." + part[1]
		mac := hmac.New(sha256.New, jwk)
		mac.Write([]byte(hs))
		last := good[len(good)-1]
		spelled := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[(strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)&^15)|15&(strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)+1)])
		for name, c := range map[string]struct{ token, verdict string }{
			"good":       {good, "bona_fide"},
			"none":       {b64([]byte(`{"alg":"none","kid":"k"}`)) + "." + part[1] + ".", "not_authentic"},
			"HS256":      {hs + "." + b64(mac.Sum(nil)), "not_authentic"},
			"crit":       {b64([]byte(`{"alg":"ES256","kid":"k","crit":["b64"]}`)) + "." + part[1] + "." + part[2], "not_authentic"},
			"wrong kid":  {b64([]byte(`{"alg":"ES256","kid":"did:web:evil.example#k","typ":"JWT"}`)) + "." + part[1] + "." + part[2], "not_authentic"},
			"respelled":  {spelled, "not_authentic"},
			"duplicates": {part[0] + "." + b64([]byte(`{"iss":"a","iss":"b"}`)) + "." + part[2], "not_authentic"},
		} {
			body, err := json.Marshal(map[string]string{"credential": c.token})
			require.NoError(t, err)
			a := h.do("POST", "/v1/verifications", "", string(body))
			require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
			require.Equal(t, c.verdict, a.code(), name)
		}
		require.Equal(t, 422, h.do("POST", "/v1/verifications", "", `{"credential":"hello"}`).status)
	})
}

func TestBundleNeedsAnchorKeysAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, verdict := range []verify.Verdict{verify.BonaFide, verify.NotInForce, verify.NotAuthentic} {
			data := h.do("GET", "/v1/certificates/"+h.pages[verdict]+"/bundle", "", "").raw
			anchors, registrars := h.app.anchors.Trust()
			p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}
			require.Equal(t, verdict, evaluate(t, data, p).Verdict, "with the registrar's word")
			p.Registrars = nil
			require.Equal(t, verdict, evaluate(t, data, p).Verdict, "with the anchor's keys alone")
			keyless := p
			keyless.Anchors = slices.Clone(anchors)
			for i := range keyless.Anchors {
				keyless.Anchors[i].Keys = nil
			}
			require.NotEqual(t, verify.BonaFide, evaluate(t, data, keyless).Verdict, "nobody vouches for any key")
			keyless.Registrars = registrars
			r := evaluate(t, data, keyless)
			require.Equal(t, verdict, r.Verdict, "the registrar vouches for the anchor's key")
			for _, path := range [][]verify.Link{r.Chain.AtDecision, r.Chain.Now} {
				for _, l := range path {
					want := "signed"
					if l.Kind == "recognition" {
						want = "recorded"
					}
					require.Equal(t, want, l.Assurance, "and that is told")
				}
			}
			p.Now = p.Now.Add(48 * time.Hour)
			require.NotEqual(t, verify.BonaFide, evaluate(t, data, p).Verdict, "stale status is no status")
		}
	})
}

func evaluate(t *testing.T, bundle []byte, p verify.Policy) *verify.Report {
	token, src, err := verify.ParseBundle(bundle, p)
	require.NoError(t, err)
	ev, err := verify.Gather(t.Context(), token, p, src)
	require.NoError(t, err)
	return verify.Evaluate(ev, p)
}

func (h *house) operator() string { return h.token(access.Client{Operator: true}) }
