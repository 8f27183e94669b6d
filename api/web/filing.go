package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// File records what a visitor files; asker is the visitor's network address,
// held for the limit alone. ErrTooMany says that it filed enough.
type File func(ctx context.Context, asker string, e disputes.Entry) error

// ErrTooMany is what File answers when an address has filed enough for now.
var ErrTooMany = errors.New("too many filings from this address")

type filingView struct {
	Dispute      bool // contests a fact; else reports a certificate
	About, Words string
	Email        string
	Faults       []template.HTML
	Done         bool
}

func (s *Site) filing(c echo.Context) error {
	about := shortened(c.QueryParam("about"), 200)
	return s.showFiling(c, http.StatusOK, filingView{About: about, Dispute: c.QueryParam("kind") == "dispute"})
}

func (s *Site) file(c echo.Context) error {
	w := s.voice(c)
	v := filingView{Dispute: c.FormValue("kind") == "dispute", About: strings.TrimSpace(c.FormValue("about")), Words: c.FormValue("words"), Email: strings.TrimSpace(c.FormValue("email"))}
	e := disputes.Entry{Kind: disputes.KindConcern, Words: v.Words, Contact: disputes.Contact{Email: v.Email}}
	if v.Dispute {
		e.Kind = disputes.KindDispute
	}
	e.About, e.Of = s.record(v.About)
	if v.Dispute && e.About == disputes.AboutElsewhere {
		v.Faults = []template.HTML{w.html("filing.which")}
		return s.showFiling(c, http.StatusUnprocessableEntity, v)
	}
	err := s.File(c.Request().Context(), c.RealIP(), e)
	var invalid fault.Invalid
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid {
			v.Faults = append(v.Faults, w.complaint("filing.field", f))
		}
		return s.showFiling(c, http.StatusUnprocessableEntity, v)
	case errors.Is(err, ErrTooMany), errors.Is(err, disputes.ErrFull):
		v.Faults = []template.HTML{w.html("filing.many")}
		return s.showFiling(c, http.StatusTooManyRequests, v)
	case err != nil:
		return err
	}
	return s.showFiling(c, http.StatusOK, filingView{Done: true, Dispute: v.Dispute})
}

func (s *Site) showFiling(c echo.Context, status int, v filingView) error {
	return s.show(c, status, "filing", page{Title: s.voice(c).Say("filing.title"), Hidden: true, Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/report", Data: v})
}

// record tells what somebody names: a certificate of this register by number
// or address, a body by the address of its page, or something elsewhere.
func (s *Site) record(q string) (disputes.About, string) {
	if e := s.read(q); e.Slip == noSlip {
		return disputes.AboutCertificate, string(e.Number)
	}
	if n, err := credential.ParseNumber(q); err == nil {
		return disputes.AboutCertificate, string(n)
	}
	u, err := url.Parse(q)
	if err == nil && (u.Host == "" || s.ours(u.Host)) {
		if id, ok := strings.CutPrefix(u.Path, "/bodies/"); ok && id != "" && !strings.Contains(id, "/") {
			return disputes.AboutBody, id
		}
	}
	return disputes.AboutElsewhere, q
}
