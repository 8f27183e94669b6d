package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/disputes"
)

func submit(e *echo.Echo, address string, form url.Values) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", echo.MIMEApplicationForm)
	q.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, q)
	return w
}

func TestWhatVisitorsFile(t *testing.T) {
	n := string(number(t))
	for name, c := range map[string]struct {
		form   url.Values
		status int
		says   string
		about  disputes.About
		of     string
	}{
		"a number":            {url.Values{"about": {strings.ToLower(n)}, "words": {"x"}}, 200, "never published", disputes.AboutCertificate, n},
		"a page":              {url.Values{"about": {"https://example.org/c/" + n}, "words": {"x"}}, 200, "A person will read it", disputes.AboutCertificate, n},
		"from elsewhere":      {url.Values{"about": {"Certificate 17"}, "words": {"x"}}, 200, "A person will read it", disputes.AboutElsewhere, "Certificate 17"},
		"a body contested":    {url.Values{"kind": {"dispute"}, "about": {"https://example.org/bodies/nordlys"}, "words": {"x"}}, 200, "in your words", disputes.AboutBody, "nordlys"},
		"contested elsewhere": {url.Values{"kind": {"dispute"}, "about": {"https://evil.example/bodies/nordlys"}, "words": {"x"}}, 422, "name the number", "", ""},
		"no words":            {url.Values{"about": {n}, "words": {""}}, 422, "Your words are needed.", "", ""},
		"too often":           {url.Values{"about": {n}, "words": {"again"}}, 429, "try again in an hour", "", ""},
		"all full":            {url.Values{"about": {"full"}, "words": {"x"}}, 429, "try again in an hour", "", ""},
		"markup":              {url.Values{"kind": {"dispute"}, "about": {`"><script>alert(1)</script>`}, "words": {"</textarea><script>"}}, 422, "could not be taken", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := serve(t, nil)
			var got disputes.Entry
			inner := s.File
			s.File = func(ctx context.Context, asker string, x disputes.Entry) error {
				err := inner(ctx, asker, x)
				if err == nil {
					got = x
				}
				return err
			}
			w := submit(e, "/report", c.form)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), c.says)
			require.Equal(t, c.about, got.About)
			require.Equal(t, c.of, got.Of)
			require.NotContains(t, w.Body.String(), "<script")
			sound(t, w.Body.Bytes())
		})
	}
}
