package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/pkg/badge"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// briefly is how long a picture of a state may be kept without asking again: a
// withdrawal is to be seen everywhere within a minute.
const briefly = "public, max-age=30, must-revalidate"

// busySeconds is when to come back if too much is being drawn.
const busySeconds = "3"

// shown is one form in which a state is shown outside its page.
type shown struct {
	kind string // media type
	name string // of the file, if it is to be kept
	draw func(ctx context.Context, s *picture.Studio, f picture.Face, token string) ([]byte, error)
}

func badgeSVG(ctx context.Context, s *picture.Studio, f picture.Face, token string) ([]byte, error) {
	b, err := s.BadgeSVG(ctx, f)
	if err != nil || token == "" {
		return b, err
	}
	return badge.BakeSVG(b, token)
}

func badgePNG(ctx context.Context, s *picture.Studio, f picture.Face, token string) ([]byte, error) {
	b, err := s.BadgePNG(ctx, f)
	if err != nil || token == "" {
		return b, err
	}
	return badge.BakePNG(b, token)
}

func card(ctx context.Context, s *picture.Studio, f picture.Face, _ string) ([]byte, error) {
	return s.CardPNG(ctx, f)
}

func sheet(ctx context.Context, s *picture.Studio, f picture.Face, token string) ([]byte, error) {
	return s.PDF(ctx, f, token)
}

// pictures answers with one form of today's state.
func (s *Site) pictures(what shown) echo.HandlerFunc {
	return func(c echo.Context) error {
		n, r, err := s.today(c)
		if err != nil {
			return err
		}
		f := s.face(n, r)
		h := c.Response().Header()
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		status := http.StatusOK
		if r == nil {
			status = http.StatusNotFound
			h.Set(echo.HeaderCacheControl, "no-store")
		} else {
			tag := `"` + f.State() + `"`
			h.Set(echo.HeaderCacheControl, briefly)
			h.Set("ETag", "W/"+tag) // the stamp differs, the state does not
			if hasTag(c.Request().Header.Get("If-None-Match"), tag) {
				return c.NoContent(http.StatusNotModified)
			}
			if what.name != "" {
				h.Set(echo.HeaderContentDisposition, `inline; filename="`+string(n)+"-"+what.name+`"`)
			}
		}
		token, err := s.token(c.Request().Context(), n, r)
		if err != nil {
			return err
		}
		b, err := what.draw(c.Request().Context(), s.Pictures, f, token)
		if errors.Is(err, picture.ErrBusy) {
			h.Set(echo.HeaderCacheControl, "no-store")
			h.Del("ETag")
			h.Set(echo.HeaderRetryAfter, busySeconds)
			return echo.ErrServiceUnavailable
		}
		if err != nil {
			return err
		}
		return c.Blob(status, what.kind, b)
	}
}

// today judges the certificate of the address as of now; nil if the register
// has none of that number. What cannot be a number has no picture.
func (s *Site) today(c echo.Context) (credential.Number, *verify.Report, error) {
	n, err := credential.ParseNumber(tidy(c.Param("id")))
	if err != nil {
		return "", nil, echo.ErrNotFound
	}
	r, err := s.look(c.Request().Context(), n, Query{})
	if err == nil && r != nil && r.Verdict == verify.NotFound {
		r = nil
	}
	return n, r, err
}

// token is the signed credential that goes along with a picture: none where the
// record is not its issuer's own.
func (s *Site) token(ctx context.Context, n credential.Number, r *verify.Report) (string, error) {
	if r == nil || r.Authenticity != verify.Authentic || s.Credential == nil {
		return "", nil
	}
	token, err := s.Credential(ctx, string(n))
	if missing(err) { // the holder keeps it back, or it carries a former name
		return "", nil
	}
	return token, err
}

// face puts a report into the words of a picture. It says no more than the
// report: a name withheld there is not here. Of a record that is not its
// issuer's own nothing is repeated but that.
func (s *Site) face(n credential.Number, r *verify.Report) picture.Face {
	f := picture.Face{Number: string(n), Address: s.Addresses.Page(n), Host: host(s.Addresses.Public), Demo: s.Demo}
	if r == nil {
		f.Tone, f.Word, f.Headline, f.AsOf = picture.Open, "Not found", "No certificate of this number is on record here.", ""
		return f
	}
	w := s.inEnglish()
	say := w.sayingOf(r)
	f.Tone, f.Word, f.Headline, f.AsOf = picture.Tone(say.Tone), say.Word, say.Headline, w.Minute(r.CheckedAt)
	x := r.Certificate
	if x == nil || r.Verdict == verify.NotAuthentic {
		return f
	}
	f.Holder, f.Scheme, f.Issuer, f.Domain = x.Holder.Name, x.Scheme.Name, x.Issuer.Name, x.Issuer.Domain
	if x.Scheme.Level != "" {
		f.Scheme += ", " + x.Scheme.Level
	}
	f.Term = w.term(x.ValidFrom, x.ValidUntil)
	fact := func(label, text string) {
		if text != "" {
			f.Facts = append(f.Facts, picture.Fact{Label: label, Text: text})
		}
	}
	date := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return w.Day(*t)
	}
	fact("Decided", date(x.DecidedAt))
	fact("In force from", date(x.ValidFrom))
	fact("In force until", date(x.ValidUntil))
	fact("Kind", w.kindWord(x.Scheme.Kind))
	for _, l := range r.Chain.Now {
		word, _ := w.statusWord(l.Status)
		f.Chain = append(f.Chain, picture.Fact{Label: humble(l.Kind), Text: l.Issuer.Name + ", of " + l.Subject.Name + ": " + word + " (" + humble(l.Assurance) + ")"})
	}
	return f
}

// term is when a certificate was given for. It is not said to be valid: that is
// for the state to say.
func (v voice) term(from, until *time.Time) string {
	switch {
	case from != nil && until != nil:
		return "Issued for " + v.Day(*from) + " to " + v.Day(*until)
	case from != nil:
		return "Issued from " + v.Day(*from) + ", no end date"
	case until != nil:
		return "Issued until " + v.Day(*until)
	}
	return ""
}

// picturesOf are the files that belong to a certificate's page.
func picturesOf() map[string]shown {
	return map[string]shown{
		"badge.svg":       {"image/svg+xml", "", badgeSVG},
		"badge.png":       {"image/png", "", badgePNG},
		"card.png":        {"image/png", "", card},
		"certificate.pdf": {"application/pdf", "certificate.pdf", sheet},
	}
}

// registerShares mounts what shows a certificate elsewhere.
func (s *Site) registerShares(e *echo.Echo) {
	read := []string{http.MethodGet, http.MethodHead}
	for name, what := range picturesOf() {
		e.Match(read, "/c/:id/"+name, s.pictures(what))
	}
	e.Match(read, "/embed/:id", s.embed)
	e.Match(read, "/embed.js", s.embedScript)
	e.GET("/oembed", s.oembed)
}

// hosted is the address on this service of a file of the certificate's page.
func (s *Site) hosted(n credential.Number, name string) string {
	return s.Addresses.Page(n) + "/" + strings.TrimPrefix(name, "/")
}
