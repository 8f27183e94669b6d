package web

import (
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// offerView is a scheme with the four questions a careful buyer asks.
type offerView struct {
	ID, Name, Acronym, Kind, Level string
	Answers                        []answerView
	Disputes                       []disputeView
}

type answerView struct {
	Question, Word, Because string
	Tone                    tone
	Sources                 []sourceView
	AsOf                    time.Time
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
	Says  string
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

func offer(o registry.Offer) offerView {
	s := o.Scheme
	v := offerView{ID: s.ID, Name: s.Name, Acronym: s.Acronym, Kind: kindWord(s.Kind), Level: s.Level}
	for _, a := range o.Answers {
		x := answerView{Question: a.Question, Because: a.Because, AsOf: a.AsOf}
		x.Word, x.Tone = answerWord(a.Answer)
		for _, y := range a.Sources[:min(len(a.Sources), maxQuoted)] {
			x.Sources = append(x.Sources, sourceView{Address: webAddress(y.URL), Host: host(y.URL), Locator: y.Locator, Dated: y.SourceDate, Retrieved: y.RetrievedAt})
		}
		v.Answers = append(v.Answers, x)
	}
	return v
}

// answerWord: a no is a fact about a scheme and no alarm.
func answerWord(s string) (string, tone) {
	switch s {
	case registry.Yes:
		return "Yes", good
	case registry.No:
		return "No", plain
	default:
		return "Not known", open
	}
}

func momentOf(m registry.Moment) momentView {
	v := momentView{At: m.At, Number: m.Number, Other: verify.Body{ID: m.Other, Name: m.OtherName}, Reason: m.Reason}
	switch m.Known {
	case "month":
		v.Roughly = "by the end of that month"
	case "year":
		v.Roughly = "by the end of that year"
	case "seen":
		v.Roughly = "seen then; it may have begun earlier"
	}
	v.What = whatHappened(m)
	return v
}

func whatHappened(m registry.Moment) string {
	thing := "Accreditation by"
	if m.Kind == "recognition" {
		thing = "Recognition by"
	}
	switch m.Event {
	case "began":
		return "In operation"
	case "ended":
		return "Ended"
	case "succeeded":
		return "Succeeded by"
	case "granted", "suspended", "restored", "withdrawn", "reduced", "extended", "expired":
		return strings.Replace(thing, " by", " "+m.Event+" by", 1)
	case "superseded":
		return strings.Replace(thing, " by", " replaced by", 1)
	default:
		return humble(m.Event)
	}
}

func notice(f registry.Flag) noticeView {
	t := caution
	if f.Code == "LOOKALIKE" || f.Code == "ENDED" {
		t = plain
	}
	return noticeView{Says: f.Says, Since: f.Since, Tone: t}
}

// disputed picks the open disputes about one record.
func disputed(all []verify.Dispute, about, of string, known map[string]string) []disputeView {
	var out []disputeView
	for _, d := range all {
		if d.About != about || d.Of != of {
			continue
		}
		v := disputeView{Fact: d.Fact, By: "somebody it concerns, whom the operator knows", Words: d.Words, Since: d.Since}
		if d.By != "" {
			v.By, v.Page = d.By, "/bodies/"+d.By
			if name := known[d.By]; name != "" {
				v.By = name
			}
		}
		out = append(out, v)
	}
	return out
}
