package trust

import (
	"slices"
	"time"
)

// At returns the statement as it stood at t, by what was known at knownAt
// (zero: by all that is known). Withdrawn and superseded are final; suspended
// holds until restored; reduced and extended replace the scope.
func At(s Statement, t, knownAt time.Time) Link {
	l := Link{Statement: s, Scope: s.Scope, Status: LinkInForce, Since: s.ValidFrom}
	for _, e := range ordered(s.Events) {
		if e.EffectiveAt.After(t) || !knownAt.IsZero() && e.LearntAt.After(knownAt) {
			continue
		}
		if l.Status == LinkWithdrawn || l.Status == LinkSuperseded {
			break
		}
		switch e.Kind {
		case Suspended:
			if l.Status != LinkSuspended {
				l.Status, l.Since, l.Cause = LinkSuspended, e.EffectiveAt, Suspended
			}
		case Restored:
			if l.Status == LinkSuspended {
				l.Status, l.Since, l.Cause = LinkInForce, e.EffectiveAt, ""
			}
		case Withdrawn:
			l.Status, l.Since, l.Cause = LinkWithdrawn, e.EffectiveAt, Withdrawn
		case Superseded:
			l.Status, l.Since, l.Cause = LinkSuperseded, e.EffectiveAt, Superseded
		case Reduced, Extended:
			if e.Scope != nil {
				l.Scope = *e.Scope
				if l.Status == LinkInForce {
					l.Since, l.Cause = e.EffectiveAt, e.Kind
				}
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
// now although the link no longer holds. Of several the one with the latest
// From counts.
func (p Policy) Excuse(link Link, now time.Time) (Effect, bool) {
	effects := p.Effects
	if effects == nil {
		effects = DefaultEffects()
	}
	var best Effect
	found := false
	for _, e := range effects {
		if e.Of != link.Statement.Kind || e.Event != link.Cause || link.Cause == "" ||
			link.Since.Before(e.From) || !e.Until.IsZero() && !link.Since.Before(e.Until) {
			continue
		}
		if !found || e.From.After(best.From) {
			best, found = e, true
		}
	}
	if !found || !best.Stands && !now.Before(link.Since.AddDate(0, 0, best.StandDays)) {
		return Effect{}, false
	}
	return best, true
}
