package web

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Size of the embedded page; whoever embeds it may choose another.
const (
	embedWidth  = 480
	embedHeight = 320
)

// embedPolicy is the one policy of this service that lets other sites frame a
// page. The page sets no cookie, has no form and runs no script: there is
// nothing to click that means anything (CSP 3, 6.4.2.1).
const embedPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"

// embedSeconds is how often an embedded page that stays open asks again.
const embedSeconds = "45"

type embedView struct {
	picture.Face
	Verdict             verify.Verdict
	Page, Picture       string
	Style, About, State string
	Width, Height       int
}

// embed shows today's state inside somebody else's page.
func (s *Site) embed(c echo.Context) error {
	n, r, err := s.today(c)
	if err != nil {
		return err
	}
	f := s.face(n, r)
	v := embedView{Face: f, Verdict: verify.NotFound, Page: f.Address, Style: s.address("embed.css"), About: picture.About(f), State: f.State(), Width: picture.BadgeWidth, Height: picture.BadgeHeight}
	v.Picture = "/c/" + string(n) + "/badge.svg?state=" + v.State[:12] // another state is another picture to every cache
	h := c.Response().Header()
	h.Set("Content-Security-Policy", embedPolicy)
	h.Del("X-Frame-Options")
	h.Del("Cross-Origin-Opener-Policy")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Refresh", embedSeconds)
	status := http.StatusNotFound
	h.Set(echo.HeaderCacheControl, "no-store")
	if r != nil {
		status, v.Verdict = http.StatusOK, r.Verdict
		tag := `"` + v.State + `"`
		h.Set(echo.HeaderCacheControl, revalidate)
		h.Set("ETag", "W/"+tag)
		if hasTag(c.Request().Header.Get("If-None-Match"), tag) {
			return c.NoContent(http.StatusNotModified)
		}
	}
	var b bytes.Buffer
	if err := s.frame.ExecuteTemplate(&b, "embed", v); err != nil {
		return err
	}
	return c.HTMLBlob(status, withoutOverrides(b.Bytes()))
}

// embedScript is what other sites include. It carries no state.
func (s *Site) embedScript(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set(echo.HeaderCacheControl, "public, max-age=300")
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", s.files["embed.js"].content)
}

func (s *Site) embedAddress(n credential.Number) string {
	return s.Addresses.Public + "/embed/" + string(n)
}
