package registry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Match says how well a body answers a search.
type Match string

const (
	// MatchExact: a name, alias, acronym, id or domain, but for case, accents
	// and punctuation.
	MatchExact Match = "exact"
	// MatchStrong: also but for company forms, word order, left-out words or a
	// small error.
	MatchStrong Match = "strong"
	// MatchWeak: some words, or words that begin so.
	MatchWeak Match = "weak"
)

// Hit is a body that a search found.
type Hit struct {
	Body  Body
	Match Match
}

// maxQuery bounds the work of a search: longer names do not exist.
const maxQuery = 200

// Search finds bodies by name, alias, acronym, id or domain, tolerant of case,
// accents, company forms, word order and small errors; the best hits come
// first. An empty query finds nothing.
func (v *View) Search(query string, filters ...Filter) []Hit {
	if r := []rune(query); len(r) > maxQuery {
		query = string(r[:maxQuery])
	}
	q := newFoldedName(query)
	if q.plain == "" {
		return nil
	}
	host := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(query)), "www.")
	type scored struct {
		Hit
		score float64
	}
	var found []scored
	for _, e := range v.names {
		m, score := e.match(q, host)
		if m != "" && v.passes(e.body, filters) {
			found = append(found, scored{Hit{Body: e.body, Match: m}, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.Body.ID, b.Body.ID))
	})
	out := make([]Hit, len(found))
	for i, f := range found {
		out[i] = f.Hit
	}
	return out
}

// match grades the entry: 3 and more is exact, 2 strong, below weak.
func (e nameEntry) match(q foldedName, host string) (Match, float64) {
	if slices.Contains(e.labels, q.full) || slices.Contains(e.domains, host) {
		return MatchExact, 3
	}
	var best float64
	for _, n := range e.names {
		best = max(best, score(q, n))
	}
	switch {
	case best >= 3:
		return MatchExact, best
	case best >= 2:
		return MatchStrong, best
	case best > 0:
		return MatchWeak, best
	default:
		return "", 0
	}
}

func score(q, n foldedName) float64 {
	switch {
	case q.full == n.full:
		return 3
	case q.plain == n.plain:
		return 2.9
	case slices.Equal(q.tokens, n.tokens):
		return 2.8
	case near(strings.Join(q.tokens, " "), strings.Join(n.tokens, " ")):
		return 2.6
	}
	var whole, partly int
	for _, t := range q.tokens {
		switch {
		case slices.Contains(n.tokens, t):
			whole++
		case slices.ContainsFunc(n.tokens, func(o string) bool { return near(t, o) || len(t) >= 3 && strings.HasPrefix(o, t) }):
			partly++
		}
	}
	// Every word asked for is there, and they are much of the name.
	share := float64(whole+partly) / float64(len(q.tokens))
	if share == 1 && len(q.tokens) >= 2 && 2*len(q.tokens) >= len(n.tokens) {
		return 2 + 0.4*float64(whole)/float64(len(q.tokens))
	}
	if share == 1 || share > 0.5 && len(q.tokens) >= 3 {
		return share + 0.5*float64(whole)/float64(len(n.tokens)+1)
	}
	return 0
}

// near reports a small error: one edit from five letters on, two from ten.
func near(a, b string) bool {
	short, long := len([]rune(a)), len([]rune(b))
	if short > long {
		short, long = long, short
	}
	allowed := 0
	switch {
	case short >= 10:
		allowed = 2
	case short >= 5:
		allowed = 1
	}
	if allowed == 0 || long-short > allowed {
		return false
	}
	// Without MaxCost: with it v1.2.3 answers lower bounds that are not above it.
	return levenshtein.Distance(a, b, nil) <= allowed
}
