package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Directory is the whole register, for whoever reads through it.
type Directory struct {
	Bodies  []registry.Body
	Schemes []SchemeHit // their Match is not told
}

// SchemePage is what the register holds about a scheme.
type SchemePage struct {
	Scheme   registry.Scheme
	Owner    verify.Body
	Answers  []registry.Answer
	Held     []verify.Link // accreditations that name the scheme
	Disputes []verify.Dispute
}

// perPage bounds what one page lists.
const perPage = 40

// asSchemes is the choice that lists certifications instead of bodies.
const asSchemes = "scheme"

// choice is an entry of a list to choose from.
type choice struct {
	Value, Word string
	Count       int
	Chosen      bool
}

// browse lists bodies by role and country, or the certifications.
func (v *registryView) browse(d Directory, q url.Values, w voice) {
	role, country := q.Get("role"), strings.ToUpper(q.Get("country"))
	listed := func(b registry.Body) bool { return role == "" || slices.Contains(b.Roles, registry.Role(role)) }
	v.Roles = append(v.Roles, choice{Value: "", Word: w.Say("registry.all"), Count: len(d.Bodies), Chosen: role == ""})
	for _, r := range []registry.Role{registry.Arrangement, registry.AccreditationBody, registry.CertificationBody, registry.SchemeOwner, registry.TrainingProvider} {
		n := 0
		for _, b := range d.Bodies {
			if slices.Contains(b.Roles, r) {
				n++
			}
		}
		v.Roles = append(v.Roles, choice{Value: string(r), Word: w.roleWord(string(r)), Count: n, Chosen: role == string(r)})
	}
	v.Roles = append(v.Roles, choice{Value: asSchemes, Word: w.Say("registry.schemes"), Count: len(d.Schemes), Chosen: role == asSchemes})
	var all []hitView
	counts := map[string]int{}
	for _, b := range d.Bodies {
		if !listed(b) {
			continue
		}
		counts[b.Country]++
		if country == "" || b.Country == country {
			all = append(all, w.bodyHit(b))
		}
	}
	if role == asSchemes {
		for _, s := range d.Schemes {
			all = append(all, w.schemeHit(s))
		}
	}
	for c, n := range counts {
		if c != "" {
			v.Countries = append(v.Countries, choice{Value: c, Word: c, Count: n, Chosen: c == country})
		}
	}
	slices.SortFunc(v.Countries, func(a, b choice) int { return strings.Compare(a.Value, b.Value) })
	slices.SortStableFunc(all, func(a, b hitView) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	v.page(all, q, role, country, w)
}

// page cuts one page out of the list.
func (v *registryView) page(all []hitView, q url.Values, role, country string, w voice) {
	last := max(0, (len(all)-1)/perPage)
	now, err := strconv.Atoi(q.Get("page"))
	if err != nil || now < 0 {
		now = 0
	}
	now = min(now, last)
	at := func(n int) string {
		values := url.Values{"page": {strconv.Itoa(n)}}
		if role != "" {
			values.Set("role", role)
		}
		if country != "" {
			values.Set("country", country)
		}
		return "/registry?" + values.Encode()
	}
	if now > 0 {
		v.Before = at(now - 1)
	}
	if now < last {
		v.After = at(now + 1)
	}
	v.Listed = all[min(len(all), now*perPage):min(len(all), (now+1)*perPage)]
	v.Heading = w.Say("registry.count", "count", len(all), "page", now+1, "pages", last+1)
}

func (v voice) bodyHit(b registry.Body) hitView {
	var about []string
	for _, r := range b.Roles {
		about = append(about, v.roleWord(string(r)))
	}
	return hitView{Page: "/bodies/" + b.ID, Name: b.Name, Acronym: b.Acronym, About: strings.Join(present(strings.Join(about, ", "), b.Country), " · ")}
}

func (v voice) schemeHit(s SchemeHit) hitView {
	return hitView{Page: "/schemes/" + s.Scheme.ID, Name: s.Scheme.Name, Acronym: s.Scheme.Acronym, About: v.kindWord(s.Scheme.Kind), OwnerName: s.OwnerName}
}

// schemeView is a scheme as its page shows it.
type schemeView struct {
	offerView
	Owner    verify.Body
	Standard string
	Months   int
	Held     []linkView
	Sources  []sourceView
}

func (s *Site) scheme(c echo.Context) error {
	w := s.voice(c)
	p, err := s.Scheme(c.Request().Context(), c.Param("id"))
	if missing(err) {
		return s.show(c, http.StatusNotFound, "missing", page{Title: w.Say("scheme.missing"), Hidden: true, Data: missingView{
			Headline: w.Say("scheme.missing"), Advice: []string{w.Say("scheme.missing.do")},
		}})
	}
	if err != nil {
		return err
	}
	v := schemeView{offerView: w.offer(registry.Offer{Scheme: p.Scheme, Answers: p.Answers}), Owner: p.Owner, Standard: p.Scheme.Standard, Months: p.Scheme.ValidityMonths}
	v.Disputes = w.disputed(p.Disputes, "scheme", p.Scheme.ID, map[string]string{p.Owner.ID: p.Owner.Name})
	for _, l := range p.Held[:min(len(p.Held), maxHeld)] {
		v.Held = append(v.Held, w.link(l))
	}
	for _, x := range p.Scheme.Sources {
		v.Sources = append(v.Sources, sourceOf(x))
	}
	return s.show(c, http.StatusOK, "scheme", page{Title: p.Scheme.Name, Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/schemes/" + p.Scheme.ID,
		Description: w.Say("scheme.description", "name", p.Scheme.Name, "owner", p.Owner.Name), Data: v})
}
