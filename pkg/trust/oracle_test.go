package trust_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// oracle answers a question slowly. It writes down every sequence of
// statements, keeps those that are chains, and sorts them. It shares no code
// with the evaluator but Scope.Includes and Scope.Covers, which have their
// own table.
type oracle struct {
	q   trust.Question
	all []trust.Statement
	p   trust.Policy
}

// asOf is the oracle's own account of a statement at the instant.
type asOf struct {
	trust.Statement
	now   trust.Scope
	is    trust.LinkStatus
	since time.Time
	cause trust.EventKind
}

// pick returns the place of the first (or last) event of these kinds, in
// order of effect, that lies after the place given; -1 if there is none.
func (o oracle) pick(s trust.Statement, last bool, after int, kinds ...trust.EventKind) int {
	earlier := func(i, j int) bool { // the order of events
		a, b := s.Events[i], s.Events[j]
		switch {
		case !a.EffectiveAt.Equal(b.EffectiveAt):
			return a.EffectiveAt.Before(b.EffectiveAt)
		case !a.LearntAt.Equal(b.LearntAt):
			return a.LearntAt.Before(b.LearntAt)
		}
		return i < j
	}
	final := -1
	visible := func(i int) bool {
		e := s.Events[i]
		return !e.EffectiveAt.After(o.q.At) && (o.q.KnownAt.IsZero() || !e.LearntAt.After(o.q.KnownAt))
	}
	for i, e := range s.Events {
		if visible(i) && (e.Kind == trust.Withdrawn || e.Kind == trust.Superseded) && (final < 0 || earlier(i, final)) {
			final = i
		}
	}
	best := -1
	for i, e := range s.Events {
		if !visible(i) || !slices.Contains(kinds, e.Kind) || after >= 0 && !earlier(after, i) || final >= 0 && i != final && !earlier(i, final) {
			continue
		}
		if best < 0 || last == earlier(best, i) {
			best = i
		}
	}
	return best
}

func (o oracle) at(s trust.Statement) asOf {
	a := asOf{Statement: s, now: s.Scope, is: trust.LinkInForce, since: s.ValidFrom}
	suspension := o.pick(s, true, -1, trust.Suspended)
	if suspension >= 0 {
		if back := o.pick(s, false, suspension, trust.Restored); back >= 0 {
			a.since = s.Events[back].EffectiveAt
		}
	}
	if i := o.pick(s, true, -1, trust.Reduced, trust.Extended); i >= 0 {
		a.now, a.since, a.cause = *s.Events[i].Scope, s.Events[i].EffectiveAt, s.Events[i].Kind
	}
	if suspension >= 0 && o.pick(s, false, suspension, trust.Restored) < 0 {
		first := o.pick(s, false, o.pick(s, true, -1, trust.Restored), trust.Suspended)
		a.is, a.since, a.cause = trust.LinkSuspended, s.Events[first].EffectiveAt, trust.Suspended
	}
	switch final := o.pick(s, false, -1, trust.Withdrawn, trust.Superseded); {
	case final >= 0:
		a.is, a.since, a.cause = trust.LinkWithdrawn, s.Events[final].EffectiveAt, s.Events[final].Kind
		if a.cause == trust.Superseded {
			a.is = trust.LinkSuperseded
		}
	case o.q.At.Before(s.ValidFrom):
		a.is, a.since, a.cause = trust.LinkNotYetValid, time.Time{}, ""
	case !s.ValidUntil.IsZero() && !o.q.At.Before(s.ValidUntil):
		a.is, a.since, a.cause = trust.LinkExpired, s.ValidUntil, ""
	}
	return a
}

// trusted follows successors from anchor to anchor as often as there are
// anchors.
func (o oracle) trusted(did string, wanted trust.Scope, steps int) (ok bool, ended time.Time) {
	for _, a := range o.p.Anchors {
		covers := slices.ContainsFunc(a.Scopes, func(s trust.Scope) bool { return s.Includes(wanted) })
		if a.DID != did || !covers || o.q.At.Before(a.ValidFrom) || steps < 0 {
			continue
		}
		if a.ValidUntil.IsZero() || o.q.At.Before(a.ValidUntil) {
			return true, time.Time{}
		}
		next, later := o.trusted(a.Successor, wanted, steps-1)
		if next {
			return true, time.Time{}
		}
		for _, t := range []time.Time{a.ValidUntil, later} {
			if t.After(ended) {
				ended = t
			}
		}
	}
	return false, ended
}

// sequences writes down every sequence of distinct recognitions up to a length.
func sequences(from []asOf, length int) [][]asOf {
	out := [][]asOf{nil}
	for size := 0; size < length; size++ {
		for _, s := range out {
			if len(s) != size {
				continue
			}
			for _, next := range from {
				if !slices.ContainsFunc(s, func(a asOf) bool { return a.ID == next.ID }) {
					out = append(out, append(slices.Clone(s), next))
				}
			}
		}
	}
	return out
}

// answer is the finding in the words of answered.
func (o oracle) answer() string {
	var held, refs []asOf
	for _, s := range o.all {
		a := o.at(s)
		if s.Issuer == s.Subject || !o.q.KnownAt.IsZero() && s.LearntAt.After(o.q.KnownAt) {
			continue
		}
		if s.Kind == trust.Accreditation && s.Subject == o.q.Body && a.now.Activity == o.q.Need.Activity {
			held = append(held, a)
		}
		if s.Kind == trust.Recognition {
			refs = append(refs, a)
		}
	}
	problems := map[string]bool{}
	tell := func(code trust.Code, a asOf, since time.Time) { problems[dated(code, a.ID, since)] = true }
	accredited, inScope, denied, reported := trust.Unknown, trust.Unknown, false, false
	var ways []wayUp
	for _, a := range held {
		covers := a.now.Covers(o.q.Need)
		ended := map[trust.LinkStatus]trust.Code{trust.LinkSuspended: trust.AccreditationSuspended,
			trust.LinkWithdrawn: trust.AccreditationWithdrawn, trust.LinkExpired: trust.AccreditationExpired}[a.is]
		if a.Unconfirmed {
			if covers && (a.is == trust.LinkInForce || a.is == trust.LinkSuspended) {
				reported = true
				tell(trust.RegisterIncomplete, a, time.Time{})
			}
			continue
		}
		if a.is == trust.LinkInForce {
			accredited = trust.Pass
			if covers {
				inScope = trust.Pass
				ways = append(ways, o.waysUp(a, refs, tell)...)
			} else {
				denied = true
				var since time.Time
				if a.cause == trust.Reduced {
					since = a.since
				}
				tell(trust.AccreditationOutOfScope, a, since)
			}
		}
		if ended != "" && covers {
			denied = true
			tell(ended, a, a.since)
		}
	}
	state, recognised, path := trust.StateUnknown, trust.Unknown, ""
	complete := o.p.Complete != nil && o.p.Complete(o.q.Body, o.q.Need, o.q.At)
	switch {
	case inScope == trust.Pass:
		best := slices.MinFunc(ways, func(a, b wayUp) int { return cmp.Compare(a.key(), b.key()) })
		path, recognised, state = best.ids(), best.recognised, trust.StateElsewhere
		if recognised == trust.Pass {
			state = trust.StateRecognised
		}
	case reported:
	case denied || complete:
		inScope, recognised = trust.Fail, trust.NotApplicable
		if accredited == trust.Unknown {
			accredited = trust.Fail
		}
		if complete {
			state = trust.StateNone
		}
		if !denied {
			problems[dated(trust.NotAccredited, "", time.Time{})] = true
		}
	default:
		problems[dated(trust.RegisterIncomplete, "", time.Time{})] = true
	}
	var list []string
	for p := range problems {
		list = append(list, p)
	}
	slices.Sort(list)
	return words(fmt.Sprintf("%s %s %s %s | %s | %s", state, accredited, inScope, recognised, path, strings.Join(list, " ")))
}

type wayUp struct {
	path       []asOf
	recognised trust.Outcome
}

func (w wayUp) ids() string {
	var ids []string
	for _, a := range w.path {
		ids = append(ids, a.ID)
	}
	return strings.Join(ids, " ")
}

// key sorts the better way first.
func (w wayUp) key() string {
	grade := map[trust.Outcome]int{trust.Pass: 0, trust.Unknown: 1, trust.Fail: 2}[w.recognised]
	recorded := 0
	for _, a := range w.path {
		if a.Assurance != trust.Signed {
			recorded++
		}
	}
	return fmt.Sprint(grade, len(w.path), recorded, " ", w.ids())
}

// waysUp judges every sequence of recognitions above an accreditation.
func (o oracle) waysUp(a asOf, refs []asOf, tell func(trust.Code, asOf, time.Time)) []wayUp {
	wanted := a.now
	wanted.Schemes = o.q.Need.Schemes // the only member that the property's needs name
	carries := func(r asOf) bool {
		return r.now.Includes(wanted) && (r.is == trust.LinkInForce || r.Unconfirmed && r.is == trust.LinkSuspended)
	}
	depth := cmp.Or(o.p.MaxDepth, trust.DefaultMaxDepth)
	ways := []wayUp{{path: []asOf{a}, recognised: trust.Fail}}
	for _, above := range sequences(refs, depth-1) {
		path := append([]asOf{a}, above...)
		top, isChain, loop := path[len(path)-1], true, false
		var endedAnchor time.Time
		for i, link := range path {
			passed := slices.ContainsFunc(path[:i+1], func(b asOf) bool { return b.Subject == link.Issuer })
			loop = loop || passed && i == len(path)-1
			if i > 0 && (!carries(link) || link.MaxChainDepth > 0 && i > link.MaxChainDepth || link.Subject != path[i-1].Issuer) || passed && i < len(path)-1 {
				isChain = false
			}
			if i > 0 && i < len(path)-1 {
				if ok, _ := o.trusted(link.Issuer, wanted, len(o.p.Anchors)); ok {
					isChain = false // it ended there
				}
			}
		}
		if !isChain {
			continue
		}
		if loop {
			tell(trust.ChainLoop, top, time.Time{})
			continue
		}
		if len(path) > 1 {
			ok, ended := o.trusted(top.Issuer, wanted, len(o.p.Anchors))
			if ok {
				weak := slices.IndexFunc(path, func(b asOf) bool { return b.Unconfirmed })
				if weak < 0 {
					ways = append(ways, wayUp{path, trust.Pass})
				} else {
					ways = append(ways, wayUp{path[:weak], trust.Unknown})
				}
				continue
			}
			endedAnchor = ended
		}
		o.above(path, refs, wanted, carries, endedAnchor, depth, tell)
	}
	return ways
}

// above tells what is wrong above a chain that has not ended at an anchor.
func (o oracle) above(path, refs []asOf, wanted trust.Scope, carries func(asOf) bool, endedAnchor time.Time, depth int, tell func(trust.Code, asOf, time.Time)) {
	top, silent := path[len(path)-1], true
	if !endedAnchor.IsZero() {
		silent = false
		tell(trust.RecognitionEnded, top, endedAnchor)
	}
	for _, r := range refs {
		if r.Subject != top.Issuer {
			continue
		}
		stopped := r.is == trust.LinkSuspended || r.is == trust.LinkWithdrawn || r.is == trust.LinkExpired
		reducedAway := r.is == trust.LinkInForce && r.cause == trust.Reduced && r.Scope.Includes(wanted) && !r.now.Includes(wanted)
		switch {
		case r.Unconfirmed && carries(r):
			tell(trust.NotRecognised, r, time.Time{})
		case !r.Unconfirmed && (stopped && r.now.Includes(wanted) || reducedAway):
			silent = false
			tell(trust.RecognitionEnded, r, r.since)
		}
		if carries(r) {
			silent = false
			if len(path) == depth || r.MaxChainDepth > 0 && r.MaxChainDepth < len(path) {
				tell(trust.ChainTooLong, r, time.Time{})
			}
		}
	}
	if silent {
		tell(trust.NotRecognised, top, time.Time{})
	}
}

func dated(code trust.Code, id string, since time.Time) string {
	return fmt.Sprintf("%s:%s:%s", code, id, since.Format(time.DateOnly))
}

// answered puts a finding in words, with the problems in order of them.
func answered(f trust.Finding) string {
	var list, ids []string
	for _, p := range f.Problems {
		list = append(list, dated(p.Code, p.Statement, p.Since))
	}
	slices.Sort(list)
	for _, l := range f.Path {
		ids = append(ids, l.Statement.ID)
	}
	return words(fmt.Sprintf("%s %s %s %s | %s | %s", f.State, f.Accredited, f.InScope, f.Recognised, strings.Join(ids, " "), strings.Join(list, " ")))
}

func drawDay(r *rapid.T, label string) time.Time {
	return day("2020-01-01").AddDate(0, 0, rapid.IntRange(0, 30).Draw(r, label))
}

func drawScope(r *rapid.T, label string) trust.Scope {
	s := trust.Scope{Activity: trust.CertificationOfPersons}
	if rapid.IntRange(0, 7).Draw(r, label+" activity") == 7 {
		s.Activity = trust.Education
	}
	s.Schemes = rapid.SampledFrom([][]string{nil, nil, nil, {"a"}, {"b"}, {"a", "b"}}).Draw(r, label+" schemes")
	s.Countries = rapid.SampledFrom([][]string{nil, nil, nil, nil, nil, {"CH"}}).Draw(r, label+" countries")
	return s
}

// drawStatement draws a statement; the quieter, the fewer have a history.
func drawStatement(r *rapid.T, id string, kind trust.Kind, quiet int) trust.Statement {
	issuers, subjects := []string{"ab", "ab", "ac", "ga", "cb"}, []string{"cb"}
	if kind == trust.Recognition {
		issuers, subjects = []string{"ga", "gb", "ra", "ra", "ab", "cb"}, []string{"ab", "ab", "ac", "ra", "ga"}
	}
	s := trust.Statement{ID: id, Kind: kind, Assurance: trust.Signed, Scope: drawScope(r, "scope"),
		Issuer: rapid.SampledFrom(issuers).Draw(r, "issuer"), Subject: rapid.SampledFrom(subjects).Draw(r, "subject"),
		ValidFrom: day("2020-01-01").AddDate(0, 0, rapid.IntRange(0, 8).Draw(r, "from"))}
	if kind == trust.Recognition {
		s.MaxChainDepth = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(r, "links below")
	}
	switch rapid.IntRange(0, 9).Draw(r, "quality") {
	case 9:
		s.Unconfirmed = true
	case 7, 8:
		s.Assurance = trust.Recorded
	case 6:
		s.LearntAt = drawDay(r, "learnt")
	case 5:
		s.ValidUntil = s.ValidFrom.AddDate(0, 0, rapid.IntRange(1, 30).Draw(r, "life"))
	}
	kinds := []trust.EventKind{trust.Suspended, trust.Restored, trust.Suspended, trust.Restored, trust.Withdrawn, trust.Superseded, trust.Reduced, trust.Extended}
	for range max(0, rapid.IntRange(-quiet, 4).Draw(r, "events")) {
		e := trust.Event{Kind: rapid.SampledFrom(kinds).Draw(r, "event"), EffectiveAt: drawDay(r, "effective"), LearntAt: drawDay(r, "event learnt")}
		if e.Kind == trust.Reduced || e.Kind == trust.Extended {
			scope := drawScope(r, "new scope")
			e.Scope = &scope
		}
		s.Events = append(s.Events, e)
	}
	return s
}

func drawPolicy(r *rapid.T) trust.Policy {
	p := trust.Policy{MaxDepth: rapid.SampledFrom([]int{0, 3, 2, 1}).Draw(r, "depth")}
	for i, did := range []string{"ga", "gb", "ra"}[:rapid.SampledFrom([]int{1, 2, 3, 0}).Draw(r, "anchors")] {
		a := trust.Anchor{DID: did, Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons}}}
		if rapid.IntRange(0, 3).Draw(r, "anchor is limited") == 3 {
			a.Scopes = []trust.Scope{drawScope(r, "trusted")}
		}
		if rapid.IntRange(0, 2).Draw(r, "anchor ends") == 2 {
			a.ValidUntil = drawDay(r, "anchor's end")
			a.Successor = rapid.SampledFrom([]string{"", "ga", "gb", "ra"}).Draw(r, "successor")
		}
		if i > 0 && rapid.IntRange(0, 2).Draw(r, "anchor begins") == 2 {
			a.ValidFrom = drawDay(r, "anchor's start")
		}
		p.Anchors = append(p.Anchors, a)
	}
	if rapid.Bool().Draw(r, "complete") {
		p.Complete = func(string, trust.Scope, time.Time) bool { return true }
	}
	return p
}

func TestEvaluateAgainstTheOracle(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		o := oracle{p: drawPolicy(r), q: trust.Question{Body: "cb", Need: trust.Scope{Activity: trust.CertificationOfPersons, Schemes: []string{"a"}}}}
		if rapid.IntRange(0, 3).Draw(r, "bitemporal") == 3 {
			o.q.KnownAt = drawDay(r, "known at")
		}
		for i := range rapid.IntRange(1, 3).Draw(r, "accreditations") {
			o.all = append(o.all, drawStatement(r, fmt.Sprint("a", i), trust.Accreditation, 5))
		}
		for i := range rapid.SampledFrom([]int{3, 4, 5, 2, 1, 0}).Draw(r, "recognitions") {
			o.all = append(o.all, drawStatement(r, fmt.Sprint("r", i), trust.Recognition, 5))
		}
		switch rapid.IntRange(0, 2).Draw(r, "backbone") { // chance alone seldom makes a whole chain
		case 0:
			o.all = append(o.all, acc("a9"), rec("r9", "ga", "ab"))
		case 1:
			o.all = append(o.all, acc("a9"), rec("r8", "ga", "ra"), rec("r9", "ra", "ab"))
		}
		shuffled := rapid.Permutation(o.all).Draw(r, "order")
		for n := 0; n <= 30; n += 3 {
			o.q.At = day("2020-01-01").AddDate(0, 0, n)
			got := trust.Evaluate(o.q, o.all, o.p)
			if again := trust.Evaluate(o.q, shuffled, o.p); told(again) != told(got) {
				r.Fatalf("the order of statements matters:\n%s\n%s", told(got), told(again))
			}
			if want := o.answer(); answered(got) != want {
				r.Fatalf("day %d\n got %s\nwant %s", n, answered(got), want)
			}
			seen[fmt.Sprint(got.State, " ", got.Recognised, " ", len(got.Path))]++
		}
	})
	// A property that never meets a situation says nothing about it.
	for _, s := range []string{"recognised pass 2", "recognised pass 3", "elsewhere fail 1"} {
		if seen[s] == 0 {
			t.Errorf("no draw ended as %q: %v", s, seen)
		}
	}
}

func TestAtAgainstTheOracle(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawStatement(r, "a", trust.Accreditation, 0)
		o := oracle{q: trust.Question{At: drawDay(r, "at")}}
		if rapid.Bool().Draw(r, "bitemporal") {
			o.q.KnownAt = drawDay(r, "known at")
		}
		got, want := trust.At(s, o.q.At, o.q.KnownAt), o.at(s)
		if got.Status != want.is || !got.Since.Equal(want.since) || got.Cause != want.cause ||
			!got.Scope.Includes(want.now) || !want.now.Includes(got.Scope) {
			r.Fatalf("\n got %s since %v by %q: %v\nwant %s since %v by %q: %v", got.Status, got.Since, got.Cause, got.Scope,
				want.is, want.since, want.cause, want.now)
		}
	})
}
