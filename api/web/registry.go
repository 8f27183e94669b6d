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
}

type hitView struct {
	ID, Name, Acronym, About, Word string
	Owner, OwnerName               string
}

func (s *Site) registry(c echo.Context) error {
	q := strings.Join(strings.Fields(shortened(tidy(c.QueryParam("q")), 200)), " ")
	v := registryView{Query: q, Asked: q != ""}
	title := "Bodies and certifications"
	if v.Asked {
		found, err := s.Search(c.Request().Context(), q)
		if err != nil {
			return err
		}
		v.show(found)
		title = q + " · bodies and certifications"
	}
	return s.show(c, http.StatusOK, "registry", page{Title: title, Hidden: v.Asked, Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/registry",
		Description: "Find a certification body, an accreditation body or a certification, and see who stands behind it.", Data: v})
}

func (v *registryView) show(f Found) {
	best := registry.MatchWeak
	note := func(m registry.Match) string {
		if m == registry.MatchExact || m == registry.MatchStrong && best != registry.MatchExact {
			best = m
		}
		return matchWord(m)
	}
	for _, h := range f.Bodies[:min(len(f.Bodies), maxShown)] {
		var about []string
		for _, r := range h.Body.Roles {
			about = append(about, roleWord(string(r)))
		}
		v.Bodies = append(v.Bodies, hitView{ID: h.Body.ID, Name: h.Body.Name, Acronym: h.Body.Acronym, Word: note(h.Match),
			About: strings.Join(present(strings.Join(about, ", "), h.Body.Country), " · ")})
	}
	for _, h := range f.Schemes[:min(len(f.Schemes), maxShown)] {
		v.Schemes = append(v.Schemes, hitView{ID: h.Scheme.ID, Name: h.Scheme.Name, Acronym: h.Scheme.Acronym, Word: note(h.Match),
			About: kindWord(h.Scheme.Kind), Owner: h.Scheme.Owner, OwnerName: h.OwnerName})
	}
	v.More = len(f.Bodies) > maxShown || len(f.Schemes) > maxShown
	switch {
	case len(v.Bodies)+len(v.Schemes) == 0:
		v.Headline = "Nothing of that name is in this register."
		v.Advice = "That a body or certification is not in this register says nothing about it."
	case best == registry.MatchExact:
		v.Headline = "Found"
	default:
		v.Headline = "You may mean"
		v.Advice = "Nothing in this register has exactly that name. Compare name and web address letter by letter: names that are nearly the same can belong to different bodies."
	}
}

func matchWord(m registry.Match) string {
	switch m {
	case registry.MatchExact:
		return "this name"
	case registry.MatchStrong:
		return "nearly this name"
	default:
		return "some of it"
	}
}
