package web

import (
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// oembedResponse is the answer of oEmbed 1.0, 2.3, of type rich.
type oembedResponse struct {
	XMLName         xml.Name `json:"-" xml:"oembed"`
	Version         string   `json:"version" xml:"version"`
	Type            string   `json:"type" xml:"type"`
	Title           string   `json:"title" xml:"title"`
	AuthorName      string   `json:"author_name,omitempty" xml:"author_name,omitempty"` // the issuer
	ProviderName    string   `json:"provider_name" xml:"provider_name"`
	ProviderURL     string   `json:"provider_url" xml:"provider_url"`
	CacheAge        int      `json:"cache_age" xml:"cache_age"`
	Width           int      `json:"width" xml:"width"`
	Height          int      `json:"height" xml:"height"`
	HTML            string   `json:"html" xml:"html"`
	ThumbnailURL    string   `json:"thumbnail_url,omitempty" xml:"thumbnail_url,omitempty"`
	ThumbnailWidth  int      `json:"thumbnail_width,omitempty" xml:"thumbnail_width,omitempty"`
	ThumbnailHeight int      `json:"thumbnail_height,omitempty" xml:"thumbnail_height,omitempty"`
}

// cacheAge is how many seconds a consumer may keep the answer. What is kept is a
// frame, whose content is asked for anew each time.
const cacheAge = 60

// oembed tells how to embed the page of an address (oEmbed 1.0).
//
//	@Summary		How to embed a certificate (oEmbed 1.0)
//	@Description	For the address of a certificate's page on this service, and for no other: an answer of type rich, whose frame shows the state of the day. format xml gives the same as XML; another format is 501.
//	@Tags			certificates
//	@Produce		json,xml
//	@Param			url			query		string	true	"Address of a certificate's page"
//	@Param			maxwidth	query		int		false	"Widest frame and picture"
//	@Param			maxheight	query		int		false	"Highest frame and picture"
//	@Param			format		query		string	false	"json or xml"
//	@Success		200			{object}	oembedResponse
//	@Failure		400			"A size is no number"
//	@Failure		404			"Not the address of a certificate's page here"
//	@Failure		501			"No such format"
//	@Router			/oembed [get]
func (s *Site) oembed(c echo.Context) error {
	format := c.QueryParam("format")
	if format != "" && format != "json" && format != "xml" {
		return echo.NewHTTPError(http.StatusNotImplemented)
	}
	n, ok := s.pageOf(c.QueryParam("url"))
	if !ok {
		return echo.ErrNotFound
	}
	width, err := most(c.QueryParam("maxwidth"))
	if err != nil {
		return echo.ErrBadRequest
	}
	height, err := most(c.QueryParam("maxheight"))
	if err != nil {
		return echo.ErrBadRequest
	}
	r, err := s.look(c.Request().Context(), n, Query{})
	if err != nil {
		return err
	}
	if r == nil || r.Verdict == verify.NotFound {
		return echo.ErrNotFound
	}
	out := s.embedding(n, s.face(n, r), width, height)
	c.Response().Header().Set(echo.HeaderCacheControl, briefly)
	if format == "xml" {
		return c.XML(http.StatusOK, out)
	}
	return c.JSON(http.StatusOK, out)
}

// embedding describes the frame, no larger than width by height.
func (s *Site) embedding(n credential.Number, f picture.Face, width, height int) oembedResponse {
	out := oembedResponse{Version: "1.0", Type: "rich", Title: f.Word, AuthorName: f.Issuer, ProviderName: "bonafide", ProviderURL: s.Addresses.Public,
		CacheAge: cacheAge, Width: min(embedWidth, width), Height: min(embedHeight, height)}
	if f.Scheme != "" {
		out.Title += ": " + f.Scheme
	}
	out.HTML = fmt.Sprintf(`<iframe src="%s" width="%d" height="%d" style="border:0;max-width:100%%" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" title="Certificate %s"></iframe>`,
		html.EscapeString(s.embedAddress(n)), out.Width, out.Height, html.EscapeString(string(n)))
	if width >= picture.CardWidth && height >= picture.CardHeight {
		out.ThumbnailURL, out.ThumbnailWidth, out.ThumbnailHeight = s.hosted(n, "card.png"), picture.CardWidth, picture.CardHeight
	}
	return out
}

// pageOf reads the address of a page here. What the request's own headers say
// of the host is not asked: anybody may write them.
func (s *Site) pageOf(address string) (credential.Number, bool) {
	const longest = 2048
	u, err := url.Parse(address)
	if err != nil || len(address) > longest || u.User != nil || u.Opaque != "" {
		return "", false
	}
	public, err := url.Parse(s.Addresses.Public)
	if err != nil || !strings.EqualFold(u.Scheme, public.Scheme) || !strings.EqualFold(u.Host, public.Host) {
		return "", false
	}
	for _, prefix := range []string{"/c/", "/embed/"} {
		id, ok := strings.CutPrefix(u.Path, prefix)
		if !ok {
			continue
		}
		n, err := credential.ParseNumber(tidy(strings.TrimSuffix(id, "/")))
		return n, err == nil
	}
	return "", false
}

// most reads a size. None is no limit.
func most(s string) (int, error) {
	const unlimited = 10_000
	if s == "" {
		return unlimited, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no size", s)
	}
	return min(n, unlimited), nil
}
