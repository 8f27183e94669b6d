package claims

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxText bounds what is read of a text: longer than any certificate.
const maxText = 64 << 10

// text is what was handed in, made readable: one form of every character,
// plain quotes and dashes, nothing invisible. Patterns look at s, which has no
// accents; people are shown the same stretch of written.
type text struct {
	s       string
	written string
	place   []int // of each byte of s, and of its end, in written
	words   []word
}

type word struct {
	from, to int
	folded   string // without case and accents
}

func newText(raw string) text {
	if len(raw) > maxText {
		raw = raw[:maxText]
		for !utf8.ValidString(raw) && len(raw) > 0 {
			raw = raw[:len(raw)-1]
		}
	}
	raw = strings.ToValidUTF8(raw, " ")
	t := text{written: tidy(raw)}
	t.strip()
	start := -1
	for i, r := range t.s + " " {
		in := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '+'
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			t.words = append(t.words, word{start, i, fold(t.s[start:i])})
			start = -1
		}
	}
	return t
}

// strip takes the accents off written and remembers where each byte was.
func (t *text) strip() {
	var b strings.Builder
	for i, r := range t.written {
		for _, d := range norm.NFD.String(string(r)) {
			if unicode.Is(unicode.Mn, d) {
				continue
			}
			n, _ := b.WriteRune(d) // a strings.Builder cannot fail
			for range n {
				t.place = append(t.place, i)
			}
		}
	}
	t.place = append(t.place, len(t.written))
	t.s = b.String()
}

// as returns a stretch of s as it was written.
func (t text) as(from, to int) string { return strings.TrimSpace(t.written[t.place[from]:t.place[to]]) }

// tidy brings what was copied from print, mail or a page into plain form.
func tidy(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			if out := b.String(); out != "" && !strings.HasSuffix(out, "\n") {
				b.WriteByte('\n')
			}
			space = false
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case unicode.Is(unicode.Cf, r):
			continue
		case unicode.Is(unicode.Pd, r) || r == '\u2212':
			r = '-'
		case r == '’' || r == '‘' || r == '`' || r == '´':
			r = '\''
		case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
			r = '"'
		}
		if space && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// fold takes case and accents away.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'ø':
			b.WriteByte('o')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'ı':
			b.WriteByte('i')
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// folded splits a name as a text is split.
func folded(name string) []string {
	var out []string
	for _, w := range newText(name).words {
		out = append(out, w.folded)
	}
	return out
}

// wordAt is the first word that begins at or after the offset.
func (t text) wordAt(offset int) int {
	for i, w := range t.words {
		if w.from >= offset {
			return i
		}
	}
	return len(t.words)
}

// wordBefore is the last word that ends at or before the offset; -1: none.
func (t text) wordBefore(offset int) int {
	for i := len(t.words) - 1; i >= 0; i-- {
		if t.words[i].to <= offset {
			return i
		}
	}
	return -1
}

// between is the text from word i to word j, that one included, as written.
func (t text) between(i, j int) string { return t.as(t.words[i].from, t.words[j].to) }

// around is the text a little before and after a stretch.
func (t text) around(from, to, reach int) (before, after string) {
	a, b := max(0, from-reach), min(len(t.s), to+reach)
	for a < from && !utf8.RuneStart(t.s[a]) {
		a++
	}
	for b > to && b < len(t.s) && !utf8.RuneStart(t.s[b]) {
		b--
	}
	return t.s[a:from], t.s[to:b]
}
