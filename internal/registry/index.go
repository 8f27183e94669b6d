package registry

import (
	"hash/maphash"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
)

// nameIndex finds names without reading them all. It is built once and never
// changes. A place is a name's number in places.
type nameIndex struct {
	entries []nameEntry // ordered by id
	places  []place32
	seed    maphash.Seed
	alike   map[uint64][]int32 // by every form in which names that look alike agree
	labels  map[string][]int32 // entries by folded id and acronym
	drawn   map[string][]int32 // entries by what their short names look like
	domains map[string][]int32 // entries by host and by telling label
	whole   *grams             // of the names in Latin letters
	stems   *grams             // of the telling labels of domains
	stem    []labelOf          // those labels, by number in stems
	words   vocabulary
	seen    sync.Pool // of *marks
}

// place32 is one name of an entry.
type place32 struct {
	entry int32
	name  *foldedName
}

type labelOf struct {
	label string
	entry int32
}

// marks tells which places a question has met, without clearing for the next.
type marks struct {
	round uint32
	met   []uint32
}

func (m *marks) first(i int32) bool {
	if m.met[i] == m.round {
		return false
	}
	m.met[i] = m.round
	return true
}

// lazyIndex is built when a name is first asked for: most views never are.
type lazyIndex struct {
	mu    sync.Mutex
	index *nameIndex // guarded by mu
	old   *nameIndex // guarded by mu: the last one built for an older view
}

func (l *lazyIndex) build(n int, at func(i int, old *nameIndex) nameEntry) *nameIndex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index == nil {
		l.index, l.old = newNameIndex(n, at, l.old), nil
	}
	return l.index
}

// last is the index, or if it was not built the last one before.
func (l *lazyIndex) last() *nameIndex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index != nil {
		return l.index
	}
	return l.old
}

func (v *View) bodyNames() *nameIndex {
	return v.named.bodies.build(len(v.all.Bodies), func(i int, old *nameIndex) nameEntry {
		b := v.all.Bodies[i]
		return old.entry(bodyWords(b), func() nameEntry { return bodyEntry(b) })
	})
}

func (v *View) schemeNames() *nameIndex {
	return v.named.schemes.build(len(v.all.Schemes), func(i int, old *nameIndex) nameEntry {
		s := v.all.Schemes[i]
		return old.entry(schemeWords(s), func() nameEntry { return schemeEntry(s) })
	})
}

// entry takes over the entry of the same id if it was made from the same
// words, else makes it: folding is what an index costs most.
func (x *nameIndex) entry(said []string, make func() nameEntry) nameEntry {
	if x != nil {
		i, ok := slices.BinarySearchFunc(x.entries, said[0], func(e nameEntry, id string) int { return strings.Compare(e.id, id) })
		if ok && slices.Equal(x.entries[i].said, said) {
			return x.entries[i]
		}
	}
	e := make()
	e.said = said
	return e
}

// newNameIndex indexes n entries; at makes each, or takes it over from old.
func newNameIndex(n int, at func(i int, old *nameIndex) nameEntry, old *nameIndex) *nameIndex {
	x := &nameIndex{entries: make([]nameEntry, n), seed: maphash.MakeSeed(), alike: map[uint64][]int32{}, labels: map[string][]int32{},
		drawn: map[string][]int32{}, domains: map[string][]int32{}, whole: newGrams(), stems: newGrams(), words: newVocabulary()}
	for i := range n {
		x.entries[i] = at(i, old)
		x.add(int32(i))
	}
	x.words.finish()
	x.seen.New = func() any { return &marks{met: make([]uint32, len(x.places))} }
	return x
}

func (x *nameIndex) add(i int32) {
	e := &x.entries[i]
	for k := range e.names {
		n, p := &e.names[k], int32(len(x.places))
		x.places = append(x.places, place32{i, n})
		for _, key := range x.keys(n) {
			x.alike[key] = append(x.alike[key], p)
		}
		x.whole.add(p, string(n.whole))
		x.words.begin()
		for _, w := range searchWords(n.latin) {
			x.words.add(w, p)
		}
	}
	for _, l := range e.labels {
		x.labels[l] = append(x.labels[l], i)
	}
	for _, short := range e.short() {
		for _, d := range drawings(short) {
			x.drawn[d] = append(x.drawn[d], i)
		}
	}
	for _, d := range e.domains {
		x.domains[d] = append(x.domains[d], i)
		if label := tellingLabel(d); label != "" {
			x.domains[label] = append(x.domains[label], i)
			x.stems.add(int32(len(x.stem)), label)
			x.stem = append(x.stem, labelOf{label, i})
		}
	}
}

// keys are the hashes of the forms in which look-alike names agree.
func (x *nameIndex) keys(n *foldedName) []uint64 {
	sorted := slices.Clone(n.words)
	slices.Sort(sorted)
	var out []uint64
	for i, form := range []string{n.joined, n.skeleton, n.typed, n.unleet, strings.Join(sorted, " ")} {
		if form == "" {
			continue
		}
		key := maphash.String(x.seed, string(rune('0'+i/4))+form) // the first four are letters without spaces: one kind
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// begin readies the marks for a question; give them back with x.seen.Put.
func (x *nameIndex) begin() *marks {
	m, _ := x.seen.Get().(*marks) // New makes nothing else
	m.round++
	if m.round == 0 {
		clear(m.met)
		m.round = 1
	}
	return m
}

// vocabulary is every word of the names with the places where it stands.
type vocabulary struct {
	ids    map[string]int32
	word   []string
	places [][]int32 // by word
	of     [][]int32 // words by place
	grams  *grams
	sorted []int32 // words in order of the alphabet
	roman  []string
}

func newVocabulary() vocabulary {
	return vocabulary{ids: map[string]int32{}, grams: newGrams()}
}

// begin opens the next place.
func (v *vocabulary) begin() { v.of = append(v.of, nil) }

func (v *vocabulary) add(word string, place int32) {
	id, ok := v.ids[word]
	if !ok {
		id = int32(len(v.word))
		v.ids[word] = id
		v.word, v.places, v.roman = append(v.word, word), append(v.places, nil), append(v.roman, romanise(word))
		v.grams.add(id, word)
	}
	if p := v.places[id]; len(p) == 0 || p[len(p)-1] != place {
		v.places[id] = append(p, place)
		v.of[place] = append(v.of[place], id)
	}
}

func (v *vocabulary) finish() {
	v.sorted = make([]int32, len(v.word))
	for i := range v.sorted {
		v.sorted[i] = int32(i)
	}
	slices.SortFunc(v.sorted, func(a, b int32) int { return strings.Compare(v.word[a], v.word[b]) })
}

// maxPrefixed bounds the words that a beginning stands for.
const maxPrefixed = 256

// find visits the words that w may stand for: w itself, words that begin with
// it from three letters on, and words a small error away. foreign says that w
// came out of another script, where several romanisations are in use.
func (v *vocabulary) find(w string, foreign bool, visit func(id int32, exact bool)) (read int) {
	self, ok := v.ids[w]
	if ok {
		visit(self, true)
	}
	if len(w) >= 3 {
		from := sort.Search(len(v.sorted), func(i int) bool { return v.word[v.sorted[i]] >= w })
		for _, id := range v.sorted[from:min(from+maxPrefixed, len(v.sorted))] {
			if !strings.HasPrefix(v.word[id], w) {
				break
			}
			if !ok || id != self {
				visit(id, false)
			}
		}
	}
	d := allowance(len([]rune(w)))
	if d == 0 && !foreign {
		return 0
	}
	roman := ""
	if foreign {
		d, roman = 2, romanise(w)
	}
	return v.grams.within(w, d, func(id int32) {
		if id != self || !ok {
			if near(w, v.word[id]) || foreign && near(roman, v.roman[id]) {
				visit(id, false)
			}
		}
	})
}

// searchWords are the words of a name in Latin letters; a run of a script that
// sets no spaces is taken in pairs of letters.
func searchWords(latin string) []string {
	var out []string
	for _, w := range strings.Fields(latin) {
		r := []rune(w)
		if len(r) > 2 && slices.ContainsFunc(r, spaceless) {
			for i := range r[1:] {
				out = append(out, string(r[i:i+2]))
			}
			continue
		}
		out = append(out, w)
	}
	return out
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// inherit lets the view take over from an older one what is costly to make
// anew. It must be called before the view is shown to anybody.
func (v *View) inherit(old *View) {
	if old == nil {
		return
	}
	v.named.bodies.old, v.named.schemes.old = old.named.bodies.last(), old.named.schemes.last()
}
