package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// comparison sorts a directory's entries into what is new, changed, vanished
// and the same, and writes what is to be recorded in the registry format.
type comparison struct {
	m      Mapping
	view   *View
	o      DirectoryOptions
	diff   Difference
	file   fileJSON
	taken  map[string]bool   // ids given in this import
	met    map[string]bool   // held statements that the directory still lists
	bodies map[string]int    // bodies of this import by id, into file.Bodies
	named  map[string]string // new bodies by folded name
	beside *View             // the directory's own bodies, by their place in it
}

func (c *comparison) compare(entries []entry) {
	c.diff.AsOf, c.diff.Complete = c.o.AsOf, c.m.Complete
	c.beside = alone(entries)
	for i := range entries {
		e := &entries[i]
		id, held, problem := c.bodyOf(i, e)
		if problem != "" {
			c.note(Change{Kind: "held_back", Number: e.number, Body: id, Name: e.body.Name, What: e.at + ": " + problem})
			c.diff.Complete = false
			if s, ok := c.statementOf(e.number, id); ok {
				c.met[s.ID] = true // what cannot be told for certain has not vanished
			}
			continue
		}
		s, known := c.statementOf(e.number, id)
		if !held {
			c.newBody(id, e)
		} else {
			c.changedBody(id, e)
		}
		if known {
			c.met[s.ID] = true
			c.changed(s, e)
		} else {
			c.fresh(id, e, "new", e.start(c.o.AsOf), "")
		}
	}
	c.vanished()
	register := RegisterPartial
	if c.diff.Complete {
		register = RegisterComplete
	}
	c.file.Coverage = []coverageJSON{{Body: c.m.Accreditor, Of: OfGranted, Register: register, SynchronisedAt: written(c.o.AsOf), PromisedRefreshDays: c.m.PromisedRefreshDays}}
}

func (c *comparison) note(x Change) { c.diff.Changes = append(c.diff.Changes, x) }

// bodyOf finds the registered body of an entry, or a new id; problem says why
// it cannot be told.
func (c *comparison) bodyOf(place int, e *entry) (id string, held bool, problem string) {
	if s, ok := c.statementOf(e.number, ""); ok {
		b, _ := c.view.Body(s.Subject) // the store keeps the reference
		if n := newFoldedName(e.body.Name); !slices.ContainsFunc(bodyEntry(b).names, func(o foldedName) bool { return likeNames(&n, &o, "", "", false) || o.plain == n.plain }) {
			return b.ID, true, fmt.Sprintf("number %s is held by %q; if it was renamed, add the new name as an alias first", e.number, b.Name)
		}
		return b.ID, true, ""
	}
	plain := newFoldedName(e.body.Name).plain
	if id, ok := c.named[plain]; ok { // a second accreditation of a body that is new
		return id, false, ""
	}
	var same []Body
	for _, h := range c.view.Search(e.body.Name) {
		if h.Match == MatchWeak {
			break
		}
		n := newFoldedName(e.body.Name)
		equal := slices.ContainsFunc(bodyEntry(h.Body).names, func(o foldedName) bool { return o.plain == n.plain || o.latin == n.latin })
		if equal && (h.Body.Country == "" || e.body.Country == "" || h.Body.Country == e.body.Country) {
			same = append(same, h.Body)
		}
	}
	switch len(same) {
	case 1:
		return same[0].ID, true, ""
	case 0:
	default:
		return "", false, fmt.Sprintf("%d registered bodies have this name: %s and %s", len(same), same[0].ID, same[1].ID)
	}
	id = freeSlug(e.body.Name, func(id string) bool { _, held := c.view.Body(id); return held || c.taken[id] })
	if c.o.AcceptLikeness {
		c.named[plain] = id
		return id, false, ""
	}
	if like := c.view.Lookalikes(e.body); len(like) > 0 {
		return "", false, fmt.Sprintf("it could be taken for the registered body %s: %s", like[0].Body, like[0].Reason)
	}
	own := e.body
	own.ID = placeID(place)
	for _, l := range c.beside.Lookalikes(own) { // the first of two keeps its name
		if l.Body < own.ID && newFoldedName(l.Name).plain != plain {
			return "", false, fmt.Sprintf("it could be taken for another of this directory, %q: %s", l.Name, l.Reason)
		}
	}
	c.named[plain] = id
	return id, false, ""
}

// alone is a view of nothing but the directory's own bodies.
func alone(entries []entry) *View {
	var all Snapshot
	for i, e := range entries {
		b := e.body
		b.ID = placeID(i)
		all.Bodies = append(all.Bodies, b)
	}
	return NewView(all, credential.Addresses{})
}

func placeID(i int) string { return fmt.Sprintf("%08d", i) }

// statementOf finds the accreditor's latest accreditation of that number, or
// without a number of that body for the directory's activity.
func (c *comparison) statementOf(number, body string) (Statement, bool) {
	var best Statement
	found := false
	for _, s := range c.view.by[c.m.Accreditor] {
		match := number != "" && numberKey(s.Number) == numberKey(number) && (body == "" || s.Subject == body) ||
			number == "" && body != "" && s.Subject == body && s.Scope.Activity == c.m.Defaults.Activity
		if match && s.Kind == trust.Accreditation && (!found || later(s, best)) {
			best, found = s, true
		}
	}
	return best, found
}

// later prefers the one that began later, of two the one learnt later.
func later(a, b Statement) bool {
	return a.ValidFrom.After(b.ValidFrom) || a.ValidFrom.Equal(b.ValidFrom) && a.LearntAt.After(b.LearntAt)
}

func (c *comparison) source(e *entry) sourceJSON {
	locator := strings.Join(slices.DeleteFunc([]string{c.m.Source.Locator, e.at}, func(s string) bool { return s == "" }), ", ")
	return sourceJSON{URL: c.m.Source.URL, Locator: locator, RetrievedAt: written(c.o.AsOf), Says: strings.TrimSpace(fmt.Sprintf("%s %s: %s", e.body.Name, e.number, e.status))}
}

func (c *comparison) newBody(id string, e *entry) {
	if c.taken[id] {
		return
	}
	c.taken[id] = true
	b := e.body
	b.ID, b.Grade, b.Sources = id, c.m.Grade, nil
	j := writtenBody(b)
	j.Sources = []sourceJSON{c.source(e)}
	c.file.Bodies = append(c.file.Bodies, j)
	c.bodies[id] = len(c.file.Bodies) - 1
	c.note(Change{Kind: "new", Number: e.number, Body: id, Name: b.Name, What: "a body that the registry did not have"})
}

// changedBody adds what the registry lacks; what it has is not overwritten.
func (c *comparison) changedBody(id string, e *entry) {
	old, ok := c.view.Body(id)
	if !ok {
		return // new in this import
	}
	b := old
	var what []string
	n := newFoldedName(e.body.Name)
	if !slices.ContainsFunc(bodyEntry(old).names, func(o foldedName) bool { return o.plain == n.plain }) && len(old.Aliases) < maxList {
		b.Aliases = append(slices.Clone(old.Aliases), e.body.Name)
		what = append(what, fmt.Sprintf("also listed as %q", e.body.Name))
	}
	if old.Website == "" && e.body.Website != "" {
		b.Website = e.body.Website
		what = append(what, "website "+e.body.Website)
	}
	if old.Country == "" && e.body.Country != "" {
		b.Country = e.body.Country
		what = append(what, "country "+e.body.Country)
	}
	if len(what) == 0 {
		return
	}
	j := writtenBody(b)
	if len(j.Sources) < maxList {
		j.Sources = append(j.Sources, c.source(e))
	}
	if i, again := c.bodies[id]; again {
		c.file.Bodies[i] = j
	} else {
		c.bodies[id] = len(c.file.Bodies)
		c.file.Bodies = append(c.file.Bodies, j)
	}
	c.note(Change{Kind: "changed", Number: e.number, Body: id, Name: old.Name, What: strings.Join(what, ", ")})
}

// start is when an accreditation begins as far as the directory tells.
func (e *entry) start(asOf time.Time) time.Time {
	if e.from.IsZero() {
		return asOf
	}
	return e.from
}

// fresh writes a new statement, and its event if it is not in force.
func (c *comparison) fresh(body string, e *entry, kind string, from time.Time, what string) string {
	id := c.statementID(e, body)
	s := statementJSON{ID: id, Kind: trust.Accreditation, Issuer: c.m.Accreditor, Subject: body, Number: e.number, Scope: scopeJSON(e.scope), ValidFrom: written(from),
		Grade: c.m.Grade, Note: e.note, Sources: []sourceJSON{c.source(e)}}
	if e.from.IsZero() || !from.Equal(e.from) {
		s.Start = "seen"
	}
	if e.until.After(from) {
		s.ValidUntil = written(e.until)
	}
	at := c.o.AsOf
	if e.status != trust.LinkInForce {
		if !e.since.IsZero() && !e.since.Before(from) {
			at = e.since
		}
		s.Events = []eventJSON{{Event: eventFor(e.status), EffectiveAt: written(at), Reason: c.reason("listed as " + string(e.status))}}
	}
	c.file.Statements = append(c.file.Statements, s)
	if what == "" {
		what = fmt.Sprintf("accreditation %s, %s", id, e.status)
	}
	c.note(Change{Kind: kind, Number: e.number, Body: body, Name: e.body.Name, What: what, At: from})
	return id
}

func (c *comparison) statementID(e *entry, body string) string {
	name := c.m.Accreditor + " " + e.number
	if numberKey(e.number) == "" {
		name = c.m.Accreditor + " " + body
	}
	id := freeSlug(name, func(id string) bool { _, held := c.view.Statement(id); return held || c.taken["statement "+id] })
	c.taken["statement "+id] = true
	return id
}

func eventFor(s trust.LinkStatus) trust.EventKind {
	if s == trust.LinkSuspended {
		return trust.Suspended
	}
	return trust.Withdrawn
}

func (c *comparison) reason(what string) string {
	return fmt.Sprintf("%s in %s on %s", humbleFirst(what), c.m.Name, c.o.AsOf.Format(time.DateOnly))
}

func humbleFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
