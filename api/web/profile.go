package web

import (
	"html/template"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// offerView is a scheme with the four questions a careful buyer asks.
type offerView struct {
	ID, Name, Acronym, Kind, Level string
	Answers                        []answerView
	Disputes                       []disputeView
}

type answerView struct {
	Question, Because template.HTML
	Word              string
	Tone              tone
	Sources           []sourceView
	AsOf              time.Time
}

// momentView is one entry of a timeline.
type momentView struct {
	At      time.Time
	Roughly string // how the day is known, if not exactly
	What    string
	Number  string
	Other   verify.Body
	Reason  string
}

type noticeView struct {
	Says  template.HTML
	Since time.Time
	Tone  tone
}

// disputeView is an open dispute in the words of whoever contests the fact.
type disputeView struct {
	Fact, By, Page, Words string
	Since                 time.Time
}

// maxQuoted bounds the sources under one answer.
const maxQuoted = 3

func (v voice) offer(o registry.Offer) offerView {
	s := o.Scheme
	out := offerView{ID: s.ID, Name: s.Name, Acronym: s.Acronym, Kind: v.kindWord(s.Kind), Level: s.Level}
	for _, a := range o.Answers {
		x := answerView{Question: v.english(a.Question), Because: v.english(a.Because), AsOf: a.AsOf}
		if q, ok := v.known("question", a.ID); ok {
			x.Question = template.HTML(template.HTMLEscapeString(q)) //nolint:gosec // escaped
		}
		x.Word, x.Tone = v.answerWord(a.Answer)
		for _, y := range a.Sources[:min(len(a.Sources), maxQuoted)] {
			x.Sources = append(x.Sources, sourceView{Address: webAddress(y.URL), Host: host(y.URL), Locator: y.Locator, Dated: y.SourceDate, Retrieved: y.RetrievedAt})
		}
		out.Answers = append(out.Answers, x)
	}
	return out
}

// answerWord: a no is a fact about a scheme and no alarm.
func (v voice) answerWord(s string) (string, tone) {
	switch s {
	case registry.Yes:
		return v.Say("answer.yes"), good
	case registry.No:
		return v.Say("answer.no"), plain
	default:
		return v.Say("answer.unknown"), open
	}
}

func (v voice) momentOf(m registry.Moment) momentView {
	x := momentView{At: m.At, Number: m.Number, Other: verify.Body{ID: m.Other, Name: m.OtherName}, Reason: m.Reason, What: v.whatHappened(m)}
	if how, ok := v.known("moment.known", m.Known); ok {
		x.Roughly = how
	}
	return x
}

func (v voice) whatHappened(m registry.Moment) string {
	thing := "accreditation"
	if m.Kind == trust.Recognition {
		thing = "recognition"
	}
	for _, key := range []string{"moment." + m.Event, "moment." + thing + "." + m.Event} {
		if v.Template(key) != key {
			return v.Say(key)
		}
	}
	return humble(m.Event)
}

func (v voice) notice(f registry.Flag) noticeView {
	t := caution
	if f.Code == "LOOKALIKE" || f.Code == "ENDED" {
		t = plain
	}
	return noticeView{Says: v.english(f.Says), Since: f.Since, Tone: t}
}

// disputed picks the open disputes about one record.
func (v voice) disputed(all []verify.Dispute, about, of string, known map[string]string) []disputeView {
	var out []disputeView
	for _, d := range all {
		if d.About != about || d.Of != of {
			continue
		}
		x := disputeView{Fact: d.Fact, By: v.Say("dispute.somebody"), Words: d.Words, Since: d.Since}
		if d.By != "" {
			x.By, x.Page = d.By, v.to("/bodies/"+d.By)
			if name := known[d.By]; name != "" {
				x.By = name
			}
		}
		out = append(out, x)
	}
	return out
}
