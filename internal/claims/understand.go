package claims

import (
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// understand reads the text and lays the fields over it.
func (r *reader) understand(in Input) (reading, error) {
	var f fault.Invalid
	// The title and the issuer's name are words too: "ISO certified coach".
	all := in.Text
	if in.Credential != "" {
		all = in.Credential + "\n" + all
	}
	out := r.read(all)
	if in.Holder != "" {
		out.holder = tidy(in.Holder)
	}
	if in.Credential != "" {
		out.title = tidy(in.Credential)
		if m := r.lex.standard.FindStringSubmatch(newText(in.Credential).s); m != nil && r.lex.orgStandard.MatchString(m[2]) && !r.lex.role.MatchString(newText(in.Credential).s) {
			out.certifiedTo = standardName(m[2], m[3])
		}
	}
	if in.Number != "" {
		out.number = tidy(in.Number)
	}
	if in.IssuerName != "" {
		out.issuer = named{said: tidy(in.IssuerName), from: -1}
		words := folded(in.IssuerName)
		if len(words) > 1 && words[0] == "iso" && out.wording[isoCertified] == "" {
			out.wording[isoCertified] = tidy(in.IssuerName)
		}
	} else if words := folded(out.issuer.said); len(words) > 1 && words[0] == "iso" && out.issuer.body == "" && out.wording[isoCertified] == "" {
		out.wording[isoCertified] = out.issuer.said
	}
	r.fields(in, &out)
	if e, n, ok := r.names.at(newText(out.issuer.said), 0, true); ok && e.nobody > 0 && n == len(folded(out.issuer.said)) && len(out.issuer.said) > 2 && !r.namesake(newText(all), out.issuer.said) {
		// No such organisation certifies anybody: the same claim in other words.
		if !slices.ContainsFunc(out.accreditations, func(a accreditation) bool {
			return a.by.nobody == e.nobody || strings.EqualFold(a.by.said, out.issuer.said)
		}) {
			out.accreditations = append(out.accreditations, accreditation{by: named{said: out.issuer.said, body: e.body, nobody: e.nobody, from: -1}})
		}
	}
	out.issued = r.dateField(&f, "/issued_on", in.IssuedOn, out.issued)
	if never := r.phrase(lifetime, in.ExpiresOn); never || isNever(in.ExpiresOn) {
		out.wording[lifetime], out.expires = tidy(in.ExpiresOn), nil
	} else {
		out.expires = r.dateField(&f, "/expires_on", in.ExpiresOn, out.expires)
	}
	return out, f.Err()
}

func isNever(s string) bool {
	switch fold(strings.TrimSpace(s)) {
	case "never", "none", "nie", "nunca", "jamais", "mai", "lifetime", "unlimited", "n/a":
		return true
	}
	return false
}

// isNone tells a field that says there is nothing to put in it.
func isNone(s string) bool {
	return slices.Contains([]string{"none", "no", "n/a", "na", "nil", "-", "keine", "keiner", "aucun", "aucune", "ninguno", "ninguna", "nessuno", "unknown", "unbekannt"}, fold(s))
}

func (r *reader) phrase(kind, s string) bool {
	for _, p := range r.lex.phrases {
		if p.kind == kind && p.re.MatchString(newText(s).s) {
			return true
		}
	}
	return false
}

func (r *reader) dateField(f *fault.Invalid, pointer, s string, read *date) *date {
	if strings.TrimSpace(s) == "" {
		return read
	}
	d, ok := r.lex.dates.one(tidy(s))
	if !ok {
		f.Add(pointer, "is not a date that can be read; write it like 2026-03-01 or 1 March 2026")
		return nil
	}
	return &d
}

// fields lays the accreditations that fields name over those of the text.
func (r *reader) fields(in Input, out *reading) {
	if len(in.Accreditation) == 0 {
		return
	}
	var all []accreditation
	for _, a := range in.Accreditation {
		said := tidy(a.Body)
		if isNone(said) {
			continue
		}
		if said != "" && (r.phrase(inProcess, "accreditation "+said) || r.phrase(notYet, said)) {
			out.wording[inProcess] = said
			continue
		}
		x := accreditation{by: named{said: said, from: -1}, number: tidy(a.Number), standard: r.standardField(a.Standard)}
		if m := r.lex.standard.FindStringSubmatch(newText(said).s); m != nil && strings.HasPrefix(m[2], "17") {
			x.by, x.standard = named{from: -1}, r.standardField(said)
		}
		if s := tidy(a.Arrangement); s != "" {
			x.arrangement = named{said: s, from: -1}
		}
		if x.by.said == "" && x.number == "" && x.standard == "" && x.arrangement.said == "" {
			continue
		}
		all = append(all, x)
	}
	for _, a := range out.accreditations { // what the text adds
		known := a.by.said == ""
		for _, x := range all {
			known = known || strings.EqualFold(x.by.said, a.by.said)
		}
		if !known {
			all = append(all, a)
		}
	}
	out.accreditations = all
	for _, n := range out.arrangements {
		r.give(out, n)
	}
}

func (r *reader) standardField(s string) string {
	s = tidy(s)
	if m := r.lex.standard.FindStringSubmatch(newText(s).s); m != nil {
		name := standardName(m[2], m[3])
		if m[4] != "" {
			name += ":" + m[4]
		}
		return name
	}
	if s == "17024" {
		return "ISO/IEC 17024"
	}
	return s
}
