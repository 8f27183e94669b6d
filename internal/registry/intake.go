package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// intake sorts the records of an import into what is new, what is changed and
// what is held already.
type intake struct {
	registrar *Registrar
	held      *View
	after     *View // as the registry will be, but for the statements
	now       time.Time
	addresses map[string]string // records of this import, by kind and id, and where they were
	faults    fault.Invalid
	fresh     Snapshot
	unsigned  []Statement
}

func (in *intake) empty() bool {
	return len(in.fresh.Bodies)+len(in.fresh.Schemes)+len(in.fresh.Statements)+len(in.fresh.Coverage)+len(in.fresh.Effects) == 0
}

// once notes a fault if the record was already part of the import.
func (in *intake) once(r *reader, kind, id string) {
	key := kind + "/" + id
	if first, ok := in.addresses[key]; ok {
		r.fault("", "was already given at "+first)
		return
	}
	in.addresses[key] = r.name + " " + r.at
}

func (in *intake) reader(file, kind string, i int, id string) *reader {
	return &reader{at: fmt.Sprintf("/%s/%d", kind, i), name: fmt.Sprintf("%s, record %q", file, id)}
}

func (in *intake) take(files []namedFile) error {
	var bodies []Body
	for _, f := range files {
		for i, j := range f.Bodies {
			bodies = append(bodies, in.body(in.reader(f.name, "bodies", i, j.ID), j))
		}
	}
	in.after = NewView(merged(in.held.all, bodies, nil), in.registrar.Addresses)
	var schemes []Scheme
	for _, f := range files {
		for i, j := range f.Bodies {
			if _, ok := in.after.Body(j.Successor); j.Successor != "" && !ok {
				r := in.reader(f.name, "bodies", i, j.ID)
				r.fault("/successor", "is no body of the registry or the import")
				in.faults = append(in.faults, r.faults...)
			}
		}
		for i, j := range f.Schemes {
			schemes = append(schemes, in.scheme(in.reader(f.name, "schemes", i, j.ID), j))
		}
	}
	in.after = NewView(merged(in.after.all, nil, schemes), in.registrar.Addresses)
	for _, f := range files {
		for i, j := range f.Statements {
			in.statement(in.reader(f.name, "statements", i, j.ID), j)
		}
		for i, j := range f.Coverage {
			in.coverage(in.reader(f.name, "coverage", i, j.Body), j)
		}
		for i, j := range f.Effects {
			in.effect(in.reader(f.name, "effects", i, j.ID), j)
		}
	}
	return in.faults.Err()
}

// merged is the snapshot with bodies and schemes added or replaced.
func merged(all Snapshot, bodies []Body, schemes []Scheme) Snapshot {
	newBodies, newSchemes := map[string]bool{}, map[string]bool{}
	for _, b := range bodies {
		newBodies[b.ID] = true
	}
	for _, s := range schemes {
		newSchemes[s.ID] = true
	}
	all.Bodies = slices.DeleteFunc(slices.Clone(all.Bodies), func(old Body) bool { return newBodies[old.ID] })
	all.Schemes = slices.DeleteFunc(slices.Clone(all.Schemes), func(old Scheme) bool { return newSchemes[old.ID] })
	all.Bodies = append(all.Bodies, bodies...)
	all.Schemes = append(all.Schemes, schemes...)
	return all
}

func (in *intake) body(r *reader, j bodyJSON) Body {
	b, faults := normalBody(r.body(j), r.at)
	r.adopt(faults)
	in.once(r, "bodies", j.ID)
	b.DID, b.CreatedAt = in.registrar.Addresses.Body(b.ID), in.now
	old, held := in.held.Body(b.ID)
	if held {
		b.DID, b.CreatedAt = old.DID, old.CreatedAt
	}
	in.faults = append(in.faults, r.faults...)
	if len(r.faults) == 0 && (!held || !same(writtenBody(old), writtenBody(b))) {
		in.fresh.Bodies = append(in.fresh.Bodies, b)
	}
	return b
}

func (in *intake) scheme(r *reader, j schemeJSON) Scheme {
	s, faults := normalScheme(r.scheme(j), r.at)
	r.adopt(faults)
	in.once(r, "schemes", j.ID)
	if owner, ok := in.after.Body(s.Owner); !ok || !mayOwn(owner) {
		r.fault("/owner", "must be a scheme owner, certification body or training provider of the registry or the import")
	}
	s.CreatedAt = in.now
	old, held := in.held.Scheme(s.ID)
	if held {
		s.CreatedAt = old.CreatedAt
	}
	in.faults = append(in.faults, r.faults...)
	if len(r.faults) == 0 && (!held || !same(writtenScheme(old), writtenScheme(s))) {
		in.fresh.Schemes = append(in.fresh.Schemes, s)
	}
	return s
}

func (in *intake) coverage(r *reader, j coverageJSON) {
	c := r.coverage(j)
	if c.Of == "" {
		r.fault("/of", "is needed")
	}
	b, ok := in.after.Body(c.Body)
	if !ok {
		r.fault("/body", "is no body of the registry or the import")
	} else {
		r.adopt(checkCoverage(c, b, in.now, r.at))
	}
	in.once(r, "coverage", strings.Join([]string{j.Body, j.Of, j.LearntAt}, " "))
	in.faults = append(in.faults, r.faults...)
	if len(r.faults) > 0 || in.covered(c) {
		return
	}
	if c.LearntAt.IsZero() {
		c.LearntAt = in.now
	}
	in.fresh.Coverage = append(in.fresh.Coverage, c)
}

// covered reports whether the registry holds this word already: exactly, or,
// if the file does not say when it was learnt, as the latest.
func (in *intake) covered(c Coverage) bool {
	rows := in.held.all.Coverage
	if c.LearntAt.IsZero() {
		rows = in.held.Coverage(c.Body)
	}
	return slices.ContainsFunc(rows, func(old Coverage) bool {
		if c.LearntAt.IsZero() {
			old.LearntAt = time.Time{}
		}
		return same(writtenCoverage(old), writtenCoverage(c))
	})
}

func (in *intake) statement(r *reader, j statementJSON) {
	s := asRecorded(r.statement(j), in.registrar, in.now)
	s, faults := in.after.normalStatement(s, r.at)
	r.adopt(faults)
	in.once(r, "statements", j.ID)
	events := s.Events
	s.Events = nil
	for i, e := range events {
		p := fmt.Sprintf("%s/events/%d", r.at, i)
		ef := in.after.checkEvent(e, p)
		e.Reason = cleanText(&ef, p+"/reason", e.Reason, maxNote)
		if e.Scope != nil {
			scope := in.after.normalScope(&ef, p+"/scope", *e.Scope)
			e.Scope = &scope
		}
		r.adopt(ef)
		if err := in.after.mayFollow(s, e); err != nil && len(ef) == 0 {
			r.fault(fmt.Sprintf("/events/%d", i), err.Error())
		}
		s.Events = append(s.Events, e)
	}
	if old, held := in.held.Statement(s.ID); held {
		in.again(r, old, s)
	} else if len(r.faults) == 0 {
		in.unsigned = append(in.unsigned, learnt(s, in.now))
	}
	in.faults = append(in.faults, r.faults...)
}

// again takes a statement that is held: its facts must be the same, and only
// events that are not held are new.
func (in *intake) again(r *reader, old, s Statement) {
	if len(r.faults) > 0 {
		return
	}
	was, is := facts(old, in.registrar), facts(s, in.registrar)
	if old.Assurance == trust.Signed {
		was.Sources, is.Sources = nil, nil // the export names the credential itself as source
	}
	if !same(was, is) {
		r.fault("", "differs from the statement of this id that is held; a statement is not changed: add an event or a new statement")
		return
	}
	more := slices.DeleteFunc(slices.Clone(s.Events), func(e trust.Event) bool {
		return slices.ContainsFunc(old.Events, func(o trust.Event) bool { return same(eventFacts(o), eventFacts(e)) })
	})
	if len(more) == 0 {
		return
	}
	grown := old
	for _, e := range more {
		if err := in.after.mayFollow(grown, e); err != nil {
			r.fault("/events", err.Error())
			return
		}
		grown.Events = append(slices.Clone(grown.Events), e)
	}
	in.fresh.Statements = append(in.fresh.Statements, learnt(grown, in.now))
}

// asRecorded turns the signed word of another register's body into what this
// register can vouch for: that it was recorded there.
func asRecorded(s Statement, r *Registrar, now time.Time) Statement {
	if s.Assurance != trust.Signed {
		return s
	}
	s.Assurance, s.Grade = trust.Recorded, "A"
	if len(s.Sources) == 0 {
		at := s.LearntAt
		if at.IsZero() {
			at = now
		}
		s.Sources = []trust.Source{{URL: r.Addresses.Statement(s.ID), RetrievedAt: at}}
	}
	return s
}

// learnt fills in when the register learnt what the file does not date.
func learnt(s Statement, now time.Time) Statement {
	if s.LearntAt.IsZero() {
		s.LearntAt = now
	}
	for i := range s.Events {
		if s.Events[i].LearntAt.IsZero() {
			s.Events[i].LearntAt = now
		}
	}
	return s
}

// facts is what must agree between a statement held and the same imported
// again: all but events, signature and when it was learnt.
func facts(s Statement, r *Registrar) statementJSON {
	j := writtenStatement(asRecorded(s, r, s.LearntAt))
	j.Events, j.LearntAt = nil, ""
	return j
}

func eventFacts(e trust.Event) eventJSON {
	return eventJSON{Event: e.Kind, EffectiveAt: written(e.EffectiveAt), Reason: e.Reason, Scope: (*scopeJSON)(e.Scope), Successor: e.Successor}
}

// same compares records as they are written.
func same[T any](a, b T) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}
