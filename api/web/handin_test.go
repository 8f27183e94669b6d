package web_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// post sends the form of the start page.
func post(t testing.TB, e *echo.Echo, text, file string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("text", text))
	name := "badge.png"
	if file == "" {
		name = "" // as a browser sends it where none was chosen
	}
	part, err := w.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write([]byte(file))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r := httptest.NewRequest(http.MethodPost, "/check", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Accept", "text/html")
	out := httptest.NewRecorder()
	e.ServeHTTP(out, r)
	return out
}

// elsewhere is the report on a badge of an issuer that the register does not know.
func elsewhere(t testing.TB) *verify.Report {
	r := *reports(t)["undetermined"]
	c := *r.Certificate
	c.ID, c.Number, c.Issuer = "", "", verify.Body{DID: "did:web:issuer.example", Name: "did:web:issuer.example"}
	r.Certificate, r.Links, r.History = &c, verify.Links{}, nil
	return &r
}

func TestHandIn(t *testing.T) {
	n := string(number(t))
	site, e := serve(t, elsewhere(t))
	var seen []web.Handed
	judge := site.Judge
	site.Judge = func(ctx context.Context, h web.Handed) (*verify.Report, error) {
		seen = append(seen, h)
		return judge(ctx, h)
	}
	w := post(t, e, "ignored beside a file", "a file")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Contains(t, w.Body.String(), `data-verdict="undetermined"`)
	require.NotContains(t, w.Body.String(), "qr.svg")
	require.NotContains(t, w.Body.String(), `name="at"`)
	golden(t, "handed_in", w.Body.Bytes())
	sound(t, w.Body.Bytes())
	for _, text := range []string{"eyJhbGciOiJFUzI1NiJ9.e30.AA", `{"type":"x"}`, "https://other.example/c/" + n, "https://other.example/", strings.Repeat("a", 5000)} {
		require.Equal(t, http.StatusOK, post(t, e, " "+text+"\n", "").Code, text)
	}
	require.Equal(t, web.Handed{File: []byte("a file"), Text: "ignored beside a file", Asker: seen[0].Asker}, seen[0])
	require.NotEmpty(t, seen[0].Asker)
	require.Equal(t, "https://other.example/c/"+n, seen[3].Text)
	require.Len(t, seen, 6)

	w = post(t, e, " https://example.org/c/"+strings.ToLower(n), "")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "/c/"+n, w.Header().Get("Location"))
	require.Equal(t, http.StatusUnprocessableEntity, post(t, e, "", "").Code)
	require.Equal(t, http.StatusNotFound, post(t, e, mistyped(n), "").Code)
	require.Len(t, seen, 6, "numbers of this register are looked up, not judged")
}

func TestHandInUnreadable(t *testing.T) {
	site, e := serve(t, nil)
	w := post(t, e, "", "<script>alert(1)</script>")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "The file is &lt;no&gt; credential; hand in another.")
	require.NotContains(t, w.Body.String(), "alert", "a file is not shown")
	golden(t, "unreadable", w.Body.Bytes())
	sound(t, w.Body.Bytes())
	w = post(t, e, "</textarea><script>alert(1)</script>", "")
	require.Contains(t, w.Body.String(), "What you pasted is &lt;no&gt;")
	require.NotContains(t, w.Body.String(), "<script>")
	site.Judge = func(context.Context, web.Handed) (*verify.Report, error) {
		return nil, errors.New("the database is gone")
	}
	w = post(t, e, "", "x")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "database")
}
