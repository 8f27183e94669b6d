package registry

import (
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Effect is a dated rule for what the end or suspension of a statement does to
// certificates decided before it (CHAIN.md, rules 15 and 16), with its source.
type Effect struct {
	ID        string // slug
	Of        trust.Kind
	Event     trust.EventKind
	Stands    bool      // earlier certificates stand to their own end
	StandDays int       // else they stand so many days after the event
	From      time.Time // applies to events from this instant; zero: always
	Until     time.Time // and before this one; zero: open-ended
	Note      string    // the rule in one sentence, for people
	Grade     string    // of its sources: A, B or C
	Sources   []trust.Source
}

// rule is the effect as package trust judges by it.
func (e Effect) rule() trust.Effect {
	source := "register, rule " + e.ID
	if len(e.Sources) > 0 {
		source = e.Sources[0].URL
		if source == "" {
			source = e.Sources[0].Locator
		}
	}
	return trust.Effect{Of: e.Of, Event: e.Event, Stands: e.Stands, StandDays: e.StandDays, From: e.From, Until: e.Until, Source: source, Note: e.Note}
}

// Effects returns the rules that the registry holds; nil if it holds none, so
// that the defaults of package trust apply.
func (v *View) Effects() []trust.Effect {
	var out []trust.Effect
	for _, e := range v.all.Effects {
		out = append(out, e.rule())
	}
	return out
}

// normalEffect returns e in normal form and its faults, named by JSON Pointers
// below at.
func normalEffect(e Effect, at string) (Effect, fault.Invalid) {
	var f fault.Invalid
	checkID(&f, at+"/id", e.ID)
	if e.Of != trust.Accreditation && e.Of != trust.Recognition {
		f.Add(at+"/of", "must be accreditation or recognition")
	}
	switch e.Event {
	case trust.Suspended, trust.Withdrawn, trust.Reduced, trust.Superseded:
	default:
		f.Add(at+"/event", "must be suspended, withdrawn, reduced or superseded")
	}
	if e.Stands && e.StandDays != 0 {
		f.Add(at+"/stand_days", "belongs to a rule by which certificates do not stand to their own end")
	}
	checkRange(&f, at+"/stand_days", float64(e.StandDays), maxDays)
	e.From, e.Until = instant(e.From), instant(e.Until)
	if !e.Until.IsZero() && !e.Until.After(e.From) {
		f.Add(at+"/valid_until", "must be after valid_from")
	}
	if e.Note = cleanText(&f, at+"/note", e.Note, maxNote); e.Note == "" {
		f.Add(at+"/note", "is needed: the rule in one sentence, which reports show")
	}
	checkGrade(&f, at+"/grade", e.Grade)
	if e.Sources = checkSources(&f, at+"/sources", e.Sources); len(e.Sources) == 0 {
		f.Add(at+"/sources", "a rule needs its source")
	}
	for i, s := range e.Sources {
		if s.URL == "" && s.Locator == "" {
			f.Add(fmt.Sprintf("%s/sources/%d", at, i), "needs an address or a locator")
		}
	}
	return e, f
}

type effectJSON struct {
	ID         string          `json:"id"`
	Of         trust.Kind      `json:"of"`
	Event      trust.EventKind `json:"event"`
	Stands     bool            `json:"stands,omitempty"`
	StandDays  int             `json:"stand_days,omitempty"`
	ValidFrom  string          `json:"valid_from,omitempty"`
	ValidUntil string          `json:"valid_until,omitempty"`
	Note       string          `json:"note"`
	Grade      string          `json:"grade,omitempty"`
	Sources    []sourceJSON    `json:"sources"`
}

func (r *reader) effect(j effectJSON) Effect {
	return Effect{
		ID: j.ID, Of: j.Of, Event: j.Event, Stands: j.Stands, StandDays: j.StandDays, From: r.time("/valid_from", j.ValidFrom),
		Until: r.time("/valid_until", j.ValidUntil), Note: j.Note, Grade: j.Grade, Sources: r.sources(j.Sources),
	}
}

func writtenEffect(e Effect) effectJSON {
	return effectJSON{
		ID: e.ID, Of: e.Of, Event: e.Event, Stands: e.Stands, StandDays: e.StandDays, ValidFrom: written(e.From), ValidUntil: written(e.Until),
		Note: e.Note, Grade: e.Grade, Sources: writtenSources(e.Sources),
	}
}

func (in *intake) effect(r *reader, j effectJSON) {
	e, faults := normalEffect(r.effect(j), r.at)
	r.adopt(faults)
	in.once(r, "effects", j.ID)
	in.faults = append(in.faults, r.faults...)
	for _, old := range in.held.all.Effects {
		if old.ID == e.ID && same(writtenEffect(old), writtenEffect(e)) {
			return
		}
	}
	if len(r.faults) == 0 {
		in.fresh.Effects = append(in.fresh.Effects, e)
	}
}
