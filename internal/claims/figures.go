package claims

import (
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// numbers finds the certificate's number and those of accreditations.
func (r *reader) numbers(t text, out *reading) {
	for _, found := range r.lex.ownNumber.FindAllString(t.s, -1) {
		if n, err := credential.ParseNumber(found); err == nil {
			out.number = string(n)
			break
		}
	}
	if out.number == "" {
		for _, m := range r.lex.certNumber.FindAllStringSubmatch(t.s, -1) {
			for _, n := range m[1:] {
				if n = strings.Trim(n, " .-/"); out.number == "" && strings.ContainsAny(n, "0123456789") {
					out.number = n
				}
			}
		}
	}
	number := ""
	for _, m := range r.lex.accNumber.FindAllStringSubmatch(t.s, -1) {
		if n := strings.Trim(m[1], " .-/"); strings.ContainsAny(n, "0123456789") {
			number = n
			break
		}
	}
	for i := range out.accreditations {
		a := &out.accreditations[i]
		if a.number == "" {
			a.number = r.numberBeside(t, a.by)
		}
		if a.number == "" && i == 0 {
			a.number = number
		}
	}
}

// numberBeside is a number right behind an accreditor's name: "UKAS 0030".
func (r *reader) numberBeside(t text, n named) string {
	if n.said == "" {
		return ""
	}
	for i, w := range t.words {
		if w.from != n.from {
			continue
		}
		end := i + len(folded(n.said))
		for ; end < len(t.words); end++ {
			word := t.words[end].folded
			if slices.Contains([]string{"no", "nr", "number", "nummer", "accreditation", "accredited", "akkreditierung", "numero", "n", "num", "id"}, word) {
				continue
			}
			break
		}
		if end >= len(t.words) || strings.ContainsAny(t.s[w.from:t.words[end].from], "\n.;") && !strings.Contains(strings.ToLower(t.s[w.from:t.words[end].from]), "no.") {
			return ""
		}
		v := t.words[end].folded
		digits := strings.Trim(v, "0123456789") == ""
		if digits && len(v) >= 2 && len(v) <= 5 && (len(v) != 4 || !strings.HasPrefix(v, "19") && !strings.HasPrefix(v, "20")) && v != "17024" && v != "17021" && v != "17065" {
			return v
		}
		return ""
	}
	return ""
}

// datesIn sorts the dates by what stands before them.
func (r *reader) datesIn(t text, out *reading) {
	all := r.lex.dates.all(t.written)
	var plain []date
	for _, d := range all {
		before := d.at
		start := max(0, before-60)
		for start < before && t.written[start]&0xC0 == 0x80 {
			start++
		}
		lead := newText(t.written[start:before]).s
		if strings.HasSuffix(strings.TrimRight(t.written[start:before], " "), "ISO") || strings.HasSuffix(t.written[start:before], ":") && r.lex.standard.MatchString(lead) {
			continue
		}
		issued, expires := r.lex.issuedLabel.FindStringIndex(lead), r.lex.expiryLabel.FindStringIndex(lead)
		switch {
		case expires != nil && (issued == nil || expires[0] > issued[0] || strings.Contains(strings.ToLower(lead[issued[0]:]), "until")) && out.expires == nil:
			out.expires = &d
		case issued != nil && out.issued == nil:
			out.issued = &d
		default:
			plain = append(plain, d)
		}
	}
	for _, d := range plain {
		switch {
		case out.expires == nil && d.readings[0].After(r.now) && len(d.readings) == 1 && !r.now.IsZero():
			out.expires = &d // what is yet to come is an end
		case out.issued == nil && (out.expires == nil || d.at < out.expires.at):
			out.issued = &d
		case out.expires == nil && out.issued != nil && d.readings[0].After(out.issued.readings[0]) && len(plain) <= 2:
			out.expires = &d
		}
	}
}
