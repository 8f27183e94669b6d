package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// BodyPage is what the register holds about a body. Links are statements as
// they stand at the instant of asking.
type BodyPage struct {
	Body     registry.Body
	Held     []verify.Link // recognitions and accreditations about the body
	Granted  []verify.Link // the body's own words about others
	Offers   []registry.Offer
	Timeline []registry.Moment
	Flags    []registry.Flag
	Coverage []verify.Coverage
	Disputes []verify.Dispute // open ones about the body, its schemes and statements
}

// bodyView is a body as its page shows it.
type bodyView struct {
	registry.Body
	RoleWords []string
	Status    string
	Sources   []sourceView
	Held      []linkView
	Granted   []linkView
	Schemes   []offerView
	Timeline  []momentView
	Flags     []noticeView
	Disputes  []disputeView // about the body itself
	Coverage  []coverageView
	Left      int // entries the page leaves to the JSON answer
}

// An accreditor may have made hundreds of statements. A page shows so many of
// each and names the address of the whole.
const (
	maxHeld    = 16
	maxGranted = 50
	maxSchemes = 12
	maxMoments = 40
)

func (s *Site) body(c echo.Context) error {
	id := c.Param("id")
	w := s.voice(c)
	b, err := s.Body(c.Request().Context(), id)
	if missing(err) {
		return s.show(c, http.StatusNotFound, "missing", page{Title: w.Say("body.missing"), Hidden: true, Data: missingView{
			Headline: w.Say("body.missing"), Advice: []string{w.Say("body.missing.do")},
		}})
	}
	if err != nil {
		return err
	}
	v := bodyView{Body: b.Body, Status: b.Body.Status}
	for _, r := range b.Body.Roles {
		v.RoleWords = append(v.RoleWords, w.roleWord(string(r)))
	}
	for _, x := range b.Body.Sources {
		v.Sources = append(v.Sources, sourceOf(x))
	}
	known := map[string]string{b.Body.ID: b.Body.Name, b.Body.DID: b.Body.Name}
	for _, l := range b.Held[:min(len(b.Held), maxHeld)] {
		x := w.link(l)
		x.Disputes = w.disputed(b.Disputes, "statement", l.Statement, known)
		v.Held = append(v.Held, x)
	}
	for _, l := range b.Granted[:min(len(b.Granted), maxGranted)] {
		v.Granted = append(v.Granted, w.link(l))
	}
	for _, x := range b.Offers[:min(len(b.Offers), maxSchemes)] {
		o := w.offer(x)
		o.Disputes = w.disputed(b.Disputes, "scheme", x.Scheme.ID, known)
		v.Schemes = append(v.Schemes, o)
	}
	for _, m := range b.Timeline[max(0, len(b.Timeline)-maxMoments):] {
		v.Timeline = append(v.Timeline, w.momentOf(m))
	}
	for _, f := range b.Flags {
		v.Flags = append(v.Flags, w.notice(f))
	}
	v.Disputes = w.disputed(b.Disputes, "body", b.Body.ID, known)
	v.Left = len(b.Held) - len(v.Held) + len(b.Granted) - len(v.Granted) + len(b.Offers) - len(v.Schemes) + len(b.Timeline) - len(v.Timeline)
	v.Coverage = w.coverage(b.Coverage, known)
	return s.show(c, http.StatusOK, "body", page{
		Title: b.Body.Name, Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/bodies/" + b.Body.ID,
		Description: w.Say("body.description", "name", b.Body.Name),
		Data:        v,
	})
}

// address is where the page of a body is; empty if the register does not know it.
func address(b verify.Body) string {
	if b.ID == "" {
		return ""
	}
	return "/bodies/" + b.ID
}

// certificateAddress is where a certificate's page is.
func certificateAddress(n credential.Number) string { return "/c/" + string(n) }
