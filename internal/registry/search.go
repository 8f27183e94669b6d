package registry

import (
	"cmp"
	"math/bits"
	"net/url"
	"slices"
	"strings"
)

// Match says how well a body or scheme answers a search.
type Match string

const (
	// MatchExact: a name, alias, acronym, id or domain, but for case, accents
	// and punctuation.
	MatchExact Match = "exact"
	// MatchStrong: also but for company forms, word order, left-out words, the
	// script or a small error.
	MatchStrong Match = "strong"
	// MatchWeak: some words, or words that begin so.
	MatchWeak Match = "weak"
)

// Hit is a body that a search found.
type Hit struct {
	Body  Body
	Match Match
}

// SchemeHit is a scheme that a search found.
type SchemeHit struct {
	Scheme Scheme
	Match  Match
}

const (
	maxQuery = 200    // runes; longer names do not exist
	maxWords = 12     // of a query that are looked at
	maxHits  = 1000   // nobody reads on
	common   = 1500   // names from which a word says little by itself
	mostRead = 20_000 // names that are passed over for words that all are common
)

// Search finds bodies by name, alias, acronym, id or domain, in any script,
// tolerant of case, accents, company forms, word order and small errors; the
// best hits come first, at most 1000. An empty query finds nothing.
func (v *View) Search(query string, filters ...Filter) []Hit {
	var out []Hit
	hits, _ := v.bodyNames().search(query)
	for _, h := range hits {
		if b := v.all.Bodies[h.entry]; v.passes(b, filters) {
			if out = append(out, Hit{b, h.match}); len(out) == maxHits {
				break
			}
		}
	}
	return out
}

// SearchSchemes finds schemes as Search finds bodies.
func (v *View) SearchSchemes(query string) []SchemeHit {
	var out []SchemeHit
	hits, _ := v.schemeNames().search(query)
	for _, h := range hits[:min(len(hits), maxHits)] {
		out = append(out, SchemeHit{v.all.Schemes[h.entry], h.match})
	}
	return out
}

type found struct {
	entry int32
	match Match
	score float64
}

// question is a query and what of the vocabulary answers it.
type question struct {
	foldedName
	host   string
	words  int
	exact  map[int32]uint16 // by word of the vocabulary: the words of the query that it is
	nearly map[int32]uint16 // … and those that it may stand for
	lists  []wordPlaces     // one for each word, the rarest first
	read   int              // places and postings read: the work done
}

// wordPlaces are the names with one word of a query, or what it may stand for.
type wordPlaces struct {
	bit   uint16
	lists [][]int32
	total int
}

// search returns what answers the query, best first, each entry once, and the
// work it took.
func (x *nameIndex) search(query string) (hits []found, read int) {
	if r := []rune(query); len(r) > maxQuery {
		query = string(r[:maxQuery])
	}
	q := question{foldedName: newFoldedName(query), host: hostOf(query), exact: map[int32]uint16{}, nearly: map[int32]uint16{}}
	if q.plain == "" {
		return nil, 0
	}
	met := x.begin()
	defer x.seen.Put(met)
	consider := func(p int32) {
		if q.read++; met.first(p) {
			if m, s := x.grade(p, &q); m != "" {
				hits = append(hits, found{x.places[p].entry, m, s})
			}
		}
	}
	// 1 Which words of the names may be meant?
	x.understand(&q)
	// 2 Entries and names that are it, wholly or but for a small error.
	for _, i := range append(slices.Clone(x.labels[q.full]), x.domains[q.host]...) {
		hits = append(hits, found{i, MatchExact, 3})
	}
	for _, key := range x.keys(&q.foldedName) {
		for _, p := range x.alike[key] {
			consider(p)
		}
	}
	alike := func(p int32) {
		q.read++
		n := x.places[p].name
		if closeTo(len(n.letters), len(q.letters)) || closeTo(len(n.whole), len(q.whole)) {
			consider(p)
		}
	}
	x.whole.within(q.latin, allowance(len(q.letters)), alike)
	if len(q.whole) != len(q.letters) {
		x.whole.within(string(q.whole), allowance(len(q.whole)), alike)
	}
	// 3 Names with some of its words.
	x.partly(&q, consider)
	slices.SortFunc(hits, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.entry, b.entry))
	})
	once := map[int32]bool{}
	return slices.DeleteFunc(hits, func(h found) bool {
		again := once[h.entry]
		once[h.entry] = true
		return again
	}), q.read
}

// understand notes what the words of the query may stand for.
func (x *nameIndex) understand(q *question) {
	words := searchWords(q.latin)
	words = words[:min(len(words), maxWords)]
	q.words = len(words)
	foreign := otherScript(q.plain)
	for i, w := range words {
		p := wordPlaces{bit: 1 << i}
		q.read += x.words.find(w, foreign, func(id int32, exact bool) {
			masks := q.nearly
			if exact {
				masks = q.exact
			}
			if (q.nearly[id]|q.exact[id])&p.bit == 0 {
				p.lists = append(p.lists, x.words.places[id])
				p.total += len(x.words.places[id])
			}
			masks[id] |= p.bit
		})
		q.lists = append(q.lists, p)
	}
	slices.SortStableFunc(q.lists, func(a, b wordPlaces) int { return cmp.Compare(a.total, b.total) })
}

// partly considers the names with rare words of the query. If all its words
// are common, it looks for names with all of them instead.
func (x *nameIndex) partly(q *question, consider func(int32)) {
	rare := false
	for _, w := range q.lists {
		if w.total == 0 || w.total > common {
			continue
		}
		if rare && q.read > 2*common {
			return
		}
		rare = true
		for _, list := range w.lists {
			for _, p := range list {
				consider(p)
			}
		}
	}
	if rare {
		return
	}
	taken := 0
	for _, w := range q.lists {
		for _, list := range w.lists {
			for _, p := range list {
				if q.read++; q.read > mostRead || taken > common {
					return
				}
				if exact, nearly := x.masks(p, q); bits.OnesCount16(exact|nearly) == q.words {
					taken++
					consider(p)
				}
			}
		}
		if w.total > 0 {
			return // a name with all words is among those with the rarest
		}
	}
}

// masks tells which words of the query the name has.
func (x *nameIndex) masks(p int32, q *question) (exact, nearly uint16) {
	for _, id := range x.words.of[p] {
		exact |= q.exact[id]
		nearly |= q.nearly[id]
	}
	return exact, nearly
}

// grade says how well the name answers: 2.9 and more is exact, 2 strong, below
// weak.
func (x *nameIndex) grade(p int32, q *question) (Match, float64) {
	n := x.places[p].name
	switch {
	case q.full == n.full:
		return MatchExact, 3
	case q.plain == n.plain:
		return MatchStrong, 2.95
	case q.sorted == n.sorted:
		return MatchStrong, 2.8
	case q.latin == n.latin:
		return MatchStrong, 2.75
	case q.joined == n.joined || q.skeleton == n.skeleton:
		return MatchStrong, 2.7
	case nearly(q.letters, n.letters) || nearly(q.whole, n.whole):
		return MatchStrong, 2.65
	case nearly(q.ordered, n.ordered):
		return MatchStrong, 2.6
	}
	exact, nearly := x.masks(p, q)
	whole := bits.OnesCount16(exact)
	known := bits.OnesCount16(exact | nearly)
	words := len(x.words.of[p])
	// Every word asked for is there, and they are much of the name.
	share := float64(known) / float64(q.words)
	if known == q.words && q.words >= 2 && 2*q.words >= words {
		return MatchStrong, 2 + 0.4*float64(whole)/float64(q.words) + 0.1*float64(q.words)/float64(words+q.words)
	}
	if known == q.words || share > 0.5 && q.words >= 3 {
		return MatchWeak, share + 0.5*float64(whole)/float64(words+1)
	}
	return "", 0
}

// closeTo reports lengths of which a small error can make one the other.
func closeTo(a, b int) bool { return a-b <= 2 && b-a <= 2 }

// hostOf reads a domain or address; anything else is no host.
func hostOf(query string) string {
	query = strings.ToLower(strings.TrimSpace(query))
	if strings.ContainsAny(query, " \t") || !strings.Contains(query, ".") {
		return ""
	}
	if !strings.Contains(query, "://") {
		query = "https://" + query
	}
	u, err := url.Parse(query)
	if err != nil {
		return ""
	}
	host, ok := asciiDomain(u.Hostname())
	if !ok {
		return ""
	}
	return strings.TrimPrefix(host, "www.")
}
