package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// holderView is the page of a holder's link. It is never kept anywhere: its
// address is the key to it.
type holderView struct {
	holder.View
	Number  credential.Number
	Name    string
	Scheme  string
	Level   string
	Levels  []choice // of publication, as far as signed
	Items   []evidenceItem
	Record  bool // handed out
	Narrow  bool // something is hidden, so the record is not handed out
	Saved   bool
	Action  string
	Public  string // the page that others see
	Signed  string // publication level as signed, in words
	Limited bool   // the issuer signed less than public
}

// evidenceItem is an item of evidence that may be shown.
type evidenceItem struct {
	Place             int
	Kind, Description string
	Address           string
	Shown             bool
}

func (s *Site) registerHolders(e *echo.Echo) {
	e.GET("/holder/:token", s.holder)
	e.POST("/holder/:token", s.holderActs)
}

func (s *Site) holder(c echo.Context) error {
	v, err := s.Holders.Open(c.Request().Context(), c.Param("token"))
	if errors.Is(err, holder.ErrNotFound) || errors.Is(err, issue.ErrNotFound) {
		return s.noHolder(c)
	}
	if err != nil {
		return err
	}
	w := s.voice(c)
	return s.show(c, http.StatusOK, "holder", page{Title: w.Say("holder.title"), Hidden: true, Private: true, Data: s.holderView(v, w, c)})
}

func (s *Site) noHolder(c echo.Context) error {
	w := s.voice(c)
	return s.show(c, http.StatusNotFound, "missing", page{Title: w.Say("holder.gone"), Hidden: true, Private: true,
		Data: missingView{Headline: w.Say("holder.gone"), Advice: []string{w.Say("holder.gone.do")}}})
}

func (s *Site) holderView(v holder.View, w voice, c echo.Context) holderView {
	r := v.Record.Request
	out := holderView{View: v, Number: credential.Number(v.Record.Number), Name: r.Holder.Name, Scheme: r.Scheme, Level: r.Level,
		Record: !v.Choice.HideRecord, Narrow: v.Choice.HideLevel || v.Choice.Publication != "", Saved: c.QueryParam("saved") == "1",
		Action: w.to("/holder/" + c.Param("token")), Limited: r.Publication != issue.Public, Signed: w.Say("holder." + string(r.Publication) + ".word")}
	out.Public = w.to(certificateAddress(out.Number))
	now := v.Choice.Publication
	if now == "" {
		now = r.Publication
	}
	all := []issue.Publication{issue.Public, issue.Match, issue.Hidden}
	for _, p := range all[slices.Index(all, r.Publication):] {
		out.Levels = append(out.Levels, choice{Value: string(p), Word: w.Say("holder." + string(p)), Chosen: p == now})
	}
	for i, e := range r.Evidence {
		out.Items = append(out.Items, evidenceItem{Place: i, Kind: humble(e.Kind), Description: e.Description, Address: webAddress(e.URL), Shown: slices.Contains(v.Choice.Evidence, i)})
	}
	return out
}

// holderActs keeps what the holder chose. The link is the authority and the
// form says that it came from the link's own page; a browser that tells of
// another origin is refused besides. No cookie is involved, so nothing acts
// for a holder who merely visits another page.
func (s *Site) holderActs(c echo.Context) error {
	if from := c.Request().Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" && from != "none" {
		return echo.NewHTTPError(http.StatusForbidden)
	}
	form, err := c.FormParams()
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	chosen := issue.Choice{Publication: issue.Publication(form.Get("publication")), HideLevel: form.Get("level") != "shown", HideRecord: form.Get("record") != "shown"}
	for _, x := range form["evidence"] {
		if i, err := strconv.Atoi(x); err == nil {
			chosen.Evidence = append(chosen.Evidence, i)
		}
	}
	if form.Get("do") == "unshare" {
		chosen = issue.Choice{Publication: issue.Hidden, HideLevel: true, HideRecord: true}
	}
	err = s.Holders.Act(c.Request().Context(), c.Param("token"), form.Get("form"), chosen)
	switch {
	case errors.Is(err, holder.ErrNotFound), errors.Is(err, issue.ErrNotFound):
		return s.noHolder(c)
	case errors.Is(err, holder.ErrForm):
		return echo.NewHTTPError(http.StatusForbidden)
	case err != nil:
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Redirect(http.StatusSeeOther, s.voice(c).to("/holder/"+c.Param("token")+"?saved=1"))
}
