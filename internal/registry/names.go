package registry

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// nameEntry is the names of a body or scheme in the forms that search and
// likeness compare.
type nameEntry struct {
	id      string
	names   []foldedName // name and aliases
	labels  []string     // id and acronym, folded
	acronym string       // as printed
	domains []string
	country string
	said    []string // what the entry was made from; the same gives the same entry
}

// foldedName is a name without what people vary: case, accents, punctuation
// and company forms.
type foldedName struct {
	printed string
	full    string   // with company forms
	plain   string   // without them
	sorted  string   // plain, its words in order of the alphabet
	latin   string   // plain, in Latin letters
	letters []rune   // of latin
	whole   []rune   // full, in Latin letters
	ordered []rune   // of sorted
	words   []string // what tells the name from others (meaningful)
	// Names that look alike agree in one of the following, without spaces.
	joined   string // plain
	skeleton string // of plain (UTS #39)
	typed    string // skeleton of the printed letters: folding first would make "I" an "i" and part it from "l"
	unleet   string // plain, digits read as the letters they stand in for
}

func bodyEntry(b Body) nameEntry {
	e := newNameEntry(b.ID, b.Acronym, append([]string{b.Name}, b.Aliases...))
	e.domains, e.country = hosts(b), b.Country
	return e
}

func schemeEntry(s Scheme) nameEntry { return newNameEntry(s.ID, s.Acronym, []string{s.Name}) }

// bodyWords and schemeWords are all that an entry is made from, the id first.
func bodyWords(b Body) []string {
	out := append([]string{b.ID, b.Name, b.Acronym, b.Country, "domains"}, b.Domains...)
	return append(append(out, "aliases"), b.Aliases...)
}

func schemeWords(s Scheme) []string { return []string{s.ID, s.Name, s.Acronym} }

func newNameEntry(id, acronym string, names []string) nameEntry {
	e := nameEntry{id: id, acronym: acronym, labels: []string{strings.Join(foldTokens(id), " ")}}
	for _, n := range names {
		if f := newFoldedName(n); f.plain != "" {
			e.names = append(e.names, f)
		}
	}
	if a := strings.Join(foldTokens(acronym), " "); a != "" && a != e.labels[0] {
		e.labels = append(e.labels, a)
	}
	return e
}

func newFoldedName(name string) foldedName {
	all := foldTokens(name)
	plain := withoutCompanyForms(all)
	f := foldedName{printed: name, full: strings.Join(all, " "), plain: strings.Join(plain, " ")}
	if f.plain == "" {
		return f
	}
	sorted := slices.Clone(plain)
	slices.Sort(sorted)
	f.sorted, f.latin = strings.Join(sorted, " "), latin(f.plain)
	f.letters, f.whole, f.ordered = []rune(f.latin), []rune(latin(f.full)), []rune(f.sorted)
	f.words = meaningful(strings.Fields(f.latin))
	f.joined = strings.Join(plain, "")
	f.skeleton = strings.Join(withoutCompanyForms(foldTokens(skeleton(f.plain))), "")
	f.typed = strings.Join(foldTokens(skeleton(withoutPrintedForms(norm.NFKC.String(name)))), "")
	f.unleet = unleet(f.joined)
	return f
}

// skeleton is that of UTS #39; ASCII, which is nearly everything, by the few
// letters of it that look like others.
func skeleton(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		return confusable.Skeleton(s)
	}
	var b strings.Builder
	for _, r := range s {
		switch r {
		case 'm':
			b.WriteString("rn")
		case '0':
			b.WriteByte('O')
		case '1', 'I', '|':
			b.WriteByte('l')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// withoutPrintedForms drops legal forms from the end of a name as printed.
func withoutPrintedForms(name string) string {
	words := strings.Fields(name)
	for len(words) > 1 && companyForm(strings.Join(foldTokens(words[len(words)-1]), "")) {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// unleet reads digits as the letters they stand in for.
func unleet(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return rune("oizeasgtbg"[r-'0'])
		}
		return r
	}, s)
}

// hosts are the body's domains without "www.".
func hosts(b Body) []string {
	var out []string
	for _, d := range b.Domains {
		host := strings.TrimPrefix(strings.ToLower(d), "www.")
		if host != "" && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}
