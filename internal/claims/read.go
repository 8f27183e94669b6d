package claims

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// named is an organisation as the claim names it.
type named struct {
	said   string
	body   string // register id, if a name in the text was found to be its
	nobody int    // see entry
	from   int    // where in the text
}

// accreditation is one accreditation as the claim asserts it.
type accreditation struct {
	by          named
	number      string
	standard    string
	arrangement named
}

// reading is what was understood of a text, nothing looked up but names.
type reading struct {
	holder, title, number string
	issuer                named
	accreditations        []accreditation
	arrangements          []named
	issued, expires       *date
	standards             []string
	certifiedTo           string // a standard for organisations
	role                  bool
	wording               map[string]string // by kind, as written
	marks                 []named
	checkHost             string
	accredited            bool // some word says that it is
	denied                bool // of a guarantee
}

// reader understands texts in the names of one version of the registry.
type reader struct {
	lex   *lexicon
	names *vocabulary
	now   time.Time
	// namesakes are organisations that share an acronym with one that accredits nobody.
	namesakes []namesake
}

// read understands a text as far as it can.
func (r *reader) read(raw string) reading {
	t := newText(raw)
	out := reading{wording: map[string]string{}}
	closed := r.words(t, &out)
	r.standardsIn(t, &out)
	r.accreditors(t, &out, closed)
	r.arrangementsIn(t, &out)
	r.marksIn(t, &out)
	r.parties(t, &out)
	r.numbers(t, &out)
	r.datesIn(t, &out)
	return out
}

// span is a stretch of the text.
type span struct{ from, to int }

func inside(all []span, at int) bool {
	return slices.ContainsFunc(all, func(s span) bool { return s.from <= at && at < s.to })
}

// words finds the phrases. It returns the stretches that speak of an
// accreditation which is not there: asked for, pending or denied.
func (r *reader) words(t text, out *reading) []span {
	var closed []span
	for _, p := range r.lex.phrases {
		for _, m := range p.re.FindAllStringIndex(t.s, -1) {
			before, after := t.around(m[0], m[1], 40)
			no := r.lex.negation.MatchString(before)
			if !r.says(p.kind, t.s[m[0]:m[1]], before, after, no, out) {
				continue
			}
			if p.kind == inProcess || p.kind == notYet {
				closed = append(closed, span{m[0], m[1]})
			}
			if out.wording[p.kind] == "" {
				out.wording[p.kind] = phraseOf(t, m[0], m[1])
			}
		}
	}
	if out.wording[attendance] != "" && r.lex.assessed.MatchString(t.s) && out.wording[guaranteed] == "" {
		delete(out.wording, attendance) // competence was assessed as well
	}
	return closed
}

// says tells whether a phrase, where it stands, says what its kind is about.
func (r *reader) says(kind, words, before, after string, no bool, out *reading) bool {
	lower := strings.ToLower(words)
	switch kind {
	case isoCertified:
		// "accredited by ISO/IEC 17024" is loose talk about the standard.
		next := strings.TrimLeft(after, " ")
		number := next != "" && (next[0] == '/' || next[0] == '-' || unicode.IsDigit(rune(next[0])) || strings.HasPrefix(strings.ToUpper(next), "IEC"))
		return !no && (!number || !strings.HasSuffix(lower, "iso"))
	case certifiedAs:
		return !no && !strings.HasSuffix(strings.ToLower(before), "not a ") && !strings.HasPrefix(strings.ToLower(after), " body")
	case guaranteed:
		if next := strings.ToLower(after); strings.Contains(next, "renew") || strings.Contains(next, "recertif") {
			return false // no examination to renew is common and honest
		}
		if no || strings.Contains(strings.ToLower(before), "without") {
			out.denied = true
			return false
		}
		return true
	case lifetime, attendance, membersOnly, former, registered:
		return !no
	}
	return true
}

// phraseOf is a phrase with the words around it, within its line.
func phraseOf(t text, from, to int) string {
	for n := 0; n < 3 && to < len(t.s) && t.s[to] != '\n'; n++ {
		next := strings.IndexAny(t.s[to+1:], " \n.;")
		if next < 0 {
			to = len(t.s)
			break
		}
		to += 1 + next
		if c := t.s[to]; c == '.' || c == ';' || c == '\n' {
			break
		}
	}
	return strings.Trim(t.as(from, to), " ,.;:()")
}

// standardsIn finds standards, and whether a person is said to be certified to
// one that only organisations can meet.
func (r *reader) standardsIn(t text, out *reading) {
	for _, m := range r.lex.standard.FindAllStringSubmatchIndex(t.s, -1) {
		number, part, edition := t.s[m[4]:m[5]], "", ""
		if m[6] >= 0 {
			part = t.s[m[6]:m[7]]
		}
		if m[8] >= 0 {
			edition = t.s[m[8]:m[9]]
		}
		name := standardName(number, part)
		full := name
		if edition != "" {
			full += ":" + edition
		}
		if !slices.Contains(out.standards, full) {
			out.standards = append(out.standards, full)
		}
		before, after := t.around(m[0], m[1], 60)
		if r.lex.orgStandard.MatchString(number) && (part == "" || part == "1") {
			if r.lex.role.MatchString(before) || r.lex.role.MatchString(after) {
				out.role = true
			}
			near, behind := t.around(m[0], m[1], 25)
			if out.certifiedTo == "" && r.lex.certif.MatchString(near+" . "+behind) {
				out.certifiedTo = name
			}
		}
	}
}

// standardName is how the registry writes a standard.
func standardName(number, part string) string {
	switch number {
	case "17024", "17020", "17025", "17065", "17011", "17043", "17000", "17029":
		return "ISO/IEC " + number
	case "17021":
		return "ISO/IEC 17021-1"
	case "27001", "27002", "27701", "42001", "20000":
		return "ISO/IEC " + number
	}
	if part != "" && part != "1" {
		number += "-" + part
	}
	return "ISO " + number
}

// parties finds issuer, holder and title.
func (r *reader) parties(t text, out *reading) {
	for _, m := range r.lex.issuedBy.FindAllStringIndex(t.s, -1) {
		n, ok := r.nameAfter(t, m[1])
		if !ok || slices.ContainsFunc(out.accreditations, func(a accreditation) bool { return a.by.from == n.from && a.by.said != "" }) {
			continue
		}
		if n.nobody > 0 && n.body == "" {
			continue // ISO issues nothing; the wording says so already
		}
		out.issuer = n
		break
	}
	if m := r.lex.holder.FindStringIndex(t.s); m != nil {
		out.holder = r.personAfter(t, m[1])
	}
	if m := r.lex.certified.FindStringIndex(t.s); m != nil {
		out.title = trimTitle(t.as(m[0], m[1]))
	}
	if out.title == "" {
		if m := r.lex.title.FindStringIndex(t.s); m != nil {
			out.title = trimTitle(r.upTo(t, m[1], 80))
		}
	}
	if out.issuer.said == "" {
		out.issuer = r.fallbackIssuer(t, out)
	}
}

func trimTitle(s string) string {
	for _, cut := range []string{" by ", " of the ", " under ", " at "} {
		if i := strings.Index(s, cut); i > 0 {
			s = s[:i]
		}
	}
	for _, end := range []string{" in", " of", " and", " for"} {
		s = strings.TrimSuffix(s, end)
	}
	if s = strings.Trim(s, " -,.:"); len(strings.Fields(s)) < 2 {
		return "" // "Certified" alone is no title
	}
	return s
}

// fallbackIssuer is the first body in the text that certifies and is not named
// as an accreditor.
func (r *reader) fallbackIssuer(t text, out *reading) named {
	for _, m := range r.names.mentions(t) {
		b, ok := r.names.view.Body(m.body)
		if !ok || m.nobody > 0 || !slices.ContainsFunc(b.Roles, certifies) {
			continue
		}
		from := t.words[m.from].from
		if slices.ContainsFunc(out.accreditations, func(a accreditation) bool { return a.by.from == from }) {
			continue
		}
		return named{said: t.between(m.from, m.to-1), body: m.body, from: from}
	}
	return named{}
}

func certifies(r registry.Role) bool {
	return r == registry.CertificationBody || r == registry.SchemeOwner || r == registry.TrainingProvider
}

// personAfter is a name of two to five capitalised words.
func (r *reader) personAfter(t text, offset int) string {
	i := t.wordAt(offset)
	if i >= len(t.words) || t.words[i].from-offset > 4 {
		return ""
	}
	j := i
	for j < len(t.words) && j-i < 6 {
		w := t.as(t.words[j].from, t.words[j].to)
		first := []rune(w)[0]
		joined := j == i || strings.Trim(t.s[t.words[j-1].to:t.words[j].from], " .-'") == "" && !strings.Contains(t.s[t.words[j-1].to:t.words[j].from], "\n")
		particle := slices.Contains([]string{"van", "von", "de", "der", "den", "la", "le", "bin", "al", "el", "da", "dos", "di"}, t.words[j].folded)
		if !joined || !unicode.IsUpper(first) && !particle && !unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Arabic, unicode.Hangul, unicode.Hebrew) {
			break
		}
		j++
	}
	if j == i {
		return ""
	}
	return t.between(i, j-1)
}

// activityOf is what the claim is about.
func activityOf(kind string) trust.Activity {
	switch kind {
	case registry.KindOrganisations:
		return trust.CertificationOfManagementSystems
	case registry.KindAcademic, registry.KindAttendance:
		return trust.Education
	default:
		return trust.CertificationOfPersons
	}
}
