package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// claimed is a report about a claim with everything a page can show.
func claimed() *verify.Report {
	code := "ACCREDITATION_NOT_HELD"
	r := &verify.Report{
		Verdict: verify.Misrepresented, Summary: "What is claimed for Certified Coach of Prime Institute is not so: IAF accredits no certification body.",
		RedFlags: []verify.RedFlag{{ID: "RF-23", Severity: "critical", Title: "Claims accreditation by IAF", Explanation: "It accredits nobody.", Reference: "https://source.example/faq"}},
		Claims: []verify.ClaimedLink{
			{Kind: "accreditation", Issuer: verify.Body{Name: "IAF"}, Number: "7", Outcome: verify.Contradicted, Detail: "IAF accredits no certification body.", Problem: &code, Sources: []verify.Citation{{URL: "https://source.example/faq", Says: "it does not"}}},
			{Kind: "recognition", Issuer: verify.Body{Name: "APAC"}, Outcome: verify.NotConfirmed, Detail: "Not on record."},
			{Kind: "accreditation", Issuer: verify.Body{Name: "ANAB"}, Outcome: verify.Confirmed, Detail: "Held."},
		},
		Understood: &verify.Understood{CredentialName: "Certified Coach", HolderName: "Max <b>Mann</b>", Source: "text",
			Issuer:        verify.UnderstoodBody{Name: "Prime Institute", MayMean: []verify.Body{{ID: "prime", Name: "Prime Institution"}}},
			Accreditation: []verify.UnderstoodAccreditation{{Body: verify.UnderstoodBody{Name: "IAF"}, Number: "7"}, {Body: verify.UnderstoodBody{Name: "ANAB"}, Standard: "ISO/IEC 17024"}},
			IssuedOn:      &verify.UnderstoodDate{Day: "2024-04-03", Written: "03/04/2024", Readings: []string{"2024-04-03", "2024-03-04"}},
			Wording:       []verify.UnderstoodWording{{Kind: "certified", Text: "certified coach"}}},
	}
	for _, id := range verify.CheckIDs() {
		r.Checks = append(r.Checks, verify.Check{ID: id, Outcome: "unknown", Title: string(id) + "?", Detail: "Not seen."})
	}
	r.Checks[13].Outcome, r.Checks[13].Problem = "fail", &code
	return r
}

// sent is what the page handed to the claim check.
func claimSite(t *testing.T) (http.Handler, *claims.Input) {
	t.Helper()
	site, e := serve(t, nil)
	sent := &claims.Input{}
	site.Claim = func(_ context.Context, in claims.Input) (*verify.Report, error) {
		*sent = in
		if in.IssuedOn == "soon" {
			return nil, fault.Invalid{{Pointer: "/issued_on", Detail: "is not a date that can be read"}}
		}
		return claimed(), nil
	}
	site.ReadPDF = func(_ context.Context, data []byte) (string, error) {
		if bytes.Contains(data, []byte("broken")) {
			return "", fault.Invalid{{Pointer: "/file", Detail: "cannot be read as a PDF"}}
		}
		return "text of the file", nil
	}
	return e, sent
}

func postClaim(t *testing.T, h http.Handler, fields [][2]string, file string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		require.NoError(t, w.WriteField(f[0], f[1]))
	}
	if file != "" {
		part, err := w.CreateFormFile("file", "a.pdf")
		require.NoError(t, err)
		_, err = part.Write([]byte(file))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/claims", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	return out
}

func TestClaimPages(t *testing.T) {
	h, sent := claimSite(t)
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/claims", nil))
	require.Equal(t, 200, r.Code)
	golden(t, "claims", r.Body.Bytes())
	sound(t, r.Body.Bytes())

	w := postClaim(t, h, [][2]string{{"text", "accredited by IAF"}, {"holder", " Max "}, {"accreditor", "IAF"}, {"accreditation", "7"}, {"standard", ""}, {"arrangement", ""}, {"accreditor", ""}, {"accreditation", ""}}, "")
	require.Equal(t, 200, w.Code)
	require.Equal(t, claims.Input{Text: "accredited by IAF", Holder: "Max", Accreditation: []claims.Accreditation{{Body: "IAF", Number: "7"}}}, *sent)
	golden(t, "claims_answer", w.Body.Bytes())
	sound(t, w.Body.Bytes())
	for _, says := range []string{`data-verdict="misrepresented"`, "Contradicted", "Not confirmed", "03/04/2024 was read as 2024-04-03; it could also be 2024-03-04", "You may mean", `value="Certified Coach"`, "RF-23"} {
		require.Contains(t, w.Body.String(), says)
	}
	require.NotContains(t, w.Body.String(), "<b>Mann")

	w = postClaim(t, h, [][2]string{{"issued", "soon"}, {"text", "my words"}}, "")
	require.Equal(t, 422, w.Code)
	require.Contains(t, w.Body.String(), "The date of issue is not a date that can be read.")
	require.Contains(t, w.Body.String(), "my words", "what was typed stays")
	sound(t, w.Body.Bytes())

	w = postClaim(t, h, nil, "%PDF-1.4 fine\x00")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "text of the file", sent.Text)
	require.True(t, sent.Document)
	require.Equal(t, 422, postClaim(t, h, nil, "%PDF-1.4 broken").Code)
	require.Equal(t, 200, postClaim(t, h, nil, "plain words").Code)
	require.Equal(t, "plain words", sent.Text)
}

func TestClaimInABrowser(t *testing.T) {
	ctx, seen := browser(t)
	h, _ := claimSite(t)
	server := httptest.NewServer(h)
	defer server.Close()
	var faults, after []string
	var narrow, fit bool
	var verdict, title string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(360, 740), chromedp.Navigate(server.URL+"/claims"),
		chromedp.Evaluate(barriers, &faults), chromedp.Evaluate(fits, &narrow),
		chromedp.SendKeys("#text", "accredited by IAF"), chromedp.Click("form.claim button"),
		chromedp.WaitVisible("main[data-verdict]"), chromedp.AttributeValue("main", "data-verdict", &verdict, nil),
		chromedp.Value("#credential", &title), chromedp.Evaluate(barriers, &after), chromedp.Evaluate(fits, &fit)))
	require.Empty(t, faults)
	require.Empty(t, after)
	require.True(t, narrow)
	require.True(t, fit)
	require.Equal(t, "misrepresented", verdict)
	require.Equal(t, "Certified Coach", title)
	seen.home(t, server.URL)
}
