package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/badge"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// program runs another program on a file; where it is missing the test says so
// loudly, and fails if CI is set.
func program(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing: make pictures installs it", name)
		}
		t.Skipf("%s IS MISSING: WHAT IS DRAWN WAS NOT JUDGED BY ANOTHER PROGRAM", strings.ToUpper(name))
	}
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	for i, a := range args {
		if a == "FILE" {
			args[i] = path
		}
	}
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	require.NoError(t, err, "%s %v", name, args)
	return string(out)
}

func pdfText(t *testing.T, file []byte) string {
	t.Helper()
	return program(t, file, "pdftotext", "-layout", "FILE", "-")
}

// surfaces are the addresses that show a certificate's state, and how its word
// is read there.
func surfaces(t *testing.T, h *house, n string) map[string]func() string {
	fetched := func(path string) func() string {
		return func() string {
			a := h.do("GET", path, "", "")
			require.Equal(t, 200, a.status, "%s: %s", path, a.raw)
			return string(a.raw)
		}
	}
	page := "/c/" + n
	return map[string]func() string{
		"page":      fetched(page),
		"badge.svg": fetched(page + "/badge.svg"),
		"embed":     fetched("/embed/" + n),
		"oembed":    fetched("/oembed?url=" + url.QueryEscape("http://localhost:8080"+page)),
		"pdf":       func() string { return pdfText(t, []byte(fetched(page+"/certificate.pdf")())) },
	}
}

// TestAWithdrawalShowsEverywhere: nothing that was drawn before is served after.
func TestAWithdrawalShowsEverywhere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		n := h.do("POST", "/v1/certificates", token, request("Ada Lovelace")).json["id"].(string)
		before := map[string]answer{}
		pictures := []string{"badge.svg", "badge.png", "card.png", "certificate.pdf"}
		for _, name := range pictures {
			a := h.do("GET", "/c/"+n+"/"+name, "", "")
			require.Equal(t, 200, a.status, "%s: %s", name, a.raw)
			require.Equal(t, "public, max-age=30, must-revalidate", a.header.Get("Cache-Control"))
			require.Equal(t, 304, h.do("GET", "/c/"+n+"/"+name, "", "", "If-None-Match", a.header.Get("ETag")).status)
			before[name] = a
		}
		for name, read := range surfaces(t, h, n) {
			require.Contains(t, read(), "Bona fide", name)
		}
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+n+"/events", token, `{"event":"withdrawn"}`).status)
		for name, read := range surfaces(t, h, n) {
			got := read()
			require.Contains(t, got, "Withdrawn", name)
			require.NotContains(t, got, "Bona fide", name)
			require.NotContains(t, got, "linkedin.com/profile", "what is withdrawn is not added to a profile")
		}
		for _, name := range pictures {
			a := h.do("GET", "/c/"+n+"/"+name, "", "", "If-None-Match", before[name].header.Get("ETag"))
			require.Equal(t, 200, a.status, "%s: the old state's tag must not match", name)
			require.NotEqual(t, before[name].raw, a.raw, name)
		}
	})
}

// TestPicturesHoldTheCredential: what is taken out of a badge or PDF is the
// signed record, and is judged like it when handed in.
func TestPicturesHoldTheCredential(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	n := h.pages[verify.BonaFide]
	want := string(h.do("GET", "/v1/certificates/"+n+"/credential", "", "").raw)
	for _, name := range []string{"badge.svg", "badge.png"} {
		file := h.do("GET", "/c/"+n+"/"+name, "", "").raw
		held, err := badge.Extract(file)
		require.NoError(t, err)
		require.Equal(t, want, held.Text)
		require.Equal(t, "bona_fide", h.upload("/v1/verifications", "file", file).code(), name)
	}
	require.Equal(t, "bona_fide", h.upload("/v1/verifications", "file", h.do("GET", "/c/"+n+"/certificate.pdf", "", "").raw).code())

	altered := h.pages[verify.NotAuthentic]
	for _, name := range []string{"badge.svg", "badge.png"} {
		a := h.do("GET", "/c/"+altered+"/"+name, "", "")
		require.Equal(t, 200, a.status)
		_, err := badge.Extract(a.raw)
		require.ErrorIs(t, err, badge.ErrNoCredential, "an altered record is not passed on")
	}
}

// TestCodesLeadToThePage: another program reads the QR codes, out of the whole
// picture, and finds the page's address.
func TestCodesLeadToThePage(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	n := h.pages[verify.BonaFide]
	page := "http://localhost:8080/c/" + n
	for _, name := range []string{"badge.png", "card.png"} {
		file := h.do("GET", "/c/"+n+"/"+name, "", "").raw
		require.Equal(t, page, strings.TrimSpace(program(t, file, "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "FILE")), name)
		require.Contains(t, program(t, file, "exiftool", "-s3", "-Source", "FILE"), page, name)
		require.Contains(t, program(t, file, "pngcheck", "FILE"), "OK", name)
	}
	pdf := h.do("GET", "/c/"+n+"/certificate.pdf", "", "").raw
	dir := t.TempDir()
	program(t, pdf, "pdftoppm", "-r", "100", "-png", "-singlefile", "FILE", filepath.Join(dir, "page"))
	drawn, err := os.ReadFile(filepath.Join(dir, "page.png"))
	require.NoError(t, err)
	require.Equal(t, page, strings.TrimSpace(program(t, drawn, "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "FILE")))
	require.Contains(t, pdfText(t, pdf), page)
	require.Contains(t, program(t, pdf, "pdfdetach", "-list", "FILE"), "credential.jwt")
	card, err := png.DecodeConfig(bytes.NewReader(h.do("GET", "/c/"+n+"/card.png", "", "").raw))
	require.NoError(t, err)
	require.Equal(t, []int{1200, 630}, []int{card.Width, card.Height})
}

// TestNamesOnEverySurface: names of any script come through; what is hostile in
// them does not.
func TestNamesOnEverySurface(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	token := h.certifier()
	for name, readable := range map[string]string{
		"Ελένη Παπαδοπούλου": "", "Екатерина Щукина": "", "محمد الخوارزمي": "", "山田 太郎": "", "अनुराधा": "", "𠮷野家": "",
		`<script>alert(1)</script>"'&`:   `<script>alert(1)</`,
		"Ada \u202Eecalevol":             "Ada ecalevol",
		"Ada\u200B\u2060 Love\u2066lace": "Ada Lovelace",
		"Ada 👩‍💻 Lovelace":               "Ada",
		strings.Repeat("Wm", 150):        "WmWmWmWm",
	} {
		if readable == "" {
			readable = name
		}
		body, err := json.Marshal(name)
		require.NoError(t, err)
		a := h.do("POST", "/v1/certificates", token, strings.Replace(request("NAME"), `"NAME"`, string(body), 1))
		if a.status == 422 { // refused at the door: nothing to draw
			continue
		}
		require.Equal(t, 201, a.status, "%s", a.raw)
		n := a.json["id"].(string)
		pdf := h.do("GET", "/c/"+n+"/certificate.pdf", "", "").raw
		require.Contains(t, pdfText(t, pdf), readable)
		for _, picture := range []string{"badge.png", "card.png"} {
			_, err := png.Decode(bytes.NewReader(h.do("GET", "/c/"+n+"/"+picture, "", "").raw))
			require.NoError(t, err)
		}
		svg := h.do("GET", "/c/"+n+"/badge.svg", "", "").raw
		require.NoError(t, wellFormed(svg), "%s", svg)
		for _, path := range []string{"/c/" + n, "/embed/" + n, "/c/" + n + "/badge.svg"} {
			raw := string(h.do("GET", path, "", "").raw)
			require.NotContains(t, raw, "<script>alert", path)
			require.NotContains(t, raw, "\u202E", path)
		}
	}
}

func wellFormed(b []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.RawToken(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return fmt.Errorf("not well-formed: %w", err)
		}
	}
}

// TestLevelsHoldInPictures: no surface names whom the publication level withholds.
func TestLevelsHoldInPictures(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	for _, level := range []string{"match", "hidden"} {
		n := h.do("POST", "/v1/certificates", h.certifier(), strings.Replace(request("Ada Withheld"), `"public"`, `"`+level+`"`, 1)).json["id"].(string)
		for name, read := range surfaces(t, h, n) {
			require.NotContains(t, read(), "Withheld", "%s at level %s", name, level)
		}
		for _, name := range []string{"badge.png", "card.png", "certificate.pdf"} {
			require.NotContains(t, string(h.do("GET", "/c/"+n+"/"+name, "", "").raw), "Withheld", "%s at level %s", name, level)
		}
		require.Contains(t, pdfText(t, h.do("GET", "/c/"+n+"/certificate.pdf", "", "").raw), "Name not published")
	}
}

// TestEmbedding: only the embedded page may be framed; oEmbed answers for pages
// of this service alone, whatever the request's headers say.
func TestEmbedding(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	n := h.pages[verify.BonaFide]
	page := "http://localhost:8080/c/" + n
	a := h.do("GET", "/embed/"+n, "", "")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors *")
	require.NotContains(t, a.header.Get("Content-Security-Policy"), "script-src")
	require.Empty(t, a.header.Get("X-Frame-Options"))
	require.Empty(t, a.header.Get("Set-Cookie"))
	require.NotContains(t, string(a.raw), "<script")
	require.Contains(t, string(a.raw), `data-verdict="bona_fide"`)
	require.Equal(t, 404, h.do("GET", "/embed/"+h.pages[verify.NotFound], "", "").status)
	for _, path := range []string{"/", "/c/" + n, "/registry", "/report"} {
		a := h.do("GET", path, "", "", "Accept", "text/html")
		require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "DENY", a.header.Get("X-Frame-Options"), path)
	}

	ask := func(query url.Values, header ...string) answer {
		return h.do("GET", "/oembed?"+query.Encode(), "", "", header...)
	}
	o := ask(url.Values{"url": {page}, "maxwidth": {"300"}, "maxheight": {"200"}})
	require.Equal(t, 200, o.status)
	require.Equal(t, "1.0", o.json["version"])
	require.Equal(t, "rich", o.json["type"])
	require.InDelta(t, 300, o.json["width"], 0)
	require.InDelta(t, 200, o.json["height"], 0)
	require.NotContains(t, o.json, "thumbnail_url", "it would be larger than asked for")
	require.Contains(t, o.json["html"], `src="http://localhost:8080/embed/`+n+`"`)
	x := ask(url.Values{"url": {page}, "format": {"xml"}})
	require.Equal(t, 200, x.status)
	require.NoError(t, wellFormed(x.raw))
	require.Contains(t, string(x.raw), "<thumbnail_width>1200</thumbnail_width>")
	require.Equal(t, 501, ask(url.Values{"url": {page}, "format": {"yaml"}}).status)
	require.Equal(t, 400, ask(url.Values{"url": {page}, "maxwidth": {"-1"}}).status)
	for _, foreign := range []string{"", "https://evil.example/c/" + n, "//evil.example/c/" + n, "http://localhost:8080@evil.example/c/" + n, "http://localhost:8080.evil.example/c/" + n,
		"javascript:alert(1)", "http://localhost:8080/", "http://localhost:8080/c/../check?q=" + n, "http://user@localhost:8080/c/" + n, "http://localhost:8080/c/" + h.pages[verify.NotFound]} {
		require.Equal(t, 404, ask(url.Values{"url": {foreign}}).status, foreign)
	}

	for _, path := range []string{"/c/" + n, "/embed/" + n, "/c/" + n + "/badge.svg", "/oembed?url=" + url.QueryEscape(page), "/embed.js"} {
		raw := string(h.do("GET", path, "", "", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example", "X-Forwarded-Proto", "gopher", "X-Original-URL", "/evil.example").raw)
		require.NotContains(t, raw, "evil.example", path)
		require.NotContains(t, raw, "gopher", path)
	}
	require.Equal(t, 404, ask(url.Values{"url": {"http://evil.example/c/" + n}}, "X-Forwarded-Host", "evil.example").status)
}

// TestPageIsFoundByMachines: what crawlers and consumers look for in the head.
func TestPageIsFoundByMachines(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	n := h.pages[verify.BonaFide]
	raw := string(h.do("GET", "/c/"+n, "", "").raw)
	for _, want := range []string{
		`<meta property="og:image" content="http://localhost:8080/c/` + n + `/card.png">`, `<meta name="twitter:card" content="summary_large_image">`,
		`type="application/json+oembed"`, `type="text/xml+oembed"`, `"certificationStatus":"https://schema.org/CertificationActive"`, `linkedin.com/profile/add?`, `organizationName=`,
	} {
		require.Contains(t, raw, want)
	}
	_, after, ok := strings.Cut(raw, `<script type="application/ld+json">`)
	require.True(t, ok)
	data, _, _ := strings.Cut(after, "</script>")
	var ld map[string]any
	require.NoError(t, json.Unmarshal([]byte(data), &ld))
	require.Equal(t, "http://localhost:8080/c/"+n, ld["@id"])
	require.NotContains(t, data, "Person")
}

// TestLinkedInKnowsTheIssuer: by its number where the register has one, which
// shows the logo, else by its name.
func TestLinkedInKnowsTheIssuer(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	a := h.do("POST", "/v1/certificates", h.certifier(), request("Ada"))
	u, err := url.Parse(a.json["linkedin_url"].(string))
	require.NoError(t, err)
	require.Equal(t, "Demo Certification Institute", u.Query().Get("organizationName"))
	require.Equal(t, a.json["url"], u.Query().Get("certUrl"))
	require.Contains(t, string(h.do("GET", "/c/"+a.json["id"].(string), "", "").raw), "organizationName=Demo&#43;Certification&#43;Institute")

	operator := h.operator()
	require.Equal(t, 201, h.do("POST", "/v1/bodies", operator, `{"id":"logo","name":"Logo Attestations","roles":["certification_body"],"linkedin_organization_id":"1234567"}`).status)
	require.Equal(t, 201, h.do("POST", "/v1/schemes", operator, `{"id":"logo-lead","owner":"logo","name":"Logo Lead","kind":"certification_of_persons"}`).status)
	writer := h.token(access.Client{Body: "logo", Scopes: []string{"certificates:write"}})
	a = h.do("POST", "/v1/certificates", writer, strings.Replace(strings.Replace(request("Ada"), "demo-service-lead", "logo-lead", 1), `"accreditation_claim":true,`, "", 1))
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Contains(t, a.json["linkedin_url"], "organizationId=1234567")
	page := string(h.do("GET", "/c/"+a.json["id"].(string), "", "").raw)
	require.Contains(t, page, "organizationId=1234567")
	require.NotContains(t, page, "organizationName=")
}

// TestOurOwnReaderReadsThePDF: the claim check takes the text of a certificate
// that this service printed.
func TestOurOwnReaderReadsThePDF(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	n := h.do("POST", "/v1/certificates", h.certifier(), request("Екатерина Łovelace")).json["id"].(string)
	text, err := h.app.pdf.Text(t.Context(), h.do("GET", "/c/"+n+"/certificate.pdf", "", "").raw)
	require.NoError(t, err)
	for _, want := range []string{"Екатерина Łovelace", "Demo Certification Institute", n, "Bona fide"} {
		require.Contains(t, text, want)
	}
}
