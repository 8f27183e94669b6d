package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Likeness is a registered body or scheme that something else could be taken
// for.
type Likeness struct {
	Body   string // id, or
	Scheme string // id
	Name   string
	Kind   string // name, acronym or domain: what is alike
	Reason string // which names or domains are alike
}

// Lookalikes returns the bodies that b could be taken for: by name, acronym or
// domain. LIKENESS.md says by which rules and how well they do. A shared
// acronym alone is never a likeness: honest bodies share them.
func (v *View) Lookalikes(b Body) []Likeness {
	x, mine := v.bodyNames(), bodyEntry(b)
	var out []Likeness
	for _, i := range x.nearby(&mine) {
		other := &x.entries[i]
		if other.id == b.ID {
			continue
		}
		known := v.all.Bodies[i]
		if kind, reason := alike(&mine, other, slices.Contains(known.Roles, Arrangement)); reason != "" {
			out = append(out, Likeness{Body: other.id, Name: known.Name, Kind: kind, Reason: reason})
		}
	}
	return out
}

// Resembled returns the bodies that a name or host read somewhere could be
// taken for, unless it is that body's own. Any of name, acronym, host and
// country may be empty. What it answers is a likeness, not a finding: whoever
// asks must say what was read, and what it is like.
func (v *View) Resembled(name, acronym, host, country string) []Likeness {
	for _, h := range v.Search(name) {
		own := host == "" || len(h.Body.Domains) == 0 || slices.ContainsFunc(hosts(h.Body), func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
		if h.Match == MatchExact && own {
			return nil
		}
	}
	found := v.Lookalikes(Body{Name: name, Acronym: acronym, Country: country})
	if host != "" {
		for _, l := range v.Lookalikes(Body{Domains: []string{host}}) {
			if !slices.ContainsFunc(found, func(o Likeness) bool { return o.Body == l.Body && !strings.HasSuffix(o.Reason, sameName) }) {
				found = append(found, l)
			}
		}
	}
	return slices.DeleteFunc(found, func(l Likeness) bool {
		return strings.HasSuffix(l.Reason, sameName) || strings.Contains(l.Reason, "is the domain") || strings.Contains(l.Reason, "lies under the domain")
	})
}

// LookalikeSchemes returns the schemes of other owners that s could be taken for.
func (v *View) LookalikeSchemes(s Scheme) []Likeness {
	x, mine := v.schemeNames(), schemeEntry(s)
	var out []Likeness
	for _, i := range x.nearby(&mine) {
		known := v.all.Schemes[i]
		if known.ID == s.ID || known.Owner == s.Owner {
			continue
		}
		if kind, reason := alike(&mine, &x.entries[i], false); reason != "" {
			out = append(out, Likeness{Scheme: known.ID, Name: known.Name, Kind: kind, Reason: reason})
		}
	}
	return out
}

// RefuseLikeScheme refuses a scheme that could be taken for one of public
// record of another owner, with code LOOKALIKE. Schemes that bodies registered
// themselves may share names: several certify by one standard.
func (r *Registrar) RefuseLikeScheme(ctx context.Context, s Scheme) error {
	v, err := r.View(ctx)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(v.LookalikeSchemes(s), func(l Likeness) bool {
		known, _ := v.Scheme(l.Scheme) // the view found it
		return known.Grade == ""
	})
	if len(found) == 0 {
		return nil
	}
	return likenessRefusal(found, map[string]string{"name": "/name", "acronym": "/acronym"}[found[0].Kind], found[0].Scheme, "scheme")
}

// nearby returns every entry that could be like e, each once, in order.
func (x *nameIndex) nearby(e *nameEntry) []int32 {
	once := map[int32]bool{}
	take := func(all ...int32) {
		for _, i := range all {
			once[i] = true
		}
	}
	place := func(p int32) { take(x.places[p].entry) }
	for k := range e.names {
		n := &e.names[k]
		for _, key := range x.keys(n) {
			for _, p := range x.alike[key] {
				place(p)
			}
		}
		x.whole.within(n.latin, 2, place)
		for _, p := range x.sharing(n) {
			place(p)
		}
		take(x.labels[n.full]...)
		for _, w := range strings.Fields(n.plain) {
			take(x.labels[w]...)
			for _, d := range drawings(w) {
				take(x.drawn[d]...)
			}
		}
		take(x.labels[initials(n.words)]...)
	}
	for _, l := range e.labels[1:] { // an id is made here, and says nothing
		take(x.labels[l]...)
	}
	for _, d := range drawings(e.acronym) {
		take(x.drawn[d]...)
	}
	for _, d := range e.domains {
		x.nearHosts(d, take)
	}
	out := make([]int32, 0, len(once))
	for i := range once {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

// sharing returns the names with the rarer words of n, or what they may stand for.
func (x *nameIndex) sharing(n *foldedName) []int32 {
	var out []int32
	for _, w := range searchWords(n.latin) {
		x.words.find(w, otherScript(n.plain), func(id int32, _ bool) {
			if list := x.words.places[id]; len(list) <= common {
				out = append(out, list...)
			}
		})
	}
	return out
}

func (x *nameIndex) nearHosts(host string, take func(...int32)) {
	take(x.domains[host]...)
	for parent := host; strings.Contains(parent, "."); _, parent, _ = strings.Cut(parent, ".") {
		take(x.domains[parent]...)
		for known := parent; strings.Contains(known, "."); known = known[:strings.LastIndex(known, ".")] {
			take(x.domains[known]...) // ukas.com.verify.example
		}
	}
	label := tellingLabel(host)
	if label == "" {
		return
	}
	x.stems.within(label, 2, func(i int32) { take(x.stem[i].entry) })
	x.stems.within(skeleton(label), 2, func(i int32) { take(x.stem[i].entry) })
	for _, part := range append(strings.Split(label, "-"), strings.ReplaceAll(label, "-", ""), unleet(label), latinSkeleton(label)) {
		take(x.domains[part]...)
	}
	for i := minLabel; i < len(label); i++ {
		take(x.domains[label[:i]]...)
		take(x.domains[label[len(label)-i:]]...)
	}
}

// latinSkeleton reads letters of other scripts as the Latin ones they look like.
func latinSkeleton(label string) string { return strings.ToLower(skeleton(label)) }

const sameName = "has the same name"

// alike says what of e could be taken for known, and how.
func alike(e, known *nameEntry, arrangement bool) (kind, reason string) {
	for i := range e.names {
		for j := range known.names {
			a, b := &e.names[i], &known.names[j]
			if i > 0 && len(a.plain) < minAlias || j > 0 && len(b.plain) < minAlias {
				continue
			}
			if a.full == b.full && !onlyGeneric(a.words, e.country, known.country) {
				return "name", fmt.Sprintf("the name %q %s", a.printed, sameName)
			}
			if likeNames(a, b, e.country, known.country, arrangement) {
				return "name", fmt.Sprintf("the name %q is like %q", a.printed, b.printed)
			}
		}
	}
	for _, a := range e.domains {
		for _, b := range known.domains {
			if how := likeHosts(a, b); how != "" {
				return "domain", fmt.Sprintf("the domain %s %s the domain %s", unicodeDomain(a), how, unicodeDomain(b))
			}
		}
	}
	if reason := likeAcronyms(e, known, arrangement); reason != "" {
		return "acronym", reason
	}
	return "", ""
}

// refuseLookalike refuses b if it could be taken for a registered body.
func (v *View) refuseLookalike(b Body) error {
	found := v.Lookalikes(b)
	if len(found) == 0 {
		return nil
	}
	pointer := map[string]string{"name": "/name", "domain": "/domains", "acronym": "/acronym"}[found[0].Kind]
	return likenessRefusal(found, pointer, found[0].Body, "body")
}

func likenessRefusal(found []Likeness, pointer, id, what string) error {
	alike := make([]map[string]string, len(found))
	for i, l := range found {
		alike[i] = map[string]string{"id": l.Body + l.Scheme, "name": l.Name, "reason": l.Reason}
	}
	return &fault.Refusal{
		Kind: fault.Conflict, Code: "LOOKALIKE", Pointer: pointer,
		Detail: fmt.Sprintf("%s of the registered %s %q; accept the likeness to register it all the same", found[0].Reason, what, id),
		Extra:  map[string]any{"likeness": alike},
	}
}
