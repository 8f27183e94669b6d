package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// shown issues a public certificate with evidence and returns its number.
func (h *house) shown(t *testing.T, name string) string {
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(request(name)), &body))
	body["level"] = "practitioner"
	body["evidence"] = []map[string]string{{"kind": "work_sample", "description": "A harbour plan", "url": "https://work.example/plan"}, {"kind": "reference", "description": "A letter"}}
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	a := h.do("POST", "/v1/certificates", h.certifier(), string(raw))
	require.Equal(t, 201, a.status, "%s", a.raw)
	return a.json["id"].(string)
}

// invited makes a link and returns its path.
func (h *house) invited(t *testing.T, n string) string {
	a := h.do("POST", "/v1/certificates/"+n+"/holder-link", h.certifier(), "")
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	link := strings.TrimPrefix(a.json["url"].(string), "http://localhost:8080")
	require.Regexp(t, `^/holder/[A-Za-z0-9_-]{43}$`, link)
	return link
}

// choose sends the form of the holder's page.
func (h *house) choose(t *testing.T, link string, form url.Values, header ...string) answer {
	if !form.Has("form") {
		page := string(h.do("GET", link, "", "", "Accept", "text/html").raw)
		m := regexp.MustCompile(`name="form" value="([0-9a-f]{32})"`).FindStringSubmatch(page)
		require.Len(t, m, 2)
		form.Set("form", m[1])
	}
	return h.do("POST", link, "", form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html"}, header...)...)
}

// TestHolderDecides: the holder narrows what is shown, on every way out, and
// never the verdict; what was narrowed can be shown again, as far as signed.
func TestHolderDecides(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.shown(t, "Ada Example")
		link := h.invited(t, n)
		page := func() string { return string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw) }
		require.Contains(t, page(), "Ada Example")
		require.NotContains(t, page(), "A harbour plan", "evidence is shown by the holder's leave alone")

		a := h.choose(t, link, url.Values{"publication": {"public"}, "level": {"shown"}, "record": {"shown"}, "evidence": {"0"}})
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, string(a.raw), "Saved. It holds from now on.")
		require.Contains(t, page(), "A harbour plan")
		require.NotContains(t, page(), "A letter")
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+n+"/credential", "", "").status)

		a = h.choose(t, link, url.Values{"publication": {"match"}})
		require.Equal(t, http.StatusOK, a.status)
		for _, way := range []string{"/c/" + n, "/v1/certificates/" + n, "/embed/" + n, "/c/" + n + "/badge.svg", "/c/" + n + "/certificate.pdf", "/oembed?url=" + url.QueryEscape("http://localhost:8080/c/"+n)} {
			a := h.do("GET", way, "", "")
			require.Equal(t, 200, a.status, way)
			require.NotContains(t, string(a.raw), "Ada Example", way)
			require.NotContains(t, string(a.raw), "A harbour plan", way)
		}
		for _, way := range []string{"/credential", "/bundle", "/credential?form=embedded"} {
			a := h.do("GET", "/v1/certificates/"+n+way, "", "")
			require.Equal(t, 404, a.status, way)
			require.Equal(t, "WITHHELD_BY_HOLDER", a.code(), way)
		}
		require.Equal(t, 404, h.do("GET", "/v1/certificates/"+n, "", "", "Accept", "application/vc+jwt").status)
		r := h.must(200, "GET", "/v1/certificates/"+n+"?name=Ada+Example", "", "")
		require.Equal(t, string(verify.BonaFide), r["verdict"])
		require.Equal(t, "pass", outcomeIn(r, "holder_match"))
		require.NotContains(t, r["certificate"].(map[string]any)["scheme"], "level")

		require.Equal(t, http.StatusOK, h.choose(t, link, url.Values{"do": {"unshare"}}).status)
		r = h.must(200, "GET", "/v1/certificates/"+n+"?name=Ada+Example", "", "")
		require.Equal(t, string(verify.BonaFide), r["verdict"], "what a holder hides is never the verdict")
		require.Equal(t, "unknown", outcomeIn(r, "holder_match"))
		other := h.must(200, "GET", "/v1/certificates/"+n+"?name=Somebody+Else", "", "")
		require.Equal(t, outcomeIn(r, "holder_match"), outcomeIn(other, "holder_match"), "a right and a wrong name are answered alike")

		require.Equal(t, http.StatusOK, h.choose(t, link, url.Values{"publication": {"public"}, "level": {"shown"}, "record": {"shown"}}).status)
		require.Contains(t, page(), "Ada Example")
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+n+"/bundle", "", "").status)
	})
}

func outcomeIn(r map[string]any, id string) string {
	for _, c := range r["checks"].([]any) {
		if c := c.(map[string]any); c["id"] == id {
			return c["outcome"].(string)
		}
	}
	return ""
}

// TestHolderCannotWiden: what the issuer did not sign, no form shows.
func TestHolderCannotWiden(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.do("POST", "/v1/certificates", h.certifier(), strings.Replace(request("Bea Hidden"), `"public"`, `"match"`, 1))
		require.Equal(t, 201, a.status)
		n := a.json["id"].(string)
		link := h.invited(t, n)
		require.Equal(t, http.StatusOK, h.choose(t, link, url.Values{"publication": {"public"}, "level": {"shown"}, "record": {"shown"}, "evidence": {"0", "-1", "99999999999999999999", "7"}}).status)
		require.NotContains(t, string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw), "Bea Hidden")
		require.NotContains(t, string(h.do("GET", "/v1/certificates/"+n, "", "").raw), "Bea Hidden")
		require.Equal(t, http.StatusOK, h.choose(t, link, url.Values{"publication": {"nonsense"}, "level": {"shown"}, "record": {"shown"}}).status)
		require.Equal(t, "pass", outcomeIn(h.must(200, "GET", "/v1/certificates/"+n+"?name=Bea+Hidden", "", ""), "holder_match"), "what is no level changes nothing")
	})
}

// TestHolderLink: it ends, is taken back, is bound to its form, and tells no
// other page of itself.
func TestHolderLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.shown(t, "Ada Example")
		link, second := h.invited(t, n), h.invited(t, n)
		a := h.do("GET", link, "", "", "Accept", "text/html")
		require.Equal(t, 200, a.status)
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"))
		require.Equal(t, "DENY", a.header.Get("X-Frame-Options"))
		require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.Empty(t, a.header.Get("ETag"))
		require.Empty(t, a.header.Get("Set-Cookie"))
		require.Contains(t, string(a.raw), `name="robots" content="noindex"`)
		require.NotContains(t, string(a.raw), "canonical")

		require.Equal(t, 403, h.choose(t, link, url.Values{"form": {strings.Repeat("0", 32)}, "do": {"unshare"}}).status, "a form from elsewhere")
		require.Equal(t, 403, h.choose(t, link, url.Values{"do": {"unshare"}}, "Sec-Fetch-Site", "cross-site").status)
		form := regexp.MustCompile(`name="form" value="([0-9a-f]{32})"`).FindStringSubmatch(string(h.do("GET", second, "", "", "Accept", "text/html").raw))[1]
		require.Equal(t, 403, h.choose(t, link, url.Values{"form": {form}, "do": {"unshare"}}).status, "the form of another link")
		require.Contains(t, string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw), "Ada Example")

		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		require.Equal(t, 404, h.do("DELETE", "/v1/certificates/"+n+"/holder-link", other, "").status)
		require.Equal(t, 404, h.do("POST", "/v1/certificates/"+n+"/holder-link", other, "").status)
		require.Equal(t, 422, h.do("POST", "/v1/certificates/"+n+"/holder-link", h.certifier(), `{"expires_in":59}`).status)
		require.Equal(t, 422, h.do("POST", "/v1/certificates/"+n+"/holder-link", h.certifier(), `{"expires_in":99999999999}`).status)
		require.InDelta(t, 2, h.must(200, "DELETE", "/v1/certificates/"+n+"/holder-link", h.certifier(), "")["ended"], 0)
		for _, gone := range []string{link, second, "/holder/x", "/holder/" + strings.Repeat("A", 43), "/holder/" + strings.Repeat("A", 5000)} {
			require.Equal(t, 404, h.do("GET", gone, "", "", "Accept", "text/html").status, gone[:min(len(gone), 12)])
			require.Equal(t, 404, h.choose(t, gone, url.Values{"form": {form}, "do": {"unshare"}}).status)
		}
		require.InDelta(t, 0, h.must(200, "DELETE", "/v1/certificates/"+n+"/holder-link", h.certifier(), "")["ended"], 0)

		short := h.must(201, "POST", "/v1/certificates/"+n+"/holder-link", h.certifier(), `{"expires_in":60}`)
		now := h.app.holders.Now
		defer func() { h.app.holders.Now = now }()
		h.app.holders.Now = func() time.Time { return now().Add(61 * time.Second) }
		require.Equal(t, 404, h.do("GET", strings.TrimPrefix(short["url"].(string), "http://localhost:8080"), "", "", "Accept", "text/html").status)
	})
}

// TestWhoLooked: counts by day, and nothing of whoever looked.
func TestWhoLooked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.shown(t, "Ada Example")
		link := h.invited(t, n)
		require.Contains(t, string(h.do("GET", link, "", "", "Accept", "text/html").raw), "Nobody, as far as was counted.")
		for range 3 {
			h.do("GET", "/c/"+n, "", "", "Accept", "text/html")
		}
		h.do("HEAD", "/c/"+n, "", "")
		h.do("GET", "/v1/certificates/"+n, "", "")
		h.do("GET", "/c/"+n+"/qr.svg", "", "")
		page := string(h.do("GET", link, "", "", "Accept", "text/html").raw)
		require.Contains(t, page, "4 in all")
		require.Contains(t, page, time.Now().UTC().Format(time.DateOnly))
		h.do("GET", "/c/"+n, "", "", "Accept", "text/html")
		require.Contains(t, string(h.do("GET", link, "", "", "Accept", "text/html").raw), "5 in all", "later counts are added")
	})
}

// TestErasureForgetsTheHolder: links, choices and counts go with the rest.
func TestErasureForgetsTheHolder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.shown(t, "Ada Example")
		link := h.invited(t, n)
		h.choose(t, link, url.Values{"do": {"unshare"}})
		a := h.do("POST", "/v1/certificates/"+n+"/erasure", h.certifier(), `{"reason":"asked for"}`)
		require.Equal(t, 200, a.status, "%s", a.raw)
		require.Equal(t, 404, h.do("GET", link, "", "", "Accept", "text/html").status)
		choice, err := h.app.db.Choice(t.Context(), n)
		require.NoError(t, err)
		require.Zero(t, choice)
	})
}

// TestHolderSeesTheWatch: that somebody watches, and where the consent is said
// to be; not who.
func TestHolderSeesTheWatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.shown(t, "Ada Example")
		link := h.invited(t, n)
		require.Contains(t, string(h.do("GET", link, "", "", "Accept", "text/html").raw), "Nobody has asked to be told")
		employer := h.token(access.Client{Name: "An employer", Scopes: []string{"watches:write"}})
		w := h.must(201, "POST", "/v1/watches", employer, `{"certificates":["`+n+`"],"consent_reference":"Personnel file <7>"}`)
		page := string(h.do("GET", link, "", "", "Accept", "text/html").raw)
		require.Contains(t, page, "said that you consented: 1.")
		require.Contains(t, page, "<bdi>Personnel file &lt;7&gt;</bdi>")
		require.NotContains(t, page, "An employer")
		require.Equal(t, 204, h.do("DELETE", "/v1/watches/"+w["id"].(string), employer, "").status)
		require.Contains(t, string(h.do("GET", link, "", "", "Accept", "text/html").raw), "Nobody has asked to be told")
	})
}
