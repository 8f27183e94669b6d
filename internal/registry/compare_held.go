package registry

import (
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// changed compares a held statement with what the directory says of it now.
func (c *comparison) changed(s Statement, e *entry) {
	now := trust.At(c.view.trust(s), c.o.AsOf, time.Time{})
	if s.Assurance == trust.Signed {
		c.diff.Unchanged++ // the accreditor's own signed word stands above its directory
		return
	}
	var events []eventJSON
	at := c.o.AsOf
	if !e.since.IsZero() && !e.since.Before(s.ValidFrom) && !e.since.After(c.o.AsOf) {
		at = e.since
	}
	over := over(now.Status)
	switch {
	case over && e.status == trust.LinkInForce && (e.until.IsZero() || e.until.After(c.o.AsOf)):
		from := c.o.AsOf
		if e.from.After(now.Since) {
			from = e.from
		}
		c.fresh(s.Subject, e, "changed", from, fmt.Sprintf("listed again after being %s", now.Status))
		return
	case over:
		c.diff.Unchanged++
		return
	case now.Status == trust.LinkInForce && e.status != trust.LinkInForce, now.Status == trust.LinkSuspended && e.status == trust.LinkWithdrawn:
		events = append(events, eventJSON{Event: eventFor(e.status), EffectiveAt: written(at), Reason: c.reason("listed as " + string(e.status))})
	case now.Status == trust.LinkSuspended && e.status == trust.LinkInForce:
		events = append(events, eventJSON{Event: trust.Restored, EffectiveAt: written(at), Reason: c.reason("listed as in force again")})
	}
	if scope, kind := rescoped(now.Scope, e); kind != "" && e.status != trust.LinkWithdrawn {
		events = append(events, eventJSON{Event: kind, EffectiveAt: written(c.o.AsOf), Reason: c.reason("listed with another scope"), Scope: scope})
	}
	if e.status != trust.LinkWithdrawn && e.until.After(c.o.AsOf) && !e.until.Equal(s.ValidUntil) {
		successor := c.fresh(s.Subject, e, "changed", c.o.AsOf, fmt.Sprintf("valid until %s instead of %s", lastDay(e.until), lastDay(s.ValidUntil)))
		events = []eventJSON{{Event: trust.Superseded, EffectiveAt: written(c.o.AsOf), Reason: c.reason("listed with another end of validity"), Successor: successor}}
		c.record(s, events)
		return
	}
	if len(events) == 0 {
		c.diff.Unchanged++
		return
	}
	c.record(s, events)
	for _, x := range events {
		when, _ := time.Parse(time.RFC3339Nano, x.EffectiveAt)
		if when.IsZero() {
			when, _ = time.Parse(time.DateOnly, x.EffectiveAt)
		}
		c.note(Change{Kind: "changed", Number: e.number, Body: s.Subject, Name: e.body.Name, What: string(x.Event), At: when})
	}
}

// rescoped tells how the directory's scope differs from the one held; a
// directory that names no sub-scopes says nothing about them.
func rescoped(held trust.Scope, e *entry) (*scopeJSON, trust.EventKind) {
	want := held
	if len(e.scope.SubScopes) > 0 {
		want.SubScopes = e.scope.SubScopes
	}
	sortedHeld, sortedWant := slices.Sorted(slices.Values(held.SubScopes)), slices.Sorted(slices.Values(want.SubScopes))
	if slices.Equal(sortedHeld, sortedWant) {
		return nil, ""
	}
	j := scopeJSON(want)
	if len(held.SubScopes) == 0 || all(want.SubScopes, func(x string) bool { return slices.Contains(held.SubScopes, x) }) {
		return &j, trust.Reduced
	}
	return &j, trust.Extended
}

// record writes a held statement with further events.
func (c *comparison) record(s Statement, events []eventJSON) {
	j := writtenStatement(s)
	j.Events = append(j.Events, events...)
	c.file.Statements = append(c.file.Statements, j)
}

func lastDay(until time.Time) string {
	if until.IsZero() {
		return "no end named"
	}
	return until.AddDate(0, 0, -1).Format(time.DateOnly)
}

// vanished deals with the accreditations of the directory's activity that it
// no longer lists. They are never dropped: in a complete directory they end on
// the day of the export, with the reason; otherwise they are only named.
func (c *comparison) vanished() {
	for _, s := range c.view.by[c.m.Accreditor] {
		now := trust.At(c.view.trust(s), c.o.AsOf, time.Time{})
		standard, _ := trust.ParseStandard(c.m.Defaults.Standard)
		other := s.Scope.Activity != c.m.Defaults.Activity || standard != "" && s.Scope.Standard != "" && s.Scope.Standard != standard
		if s.Kind != trust.Accreditation || c.met[s.ID] || other || over(now.Status) || now.Status == trust.LinkNotYetValid {
			continue
		}
		b, _ := c.view.Body(s.Subject) // the store keeps the reference
		x := Change{Kind: "vanished", Number: s.Number, Body: b.ID, Name: b.Name}
		switch {
		case !c.diff.Complete:
			x.What = "no longer listed; the export is not complete, so nothing is recorded"
		case s.Assurance == trust.Signed:
			x.What = "no longer listed, but the accreditor signed it: ask the accreditor"
		case unconfirmed(s):
			x.What = "not listed, and never confirmed: nothing is recorded"
		default:
			x.What, x.At = "no longer listed: withdrawn as of the day of the export", c.o.AsOf
			c.record(s, []eventJSON{{Event: trust.Withdrawn, EffectiveAt: written(c.o.AsOf), Reason: c.reason("no longer listed")}})
		}
		c.note(x)
	}
}
