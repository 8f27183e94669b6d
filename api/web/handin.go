package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Handed is what a visitor hands in: a file, or text that is a credential or
// the address of one.
type Handed struct {
	File  []byte
	Text  string
	Asker string // the visitor's network address
}

// handIn judges a file, a pasted credential or a link. What turns out to name
// a certificate of this register leads to its page.
func (s *Site) handIn(c echo.Context) error {
	_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(listUpload)) // where there is none, none is needed
	if isList(c) {
		return s.list(c)
	}
	file, err := handedFile(c)
	if err != nil {
		return err
	}
	h := Handed{File: file, Text: strings.TrimSpace(c.FormValue("text")), Asker: c.RealIP()}
	if u, ok := receiptIn(string(h.File) + h.Text); ok {
		return s.judgedReceipt(c, u)
	}
	if len(h.File) == 0 {
		switch e := s.read(h.Text); e.Slip {
		case noSlip:
			return c.Redirect(http.StatusSeeOther, s.voice(c).to(certificateAddress(e.Number)))
		case emptySlip, checkSlip:
			return s.mistyped(c, h.Text, e)
		}
	}
	r, err := s.Judge(c.Request().Context(), h)
	if remedy, ok := intake.Remedy(err); ok {
		return s.unreadable(c, h, remedy)
	}
	if err != nil {
		return err
	}
	return s.judged(c, r)
}

// handedFile reads the form field file; nil if none was chosen.
func handedFile(c echo.Context) ([]byte, error) {
	header, err := c.FormFile("file")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, large
	case err != nil: // none, or another form
		return nil, nil
	}
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
}

func (s *Site) unreadable(c echo.Context, h Handed, remedy string) error {
	w := s.voice(c)
	what, v := "missing.pasted", missingView{Headline: w.Say("missing.unreadable"), Whole: true, HandIn: shortened(h.Text, maxEntry)}
	if len(h.File) > 0 {
		what, v.HandIn = "missing.file", ""
	}
	v.Because = w.html(what, "why", w.english(remedy+"."))
	v.Advice = []string{w.Say("missing.nothing_said")}
	return s.show(c, http.StatusUnprocessableEntity, "missing", page{Title: v.Headline, Hidden: true, Private: true, Data: v})
}

// namedBy marks the address of a page to which a file led that only names it.
const namedBy = "file=named"

// judged shows the report on what was handed in. It is about those very bytes,
// so it has no address of its own.
func (s *Site) judged(c echo.Context, r *verify.Report) error {
	var number credential.Number
	if r.Certificate != nil && r.Links.Page != "" {
		if n, err := credential.ParseNumber(r.Certificate.Number); err == nil {
			number = n
		}
	}
	if r.HandedIn != nil && number != "" { // of the file itself nothing is shown: it was not checked
		return c.Redirect(http.StatusSeeOther, certificateAddress(number)+"?"+namedBy)
	}
	w := s.voice(c)
	v := w.view(number, r)
	return s.show(c, http.StatusOK, "certificate", page{Title: w.Say("certificate.handed_in", "word", v.Saying.Word), Description: v.Saying.Headline,
		Hidden: true, Private: true, Verdict: r.Verdict, Data: v})
}
