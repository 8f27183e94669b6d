package claims

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.mau.fi/util/confusable"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

// entry is one name of a body, or of an organisation that accredits nobody.
type entry struct {
	words  []string
	said   string // as it is usually written
	body   string // register id; empty for an organisation outside the register
	nobody int    // index into known.Nobody plus one; 0: none
	short  bool   // one word: an acronym, or nearly one
}

// vocabulary finds names in a text. It belongs to one version of the registry.
type vocabulary struct {
	view    *registry.View
	entries map[string][]entry  // by first word, longest first
	sites   map[string][]string // body ids by the site they have
	titles  []title

	once      sync.Once // guards skeletons
	skeletons map[string]string
}

// title is one name of a scheme.
type title struct {
	scheme  string
	said    string
	words   string // folded, one space between
	acronym bool
}

func newVocabulary(v *registry.View, k known) *vocabulary {
	out := &vocabulary{view: v, entries: map[string][]entry{}, sites: map[string][]string{}}
	for i, g := range k.Nobody {
		for _, name := range g.Names {
			out.add(name, entry{said: name, body: g.ID, nobody: i + 1})
		}
	}
	for name, id := range k.OtherNames {
		if _, ok := v.Body(id); ok {
			out.add(name, entry{said: name, body: id})
		}
	}
	for _, b := range v.Bodies() {
		for _, name := range append([]string{b.Name, b.Acronym}, b.Aliases...) {
			for _, n := range forms(name) {
				out.add(n, entry{said: n, body: b.ID})
			}
		}
	}
	for _, b := range v.Bodies() {
		for _, d := range b.Domains {
			out.sites[site(d)] = append(out.sites[site(d)], b.ID)
		}
	}
	for _, s := range v.Schemes() {
		names := append([]string{s.Name, s.Acronym}, k.Titles[s.ID]...)
		if owner, ok := v.Body(s.Owner); ok && owner.Acronym != "" && s.Acronym != "" {
			names = append(names, owner.Acronym+" "+s.Acronym)
		}
		for _, n := range names {
			if words := folded(n); len(words) > 0 {
				out.titles = append(out.titles, title{s.ID, n, strings.Join(words, " "), len(words) == 1})
			}
		}
	}
	for first := range out.entries {
		slices.SortStableFunc(out.entries[first], func(a, b entry) int { return len(b.words) - len(a.words) })
	}
	return out
}

func (v *vocabulary) add(name string, e entry) {
	e.words = folded(name)
	if len(e.words) == 0 || len(strings.Join(e.words, "")) < 2 {
		return
	}
	e.short = len(e.words) == 1
	first := e.words[0]
	if slices.ContainsFunc(v.entries[first], func(o entry) bool { return slices.Equal(o.words, e.words) && (o.body == e.body || o.nobody > 0) }) {
		return
	}
	v.entries[first] = append(v.entries[first], e)
}

// forms are the names that people use for a body: the whole, what stands
// before brackets and in them, each side of a stroke, and without a legal form.
func forms(name string) []string {
	if name == "" {
		return nil
	}
	out := []string{name}
	before, inside, ok := strings.Cut(name, "(")
	if ok {
		out = append(out, before)
		inside, _, _ = strings.Cut(inside, ")")
		if len(strings.Fields(inside)) > 2 && !strings.Contains(inside, "former") && !strings.Contains(inside, "certification") {
			out = append(out, inside)
		} else if w := strings.Fields(inside); len(w) == 1 && len(w[0]) >= 5 && w[0] != "France" {
			out = append(out, inside)
		}
	}
	if a, b, ok := strings.Cut(before, "/"); ok && len(a) > 4 {
		out = append(out, a, b)
	}
	for _, form := range []string{" GmbH", " Ltd", " Inc.", " Incorporated", " Limited", " GmbH & Co. KG", " Zertifizierungsges.m.b.H."} {
		if cut, ok := strings.CutSuffix(strings.TrimSpace(before), form); ok {
			out = append(out, cut)
		}
	}
	return out
}

// at is the longest name that begins at word i. Short ones of up to three
// letters count only if loose is set, or written exactly so.
func (v *vocabulary) at(t text, i int, loose bool) (entry, int, bool) {
	if i < 0 || i >= len(t.words) {
		return entry{}, 0, false
	}
	for _, e := range v.entries[t.words[i].folded] {
		if i+len(e.words) > len(t.words) {
			continue
		}
		match := true
		for j, w := range e.words {
			match = match && t.words[i+j].folded == w
		}
		if match && (!e.short || written(t.between(i, i), e.said, loose)) {
			return e, len(e.words), true
		}
	}
	return entry{}, 0, false
}

// written tells whether a single word stands for the acronym: as printed, in
// capitals, or, where it is long enough to mean nothing else, in any case.
func written(got, acronym string, loose bool) bool {
	capitals := strings.IndexFunc(got, unicode.IsLower) < 0
	n := len([]rune(acronym))
	switch {
	case n <= 2:
		return loose && capitals
	case n <= 4:
		return capitals || got == acronym || loose && n == 4
	default:
		return true
	}
}

// before is the longest name that ends right before the offset, with nothing
// but spaces or a hyphen between.
func (v *vocabulary) before(t text, offset int) (entry, int, bool) {
	last := t.wordBefore(offset)
	if last < 0 || strings.Trim(t.s[t.words[last].to:offset], " -/)\"(") != "" {
		return entry{}, 0, false
	}
	for i := max(0, last-12); i <= last; i++ {
		if e, n, ok := v.at(t, i, true); ok && i+n == last+1 {
			return e, i, true
		}
	}
	return entry{}, 0, false
}

// mention is a name somewhere in the text.
type mention struct {
	entry
	from, to int // words
}

// mentions finds every name, in order, none inside another.
func (v *vocabulary) mentions(t text) []mention {
	var out []mention
	for i := 0; i < len(t.words); {
		e, n, ok := v.at(t, i, false)
		if !ok {
			i++
			continue
		}
		out = append(out, mention{e, i, i + n})
		i += n
	}
	return out
}

// alike finds the body whose name or acronym looks the same (UTS #39).
func (v *vocabulary) alike(said string) (registry.Body, bool) {
	look := func(s string) string { return strings.ToLower(confusable.Skeleton(strings.ToUpper(s))) }
	v.once.Do(func() {
		v.skeletons = map[string]string{}
		for _, b := range v.view.Bodies() {
			for _, name := range append(forms(b.Name), b.Acronym) {
				if name = strings.TrimSpace(name); name != "" {
					v.skeletons[look(name)] = b.ID
				}
			}
		}
	})
	return v.view.Body(v.skeletons[look(said)])
}
