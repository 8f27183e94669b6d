package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Profile is what a careful reader asks of a body.
type Profile struct {
	Body     Body
	Held     []Statement // about it
	Granted  []Statement // by it
	Offers   []Offer     // its own schemes, and those it is accredited for
	Timeline []Moment
	Flags    []Flag
	Coverage []Coverage
}

// Offer is a scheme of a body with the answers to the four questions.
type Offer struct {
	Scheme  Scheme
	Answers []Answer
}

// Moment is one entry of a body's timeline, oldest first.
type Moment struct {
	At        time.Time
	Event     string // began, ended, succeeded, granted, expired, or the kind of an event
	Known     string // how At is known: exact, month, year, seen
	Kind      trust.Kind
	Statement string // id, if a statement is concerned
	Number    string
	Other     string // id of the other body concerned
	OtherName string
	Reason    string
	LearntAt  time.Time
}

// Flag is a fact about a body that a reader should not miss, never a judgement.
type Flag struct {
	Code  string
	Says  string
	Since time.Time
}

// Profile gathers what the register holds about the body; ErrNotFound if there
// is none.
func (r *Registrar) Profile(ctx context.Context, id string) (Profile, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Profile{}, err
	}
	b, ok := v.Body(id)
	if !ok {
		return Profile{}, fmt.Errorf("body %q: %w", id, ErrNotFound)
	}
	now := r.now()
	p := Profile{Body: b, Held: v.about[id], Granted: v.by[id], Coverage: v.Coverage(id), Timeline: v.timeline(b, now), Flags: v.flags(b, now)}
	for _, s := range v.offered(id) {
		a, err := r.Answers(ctx, s)
		if err != nil {
			return Profile{}, err
		}
		p.Offers = append(p.Offers, Offer{s, a})
	}
	return p, nil
}

// offered are the schemes that the body owns or is accredited for.
func (v *View) offered(id string) []Scheme {
	var named []string
	for _, s := range v.about[id] {
		if s.Kind == trust.Accreditation {
			named = append(named, s.Scope.Schemes...)
		}
	}
	var out []Scheme
	for _, s := range v.all.Schemes {
		if s.Owner == id || slices.Contains(named, s.ID) {
			out = append(out, s)
		}
	}
	return out
}

func (v *View) timeline(b Body, now time.Time) []Moment {
	var out []Moment
	if !b.ValidFrom.IsZero() {
		out = append(out, Moment{At: b.ValidFrom, Event: "began", Known: "exact"})
	}
	if !b.ValidUntil.IsZero() {
		m := Moment{At: b.ValidUntil, Event: "ended", Known: "exact"}
		if s, ok := v.Body(b.Successor); ok {
			m.Event, m.Other, m.OtherName = "succeeded", s.ID, s.Name
		}
		out = append(out, m)
	}
	for _, s := range v.about[b.ID] {
		issuer, _ := v.Body(s.Issuer) // the store keeps the reference
		m := Moment{At: s.ValidFrom, Event: "granted", Known: s.Start, Kind: s.Kind, Statement: s.ID, Number: s.Number, Other: issuer.ID, OtherName: issuer.Name, LearntAt: s.LearntAt}
		out = append(out, m)
		over := false
		for _, e := range s.Events {
			m.At, m.Event, m.Known, m.Reason, m.LearntAt = e.EffectiveAt, string(e.Kind), "exact", e.Reason, e.LearntAt
			out = append(out, m)
			over = over || e.Kind == trust.Withdrawn || e.Kind == trust.Superseded
		}
		if !s.ValidUntil.IsZero() && !s.ValidUntil.After(now) && !over {
			m.At, m.Event, m.Known, m.Reason, m.LearntAt = s.ValidUntil, "expired", "exact", "", time.Time{}
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return a.At.Compare(b.At) })
	return out
}

func (v *View) flags(b Body, now time.Time) []Flag {
	var out []Flag
	if !b.ValidUntil.IsZero() && !b.ValidUntil.After(now) {
		f := Flag{"ENDED", "This arrangement has ended.", b.ValidUntil}
		if s, ok := v.Body(b.Successor); ok {
			f.Says = "This arrangement has ended; " + s.Name + " carries its recognitions on."
		}
		out = append(out, f)
	}
	for _, s := range v.about[b.ID] {
		l := trust.At(v.trust(s), now, time.Time{})
		issuer, _ := v.Body(s.Issuer) // the store keeps the reference
		word := map[trust.Kind]string{trust.Recognition: "RECOGNITION", trust.Accreditation: "ACCREDITATION"}[s.Kind]
		switch l.Status {
		case trust.LinkSuspended, trust.LinkWithdrawn, trust.LinkExpired:
			if v.replaced(s, now) {
				continue
			}
			out = append(out, Flag{word + "_" + map[trust.LinkStatus]string{trust.LinkSuspended: "SUSPENDED", trust.LinkWithdrawn: "WITHDRAWN", trust.LinkExpired: "EXPIRED"}[l.Status],
				fmt.Sprintf("%s by %s is %s.", map[trust.Kind]string{trust.Recognition: "Its recognition", trust.Accreditation: "An accreditation"}[s.Kind], issuer.Name, l.Status), l.Since})
		}
	}
	for _, l := range v.Lookalikes(b) {
		out = append(out, Flag{Code: "LOOKALIKE", Says: "It could be taken for another registered body, " + l.Name + ": " + l.Reason + "."})
	}
	return out
}

// replaced reports another statement of the same issuer in force instead.
func (v *View) replaced(s Statement, now time.Time) bool {
	return slices.ContainsFunc(v.about[s.Subject], func(o Statement) bool {
		return o.ID != s.ID && o.Issuer == s.Issuer && o.Kind == s.Kind && o.Scope.Activity == s.Scope.Activity && trust.At(v.trust(o), now, time.Time{}).Status == trust.LinkInForce
	})
}

// latest is the newest date of a list of sources, for answers that cite them.
func latest(sources []trust.Source) time.Time {
	if len(sources) == 0 {
		return time.Time{}
	}
	return slices.MaxFunc(sources, func(a, b trust.Source) int { return cmp.Compare(a.RetrievedAt.Unix(), b.RetrievedAt.Unix()) }).RetrievedAt
}
