package web

import (
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
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
	Icon   string
	Role   string
	Name   string // empty: the holder's name is not published
	Domain string
	Body   verify.Body
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

	Recognition bool // of an accreditation body by an arrangement
}

// Now is the latest known state, for the picture.
func (l linkView) Now() linkState { return l.States[len(l.States)-1] }

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
func (w voice) chains(v *certificateView) []chainView {
	r := v.Report
	then, now := r.Chain.AtDecision, r.Chain.Now
	decision, today := w.Say("when.decision"), w.Say("when.today")
	if v.Otherwhen {
		today = w.Say("when.on", "day", r.At)
	}
	same := slices.EqualFunc(then, now, func(a, b verify.Link) bool { return a.Statement == b.Statement })
	if same || len(now) == 0 {
		c := chainView{Steps: w.bottom(v, today), End: w.end(r.Accreditation.AtDecision, len(then) > 0)}
		for i, l := range then {
			x := w.link(l)
			x.States[0].When = decision
			switch {
			case !same:
				x.States = append(x.States, linkState{When: today, Word: w.Say("chain.no_longer"), Tone: caution})
			case sameStatus(l, now[i]):
				x.States[0].When = w.Say("when.both", "first", decision, "second", today)
			default:
				later := w.link(now[i]).States[0]
				later.When = today
				x.States = append(x.States, later)
			}
			c.climb(x, w)
		}
		if r.Accreditation.Now != r.Accreditation.AtDecision {
			word, t := w.accreditationWord(r.Accreditation.Now)
			if c.End.Tone == good {
				c.End = endView{weaker(t), w.Say("chain.was_complete")}
			}
			c.End.Text += " " + w.Say("chain.then", "when", today, "what", word)
		}
		return []chainView{c}
	}
	var out []chainView
	for _, day := range []struct {
		title, when, state string
		path               []verify.Link
	}{
		{decision, decision, r.Accreditation.AtDecision, then},
		{today, today, r.Accreditation.Now, now},
	} {
		c := chainView{Title: day.title, Steps: w.bottom(v, today), End: w.end(day.state, len(day.path) > 0)}
		for _, l := range day.path {
			x := w.link(l)
			x.States[0].When = day.when
			c.climb(x, w)
		}
		out = append(out, c)
	}
	return out
}

// bottom is the holder and the certification body, with the certificate between.
func (w voice) bottom(v *certificateView, today string) []stepView {
	c := v.Report.Certificate
	word, t := w.statusWord(string(v.Report.Currency))
	if v.Report.Authenticity == verify.Inauthentic {
		word, t = w.Say("chain.not_theirs"), stop
	}
	l := &linkView{Verb: w.Say("chain.certified"), Kind: w.Say("chain.certificate"), Number: c.Number, From: c.ValidFrom, Until: c.ValidUntil, Issuer: c.Issuer,
		Scope: present(c.Scheme.Name, c.Scheme.Level), States: []linkState{{When: today, Word: word, Tone: t}}}
	switch v.Report.Authenticity {
	case verify.Authentic:
		l.Mark, l.Assurance = w.Say("assurance.signed"), w.Say("assurance.by_issuer")
	case verify.Inauthentic:
		l.Verb = w.Say("chain.certified_alone")
		l.Mark, l.Assurance = w.Say("assurance.open"), w.Say("assurance.contradicts")
	default:
		l.Mark, l.Assurance = w.Say("assurance.open"), w.Say("assurance.not_known_signed")
	}
	return []stepView{
		{Icon: "person", Role: w.Say("role.holder"), Name: c.Holder.Name, Link: l},
		party("seal", w.roleWord("certification_body"), c.Issuer),
	}
}

func party(icon, role string, b verify.Body) stepView {
	return stepView{Icon: icon, Role: role, Name: b.Name, Domain: b.Domain, Body: b}
}

// climb adds the link to the topmost party and its issuer above.
func (c *chainView) climb(l linkView, w voice) {
	c.Steps[len(c.Steps)-1].Link = &l
	role, icon := "accreditation_body", "scales"
	if l.Recognition {
		role, icon = "arrangement", "globe"
	}
	c.Steps = append(c.Steps, party(icon, w.roleWord(role), l.Issuer))
}

// weaker is the tone of what was good and no longer is.
func weaker(t tone) tone {
	if t == plain {
		return caution
	}
	return t
}

func (w voice) end(state string, anyLink bool) endView {
	switch state {
	case "recognised":
		return endView{good, w.Say("chain.complete")}
	case "elsewhere":
		return endView{plain, w.Say("chain.elsewhere")}
	case "none":
		return endView{plain, w.Say("chain.none")}
	case "contradicted":
		return endView{stop, w.Say("chain.contradicted")}
	}
	if anyLink {
		return endView{open, w.Say("chain.further_unknown")}
	}
	return endView{open, w.Say("chain.unknown")}
}

// link is a statement at the instant of its path.
func (w voice) link(l verify.Link) linkView {
	x := linkView{Kind: w.Say("chain.accreditation"), Verb: w.Say("chain.accredited"), Number: l.Number, From: l.ValidFrom, Until: l.ValidUntil,
		Issuer: l.Issuer, Subject: l.Subject, Scope: w.scope(l.Scope), Recognition: l.Kind == "recognition"}
	by := w.Say("assurance.by_accreditor")
	if x.Recognition {
		x.Kind, x.Verb, by = w.Say("chain.recognition"), w.Say("chain.recognised"), w.Say("assurance.by_arrangement")
	}
	word, t := w.statusWord(l.Status)
	s := linkState{Word: word, Tone: t}
	if l.Status != "in_force" {
		s.Since = l.Since
	}
	x.States = []linkState{s}
	x.Sources = sources(l.Sources)
	switch l.Assurance {
	case "signed":
		x.Mark, x.Assurance = w.Say("assurance.signed"), by
	case "recorded":
		x.Mark, x.Assurance, x.NoneQuoted = w.Say("assurance.recorded"), w.Say("assurance.by_register"), len(x.Sources) == 0
	default:
		x.Mark, x.Assurance = w.Say("assurance.open"), w.Say("assurance.nobody_known")
	}
	return x
}

func sameStatus(a, b verify.Link) bool {
	return a.Status == b.Status && (a.Since == nil) == (b.Since == nil) && (a.Since == nil || a.Since.Equal(*b.Since))
}

// scope lists what a statement is about, the most telling first.
func (w voice) scope(s verify.Scope) []string {
	standard := s.Standard
	if standard != "" && s.Edition != "" {
		standard += ":" + s.Edition
	}
	out := present(w.kindWord(s.Activity), standard)
	out = append(out, s.SubScopes...)
	for _, x := range s.Schemes {
		out = append(out, w.Say("chain.scheme", "scheme", x))
	}
	return append(out, s.Countries...)
}

func present(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func sourceOf(x trust.Source) sourceView {
	return sourceView{Address: webAddress(x.URL), Host: host(x.URL), Locator: x.Locator, Dated: x.SourceDate, Retrieved: x.RetrievedAt, Says: x.Says}
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
