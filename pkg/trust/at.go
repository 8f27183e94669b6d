package trust

import (
	"slices"
	"time"
)

// Happened is a history for who reads it at now. What was recorded has
// happened: an event learnt after now was recorded by a clock that is ahead, and
// holds from now at the latest. The events given are not changed.
func Happened(events []Event, now time.Time) []Event {
	out := events
	for i, e := range events {
		if !e.LearntAt.After(now) {
			continue
		}
		if &out[0] == &events[0] {
			out = slices.Clone(events)
		}
		out[i].LearntAt = now
		if e.EffectiveAt.After(now) {
			out[i].EffectiveAt = now
		}
	}
	return out
}

// At returns the statement as it stood at t, by what was known at knownAt
// (zero: by all that is known). Withdrawn and superseded are final; suspended
// holds until restored; reduced and extended replace the scope. A link in
// force whose scope was ever replaced has the last replacement as its Cause.
func At(s Statement, t, knownAt time.Time) Link {
	l := Link{Statement: s, Scope: s.Scope, Status: LinkInForce, Since: s.ValidFrom}
	var scoped EventKind // the last change of scope, which a restoration brings back
	var scopedAt time.Time
	for _, e := range ordered(s.Events) {
		if l.Status == LinkWithdrawn || l.Status == LinkSuperseded {
			break
		}
		if e.EffectiveAt.After(t) || !knownAt.IsZero() && e.LearntAt.After(knownAt) {
			continue
		}
		switch e.Kind {
		case Suspended:
			if l.Status != LinkSuspended {
				l.Status, l.Since, l.Cause = LinkSuspended, e.EffectiveAt, Suspended
			}
		case Restored:
			if l.Status == LinkSuspended {
				l.Status, l.Since, l.Cause = LinkInForce, e.EffectiveAt, scoped
				if scoped != "" {
					l.Since = scopedAt
				}
			}
		case Withdrawn:
			l.Status, l.Since, l.Cause = LinkWithdrawn, e.EffectiveAt, Withdrawn
		case Superseded:
			l.Status, l.Since, l.Cause = LinkSuperseded, e.EffectiveAt, Superseded
		case Reduced, Extended:
			if e.Scope == nil {
				continue
			}
			l.Scope, scoped, scopedAt = *e.Scope, e.Kind, e.EffectiveAt
			if l.Status == LinkInForce {
				l.Since, l.Cause = scopedAt, scoped
			}
		}
	}
	switch {
	case l.Status == LinkWithdrawn || l.Status == LinkSuperseded:
	case t.Before(s.ValidFrom):
		l.Status, l.Since, l.Cause = LinkNotYetValid, time.Time{}, ""
	case !s.ValidUntil.IsZero() && !t.Before(s.ValidUntil):
		l.Status, l.Since, l.Cause = LinkExpired, s.ValidUntil, ""
	}
	return l
}

// ordered sorts by effective instant, then by when the register learnt it; the
// order of the slice decides between equals.
func ordered(events []Event) []Event {
	before := func(a, b Event) int {
		if c := a.EffectiveAt.Compare(b.EffectiveAt); c != 0 {
			return c
		}
		return a.LearntAt.Compare(b.LearntAt)
	}
	if slices.IsSortedFunc(events, before) {
		return events
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, before)
	return events
}

// Excuse finds the dated rule that lets a certificate decided earlier stand at
// now although the link, as it stands at now, no longer holds. The instant of
// the event, Link.Since, picks the rule; of several the one with the latest
// From counts, alone. An event at or after the statement's own end excuses
// nothing, since the statement would not have held without it either.
func (p Policy) Excuse(link Link, now time.Time) (Effect, bool) {
	effects := p.Effects
	if effects == nil {
		effects = DefaultEffects()
	}
	if end := link.Statement.ValidUntil; link.Cause == "" || !end.IsZero() && !link.Since.Before(end) {
		return Effect{}, false
	}
	var best Effect
	found := false
	for _, e := range effects {
		if e.Of != link.Statement.Kind || e.Event != link.Cause ||
			link.Since.Before(e.From) || !e.Until.IsZero() && !link.Since.Before(e.Until) {
			continue
		}
		if !found || e.From.After(best.From) {
			best, found = e, true
		}
	}
	stands := best.Stands || now.Before(link.Since.Add(time.Duration(best.StandDays)*24*time.Hour))
	if !found || !stands {
		return Effect{}, false
	}
	return best, true
}
