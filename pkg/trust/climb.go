package trust

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// maxSteps bounds the recognitions looked at for one question, so that a
// bundle made to branch at every level costs milliseconds. Real accreditors
// need dozens.
const maxSteps = 20_000

// way is one chain and how far it carries.
type way struct {
	path       []Link
	recognised Outcome
}

// climb follows recognitions from the issuer of an accreditation in force
// upward and keeps the best chain, at least the accreditation alone. What
// every recognition must include is the accreditation's scope, narrowed to
// the need.
func (e *evaluator) climb(l Link) {
	e.path = append(e.path[:0], l)
	e.offer(Fail, 1)
	e.walk(l.Scope.narrow(e.q.Need), 1)
}

// walk goes on from the top of the path, of which the first links, confirmed
// in number, are confirmed.
func (e *evaluator) walk(scope Scope, confirmed int) {
	n := len(e.path)
	top := e.path[n-1]
	issuer := top.Statement.Issuer
	if slices.ContainsFunc(e.path, func(l Link) bool { return l.Statement.Subject == issuer }) {
		e.problem(ChainLoop, top, time.Time{}, "The chain leads back to a body that is already part of it.")
		return
	}
	found := false
	if top.Statement.Kind == Recognition {
		trusted, ended := e.trusts(issuer, scope)
		switch {
		case trusted && confirmed == n:
			e.offer(Pass, n)
			return
		case trusted:
			e.offer(Unknown, confirmed)
			return
		case !ended.IsZero():
			found = true
			e.problem(RecognitionEnded, top, ended, "The arrangement that recognised it is no longer trusted.")
		}
	}
	for l := range e.about(issuer, Recognition) {
		if e.steps++; e.steps > maxSteps {
			e.problem(ChainTooLong, e.path[0], time.Time{}, "The recognitions branch too widely to follow them all.")
			return
		}
		usable, told := e.usable(l, scope)
		found = found || told
		if !usable {
			continue
		}
		if n >= e.p.MaxDepth {
			e.problem(ChainTooLong, l, time.Time{}, fmt.Sprintf("The chain has more than %d links.", e.p.MaxDepth))
			continue
		}
		if most := l.Statement.MaxChainDepth; most > 0 && n > most {
			e.problem(ChainTooLong, l, time.Time{}, fmt.Sprintf("The recognition allows %d links below it, and the chain has more.", most))
			continue
		}
		e.path = append(e.path[:n], l)
		if confirmed == n && !l.Statement.Unconfirmed {
			e.walk(scope, n+1)
		} else {
			e.walk(scope, confirmed)
		}
		e.path = e.path[:n]
	}
	if !found {
		e.problem(NotRecognised, top, time.Time{}, "No recognition of the accreditor for this activity is on record for that day.")
	}
}

// usable reports whether the recognition carries the scope, and whether it
// told anything about it: one that has ended for the scope is a problem.
func (e *evaluator) usable(l Link, scope Scope) (usable, told bool) {
	includes := l.Scope.Includes(scope)
	switch {
	case l.Statement.Unconfirmed:
		if !includes || !mayHold(l) {
			return false, false
		}
		e.problem(NotRecognised, l, time.Time{}, "A recognition is reported but not confirmed.")
		return true, true
	case l.Status == LinkInForce && includes:
		return true, true
	case l.Status == LinkInForce && l.Cause == Reduced && l.Statement.Scope.Includes(scope):
		e.problem(RecognitionEnded, l, l.Since, "The recognition was reduced and no longer covers this.")
		return false, true
	case !includes || l.Status == LinkInForce || l.Status == LinkNotYetValid || l.Status == LinkSuperseded:
		return false, false
	default:
		e.problem(RecognitionEnded, l, l.Since, "The recognition was "+string(l.Status)+".")
		return false, true
	}
}

// trusts reports whether the body is an anchor in force for the scope, or was
// one that carries on in a successor which is. Every anchor on the way must
// be trusted for the scope itself. If trust has ended, it tells since when.
func (e *evaluator) trusts(did string, scope Scope) (trusted bool, ended time.Time) {
	line := []string{did} // the body and those that carry on for it, each once
	for i := 0; i < len(line); i++ {
		for _, a := range e.p.Anchors {
			if a.DID != line[i] || e.q.At.Before(a.ValidFrom) ||
				!slices.ContainsFunc(a.Scopes, func(s Scope) bool { return s.Includes(scope) }) {
				continue
			}
			if a.ValidUntil.IsZero() || e.q.At.Before(a.ValidUntil) {
				return true, time.Time{}
			}
			if a.ValidUntil.After(ended) {
				ended = a.ValidUntil
			}
			if a.Successor != "" && !slices.Contains(line, a.Successor) {
				line = append(line, a.Successor)
			}
		}
	}
	return false, ended
}

// offer keeps the first n links of the path if they are better than what was
// found before.
func (e *evaluator) offer(recognised Outcome, n int) {
	w := way{path: e.path[:n], recognised: recognised}
	if e.best.path == nil || better(w, e.best) {
		e.best = way{path: slices.Clone(w.path), recognised: recognised}
	}
}

// better prefers recognised chains, then unconfirmed ones, then fewer links,
// then more signed ones. Statements are met in order of ID, so the first met
// wins a tie.
func better(a, b way) bool {
	return cmp.Or(
		cmp.Compare(rank(a.recognised), rank(b.recognised)),
		cmp.Compare(len(b.path), len(a.path)),
		cmp.Compare(signed(a.path), signed(b.path)),
	) > 0
}

func rank(o Outcome) int {
	switch o {
	case Pass:
		return 2
	case Unknown:
		return 1
	default:
		return 0
	}
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
