package trust

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// Evaluate answers the question from authenticated statements, whose IDs must
// be unique. It is pure and its answer does not depend on their order.
// CHAIN.md states the rules.
func Evaluate(q Question, statements []Statement, p Policy) Finding {
	if p.MaxDepth == 0 {
		p.MaxDepth = DefaultMaxDepth
	}
	e := evaluator{q: q, p: p, known: make([]*Statement, 0, len(statements)), path: make([]Link, 0, 4)}
	for i := range statements {
		s := &statements[i]
		if s.Issuer == s.Subject || !q.KnownAt.IsZero() && s.LearntAt.After(q.KnownAt) {
			continue // nobody vouches for itself; nobody knew yet
		}
		e.known = append(e.known, s)
	}
	slices.SortStableFunc(e.known, func(a, b *Statement) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.ID, b.ID))
	})
	return e.answer()
}

type evaluator struct {
	q        Question
	p        Policy
	known    []*Statement // by subject, then ID
	problems []Problem
	path     []Link // the chain being climbed, lowest link first
	best     way
	steps    int // recognitions looked at
}

// about yields the statements of that kind about a body as they stood at the
// instant asked about, in order of ID.
func (e *evaluator) about(subject string, kind Kind) iter.Seq[Link] {
	from, _ := slices.BinarySearchFunc(e.known, subject, func(s *Statement, subject string) int {
		return cmp.Compare(s.Subject, subject)
	})
	return func(yield func(Link) bool) {
		for _, s := range e.known[from:] {
			if s.Subject != subject {
				return
			}
			if s.Kind == kind && !yield(At(*s, e.q.At, e.q.KnownAt)) {
				return
			}
		}
	}
}

// answer judges each accreditation of the body for the activity, climbs from
// those that cover the need, and concludes.
func (e *evaluator) answer() Finding {
	f := Finding{At: e.q.At}
	unconfirmed := false // one that would cover the need is reported
	denied := false      // an accreditor's own word speaks against it
	for l := range e.about(e.q.Body, Accreditation) {
		if l.Scope.Activity != e.q.Need.Activity {
			continue
		}
		covers := l.Scope.Covers(e.q.Need)
		switch {
		case l.Statement.Unconfirmed:
			if covers && mayHold(l) {
				unconfirmed = true
				e.problem(RegisterIncomplete, l, time.Time{}, "An accreditation is reported but not confirmed.")
			}
		case l.Status == LinkInForce && covers:
			f.Accredited, f.InScope = Pass, Pass
			e.climb(l)
		case l.Status == LinkInForce:
			f.Accredited, denied = Pass, true
			e.outOfScope(l)
		case covers && e.ended(l):
			denied = true
		}
	}
	e.conclude(&f, unconfirmed, denied)
	f.Problems = e.problems
	return f
}

// conclude turns what was found into outcomes. That there was no accreditation
// at all (StateNone) is concluded only where the register is complete. That
// one on record did not hold is its accreditor's own word: the checks fail,
// and the state stays unknown, since another may exist.
func (e *evaluator) conclude(f *Finding, unconfirmed, denied bool) {
	if f.InScope == Pass {
		f.Path, f.Recognised = e.best.path, e.best.recognised
		f.State = StateElsewhere
		if f.Recognised == Pass {
			f.State = StateRecognised
		}
		return
	}
	if unconfirmed {
		return
	}
	complete := e.p.Complete != nil && e.p.Complete(e.q.Body, e.q.Need, e.q.At)
	if !complete && !denied {
		e.problems = append(e.problems, Problem{Code: RegisterIncomplete,
			Detail: "No accreditation is on record, but the register is not complete enough to say that there was none."})
		return
	}
	f.InScope, f.Recognised = Fail, NotApplicable
	if f.Accredited != Pass {
		f.Accredited = Fail
	}
	if complete {
		f.State = StateNone
	}
	if !denied {
		e.problems = append(e.problems, Problem{Code: NotAccredited,
			Detail: "No accreditation is on record, and the register is complete for that day."})
	}
}

// mayHold reports whether a statement that is not confirmed could be in force.
// Its suspension is as weakly known as the rest of it.
func mayHold(l Link) bool {
	return l.Status == LinkInForce || l.Status == LinkSuspended
}

func (e *evaluator) outOfScope(l Link) {
	var since time.Time
	if l.Cause == Reduced {
		since = l.Since
	}
	e.problem(AccreditationOutOfScope, l, since, "The accreditation does not cover this scheme.")
}

// ended reports an accreditation that its accreditor suspended, withdrew or
// let end. One not yet valid says nothing about the time before it, and a
// superseded one only that another took its place.
func (e *evaluator) ended(l Link) bool {
	switch l.Status {
	case LinkSuspended:
		e.problem(AccreditationSuspended, l, l.Since, "The accreditation was suspended.")
	case LinkWithdrawn:
		e.problem(AccreditationWithdrawn, l, l.Since, "The accreditation was withdrawn.")
	case LinkExpired:
		e.problem(AccreditationExpired, l, l.Since, "The accreditation had expired.")
	default:
		return false
	}
	return true
}

// problem keeps each problem of a statement once, in the words met first.
func (e *evaluator) problem(code Code, about Link, since time.Time, detail string) {
	id := about.Statement.ID
	if !slices.ContainsFunc(e.problems, func(p Problem) bool {
		return p.Code == code && p.Statement == id && p.Since.Equal(since)
	}) {
		e.problems = append(e.problems, Problem{Code: code, Statement: id, Since: since, Detail: detail})
	}
}
