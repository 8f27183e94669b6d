package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// qr draws the address of the certificate's page. It tells nothing but the
// number asked for, so it needs no look-up.
func (s *Site) qr(c echo.Context) error {
	n, err := credential.ParseNumber(tidy(c.Param("id")))
	if err != nil {
		return echo.ErrNotFound
	}
	picture, err := drawQR(s.Addresses.Page(n))
	if err != nil {
		return fmt.Errorf("drawing QR code: %w", err)
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(picture))
}

// drawQR writes an SVG of one path, dark on white whatever the colour scheme:
// readers expect it so.
func drawQR(text string) (string, error) {
	code, err := picture.QR(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	side := code.Size + 2*picture.QuietZone
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, side, side, side, side)
	for _, r := range code.Runs() {
		w := strconv.Itoa(r.Width)
		fmt.Fprintf(&b, "M%d %dh%sv1h-%sz", r.X+picture.QuietZone, r.Y+picture.QuietZone, w, w)
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}
