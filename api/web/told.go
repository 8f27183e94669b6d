package web

import (
	"html/template"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/wording"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// A report is written in English, and beside its sentences stand the keys of
// messages and what fills them. A page in another language tells those
// messages; where there is none it shows the English, marked as English.

// message is what the report says under a key, if this language has it. In
// English the report's own words stand.
func (v voice) message(key string, with []any) (template.HTML, bool) {
	if v.Tag == wording.English || key == "" || !v.Has("report."+key) {
		return "", false
	}
	return v.html("report."+key, with...), true
}

// told tells a sentence of the report.
func (v voice) told(s verify.Said, english string) template.HTML {
	text, ok := v.message(s.Key, s.With)
	if !ok {
		return v.english(english)
	}
	if s.More != "" {
		text += " " + v.english(strings.TrimSpace(s.More))
	}
	return text
}

// asks tells the question of a check.
func (v voice) asks(c verify.Check) template.HTML {
	if text, ok := v.message("check."+string(c.ID), nil); ok {
		return text
	}
	return template.HTML(template.HTMLEscapeString(c.Title)) //nolint:gosec // escaped
}

// checkView is a check as a page shows it.
type checkView struct {
	verify.Check
	Asks, Told template.HTML
	Word       string
	Tone       tone
}

func (v voice) check(c verify.Check) checkView {
	x := checkView{Check: c, Asks: v.asks(c), Told: v.told(c.Said, c.Detail)}
	x.Word, x.Tone = v.outcomeWord(c.Outcome)
	return x
}

// flagView is a red flag as a page shows it.
type flagView struct {
	verify.RedFlag
	Named, Told template.HTML
	Word        string
	Tone        tone
}

func (v voice) flag(f verify.RedFlag) flagView {
	x := flagView{RedFlag: f, Named: v.english(f.Title), Told: v.told(verify.Said{Key: "flag." + f.Key}, f.Explanation)}
	for _, key := range []string{"flag." + f.Key + ".title", "flag." + f.ID + ".title"} {
		if text, ok := v.message(key, nil); ok {
			x.Named = text
			break
		}
	}
	x.Word, x.Tone = v.severityWord(f.Severity)
	return x
}

// problemView is a problem met on the way.
type problemView struct {
	verify.Problem
	Told  template.HTML
	Times int
}

// problem tells what the code means, and the detail as it was written.
func (v voice) problem(p verify.Problem) problemView {
	x := problemView{Problem: p, Told: v.english(p.Detail), Times: 1}
	if text, ok := v.message("problem."+p.Code, nil); ok {
		x.Told = text + " " + x.Told
	}
	return x
}

// lead is the report in one sentence.
func (v voice) lead(r *verify.Report) template.HTML {
	c := r.Certificate
	if c == nil {
		return v.english(r.Summary)
	}
	if r.HandedIn == nil && r.Understood == nil {
		if text, ok := v.message("summary."+summaryKey(r), []any{"scheme", c.Scheme.Name, "issuer", c.Issuer.Name, "decided", decided(r), "day", r.At}); ok {
			return text
		}
	}
	var out template.HTML
	for _, f := range fragments(r.Summary, c.Scheme.Name, c.Issuer.Name) {
		text := template.HTMLEscapeString(f.Text)
		if f.Name {
			text = "<bdi>" + text + "</bdi>"
		}
		out += template.HTML(text) //nolint:gosec // escaped
	}
	if v.Tag != wording.English {
		out = `<span lang="en" dir="ltr">` + out + `</span>`
	}
	return out
}

// summaryKey tells verdicts apart that are told in several ways.
func summaryKey(r *verify.Report) string {
	key := string(r.Verdict)
	switch {
	case r.Verdict == verify.BonaFide && r.Accreditation.Now != "recognised":
		key += ".excused"
	case r.Verdict == verify.NotInForce:
		key += "." + string(r.Currency)
	case r.Verdict == verify.Undetermined && r.Authenticity == verify.AuthenticityUnknown:
		key += ".authenticity"
	case r.Verdict == verify.Undetermined && r.Currency == verify.CurrencyUnknown:
		key += ".currency"
	}
	return key
}
