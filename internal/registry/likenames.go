package registry

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// minAlias is the length from which an alias counts as a name: shorter ones
// are acronyms.
const minAlias = 5

// minAcronym is the length from which an acronym tells one body from others.
// Shorter ones are shared: SAC, SAS, SA, GAC, IAS, BAB …
const minAcronym = 4

// likeNames decides by the rules of LIKENESS.md, in its order.
func likeNames(a, b *foldedName, country, knownCountry string, arrangement bool) bool {
	short := min(len([]rune(a.joined)), len([]rune(b.joined)))
	// N1: the same letters for the eye.
	if a.skeleton == b.skeleton || a.typed == b.typed || a.unleet == b.unleet && short >= minAlias {
		return !onlyGeneric(a.words, country, knownCountry) || a.plain != b.plain
	}
	// N2: the same words, but for order, spelling, language and a small error in each.
	left, right, matched := aligned(a.words, b.words)
	if len(left)+len(right) > 0 { // a misspelt word has no canonical spelling
		if l, r, m := aligned(strings.Fields(a.latin), strings.Fields(b.latin)); len(l)+len(r) == 0 {
			left, right, matched = nil, nil, m
		}
	}
	if len(left)+len(right) == 0 {
		return matched >= minAlias && !onlyGeneric(a.words, country, knownCountry)
	}
	// N3: the same words and an ornament that names nobody.
	if all(left, decoration) && all(right, decoration) && matched >= minAcronym && !slices.Equal(a.words, left) && tells(a.words, left) {
		return true
	}
	// N4: words run together or parted.
	if len(a.words) != len(b.words) && short >= 8 && digits(a.joined) == digits(b.joined) {
		if allowed := min(2, short/8); edits([]rune(a.joined), []rune(b.joined), allowed) <= allowed {
			return !onlyGeneric(a.words, country, knownCountry)
		}
	}
	// N5: the whole long name of an arrangement or accreditor, and a little more.
	if more := len(left); len(right) == 0 && len(b.words) >= 3 {
		if arrangement && more <= 2 || more == 1 && (len(b.words) >= 4 || slices.ContainsFunc(b.words, distinctive)) {
			return true
		}
	}
	// N6: another romanisation of the same name.
	if otherScript(a.plain) != otherScript(b.plain) && short >= 6 {
		x, y := romanise(strings.Join(a.words, "")), romanise(strings.Join(b.words, ""))
		return near(x, y) || short >= 20 && edits([]rune(x), []rune(y), 4) <= 4
	}
	return false
}

// aligned pairs the words of two names, equal or a small error apart. It
// returns what is left of each, and how many letters were paired.
func aligned(a, b []string) (left, right []string, matched int) {
	right = slices.Clone(b)
	var rest []string
	for _, w := range a {
		if i := slices.Index(right, w); i >= 0 {
			right = slices.Delete(right, i, i+1)
			matched += len([]rune(w))
		} else {
			rest = append(rest, w)
		}
	}
	for _, w := range rest {
		if i := slices.IndexFunc(right, func(o string) bool { return misspelt(w, o) }); i >= 0 {
			right = slices.Delete(right, i, i+1)
			matched += len([]rune(w))
		} else {
			left = append(left, w)
		}
	}
	return left, right, matched
}

// misspelt reports a small error, unless both are words of their own: numbers
// tell "Board 7" from "Board 8", and Gambia is not Zambia.
func misspelt(a, b string) bool {
	return digits(a) == digits(b) && !bothCountries(a, b) && (near(a, b) || inflected(a, b))
}

// inflected reports one word with a short ending: Japan, Japanese.
func inflected(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= minAlias && len(b)-len(a) <= 3 && strings.HasPrefix(b, a)
}

// bothCountries knows the pairs of names that one letter parts.
func bothCountries(a, b string) bool {
	pair := a + " " + b
	if a > b {
		pair = b + " " + a
	}
	switch pair {
	case "gambia zambia", "gambian zambian", "dominica dominican", "niger nigeria", "slovakia slovenia", "austria australia", "austrian australian",
		"guinea guiana", "mauritania mauritius", "norwegia norwegian", "indiana indian":
		return true
	default:
		return false
	}
}

// onlyGeneric reports a name of words that bodies of different countries share
// honestly: both countries must be known, and differ.
func onlyGeneric(words []string, country, known string) bool {
	return country != "" && known != "" && country != known && !slices.ContainsFunc(words, func(w string) bool { return !generic(w) })
}

// tells reports that what remains of words without left says whose name it is.
func tells(words, left []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return !generic(w) && !slices.Contains(left, w) })
}

// distinctive words belong to one body.
func distinctive(w string) bool { return !generic(w) && len(w) >= minAlias }

func all(words []string, is func(string) bool) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !is(w) })
}

// likeAcronyms: an acronym counts only with something beside it. A name of one
// word is a name of that kind too.
func likeAcronyms(e, known *nameEntry, arrangement bool) string {
	for _, printed := range known.short() {
		if reason := likeAcronym(e, known, printed, arrangement); reason != "" {
			return reason
		}
	}
	return ""
}

// short is the acronym, and a name of one long word.
func (e *nameEntry) short() []string {
	var out []string
	if e.acronym != "" {
		out = append(out, e.acronym)
	}
	for _, n := range e.names[:min(1, len(e.names))] {
		if !strings.Contains(n.plain, " ") && len([]rune(n.plain)) >= minAlias {
			out = append(out, n.plain)
		}
	}
	return out
}

func likeAcronym(e, known *nameEntry, printed string, arrangement bool) string {
	acronym := strings.Join(foldTokens(printed), "")
	letters := len([]rune(acronym))
	if letters < 3 {
		return ""
	}
	telling := letters >= minAcronym && !ordinary(acronym)
	mine := strings.Join(foldTokens(e.acronym), "")
	// A1: drawn with other letters.
	if mine != "" && mine != acronym && drawnLike(e.acronym, printed) {
		return fmt.Sprintf("the acronym %q looks like %q", e.acronym, printed)
	}
	for i := range e.names {
		n := &e.names[i]
		words := strings.Fields(n.plain)
		// A2: used as a word of the name, in a name about this trade.
		used := slices.Contains(words, acronym) && (telling || arrangement && slices.ContainsFunc(n.words, trade))
		if used && (len(words) > 1 || e.country == known.country) && !strings.Contains(strings.ToLower(n.printed), acronym+"-accredited") { // which names the accreditor, not itself
			return fmt.Sprintf("the name %q uses the short name %q", n.printed, printed)
		}
		if telling && slices.ContainsFunc(words, func(w string) bool { return w != acronym && drawnLike(w, acronym) }) {
			return fmt.Sprintf("the name %q uses what looks like the short name %q", n.printed, printed)
		}
		// A3: the same acronym, said or made of the name's initials, and the same country.
		same := mine == acronym || mine == "" && initials(n.words) == acronym
		if same && telling && e.country != "" && e.country == known.country {
			return fmt.Sprintf("the acronym of %q is %q too, in the same country", n.printed, printed)
		}
		// A4: the same acronym and country, and words of the name that are not everybody's.
		if same && e.country == known.country && slices.ContainsFunc(known.names, func(k foldedName) bool { return shares(n.words, k.words) }) {
			return fmt.Sprintf("the name %q has words and the acronym %q in common", n.printed, printed)
		}
	}
	return ""
}

// drawnLike reports two short names that the eye takes for one: letters of
// another script, digits for letters, "l" for "I".
func drawnLike(a, b string) bool {
	x, y := drawings(a), drawings(b)
	return slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) })
}

// drawings are the forms in which short names that look alike agree.
func drawings(printed string) []string {
	folded := strings.Join(foldTokens(printed), "")
	bare := func(s string) string { return strings.Join(foldTokens(s), "") }
	out := []string{bare(skeleton(folded)), bare(skeleton(norm.NFKC.String(printed)))}
	if drawn := unleet(bare(skeleton(unleet(folded)))); digits(folded) != "" || otherScript(folded) {
		out = append(out, drawn)
	} else {
		out = append(out, bare(skeleton(folded)))
	}
	if otherScript(folded) {
		out = append(out, romanise(latin(folded)))
	} else if len(folded) >= minAlias {
		out = append(out, romanise(folded))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func trade(w string) bool { return w == "accredit" || w == "certif" }

// shares reports half of the words in common, one of them telling.
func shares(a, b []string) bool {
	left, _, _ := aligned(a, b)
	return 2*(len(a)-len(left)) >= len(b) && tells(a, left)
}

// ordinary words that happen to be acronyms.
func ordinary(acronym string) bool {
	switch acronym {
	case "slab", "nate", "acta", "scope", "core", "trust", "star", "care", "aims", "ace", "cert", "apex", "best", "first", "lead", "smart", "safe":
		return true
	default:
		return false
	}
}

func initials(words []string) string {
	var b strings.Builder
	for _, w := range words {
		for _, r := range w {
			b.WriteRune(r)
			break
		}
	}
	return b.String()
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
