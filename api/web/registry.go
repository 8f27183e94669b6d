package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

// Found is what a search of the register answers.
type Found struct {
	Bodies  []registry.Hit
	Schemes []SchemeHit
}

// SchemeHit is a scheme with the name of its owner.
type SchemeHit struct {
	registry.SchemeHit
	OwnerName string
}

// Search finds bodies and schemes by what somebody typed.
type Search func(ctx context.Context, query string) (Found, error)

// maxShown bounds the hits of each kind on a page: who reads more narrows the
// search down.
const maxShown = 30

type registryView struct {
	Query, Headline, Advice string
	Asked, More             bool
	Bodies, Schemes         []hitView

	Roles, Countries []choice // of whoever reads through the register
	Heading          string
	Listed           []hitView
	Before, After    string // addresses of the pages beside this one
}

type hitView struct {
	Page, Name, Acronym, About, Word string
	OwnerName                        string
}

func (s *Site) registry(c echo.Context) error {
	q := strings.Join(strings.Fields(shortened(tidy(c.QueryParam("q")), 200)), " ")
	v := registryView{Query: q, Asked: q != ""}
	w := s.voice(c)
	title := w.Say("registry.title")
	if v.Asked {
		found, err := s.Search(c.Request().Context(), q)
		if err != nil {
			return err
		}
		v.show(found, w)
		title = q + " · " + title
	} else {
		d, err := s.Directory(c.Request().Context())
		if err != nil {
			return err
		}
		v.browse(d, c.QueryParams(), w)
	}
	return s.show(c, http.StatusOK, "registry", page{Title: title, Hidden: v.Asked, Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/registry",
		Description: w.Say("registry.description"), Data: v})
}

func (v *registryView) show(f Found, w voice) {
	best := registry.MatchWeak
	note := func(m registry.Match) string {
		if m == registry.MatchExact || m == registry.MatchStrong && best != registry.MatchExact {
			best = m
		}
		return w.matchWord(m)
	}
	for _, h := range f.Bodies[:min(len(f.Bodies), maxShown)] {
		x := w.bodyHit(h.Body)
		x.Word = note(h.Match)
		v.Bodies = append(v.Bodies, x)
	}
	for _, h := range f.Schemes[:min(len(f.Schemes), maxShown)] {
		x := w.schemeHit(h)
		x.Word = note(h.Match)
		v.Schemes = append(v.Schemes, x)
	}
	v.More = len(f.Bodies) > maxShown || len(f.Schemes) > maxShown
	switch {
	case len(v.Bodies)+len(v.Schemes) == 0:
		v.Headline, v.Advice = w.Say("registry.nothing"), w.Say("registry.nothing.do")
	case best == registry.MatchExact:
		v.Headline = w.Say("registry.found")
	default:
		v.Headline, v.Advice = w.Say("registry.near"), w.Say("registry.near.do")
	}
}

func (v voice) matchWord(m registry.Match) string {
	switch m {
	case registry.MatchExact:
		return v.Say("match.exact")
	case registry.MatchStrong:
		return v.Say("match.strong")
	default:
		return v.Say("match.weak")
	}
}
