package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// asset is an embedded file. Its address carries a digest of its content, so
// that browsers may keep it for ever.
type asset struct {
	kind    string
	digest  string
	content []byte
}

func assets() map[string]asset {
	out := map[string]asset{}
	for name, kind := range map[string]string{
		"style.css": "text/css; charset=utf-8",
		"mark.svg":  "image/svg+xml",
		"embed.css": "text/css; charset=utf-8",
		"embed.js":  "text/javascript; charset=utf-8",
		"share.js":  "text/javascript; charset=utf-8",
		"list.js":   "text/javascript; charset=utf-8",
	} {
		content, err := embedded.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the file is part of the binary
		}
		sum := sha256.Sum256(content)
		out[name] = asset{kind, hex.EncodeToString(sum[:6]), content}
	}
	return out
}

// anchors hands out whom this service trusts, so that what it says can be
// checked without asking it again.
//
//	@Summary		Whom this service trusts
//	@Description	The anchors file in force: arrangements, registrars (this service among them) and logs, with their public keys. bonafide verify takes it with --anchors.
//	@Tags			verification
//	@Produce		json
//	@Success		200	{object}	object
//	@Router			/anchors.json [get]
func (s *Site) anchors(c echo.Context) error {
	list, err := s.Anchors()
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, revalidate)
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, list)
}

// address is "/assets/style-0123456789ab.css".
func (s *Site) address(name string) string {
	ext := path.Ext(name)
	return "/assets/" + strings.TrimSuffix(name, ext) + "-" + s.files[name].digest + ext
}

// asset answers an address of another release with this release's file, but
// lets nobody keep it: while replicas are replaced, both are asked for.
func (s *Site) asset(c echo.Context) error {
	ext := path.Ext(c.Param("name"))
	stem, digest, _ := strings.Cut(strings.TrimSuffix(c.Param("name"), ext), "-")
	f, ok := s.files[stem+ext]
	if !ok {
		return echo.ErrNotFound
	}
	cache := immutable
	if digest != f.digest {
		cache = "no-cache"
	}
	c.Response().Header().Set(echo.HeaderCacheControl, cache)
	return c.Blob(http.StatusOK, f.kind, f.content)
}
