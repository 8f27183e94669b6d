package registry

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldTokens splits a name into words without case, accents and punctuation.
// Full stops and apostrophes join ("S.p.A." is "spa"), letters that stand
// alone are one word ("U K A S"), the rest separates.
func foldTokens(s string) []string {
	s = norm.NFKD.String(cases.Fold().String(norm.NFKC.String(s)))
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == '.' || r == '\'' || r == '’' || r == 'ʼ':
		case r == '&':
			b.WriteString(" and ")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteString(undecomposed(r))
		default:
			b.WriteByte(' ')
		}
	}
	return joinLetters(strings.Fields(b.String()))
}

// joinLetters makes one word of letters that follow each other alone.
func joinLetters(tokens []string) []string {
	out := tokens[:0:len(tokens)]
	run := 0 // letters alone at the end of out
	for _, t := range tokens {
		alone := len(t) == 1 && t[0] >= 'a' && t[0] <= 'z'
		switch {
		case alone && run > 0:
			out[len(out)-1] += t
			run++
		case alone:
			out = append(out, t)
			run = 1
		default:
			out = append(out, t)
			run = 0
		}
	}
	return out
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

// withoutCompanyForms drops legal forms from both ends and "the" from the
// start; one word always stays.
func withoutCompanyForms(tokens []string) []string {
	for len(tokens) > 1 && (tokens[0] == "the" || leadingForm(tokens[0])) {
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
		"pty", "pte", "pvt", "private", "sdn", "bhd", "kk", "pjsc", "fze", "fzco", "wll", "ооо", "оао", "зао", "пао", "тов", "株式会社", "有限公司":
		return true
	default:
		return false
	}
}

// leadingForm: legal forms that some languages put first.
func leadingForm(token string) bool {
	switch token {
	case "ооо", "оао", "зао", "пао", "тов", "тоо", "ooo", "oao", "zao", "pao", "tov", "pt", "株式会社":
		return true
	default:
		return false
	}
}

// meaningful is the words of a name that tell it from others: without words
// that only bind, each in one spelling for its variants and languages.
func meaningful(tokens []string) []string {
	var out []string
	for i := 0; i < len(tokens); i++ {
		if binding(tokens[i]) {
			continue
		}
		out = append(out, strings.Fields(canonical(tokens[i]))...)
	}
	if len(out) == 0 {
		return slices.Clone(tokens)
	}
	return out
}

func binding(token string) bool {
	switch token {
	case "of", "for", "the", "and", "in", "on", "at", "to", "by", "an", "de", "del", "la", "le", "les", "des", "du", "et", "el", "los", "las", "y",
		"da", "do", "dos", "das", "e", "di", "della", "und", "für", "fur", "der", "die", "dem", "den", "van", "voor", "het", "en", "och", "i", "za", "na", "per":
		return true
	default:
		return false
	}
}

// canonical spells the words that every body of this field has in its name in
// one way: "Akkreditierung", "accredited" and "acreditación" are one word.
func canonical(t string) string {
	switch t {
	case "uk":
		return "united kingdom"
	case "usa", "us":
		return "united states"
	case "uae":
		return "united arab emirates"
	case "intl", "int":
		return "international"
	case "natl", "nat":
		return "national"
	case "svc", "services":
		return "service"
	case "centre", "centers", "centres", "centro", "zentrum", "centrum", "centar":
		return "center"
	case "assn", "assoc":
		return "association"
	case "cert", "certs":
		return "certif"
	case "accred":
		return "accredit"
	case "mgmt":
		return "management"
	case "org":
		return "organization"
	}
	if len(t) > 18 {
		return t // a compound says more than its first part
	}
	for _, s := range stems() {
		if strings.HasPrefix(t, s.prefix) && len(t) <= s.longest {
			return s.word
		}
	}
	return t
}

type stem struct {
	prefix  string
	longest int // a longer word is a compound
	word    string
}

func stems() []stem {
	return []stem{
		{"accredit", 16, "accredit"}, {"akkredit", 16, "accredit"}, {"ackredit", 16, "accredit"}, {"acredit", 16, "accredit"}, {"akredit", 16, "accredit"},
		{"certif", 15, "certif"}, {"zertif", 15, "certif"}, {"sertif", 15, "certif"}, {"certyf", 15, "certif"}, {"certificer", 15, "certif"},
		{"internation", 16, "international"}, {"internacion", 16, "international"}, {"internazion", 16, "international"},
		{"nationa", 11, "national"}, {"naciona", 11, "national"}, {"naziona", 11, "national"},
		{"institut", 12, "institute"}, {"istituto", 9, "institute"},
		{"organisa", 15, "organization"}, {"organiza", 15, "organization"},
		{"associa", 13, "association"}, {"asocia", 13, "association"},
	}
}

// generic words are shared by bodies that have nothing to do with each other.
func generic(word string) bool {
	switch word {
	case "accredit", "certif", "international", "national", "institute", "organization", "association", "center", "service", "system", "systems",
		"board", "body", "bodies", "bureau", "council", "agency", "authority", "commission", "committee", "forum", "foundation", "office", "department",
		"cooperation", "laboratory", "laboratories", "union", "federation", "group", "society", "academy", "college", "school", "university", "assessment",
		"conformity", "quality", "inspection", "testing", "training", "registrar", "registry", "register", "management", "professional", "professionals",
		"person", "persons", "personnel", "people", "health", "safety", "technical", "technology", "global", "world", "worldwide", "european", "standard",
		"standards", "education", "examination", "examiners", "competence", "general", "state", "central", "federal", "public", "industry", "industrial",
		"company", "program", "programme", "program.", "scheme", "network", "alliance", "consortium", "solutions", "certified", "expert", "specialist":
		return true
	default:
		return false
	}
}

// decoration can be added to any name without naming anybody else.
func decoration(word string) bool {
	switch word {
	case "international", "global", "worldwide", "world", "group", "official", "online", "holding", "holdings", "portal", "network", "hq", "headquarters", "organization", "person", "persons", "personnel", "people", "personen", "personas", "personnes", "persone",
		"corporation", "company", "limited", "incorporated", "ltd", "inc":
		return true
	default:
		return false
	}
}
