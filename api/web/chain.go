package web

import (
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// chainView is the way from the holder up to whoever this service trusts, one
// step per party.
type chainView struct {
	Title string // empty where one chain serves both days
	Steps []stepView
	End   endView
}

// stepView is a party and, if somebody vouches for it, the link upward.
type stepView struct {
	Role   string
	Name   string // empty: the holder's name is not published
	Domain string
	Page   string
	Link   *linkView
}

// endView says how the chain ends.
type endView struct {
	Tone tone
	Text string
}

// linkView is one statement: a certificate, an accreditation or a recognition.
type linkView struct {
	Verb       string // what the party above did
	Kind       string
	Number     string
	Scope      []string
	From       *time.Time
	Until      *time.Time
	States     []linkState
	Mark       string // who vouches for it, in a word
	Assurance  string
	Sources    []sourceView
	Issuer     verify.Body
	Subject    verify.Body
	NoneQuoted bool // recorded, but no source is named
	Disputes   []disputeView
}

// linkState is the status of a link on one day, or on both.
type linkState struct {
	When  string
	Word  string
	Tone  tone
	Since *time.Time
}

type sourceView struct {
	Address   string // empty if it cannot be a link
	Host      string
	Locator   string
	Dated     string
	Retrieved time.Time
	Says      string
}

// chains draws one chain where it stayed the same between decision and the day
// judged, also if links changed their status; else one for each day.
func chains(v *certificateView) []chainView {
	r := v.Report
	then, now := r.Chain.AtDecision, r.Chain.Now
	today := "today"
	if v.Otherwhen {
		today = "on " + day(r.At)
	}
	same := slices.EqualFunc(then, now, func(a, b verify.Link) bool { return a.Statement == b.Statement })
	if same || len(now) == 0 {
		c := chainView{Steps: bottom(v, today), End: end(r.Accreditation.AtDecision, len(then) > 0)}
		for i, l := range then {
			x := link(l)
			x.States[0].When = "at decision"
			switch {
			case !same:
				x.States = append(x.States, linkState{When: today, Word: "no longer part of a confirmed chain", Tone: caution})
			case sameStatus(l, now[i]):
				x.States[0].When = "at decision and " + today
			default:
				later := link(now[i]).States[0]
				later.When = today
				x.States = append(x.States, later)
			}
			c.climb(x)
		}
		if r.Accreditation.Now != r.Accreditation.AtDecision {
			word, t := accreditationWord(r.Accreditation.Now)
			c.End.Text += " " + humble(today) + ": " + word + "."
			if c.End.Tone == good {
				c.End.Text = "On the day of the decision the chain was complete: this arrangement was on the list that this service trusts. " + humble(today) + ": " + word + "."
				c.End.Tone = weaker(t)
			}
		}
		return []chainView{c}
	}
	var out []chainView
	for _, day := range []struct {
		title, when, state string
		path               []verify.Link
	}{
		{"On the day of the decision", "at decision", r.Accreditation.AtDecision, then},
		{humble(today), today, r.Accreditation.Now, now},
	} {
		c := chainView{Title: day.title, Steps: bottom(v, today), End: end(day.state, len(day.path) > 0)}
		for _, l := range day.path {
			x := link(l)
			x.States[0].When = day.when
			c.climb(x)
		}
		out = append(out, c)
	}
	return out
}

// bottom is the holder and the certification body, with the certificate between.
func bottom(v *certificateView, today string) []stepView {
	c := v.Report.Certificate
	word, t := currencyWord(v.Report.Currency)
	if v.Report.Authenticity == verify.Inauthentic {
		word, t = "not the issuer’s record", stop
	}
	l := &linkView{Verb: "is certified by", Kind: "Certificate", Number: c.Number, From: c.ValidFrom, Until: c.ValidUntil, Issuer: c.Issuer,
		Scope: present(c.Scheme.Name, c.Scheme.Level), States: []linkState{{When: today, Word: word, Tone: t}}}
	switch v.Report.Authenticity {
	case verify.Authentic:
		l.Mark, l.Assurance = "signed", "By the certification body itself; the signature was checked."
	case verify.Inauthentic:
		l.Verb = "is, by this record alone, certified by"
		l.Mark, l.Assurance = "not confirmed", "The record contradicts the body it names."
	default:
		l.Mark, l.Assurance = "not confirmed", "Whether the certification body signed it could not be established."
	}
	return []stepView{
		{Role: "Holder", Name: c.Holder.Name, Link: l},
		party("Certification body", c.Issuer),
	}
}

func party(role string, b verify.Body) stepView {
	return stepView{Role: role, Name: b.Name, Domain: b.Domain, Page: address(b)}
}

// climb adds the link to the topmost party and its issuer above.
func (c *chainView) climb(l linkView) {
	c.Steps[len(c.Steps)-1].Link = &l
	role := "Accreditation body"
	if l.Kind == "Recognition" {
		role = "Recognition arrangement"
	}
	c.Steps = append(c.Steps, party(role, l.Issuer))
}

// weaker is the tone of what was good and no longer is.
func weaker(t tone) tone {
	if t == plain {
		return caution
	}
	return t
}

func end(state string, anyLink bool) endView {
	switch state {
	case "recognised":
		return endView{good, "The chain is complete: this arrangement is on the list that this service trusts."}
	case "elsewhere":
		return endView{plain, "The chain ends here: no arrangement on this service’s list is confirmed to recognise this accreditation body."}
	case "none":
		return endView{plain, "The chain ends here: no accreditation for this scheme, and the register is complete enough to say so."}
	case "contradicted":
		return endView{stop, "The chain ends here: the accreditation that the certificate claims was not held for this scheme."}
	}
	if anyLink {
		return endView{open, "How the chain goes on could not be confirmed."}
	}
	return endView{open, "Who accredits this body for this scheme, if anyone, could not be confirmed."}
}

// link is a statement at the instant of its path.
func link(l verify.Link) linkView {
	x := linkView{Kind: "Accreditation", Verb: "is accredited by", Number: l.Number, From: l.ValidFrom, Until: l.ValidUntil,
		Issuer: l.Issuer, Subject: l.Subject, Scope: scope(l.Scope)}
	if l.Kind == "recognition" {
		x.Kind, x.Verb = "Recognition", "is recognised by"
	}
	word, t := statusWord(l.Status)
	s := linkState{Word: word, Tone: t}
	if l.Status != "in_force" {
		s.Since = l.Since
	}
	x.States = []linkState{s}
	x.Sources = sources(l.Sources)
	switch l.Assurance {
	case "signed":
		x.Mark, x.Assurance = "signed", "By the "+bodyKind(l.Kind)+" itself."
	case "recorded":
		x.Mark, x.Assurance, x.NoneQuoted = "recorded", "By a register, from a public source.", len(x.Sources) == 0
	default:
		x.Mark, x.Assurance = "not confirmed", "Who vouches for it is not known."
	}
	return x
}

func bodyKind(kind string) string {
	if kind == "recognition" {
		return "arrangement"
	}
	return "accreditation body"
}

func sameStatus(a, b verify.Link) bool {
	return a.Status == b.Status && (a.Since == nil) == (b.Since == nil) && (a.Since == nil || a.Since.Equal(*b.Since))
}

// scope lists what a statement is about, the most telling first.
func scope(s verify.Scope) []string {
	standard := s.Standard
	if standard != "" && s.Edition != "" {
		standard += ":" + s.Edition
	}
	out := present(kindWord(s.Activity), standard)
	out = append(out, s.SubScopes...)
	for _, x := range s.Schemes {
		out = append(out, "scheme "+x)
	}
	return append(out, s.Countries...)
}

func present(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func sources(all []verify.Citation) []sourceView {
	var out []sourceView
	for _, f := range all {
		y := sourceView{Address: webAddress(f.URL), Host: host(f.URL), Locator: f.Locator, Dated: f.SourceDate, Says: f.Says}
		if f.RetrievedAt != nil {
			y.Retrieved = *f.RetrievedAt
		}
		out = append(out, y)
	}
	return out
}
