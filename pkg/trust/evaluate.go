package trust

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Evaluate answers the question from authenticated statements. It is pure and
// its answer does not depend on their order. CHAIN.md states the rules.
func Evaluate(q Question, statements []Statement, p Policy) Finding {
	if p.MaxDepth == 0 {
		p.MaxDepth = DefaultMaxDepth
	}
	e := evaluator{q: q, p: p, about: map[string][]Statement{}}
	for _, s := range statements {
		if s.Issuer == s.Subject || !q.KnownAt.IsZero() && s.LearntAt.After(q.KnownAt) {
			continue // nobody accredits itself; nobody knew yet
		}
		e.about[s.Subject] = append(e.about[s.Subject], s)
	}
	for _, list := range e.about {
		slices.SortFunc(list, func(a, b Statement) int { return cmp.Compare(a.ID, b.ID) })
	}
	return e.answer()
}

type evaluator struct {
	q        Question
	p        Policy
	about    map[string][]Statement // by subject, in order of ID
	problems []Problem
}

// way is one chain and how far it carries.
type way struct {
	path       []Link
	recognised Outcome
}

func (e *evaluator) answer() Finding {
	f := Finding{At: e.q.At}
	var held []Link // accreditations in force for the activity
	unconfirmed := false
	for _, s := range e.about[e.q.Body] {
		if s.Kind != Accreditation || s.Scope.Activity != e.q.Need.Activity && !activityEver(s, e.q.Need.Activity) {
			continue
		}
		l := At(s, e.q.At, e.q.KnownAt)
		switch {
		case s.Unconfirmed:
			unconfirmed = true
			e.problem(RegisterIncomplete, s, time.Time{}, "An accreditation is reported but not confirmed.")
		case l.Status == LinkNotYetValid: // says nothing about the time before it
		case l.Status != LinkInForce:
			e.notInForce(l)
		case l.Scope.Activity == e.q.Need.Activity:
			held = append(held, l)
		}
	}
	complete := e.p.Complete != nil && e.p.Complete(e.q.Body, e.q.Need, e.q.At)
	var best *way
	for _, l := range held {
		f.Accredited = Pass
		if !l.Scope.Covers(e.q.Need) {
			e.problem(AccreditationOutOfScope, l.Statement, l.Since, "The accreditation does not cover this scheme.")
			continue
		}
		f.InScope = Pass
		for _, w := range e.climb(l) {
			if best == nil || better(w, *best) {
				best = &w
			}
		}
	}
	definite := f.Accredited == Pass || slices.ContainsFunc(e.problems, func(p Problem) bool { return p.Code != RegisterIncomplete })
	e.conclude(&f, best, complete && !unconfirmed, definite && !unconfirmed)
	f.Problems = e.problems
	return f
}

// conclude turns what was found into outcomes. That there was no accreditation
// at all (StateNone) is concluded only where the register is complete. That
// one on record did not hold is its accreditor's own word: the checks fail,
// and the state stays unknown, since another may exist.
func (e *evaluator) conclude(f *Finding, best *way, complete, definite bool) {
	switch {
	case best != nil:
		f.Path, f.Recognised = best.path, best.recognised
		f.State = StateElsewhere
		if best.recognised == Pass {
			f.State = StateRecognised
		}
		return
	case complete || definite:
		f.InScope, f.Recognised = Fail, NotApplicable
		if f.Accredited != Pass {
			f.Accredited = Fail
		}
		if complete {
			f.State = StateNone
		}
		if len(e.problems) == 0 {
			e.problems = append(e.problems, Problem{Code: NotAccredited, Detail: "No accreditation is on record, and the register is complete for that day."})
		}
	default:
		e.problems = append(e.problems, Problem{Code: RegisterIncomplete, Detail: "No accreditation is on record, but the register is not complete enough to say that there was none."})
	}
}

// climb follows recognitions from the accreditation's issuer upward and
// returns every chain found, at least the accreditation alone.
func (e *evaluator) climb(l Link) []way {
	alone := way{path: []Link{l}, recognised: Fail}
	out := []way{alone}
	scope := l.Scope.narrow(e.q.Need)
	e.walk(alone.path, scope, map[string]bool{l.Statement.Subject: true}, &out)
	return out
}

func (e *evaluator) walk(path []Link, scope Scope, seen map[string]bool, out *[]way) {
	issuer := path[len(path)-1].Statement.Issuer
	if seen[issuer] {
		e.problem(ChainLoop, path[len(path)-1].Statement, time.Time{}, "The chain leads back to a body that is already part of it.")
		return
	}
	if len(path) > 1 && e.anchored(path, issuer, scope, out) {
		return
	}
	if len(path) >= e.p.MaxDepth {
		e.problem(ChainTooLong, path[len(path)-1].Statement, time.Time{}, fmt.Sprintf("The chain has more than %d links.", e.p.MaxDepth))
		return
	}
	seen[issuer] = true
	defer delete(seen, issuer)
	found := false
	for _, s := range e.about[issuer] {
		if s.Kind != Recognition {
			continue
		}
		l := At(s, e.q.At, e.q.KnownAt)
		switch {
		case s.Unconfirmed:
			found = true
			e.problem(NotRecognised, s, time.Time{}, "A recognition is reported but not confirmed.")
			*out = append(*out, way{path: path, recognised: Unknown})
		case l.Status == LinkNotYetValid:
		case l.Status != LinkInForce:
			found = true
			e.problem(RecognitionEnded, s, l.Since, "The recognition is "+string(l.Status)+".")
		case !l.Scope.Includes(scope):
		default:
			found = true
			e.walk(append(slices.Clip(path), l), scope, seen, out)
		}
	}
	if !found {
		e.problem(NotRecognised, path[len(path)-1].Statement, time.Time{}, "No recognition of the accreditor for this activity is on record for that day.")
	}
}

// anchored ends a chain at an anchor. The recognitions of an anchor that has
// ended live on through its successor.
func (e *evaluator) anchored(path []Link, did string, scope Scope, out *[]way) bool {
	tried := map[string]bool{}
	for step := 0; did != "" && !tried[did]; step++ {
		tried[did] = true
		i := slices.IndexFunc(e.p.Anchors, func(a Anchor) bool { return a.DID == did })
		if i < 0 {
			return step > 0
		}
		a := e.p.Anchors[i]
		if !slices.ContainsFunc(a.Scopes, func(s Scope) bool { return s.Includes(scope) }) {
			e.problem(NotRecognised, path[len(path)-1].Statement, time.Time{}, a.Name+" is not trusted for this activity.")
			return step > 0
		}
		if !a.ValidUntil.IsZero() && !e.q.At.Before(a.ValidUntil) {
			if a.Successor == "" {
				e.problem(RecognitionEnded, path[len(path)-1].Statement, a.ValidUntil, a.Name+" is no longer trusted.")
				return true
			}
			did = a.Successor
			continue
		}
		if e.q.At.Before(a.ValidFrom) && step == 0 {
			e.problem(NotRecognised, path[len(path)-1].Statement, time.Time{}, a.Name+" was not yet trusted.")
			return true
		}
		*out = append(*out, way{path: path, recognised: Pass})
		return true
	}
	return true
}

func (e *evaluator) notInForce(l Link) {
	code, detail := AccreditationWithdrawn, "The accreditation was withdrawn."
	switch l.Status {
	case LinkSuspended:
		code, detail = AccreditationSuspended, "The accreditation was suspended."
	case LinkSuperseded:
		code, detail = AccreditationWithdrawn, "The accreditation was superseded by another."
	case LinkExpired:
		code, detail = AccreditationExpired, "The accreditation had expired."
	}
	e.problem(code, l.Statement, l.Since, detail)
}

// problem keeps each problem once.
func (e *evaluator) problem(code Code, s Statement, since time.Time, detail string) {
	p := Problem{Code: code, Statement: s.ID, Since: since, Detail: detail}
	if !slices.Contains(e.problems, p) {
		e.problems = append(e.problems, p)
	}
}

// activityEver reports whether any event gave the statement that activity.
func activityEver(s Statement, a Activity) bool {
	return slices.ContainsFunc(s.Events, func(e Event) bool { return e.Scope != nil && e.Scope.Activity == a })
}

// better prefers recognised chains, then unknown ones, then fewer links, then
// more signed ones; statements come in order of ID, so the first wins a tie.
func better(a, b way) bool {
	rank := func(o Outcome) int {
		switch o {
		case Pass:
			return 2
		case Unknown:
			return 1
		default:
			return 0
		}
	}
	if c := cmp.Compare(rank(a.recognised), rank(b.recognised)); c != 0 {
		return c > 0
	}
	if len(a.path) != len(b.path) {
		return len(a.path) < len(b.path)
	}
	return signed(a.path) > signed(b.path)
}

func signed(path []Link) int {
	n := 0
	for _, l := range path {
		if l.Statement.Assurance == Signed {
			n++
		}
	}
	return n
}
