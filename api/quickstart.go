package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
)

// quick are the quick starts, each a program that a test runs as it stands.
//
//go:embed docs
var quick embed.FS

// language is one language of the quick starts, with both its programs.
type language struct{ ID, Name, Suffix, Run, Issue, Webhook string }

// quickstarts serves the page of quick starts, and each program as a file.
func quickstarts(e *echo.Echo, base string) {
	const keep = "public, max-age=300"
	e.GET("/docs/start", func(c echo.Context) error {
		page, err := startPage(base)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Cache-Control", keep)
		return c.HTMLBlob(http.StatusOK, page)
	})
	e.GET("/docs/start/:file", func(c echo.Context) error {
		data, err := fs.ReadFile(quick, "docs/"+c.Param("file"))
		if err != nil {
			return echo.ErrNotFound
		}
		c.Response().Header().Set("Cache-Control", keep)
		return c.Blob(http.StatusOK, "text/plain; charset=utf-8", data)
	})
}

func startPage(base string) ([]byte, error) {
	page := struct {
		Base      string
		Languages []language
	}{base, []language{
		{ID: "curl", Name: "curl", Suffix: ".sh", Run: "sh"},
		{ID: "go", Name: "Go", Suffix: ".go", Run: "go run"},
		{ID: "javascript", Name: "JavaScript", Suffix: ".mjs", Run: "node"},
		{ID: "python", Name: "Python", Suffix: ".py", Run: "python3"},
	}}
	for i := range page.Languages {
		l := &page.Languages[i]
		for name, text := range map[string]*string{"issue": &l.Issue, "webhook": &l.Webhook} {
			data, err := fs.ReadFile(quick, "docs/"+name+l.Suffix)
			if err != nil {
				return nil, fmt.Errorf("reading a quick start: %w", err)
			}
			*text = string(data)
		}
	}
	t, err := template.ParseFS(quick, "docs/start.html")
	if err != nil {
		return nil, fmt.Errorf("reading the page of quick starts: %w", err)
	}
	var html bytes.Buffer
	err = t.Execute(&html, page)
	return html.Bytes(), err
}
