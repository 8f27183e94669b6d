package web_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// policy is what the API's middleware sends with every page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve wires a site that answers every number with r; nil: it knows none.
func serve(t testing.TB, r *verify.Report) (*web.Site, *echo.Echo) {
	t.Helper()
	s := &web.Site{
		Lookup: func(_ context.Context, n string, q web.Query) (*verify.Report, error) {
			if r == nil {
				return &verify.Report{Verdict: verify.NotFound, Coverage: []verify.Coverage{{Body: "nordlys", Of: "certificates", Register: "complete"}},
					Absence: &verify.Absence{Strength: verify.Strong, Says: "It would be here.", Next: []string{"Compare the number.", "Ask the body."}}}, nil
			}
			answer := *r
			if !q.At.IsZero() {
				answer.At = q.At
			}
			return &answer, nil
		},
		Judge: func(_ context.Context, h web.Handed) (*verify.Report, error) {
			if r == nil {
				return nil, &intake.UnreadableError{Remedy: "is <no> credential; hand in another"}
			}
			return r, nil
		},
		File: func(_ context.Context, asker string, e disputes.Entry) error {
			switch e.Words {
			case "again":
				return web.ErrTooMany
			case "":
				return fault.Invalid{{Pointer: "/words", Detail: "are needed"}}
			}
			if e.Of == "full" {
				return disputes.ErrFull
			}
			return nil
		},
		Search:    func(_ context.Context, q string) (web.Found, error) { return found(q), nil },
		Directory: directory,
		Scheme:    schemePage,
		Body:      func(_ context.Context, id string) (web.BodyPage, error) { return bodyPage(id) },
		Addresses: credential.Addresses{Public: "https://example.org"},
	}
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Content-Security-Policy", policy)
			return next(c)
		}
	})
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		status := http.StatusInternalServerError
		var h *echo.HTTPError
		if errors.As(err, &h) {
			status = h.Code
		}
		if web.WantsPage(c.Request()) {
			err = s.Fault(c, status, "request-1")
		} else {
			err = c.NoContent(status)
		}
		if err != nil {
			t.Error(err)
		}
	}
	s.Register(e)
	return s, e
}

func bodyPage(id string) (web.BodyPage, error) {
	if id != "nordlys" {
		return web.BodyPage{}, &fault.Refusal{Kind: fault.Missing, Code: "NOT_FOUND"}
	}
	return web.BodyPage{
		Body: registry.Body{ID: "nordlys", DID: "did:web:example.org:bodies:nordlys", Name: "Nordlys Certification AS", Acronym: "NCA", Roles: []registry.Role{registry.CertificationBody, registry.SchemeOwner},
			Country: "NO", Website: "https://nordlys.example", Domains: []string{"nordlys.example"}, Sources: []trust.Source{{URL: "https://register.example/nca", RetrievedAt: at("2026-10-01"), Says: "Nordlys Certification AS"}}},
		Held:    []verify.Link{accreditation()},
		Granted: []verify.Link{recognition()},
		Offers:  []registry.Offer{craneExaminer()},
		Timeline: []registry.Moment{
			{At: at("2024-12-31"), Event: "granted", Known: "year", Kind: trust.Accreditation, Number: "A-17", Other: "demo-ab", OtherName: "Accreditation Norge"},
			{At: at("2026-05-01"), Event: "suspended", Known: "exact", Kind: trust.Accreditation, Other: "demo-ab", OtherName: "Accreditation Norge", Reason: "Assessment overdue"},
		},
		Flags:    []registry.Flag{{Code: "ACCREDITATION_SUSPENDED", Says: "An accreditation by Accreditation Norge is suspended.", Since: at("2026-05-01")}},
		Disputes: []verify.Dispute{{About: "body", Of: "nordlys", Fact: "status", By: "nordlys", Words: "We were assessed in April.\nSee our letter.", Since: at("2026-05-02")}, {About: "scheme", Of: "ccx", Words: "It has no levels.", Since: at("2026-06-01")}},
		Coverage: []verify.Coverage{{Body: "nordlys", Of: "certificates", Register: "complete", SynchronisedAt: when("2026-11-24")}},
	}, nil
}

func craneExaminer() registry.Offer {
	source := []trust.Source{{URL: "https://nordlys.example/ccx", RetrievedAt: at("2026-10-01")}}
	return registry.Offer{
		Scheme: registry.Scheme{ID: "ccx", Owner: "nordlys", Name: "Certified Crane Examiner", Acronym: "CCX", Kind: "certification_of_persons", Level: "practitioner"},
		Answers: []registry.Answer{
			{ID: "applied_competence", Question: "Is applied competence assessed?", Answer: registry.Yes, Because: "Assessment on record: practical test.", Sources: source, AsOf: at("2026-10-01")},
			{ID: "renewal", Question: "Must it be renewed?", Answer: registry.NotKnown, Because: "Whether and how it is renewed is not on record."},
			{ID: "practical_evidence", Question: "Is practical evidence asked for?", Answer: registry.No, Because: "None is."},
		},
	}
}

func directory(context.Context) (web.Directory, error) {
	b, err := bodyPage("nordlys")
	return web.Directory{Bodies: []registry.Body{b.Body}, Schemes: []web.SchemeHit{{SchemeHit: registry.SchemeHit{Scheme: craneExaminer().Scheme}, OwnerName: b.Body.Name}}}, err
}

func schemePage(_ context.Context, id string) (web.SchemePage, error) {
	if id != "ccx" {
		return web.SchemePage{}, &fault.Refusal{Kind: fault.Missing, Code: "NOT_FOUND"}
	}
	o, l := craneExaminer(), accreditation()
	return web.SchemePage{Scheme: o.Scheme, Owner: l.Subject, Answers: o.Answers, Held: []verify.Link{l}}, nil
}

// found answers searches of the test register.
func found(q string) web.Found {
	b, _ := bodyPage("nordlys")
	hit := web.SchemeHit{SchemeHit: registry.SchemeHit{Scheme: craneExaminer().Scheme, Match: registry.MatchWeak}, OwnerName: b.Body.Name}
	switch q {
	case "Nordlys":
		return web.Found{Bodies: []registry.Hit{{Body: b.Body, Match: registry.MatchExact}}, Schemes: []web.SchemeHit{hit}}
	case "zzz":
		return web.Found{}
	}
	return web.Found{Bodies: []registry.Hit{{Body: b.Body, Match: registry.MatchStrong}}, Schemes: []web.SchemeHit{hit}}
}

func get(t testing.TB, e *echo.Echo, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequest(http.MethodGet, address, nil)
	q.Header.Set("Accept", "text/html,application/xhtml+xml")
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, q)
	return w
}

var digest = regexp.MustCompile(`(/assets/[a-z]+-)[0-9a-f]{12}\.`)

// mistyped is the number with one character wrong.
func mistyped(n string) string {
	if n[0] == 'A' {
		return "B" + n[1:]
	}
	return "A" + n[1:]
}

// golden compares a page with its file; numbers and digests are left out, for
// they depend on what other packages and the style sheet say.
func golden(t *testing.T, name string, page []byte) {
	t.Helper()
	n := string(number(t))
	got := strings.NewReplacer(n, "0000-0000-0000-0", mistyped(n), "1000-0000-0000-0").Replace(string(page))
	got = digest.ReplaceAllString(got, "${1}DIGEST.")
	file := filepath.Join("testdata", name+".golden.html")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, d)
	}
}

func TestCertificatePages(t *testing.T) {
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			_, e := serve(t, r)
			w := get(t, e, "/c/"+string(number(t)))
			require.Equal(t, http.StatusOK, w.Code)
			golden(t, name, w.Body.Bytes())
			page := w.Body.String()
			require.Contains(t, page, `data-verdict="`+string(r.Verdict)+`"`)
			for _, c := range r.Checks {
				require.Equal(t, 1, strings.Count(page, "<b>"+html.EscapeString(c.Title)+"</b>"), "check %s is told once", c.ID)
			}
			for _, word := range []string{"fake", "fraud", "predatory"} {
				require.NotContains(t, strings.ToLower(page), word)
			}
			sound(t, w.Body.Bytes())
		})
	}
}

func TestEveryVerdictHasItsOwnWords(t *testing.T) {
	seen := map[string]string{}
	for name, r := range reports(t) {
		if name == "transferred" || name == "bona_fide_excused" {
			continue // the verdict of another page, told with other reasons
		}
		_, e := serve(t, r)
		headline := texts(t, get(t, e, "/c/"+string(number(t))).Body.Bytes(), "h1")[0]
		require.Empty(t, seen[headline], "%s says the same as %s", name, seen[headline])
		seen[headline] = name
	}
}

func TestOtherPages(t *testing.T) {
	site, e := serve(t, nil)
	site.Demo, site.Examples = true, []web.Example{{Number: string(number(t)), Label: "in force, accredited, recognised"}}
	wrong := mistyped(string(number(t)))
	for _, c := range []struct {
		name, address string
		status        int
		says          string
	}{
		{"start", "/", 200, "Demonstration register: these certificates are examples."},
		{"not_found", "/c/" + string(number(t)), 404, `data-verdict="not_found"`},
		{"check_character", "/check?q=" + wrong, 404, "contains a typing mistake"},
		{"check_character_page", "/c/" + wrong, 404, "contains a typing mistake"},
		{"not_a_number", "/check?q=hello", 422, "does not look like a certificate number"},
		{"nothing", "/check?q=", 422, "Nothing to check yet"},
		{"credential", "/check?q=eyJhbGciOiJFUzI1NiJ9.e30.AA", 422, "whole credential"},
		{"foreign", "/check?q=https://other.example/c/" + string(number(t)), 404, "not one of this register"},
		{"body", "/bodies/nordlys", 200, "retrieved"},
		{"body_missing", "/bodies/unknown", 404, "no body under that name"},
		{"registry", "/registry", 200, "Bodies and certifications"},
		{"registry_found", "/registry?q=Nordlys", 200, "Found"},
		{"registry_near", "/registry?q=Nordlis+certification", 200, "You may mean"},
		{"registry_nothing", "/registry?q=zzz", 200, "says nothing about it"},
		{"registry_browsed", "/registry?role=certification_body&country=NO", 200, "page 1 of 1"},
		{"scheme", "/schemes/ccx", 200, "Accreditations that name it"},
		{"scheme_missing", "/schemes/unknown", 404, "no certification under that name"},
		{"filing", "/report", 200, "Something looks wrong"},
		{"fault", "/nowhere", 404, "no page at this address"},
		{"bad_instant", "/c/" + string(number(t)) + "?at=tomorrow", 400, "could not be understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, e, c.address)
			require.Equal(t, c.status, w.Code)
			require.Contains(t, w.Body.String(), c.says)
			golden(t, c.name, w.Body.Bytes())
			sound(t, w.Body.Bytes())
		})
	}
}

func TestCheckLeadsToThePage(t *testing.T) {
	_, e := serve(t, nil)
	n := string(number(t))
	for _, q := range []string{
		n, strings.ToLower(n), " " + strings.ReplaceAll(n, "-", " ") + " \n", strings.ReplaceAll(n, "-", "–"), strings.ReplaceAll(n, "-", "\u00ad"),
		"“" + n + "”", n + ".", "https://example.org/c/" + n, "HTTPS://EXAMPLE.ORG/c/" + n + "?at=2026-01-01#chain", "example.org/c/" + n,
		"/c/" + n, "https://example.org/v1/certificates/" + n + "/credential",
	} {
		w := get(t, e, "/check?q="+url.QueryEscape(q))
		require.Equal(t, http.StatusSeeOther, w.Code, "%q", q)
		require.Equal(t, "/c/"+n, w.Header().Get("Location"), "%q", q)
	}
	for _, q := range []string{"//evil.example/", "https://evil.example", "javascript:alert(1)", "/c/", "/c", "http://[::1", "%", strings.Repeat("A", 5000)} {
		w := get(t, e, "/check?q="+url.QueryEscape(q))
		require.Empty(t, w.Header().Get("Location"), "%q", q)
		require.GreaterOrEqual(t, w.Code, 400, "%q", q)
		require.Less(t, w.Code, 500, "%q", q)
	}
}

func TestNumbersAreBroughtIntoTheirForm(t *testing.T) {
	_, e := serve(t, bonaFide(number(t)))
	n := string(number(t))
	w := get(t, e, "/c/"+strings.ToLower(n)+"?at=2027-01-01&x=1")
	require.Equal(t, http.StatusMovedPermanently, w.Code)
	require.Equal(t, "/c/"+n+"?at=2027-01-01T00%3A00%3A00Z", w.Header().Get("Location"))
	require.Contains(t, get(t, e, w.Header().Get("Location")).Body.String(), "This page judges")
}

// TestLanguages: asked by name or by the browser's word; the page says so, and
// its links keep what was asked by name.
func TestLanguages(t *testing.T) {
	_, e := serve(t, bonaFide(number(t)))
	address := "/c/" + string(number(t))
	byBrowser := get(t, e, address, "Accept-Language", "ar-EG, en;q=0.5")
	require.Contains(t, byBrowser.Body.String(), `<html lang="ar" dir="rtl">`)
	require.Equal(t, "ar", byBrowser.Header().Get("Content-Language"))
	require.Contains(t, byBrowser.Header().Values("Vary"), "Accept-Language")
	require.Contains(t, byBrowser.Body.String(), `href="/registry"`)

	byName := get(t, e, address+"?lang=ja", "Accept-Language", "ar")
	require.Contains(t, byName.Body.String(), `<html lang="ja" dir="ltr">`)
	require.Contains(t, byName.Body.String(), `href="/registry?lang=ja"`)
	require.Contains(t, byName.Body.String(), `hreflang="de" href="https://example.org`+address+`?lang=de"`)
	require.NotEqual(t, byBrowser.Header().Get("ETag"), byName.Header().Get("ETag"))
	require.Contains(t, get(t, e, address+"?at=2027-01-01&lang=fr").Body.String(), `?at=2027-01-01&amp;lang=es"`, "the picker keeps the rest of the question")
}

func TestCaching(t *testing.T) {
	_, e := serve(t, bonaFide(number(t)))
	address := "/c/" + string(number(t))
	w := get(t, e, address)
	require.Equal(t, "public, max-age=0, must-revalidate", w.Header().Get("Cache-Control"))
	tag := w.Header().Get("ETag")
	require.Regexp(t, `^W/"[0-9a-f]{32}"$`, tag)
	again := get(t, e, address, "If-None-Match", `"other", `+tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.Bytes())
	require.Equal(t, http.StatusOK, get(t, e, address, "If-None-Match", `"other"`).Code)

	style := regexp.MustCompile(`/assets/style-[0-9a-f]+\.css`).FindString(w.Body.String())
	require.Contains(t, get(t, e, style).Header().Get("Cache-Control"), "immutable")
	old := get(t, e, "/assets/style-000000000000.css")
	require.Equal(t, http.StatusOK, old.Code)
	require.Equal(t, "no-cache", old.Header().Get("Cache-Control"))
	require.Equal(t, http.StatusNotFound, get(t, e, "/assets/frame.html").Code)
	require.Equal(t, http.StatusNotFound, get(t, e, "/assets/..%2fsite.go").Code)
}

// TestTheMinuteIsNotThePage: a page checked later is the same page, until what
// it says is another.
func TestTheMinuteIsNotThePage(t *testing.T) {
	tagAt := func(change func(*verify.Report)) string {
		r := bonaFide(number(t))
		change(r)
		_, e := serve(t, r)
		return get(t, e, "/c/"+string(number(t))).Header().Get("ETag")
	}
	first := tagAt(func(*verify.Report) {})
	require.Equal(t, first, tagAt(func(r *verify.Report) { r.CheckedAt = r.CheckedAt.Add(7 * time.Minute) }))
	require.NotEqual(t, first, tagAt(func(r *verify.Report) { r.Currency = verify.Suspended }))
}

func TestLookupFailureIsAnError(t *testing.T) {
	s, e := serve(t, nil)
	s.Lookup = func(context.Context, string, web.Query) (*verify.Report, error) {
		return nil, errors.New("secret cause")
	}
	w := get(t, e, "/c/"+string(number(t)))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "secret cause")
	require.Contains(t, w.Body.String(), "request-1")
}

func TestHeadAnswersLikeGet(t *testing.T) {
	_, e := serve(t, bonaFide(number(t)))
	for _, address := range []string{"/", "/c/" + string(number(t)), "/bodies/nordlys"} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodHead, address, nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, get(t, e, address).Header().Get("ETag"), w.Header().Get("ETag"))
	}
}

func TestQR(t *testing.T) {
	_, e := serve(t, nil)
	w := get(t, e, "/c/"+string(number(t))+"/qr.svg")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "image/svg+xml", w.Header().Get("Content-Type"))
	require.Regexp(t, `^<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \d+ \d+" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h\d+v\d+H0z"/><path d="(M\d+ \d+h\d+v1h-\d+z)+"/></svg>$`, w.Body.String())
	require.Equal(t, http.StatusNotFound, get(t, e, "/c/nonsense/qr.svg").Code)
}

func TestRecordsCannotBreakThePage(t *testing.T) {
	const evil = `</title></bdi><script>alert(1)</script><img src=x onerror=alert(1)> "'` + "\u202E\u2066reversed"
	r := reports(t)["misrepresented"]
	r.Summary = evil
	r.Certificate.Holder.Name = evil
	r.Certificate.Issuer = verify.Body{ID: `x" onclick="alert(1)`, DID: evil, Name: evil, Domain: evil}
	r.Certificate.Scheme = verify.Scheme{ID: evil, Name: evil, Kind: evil, Level: evil}
	l := recognition()
	l.Number, l.Status, l.Assurance, l.Scope.Countries = evil, evil, "recorded", []string{evil}
	l.Sources = []verify.Citation{{URL: "javascript:alert(1)", Says: evil}, {URL: "data:text/html,x", Locator: evil}, {URL: "https://user:pass@host.example/"}, {URL: "https://ok.example/?a=\"b"}}
	r.Chain.AtDecision, r.Chain.Now = []verify.Link{l}, []verify.Link{l}
	r.History = []verify.Event{{Event: evil, Reason: evil, Successor: evil}}
	r.RedFlags[0].Title, r.RedFlags[0].Explanation, r.RedFlags[0].Reference = evil, evil, "javascript:alert(1)"
	r.Problems = []verify.Problem{{Code: evil, Detail: evil}}
	r.Coverage = []verify.Coverage{{Body: evil, Of: evil, Register: evil}}
	r.Checks[0].Detail = evil
	r.Links = verify.Links{Bundle: "javascript:alert(1)", Credential: "vbscript:x"}

	_, e := serve(t, r)
	page := get(t, e, "/c/"+string(number(t))).Body.Bytes()
	doc := sound(t, page)
	require.NotContains(t, string(page), "\u202E")
	require.NotContains(t, string(page), "\u2066")
	for node := range doc.Descendants() {
		require.NotEqual(t, "script", node.Data)
		for _, a := range node.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s on <%s>", a.Key, node.Data)
			require.NotContains(t, a.Val, "javascript:")
			require.NotContains(t, a.Val, "vbscript:")
			require.NotContains(t, a.Val, "data:")
		}
		if node.Type == html.ElementNode && node.Data == "img" {
			require.True(t, strings.HasSuffix(attr(node, "src"), "/qr.svg"))
		}
		if href := attr(node, "href"); node.Data == "a" && strings.Contains(href, "://") && !strings.HasPrefix(href, "https://example.org/") {
			require.Equal(t, "noopener noreferrer nofollow", attr(node, "rel"))
		}
	}
	for _, q := range []string{evil, `"><script>`} {
		page := get(t, e, "/check?q="+url.QueryEscape(q)).Body.String()
		require.NotContains(t, page, "<script")
	}
}

func TestLongNamesAndOtherScripts(t *testing.T) {
	r := bonaFide(number(t))
	r.Certificate.Holder.Name = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 20)
	r.Certificate.Scheme.Name = "مدقق معتمد لأنظمة الإدارة"
	r.Summary = r.Certificate.Scheme.Name + " issued by Nordlys Certification AS is authentic."
	_, e := serve(t, r)
	page := get(t, e, "/c/"+string(number(t))).Body.Bytes()
	sound(t, page)
	require.Contains(t, string(page), `<p class="lead"><bdi>مدقق معتمد لأنظمة الإدارة</bdi> issued by <bdi>Nordlys Certification AS</bdi> is authentic.</p>`)
}

func TestBodyPageStaysLight(t *testing.T) {
	s, e := serve(t, nil)
	s.Body = func(context.Context, string) (web.BodyPage, error) {
		b, err := bodyPage("nordlys")
		for i := range 400 {
			o := craneExaminer()
			o.Scheme.ID = fmt.Sprintf("ccx-%d", i)
			b.Held, b.Granted, b.Offers = append(b.Held, recognition()), append(b.Granted, recognition()), append(b.Offers, o)
		}
		return b, err
	}
	w := get(t, e, "/bodies/nordlys")
	sound(t, w.Body.Bytes())
	require.Contains(t, w.Body.String(), "1125 more entries")
}

func TestPageSaysWhatWasKnownWhen(t *testing.T) {
	_, e := serve(t, bonaFide(number(t)))
	page := get(t, e, "/c/"+string(number(t))+"?known_at=2026-04-01T00:00:00Z").Body.String()
	require.Contains(t, page, `by what the register knew on <time datetime="2026-04-01">1 April 2026</time>`)
}

func TestAssetsStayAtHome(t *testing.T) {
	for _, dir := range []string{"assets", "templates"} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			b = bytes.ReplaceAll(b, []byte("http://www.w3.org/2000/svg"), nil)                                                                   // a name, not an address
			for _, own := range []string{`<script type="application/ld+json">`, `<script src="{{.ShareScript}}"`, `<script src="{{.Script}}"`} { // data, and a file of our own
				b = bytes.ReplaceAll(b, []byte(own), nil)
			}
			require.NotRegexp(t, `https?://|@import|url\(|<script|style="|template\.HTML`, string(b), path)
			return err
		}))
	}
}
