package claims

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// resolved is a name with what the registry makes of it.
type resolved struct {
	understood verify.UnderstoodBody
	body       registry.Body
	ok         bool
	nobody     int // see entry
	like, why  string
	conflict   bool // it resembles a known body and is not it
}

// resolve looks a name up. Of several bodies that share it, one with a fitting
// role counts; if that leaves several, none does.
func (m *match) resolve(n named, website string, fits func(registry.Role) bool) resolved {
	v := m.names.view
	out := resolved{understood: verify.UnderstoodBody{Name: n.said, Website: website, MayMean: []verify.Body{}}, nobody: n.nobody}
	host := hostOf(website)
	if n.said == "" && host == "" {
		return out
	}
	if b, ok := v.Body(n.body); ok {
		return m.found(out, b, "exact", host, false)
	}
	t := newText(n.said)
	if e, words, ok := m.names.at(t, 0, true); ok && words == len(t.words) {
		out.nobody = e.nobody
		if b, ok := v.Body(e.body); ok && (e.nobody > 0 || m.unique(n.said, b, fits)) {
			return m.found(out, b, "exact", host, false)
		}
		if e.nobody > 0 {
			return out
		}
	}
	if mixedScript(n.said) {
		if b, ok := m.names.alike(n.said); ok {
			out.like, out.why, out.conflict = b.Name, "the name is written with look-alike letters of another alphabet", true
			out.understood.MayMean = append(out.understood.MayMean, m.body(b))
			return out
		}
	}
	hits := v.Search(n.said)
	for _, grade := range []registry.Match{registry.MatchExact, registry.MatchStrong} {
		var all, fitting []registry.Body
		for _, h := range hits {
			if h.Match != grade {
				continue
			}
			all = append(all, h.Body)
			if slices.ContainsFunc(h.Body.Roles, fits) {
				fitting = append(fitting, h.Body)
			}
		}
		if len(fitting) == 1 {
			return m.found(out, fitting[0], string(grade), host, grade == registry.MatchStrong && slip(n.said, fitting[0]))
		}
		if len(all) == 1 && len(fitting) == 0 && (grade == registry.MatchExact || slip(n.said, all[0])) {
			return m.found(out, all[0], string(grade), host, grade == registry.MatchStrong)
		}
		if len(all) > 0 {
			for _, b := range all[:min(5, len(all))] {
				out.understood.MayMean = append(out.understood.MayMean, m.body(b))
			}
			return out
		}
	}
	return m.unknown(out, n.said, host)
}

// unique: the acronym stands for this body alone among those that fit.
func (m *match) unique(said string, b registry.Body, fits func(registry.Role) bool) bool {
	fitting := 0
	for _, h := range m.names.view.Search(said) {
		if h.Match == registry.MatchExact && slices.ContainsFunc(h.Body.Roles, fits) {
			fitting++
			if h.Body.ID != b.ID && !slices.ContainsFunc(b.Roles, fits) {
				return false
			}
		}
	}
	return fitting <= 1
}

// found takes the body, unless its address says that it is another one that
// merely looks like it.
func (m *match) found(out resolved, b registry.Body, grade, host string, slipped bool) resolved {
	foreign := host != "" && len(b.Domains) > 0 && !m.own(b, host)
	switch {
	case slipped && foreign:
		out.like, out.why, out.conflict = b.Name, "the name is close, the web address is another", true
	case foreign && m.likeDomain(b, host):
		out.like, out.why, out.conflict = b.Name, "the web address "+host+" is like "+b.Domains[0], true
	case slipped:
		out.like, out.why = b.Name, "the name is close"
	}
	if out.conflict {
		out.understood.MayMean = append(out.understood.MayMean, m.body(b))
		return out
	}
	known := m.body(b)
	out.body, out.ok, out.understood.Body, out.understood.Match = b, true, &known, grade
	return out
}

// unknown looks whether the address is a known body's, or name or address
// resemble one.
func (m *match) unknown(out resolved, said, host string) resolved {
	if host != "" {
		for _, id := range m.names.sites[site(host)] {
			if b, ok := m.names.view.Body(id); ok && m.own(b, host) {
				return m.found(out, b, "strong", host, false)
			}
		}
	}
	if g, ok := m.wears(said); ok {
		out.like, out.why, out.conflict = g.name(), "the name is the acronym of "+g.Names[1]+" with general words", true
		return out
	}
	probe := registry.Body{Name: said}
	if host != "" {
		probe.Domains = []string{host}
	}
	for _, l := range m.names.view.Lookalikes(probe) {
		b, ok := m.names.view.Body(l.Body)
		if !ok {
			continue
		}
		out.understood.MayMean = append(out.understood.MayMean, m.body(b))
		if out.like == "" {
			out.like, out.why = b.Name, l.Reason
			out.conflict = host != "" && len(b.Domains) > 0 || strings.HasPrefix(l.Reason, "the domain")
		}
	}
	return out
}

func (m *match) own(b registry.Body, host string) bool {
	return slices.ContainsFunc(b.Domains, func(d string) bool {
		return d == host || site(d) == site(host) && site(d) == d || strings.HasSuffix(host, "."+d)
	})
}

func (m *match) likeDomain(b registry.Body, host string) bool {
	label := func(d string) string { l, _, _ := strings.Cut(site(d), "."); return l }
	for _, d := range b.Domains {
		// The body's own label with words hung on: dakks-zert.de, not dakks.eu.
		if l := label(d); len(l) >= 4 && label(host) != l && slices.Contains(strings.Split(label(host), "-"), l) {
			return true
		}
	}
	return slices.ContainsFunc(m.names.view.Lookalikes(registry.Body{Domains: []string{site(host)}}), func(l registry.Likeness) bool { return l.Body == b.ID })
}

// mixedScript tells whether one word mixes Latin with look-alike alphabets.
func mixedScript(s string) bool {
	for _, w := range strings.Fields(s) {
		latin := strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
		other := strings.ContainsFunc(w, func(r rune) bool {
			return unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
		})
		if latin && other {
			return true
		}
	}
	return false
}

// slip tells a misspelt name from a shortened one: shortened, its words are
// all among those of the name.
func slip(said string, b registry.Body) bool {
	for _, name := range append([]string{b.Name}, b.Aliases...) {
		words := folded(name)
		if !slices.ContainsFunc(folded(said), func(w string) bool { return !slices.Contains(words, w) }) {
			return false
		}
	}
	return true
}

// hostOf is the host of an address as people write it, without "www.".
func hostOf(website string) string {
	website = strings.TrimSpace(website)
	if website == "" {
		return ""
	}
	if !strings.Contains(website, "://") {
		website = "https://" + website
	}
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// site is the part of a host that somebody registered.
func site(host string) string {
	s, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return s
}

// wears finds a name that is the acronym of a worldwide arrangement dressed in
// general words: "IAF Accreditation Board".
func (m *match) wears(said string) (general, bool) {
	words := folded(said)
	if len(words) < 2 {
		return general{}, false
	}
	for _, g := range m.known.Nobody {
		if (g.ID != "iaf" && g.ID != "ilac") || words[0] != g.ID {
			continue
		}
		plain := !slices.ContainsFunc(words[1:], func(w string) bool {
			return !slices.Contains([]string{"accreditation", "certification", "board", "council", "service", "services", "international", "global", "authority", "body", "forum", "registrar", "registration", "organization", "organisation", "worldwide", "of", "and", "ltd", "limited", "inc", "llc", "gmbh", "europe", "asia"}, w)
		})
		return g, plain
	}
	return general{}, false
}

// siblings looks at other bodies that go by the same name, such as the national
// houses of one group. The one that the accreditor named has accredited is
// meant; failing that, the others are told.
func (m *match) siblings(issuer *resolved) {
	if !issuer.ok {
		return
	}
	said := folded(issuer.understood.Name)
	var accreditors []string
	for _, a := range m.got.accreditations {
		by := m.resolve(a.by, "", func(r registry.Role) bool { return r == registry.AccreditationBody })
		if by.ok && by.nobody == 0 {
			accreditors = append(accreditors, by.body.ID)
		}
	}
	theirs := func(b registry.Body) bool {
		return slices.ContainsFunc(m.names.view.About(b.DID), func(s registry.Statement) bool { return slices.Contains(accreditors, s.Issuer) })
	}
	if len(said) == 0 {
		return
	}
	for _, e := range m.names.entries[said[0]] {
		b, ok := m.names.view.Body(e.body)
		if !ok || !slices.Equal(e.words, said) || b.ID == issuer.body.ID || !slices.ContainsFunc(b.Roles, certifies) {
			continue
		}
		if theirs(b) && !theirs(issuer.body) {
			was, is := m.body(issuer.body), m.body(b)
			issuer.understood.MayMean = append(issuer.understood.MayMean, was)
			issuer.body, issuer.understood.Body = b, &is
			continue
		}
		issuer.understood.MayMean = append(issuer.understood.MayMean, m.body(b))
	}
}
