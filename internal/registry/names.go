package registry

import (
	"slices"
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// nameEntry is a body's names in the forms that search and likeness compare.
type nameEntry struct {
	body    Body
	names   []foldedName // name and aliases
	labels  []string     // id and acronym, folded
	domains []string
}

// foldedName is a name without what people vary: case, accents, punctuation
// and company forms.
type foldedName struct {
	printed  string
	full     string   // with company forms
	plain    string   // without them
	tokens   []string // of plain, sorted
	skeleton string   // of plain (UTS #39)
}

func newNameEntry(b Body) nameEntry {
	e := nameEntry{body: b, labels: []string{strings.Join(foldTokens(b.ID), " ")}, domains: hosts(b)}
	for _, n := range append([]string{b.Name}, b.Aliases...) {
		if f := newFoldedName(n); f.plain != "" {
			e.names = append(e.names, f)
		}
	}
	if b.Acronym != "" {
		e.labels = append(e.labels, strings.Join(foldTokens(b.Acronym), " "))
	}
	return e
}

func newFoldedName(name string) foldedName {
	all := foldTokens(name)
	plain := withoutCompanyForms(all)
	f := foldedName{printed: name, full: strings.Join(all, " "), plain: strings.Join(plain, " "), tokens: slices.Clone(plain)}
	slices.Sort(f.tokens)
	// Skeletons are of the printed letters, lower case: folding first would
	// take away the accents that UTS #39 tells apart, so both are undone.
	f.skeleton = strings.Join(withoutCompanyForms(foldTokens(confusable.Skeleton(f.plain))), "")
	return f
}

// foldTokens splits a name into words without case, accents and punctuation.
// Full stops and apostrophes join ("S.p.A." is "spa"), the rest separates.
func foldTokens(s string) []string {
	s = norm.NFKD.String(cases.Fold().String(norm.NFKC.String(s)))
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == '.' || r == '\'' || r == '’':
		case r == '&':
			b.WriteString(" and ")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteString(undecomposed(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// undecomposed spells letters that have no canonical decomposition.
func undecomposed(r rune) string {
	switch r {
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'ı':
		return "i"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'þ':
		return "th"
	default:
		return string(r)
	}
}

// withoutCompanyForms drops legal forms from the end and "the" from the start;
// one word always stays.
func withoutCompanyForms(tokens []string) []string {
	if len(tokens) > 1 && tokens[0] == "the" {
		tokens = tokens[1:]
	}
	for len(tokens) > 1 && (companyForm(tokens[len(tokens)-1]) || tokens[len(tokens)-1] == "and") {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}

func companyForm(token string) bool {
	switch token {
	case "ltd", "limited", "inc", "incorporated", "llc", "llp", "lp", "plc", "corp", "corporation", "co", "company", "cic",
		"gmbh", "ggmbh", "mbh", "gesmbh", "ag", "kg", "kgaa", "ohg", "ug", "ev", "eg", "gbr", "se",
		"sa", "sas", "sasu", "sarl", "srl", "spa", "sl", "slu", "sau", "sc", "scrl", "asbl", "vzw", "lda", "ltda", "cv",
		"bv", "nv", "oy", "oyj", "ab", "as", "asa", "aps", "kft", "zrt", "nyrt", "sro", "doo", "dd", "ad", "ood", "eood", "sia", "uab", "ou", "zoo",
		"pty", "pte", "pvt", "private", "sdn", "bhd", "kk", "pjsc", "llp.", "fze", "fzco", "wll":
		return true
	default:
		return false
	}
}

// hosts are the body's domains and the host of its website, without "www.".
func hosts(b Body) []string {
	var out []string
	add := func(host string) {
		host = strings.TrimPrefix(strings.ToLower(host), "www.")
		if host != "" && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	for _, d := range b.Domains {
		add(d)
	}
	return out
}
