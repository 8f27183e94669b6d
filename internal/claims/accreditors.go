package claims

import (
	"slices"
	"strings"
	"unicode"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

// accreditors finds who is said to have accredited, and words that say it of
// nobody in particular. Stretches that speak of an accreditation asked for or
// denied are passed over.
func (r *reader) accreditors(t text, out *reading, closed []span) {
	add := func(n named) {
		for _, a := range out.accreditations {
			if a.by.from == n.from || a.by.body != "" && a.by.body == n.body || a.by.said != "" && strings.EqualFold(a.by.said, n.said) {
				return
			}
		}
		if n.nobody > 0 && n.body == "" && out.wording[isoCertified] == "" {
			out.wording[isoCertified] = "accredited by " + n.said
		}
		out.accreditations = append(out.accreditations, accreditation{by: n})
	}
	for _, m := range r.lex.accreditedBy.FindAllStringIndex(t.s, -1) {
		if inside(closed, m[0]) || inside(closed, m[1]-1) {
			continue
		}
		for n, ok := r.nameAfter(t, m[1]); ok; n, ok = r.next(t, n) {
			add(n)
		}
	}
	for _, m := range r.lex.accreditation.FindAllStringIndex(t.s, -1) {
		if inside(closed, m[0]) || inside(closed, m[1]-1) {
			continue
		}
		_, next := t.around(m[0], m[1], 20)
		word := strings.ToLower(t.s[m[0]:m[1]])
		english := strings.HasPrefix(word, "accredited") || strings.HasPrefix(word, "akkreditiert")
		if n, ok := r.nameBefore(t, m[0], !english || r.lex.goesTo.MatchString(next)); ok {
			add(n)
			continue
		}
		before, _ := t.around(m[0], m[1], 30)
		if !r.lex.negation.MatchString(before) && !strings.HasPrefix(word, "accreditation") && !strings.HasPrefix(word, "akkreditierung") && !strings.HasPrefix(word, "acreditaci") {
			out.accredited = true
		}
	}
	for _, m := range r.lex.accreditationOf.FindAllStringIndex(t.s, -1) { // "accréditation COFRAC"
		i := t.wordAt(m[1])
		if e, n, ok := r.names.at(t, i, true); ok && !inside(closed, m[0]) && t.words[i].from-m[1] <= 1 && r.accredits(e) {
			add(named{t.between(i, i+n-1), e.body, e.nobody, t.words[i].from})
		}
	}
	// Certified, approved or recognised "by IAF": wrong in the same way.
	for _, m := range r.lex.nobodyBy.FindAllStringIndex(t.s, -1) {
		for n, ok := r.nameAfter(t, m[1]); ok; n, ok = r.next(t, n) {
			switch {
			case n.nobody > 0 && n.body != "" && len(n.said) > 2:
				add(n)
			case n.nobody > 0 && n.body == "" && out.wording[isoCertified] == "":
				out.wording[isoCertified] = t.as(m[0], m[1]) + " " + n.said
			}
		}
	}
	for _, m := range r.lex.nobodyVerb.FindAllStringIndex(t.s, -1) {
		if e, i, ok := r.names.before(t, m[0]); ok && e.nobody > 0 && e.body != "" && len(e.said) > 2 {
			add(named{said: t.between(i, i+len(e.words)-1), body: e.body, nobody: e.nobody, from: t.words[i].from})
		}
	}
	out.accreditations = slices.DeleteFunc(out.accreditations, func(a accreditation) bool { return a.by.nobody > 0 && r.namesake(t, a.by.said) })
	r.standardOf(t, out)
}

// standardOf gives each accreditation the standard for bodies that is named.
func (r *reader) standardOf(_ text, out *reading) {
	standard := ""
	for _, s := range out.standards {
		for _, body := range []string{"ISO/IEC 17024", "ISO/IEC 17021-1", "ISO/IEC 17065", "ISO/IEC 17020", "ISO/IEC 17025"} {
			if standard == "" && strings.HasPrefix(s, body) {
				standard = s
			}
		}
	}
	if len(out.accreditations) == 0 && out.accredited {
		out.accreditations = append(out.accreditations, accreditation{by: named{from: -1}})
	}
	for i := range out.accreditations {
		out.accreditations[i].standard = standard
	}
}

// nameAfter is the organisation named right after an offset.
func (r *reader) nameAfter(t text, offset int) (named, bool) {
	i := t.wordAt(offset)
	for i < len(t.words) && slices.Contains([]string{"the", "die", "der", "den", "das", "dem", "le", "la", "les", "l", "el", "los", "il", "lo", "de", "het", "o", "a", "both"}, t.words[i].folded) {
		if e, n, ok := r.names.at(t, i, true); ok && n > 1 {
			return named{t.between(i, i+n-1), e.body, e.nobody, t.words[i].from}, true
		}
		i++
	}
	if i >= len(t.words) || t.words[i].from-offset > 12 || strings.Contains(t.s[min(offset, t.words[i].from):t.words[i].from], "\n\n") {
		return named{}, false
	}
	if e, n, ok := r.names.at(t, i, true); ok && !r.goesOn(t, i, n, e) {
		return named{t.between(i, i+n-1), e.body, e.nobody, t.words[i].from}, true
	}
	said := r.upTo(t, t.words[i].from, 90)
	if !properName(said) {
		return named{}, false
	}
	return named{said: said, from: t.words[i].from}, true
}

// goesOn tells whether a known name is only the beginning of a longer one that
// is not known: "International Accreditation Service of the Alps".
func (r *reader) goesOn(t text, i, n int, e entry) bool {
	if i+n >= len(t.words) {
		return false
	}
	gap := t.s[t.words[i+n-1].to:t.words[i+n].from]
	next := t.as(t.words[i+n].from, t.words[i+n].to)
	if strings.Trim(gap, " ") != "" {
		return false
	}
	first := []rune(next)[0]
	return unicode.IsUpper(first) && slices.Contains([]string{"accreditation", "certification", "board", "council", "international", "global", "federation", "forum", "association", "institute", "worldwide", "europe", "switzerland", "geneva", "services", "agency"}, fold(next)) && (e.nobody == 0 || e.short)
}

// next goes on in a list of names: "UKAS and ANAB". Only known names count.
func (r *reader) next(t text, n named) (named, bool) {
	for i, w := range t.words {
		if w.from != n.from {
			continue
		}
		end := i + len(folded(n.said))
		if end >= len(t.words) {
			return named{}, false
		}
		gap := strings.TrimSpace(t.s[t.words[end-1].to:t.words[end].from])
		if slices.Contains([]string{"and", "und", "et", "y", "e", "or", "sowie"}, t.words[end].folded) && (gap == "" || gap == ",") {
			end++
		} else if gap != "," && gap != "/" && gap != "&" {
			return named{}, false
		}
		if end < len(t.words) && t.words[end].folded == "the" {
			end++
		}
		if e, k, ok := r.names.at(t, end, true); ok {
			return named{t.between(end, end+k-1), e.body, e.nobody, t.words[end].from}, true
		}
		return named{}, false
	}
	return named{}, false
}

// nameBefore is the organisation named right before "accredited": a known
// accreditor or, unless somebody is named behind it ("X accredited by …"), an
// acronym, or a proper name that speaks of an organisation. A known body that
// certifies is who was accredited, not who accredits.
func (r *reader) nameBefore(t text, offset int, by bool) (named, bool) {
	if e, i, ok := r.names.before(t, offset); ok {
		return named{t.between(i, i+len(e.words)-1), e.body, e.nobody, t.words[i].from}, r.accredits(e)
	}
	last := t.wordBefore(offset)
	if by || last < 0 || strings.Trim(t.s[t.words[last].to:offset], " -") != "" {
		return named{}, false
	}
	first := last
	for first > 0 && last-first < 6 {
		w := t.as(t.words[first-1].from, t.words[first-1].to)
		if strings.TrimSpace(t.s[t.words[first-1].to:t.words[first].from]) != "" || !unicode.IsUpper([]rune(w)[0]) && t.words[first-1].folded != "of" && t.words[first-1].folded != "for" {
			break
		}
		first--
	}
	for first < last && (t.words[first].folded == "of" || t.words[first].folded == "for") {
		first++
	}
	said := t.between(first, last)
	if first < last && organisational(said) {
		return named{said: said, from: t.words[first].from}, true
	}
	if said = t.between(last, last); acronym(said) {
		return named{said: said, from: t.words[last].from}, true
	}
	return named{}, false
}

// accredits tells a name that stands for an accreditor, or for one that accredits nobody.
func (r *reader) accredits(e entry) bool {
	b, known := r.names.view.Body(e.body)
	return e.nobody > 0 || known && !slices.ContainsFunc(b.Roles, certifies)
}

func acronym(s string) bool {
	capitals := 0
	for _, c := range s {
		if unicode.IsUpper(c) {
			capitals++
		} else if unicode.IsDigit(c) {
			return false
		}
	}
	return capitals >= 2 && len([]rune(s)) <= 8 && !slices.Contains([]string{"IS", "AN", "THE", "FULLY", "AND", "NOT", "ARE", "ISO", "IEC", "WE", "CERTIFICATE", "OUR", "ALL"}, s)
}

func organisational(s string) bool {
	words := folded(s)
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"board", "council", "institute", "agency", "service", "services", "federation", "forum", "authority", "association", "commission", "accreditation", "bureau", "organization", "organisation", "society", "center", "centre", "committee", "body"}, w)
	})
}

func properName(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 || len(s) < 2 {
		return false
	}
	first := []rune(words[0])[0]
	return unicode.IsUpper(first) || !unicode.In(first, unicode.Latin, unicode.Greek, unicode.Cyrillic) && unicode.IsLetter(first)
}

// upTo is what stands from an offset to where a name must end.
func (r *reader) upTo(t text, from, most int) string {
	end := min(len(t.s), from+most)
	if m := r.lex.stop.FindStringIndex(t.s[from:end]); m != nil {
		end = from + m[0]
	}
	for end > from && end < len(t.s) && t.s[end]&0xC0 == 0x80 {
		end--
	}
	return strings.Trim(t.as(from, end), " -,'\"")
}

// arrangementsIn finds arrangements that are said to recognise, and gives them
// to the accreditors named.
func (r *reader) arrangementsIn(t text, out *reading) {
	add := func(n named) {
		if !slices.ContainsFunc(out.arrangements, func(o named) bool { return strings.EqualFold(o.said, n.said) || o.body != "" && o.body == n.body }) {
			out.arrangements = append(out.arrangements, n)
		}
	}
	for _, m := range r.lex.arrangement.FindAllStringSubmatchIndex(t.s, -1) {
		if e, i, ok := r.names.before(t, m[3]); ok && e.nobody > 0 {
			add(named{t.between(i, i+len(e.words)-1), e.body, e.nobody, t.words[i].from})
			continue
		}
		last := t.wordBefore(m[3])
		first := last
		for first > 0 && t.words[first-1].from >= m[2] && unicode.IsUpper([]rune(t.as(t.words[first-1].from, t.words[first-1].to))[0]) {
			first--
		}
		if said := t.between(first, last); properName(said) && !slices.Contains([]string{"the", "an", "a", "international", "multilateral"}, fold(said)) {
			add(named{said: said + " " + t.as(m[3], m[1]), from: t.words[first].from})
		}
	}
	for _, m := range r.lex.signatory.FindAllStringIndex(t.s, -1) {
		if e, n, ok := r.names.at(t, t.wordAt(m[1]), true); ok && e.nobody > 0 && e.body != "" {
			i := t.wordAt(m[1])
			add(named{t.between(i, i+n-1), e.body, e.nobody, t.words[i].from})
		}
	}
	for _, n := range out.arrangements {
		r.give(out, n)
	}
}

// give attaches an arrangement to the first accreditor without one; with none
// named, to the accreditation that is claimed of nobody. ILAC gives way to
// another arrangement: its signatories are often those of IAF too.
func (r *reader) give(out *reading, n named) {
	for i := range out.accreditations {
		a := &out.accreditations[i]
		if a.by.nobody > 0 {
			continue
		}
		if a.arrangement.said == "" || a.arrangement.body == "ilac" && n.body != "ilac" {
			a.arrangement = n
		}
		return
	}
}

// marksIn finds marks named in words.
func (r *reader) marksIn(t text, out *reading) {
	add := func(e entry, i int) {
		if e.nobody > 0 && e.body != "" && !slices.ContainsFunc(out.marks, func(o named) bool { return o.body == e.body }) {
			out.marks = append(out.marks, named{t.between(i, i+len(e.words)-1), e.body, e.nobody, t.words[i].from})
		}
	}
	for _, m := range r.lex.markAfter.FindAllStringIndex(t.s, -1) {
		offset := m[0]
		if i := t.wordBefore(offset); i > 0 && slices.Contains([]string{"mla", "mra"}, t.words[i].folded) {
			offset = t.words[i].from
		}
		if e, i, ok := r.names.before(t, offset); ok {
			add(e, i)
		}
	}
	for _, m := range r.lex.markBefore.FindAllStringIndex(t.s, -1) {
		if i := t.wordAt(m[1]); i < len(t.words) {
			if e, _, ok := r.names.at(t, i, true); ok {
				add(e, i)
			}
		}
	}
	if m := r.lex.check.FindStringSubmatch(t.s); m != nil {
		out.checkHost = strings.ToLower(strings.TrimPrefix(m[1], "www."))
	}
}

// isArrangement tells a body that recognises accreditors.
func isArrangement(b registry.Body) bool { return slices.Contains(b.Roles, registry.Arrangement) }

// namesake tells whether the text spells the acronym out as another
// organisation's, or is about that one's field: IAF is also the association of
// facilitators, who certify facilitators.
func (r *reader) namesake(t text, said string) bool {
	if !acronym(said) {
		return false
	}
	letters := strings.ToLower(said)
	for i := range t.words {
		j, k := i, 0
		for j < len(t.words) && k < len(letters) {
			w := t.as(t.words[j].from, t.words[j].to)
			if slices.Contains([]string{"of", "for", "the", "and", "in"}, t.words[j].folded) && k > 0 {
				j++
				continue
			}
			if len([]rune(w)) < 3 || !unicode.IsUpper([]rune(w)[0]) || t.words[j].folded[0] != letters[k] {
				break
			}
			j, k = j+1, k+1
		}
		if k == len(letters) {
			if e, n, ok := r.names.at(t, i, true); !ok || e.nobody == 0 || n < 2 {
				return true
			}
		}
	}
	for _, n := range r.namesakes {
		if n.Acronym == said && slices.ContainsFunc(t.words, func(w word) bool { return slices.Contains(n.Words, w.folded) }) {
			return true
		}
	}
	return false
}
