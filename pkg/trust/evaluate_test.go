package trust_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

var persons = trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}

func recognition(change ...func(*trust.Statement)) trust.Statement {
	return with(trust.Statement{ID: "rec", Kind: trust.Recognition, Issuer: "iaf", Subject: "ab", Scope: persons, ValidFrom: on("2016-11-04")}, change)
}

func accreditation(change ...func(*trust.Statement)) trust.Statement {
	return with(trust.Statement{ID: "acc", Kind: trust.Accreditation, Issuer: "ab", Subject: "cb", Scope: persons, ValidFrom: on("2018-01-01")}, change)
}

func with(s trust.Statement, change []func(*trust.Statement)) trust.Statement {
	for _, f := range change {
		f(&s)
	}
	return s
}

func event(kind trust.EventKind, day string) func(*trust.Statement) {
	return func(s *trust.Statement) {
		s.Events = append(s.Events, trust.Event{Kind: kind, EffectiveAt: on(day), LearntAt: on(day)})
	}
}

func scoped(kind trust.EventKind, day string, scope trust.Scope) func(*trust.Statement) {
	return func(s *trust.Statement) {
		s.Events = append(s.Events, trust.Event{Kind: kind, EffectiveAt: on(day), LearntAt: on(day), Scope: &scope})
	}
}

func iaf() trust.Policy {
	return trust.Policy{Anchors: []trust.Anchor{
		{DID: "iaf", Name: "IAF", Scopes: []trust.Scope{persons}, ValidFrom: on("1998-01-22"), ValidUntil: on("2026-01-01"), Successor: "gac"},
		{DID: "gac", Name: "Global ACI", Scopes: []trust.Scope{persons}, ValidFrom: on("2026-01-01")},
	}}
}

func complete(p trust.Policy) trust.Policy {
	p.Complete = func(string, trust.Scope, time.Time) bool { return true }
	return p
}

// TestCases is the list of CHAIN.md.
func TestCases(t *testing.T) {
	need := trust.Scope{Activity: trust.CertificationOfPersons, Schemes: []string{"welder"}}
	set := func(f func(*trust.Statement)) func(*trust.Statement) { return f }
	for _, c := range []struct {
		name       string
		at         string
		statements []trust.Statement
		policy     trust.Policy
		state      trust.State
		code       trust.Code // one that must be told; empty: none may be
	}{
		{"accredited and recognised", "2020-01-01", []trust.Statement{accreditation(), recognition()}, iaf(), trust.StateRecognised, ""},
		{"nobody is trusted", "2020-01-01", []trust.Statement{accreditation(), recognition()}, trust.Policy{}, trust.StateElsewhere, trust.NotRecognised},
		{"first instant", "2018-01-01", []trust.Statement{accreditation(), recognition()}, iaf(), trust.StateRecognised, ""},
		{"before the accreditation", "2017-12-31", []trust.Statement{accreditation(), recognition()}, iaf(), trust.StateUnknown, trust.RegisterIncomplete},
		{"before, register complete", "2017-12-31", []trust.Statement{accreditation(), recognition()}, complete(iaf()), trust.StateNone, trust.NotAccredited},
		{"nothing known", "2020-01-01", nil, iaf(), trust.StateUnknown, trust.RegisterIncomplete},
		{"nothing known, register complete", "2020-01-01", nil, complete(iaf()), trust.StateNone, trust.NotAccredited},
		{"expired", "2021-01-01", []trust.Statement{accreditation(set(func(s *trust.Statement) { s.ValidUntil = on("2021-01-01") })), recognition()}, iaf(), trust.StateUnknown, trust.AccreditationExpired},
		{"suspended", "2020-07-01", []trust.Statement{accreditation(event(trust.Suspended, "2020-06-01"), event(trust.Restored, "2020-09-01")), recognition()}, iaf(), trust.StateUnknown, trust.AccreditationSuspended},
		{"before the suspension", "2020-03-01", []trust.Statement{accreditation(event(trust.Suspended, "2020-06-01"), event(trust.Restored, "2020-09-01")), recognition()}, iaf(), trust.StateRecognised, ""},
		{"restored", "2020-09-01", []trust.Statement{accreditation(event(trust.Suspended, "2020-06-01"), event(trust.Restored, "2020-09-01")), recognition()}, iaf(), trust.StateRecognised, ""},
		{"withdrawn is final", "2022-01-01", []trust.Statement{accreditation(event(trust.Withdrawn, "2020-06-01"), event(trust.Restored, "2021-01-01")), recognition()}, complete(iaf()), trust.StateNone, trust.AccreditationWithdrawn},
		{"another accreditation carries on", "2022-01-01", []trust.Statement{accreditation(event(trust.Withdrawn, "2020-06-01")), accreditation(func(s *trust.Statement) { s.ID = "acc2" }), recognition()}, iaf(), trust.StateRecognised, trust.AccreditationWithdrawn},
		{"other activity recognised", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Scope.Activity = trust.CertificationOfManagementSystems })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"other standard recognised", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Scope.Standard = "ISO/IEC 17065" })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"edition not recognised", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Scope.Edition = "2003" }), recognition(func(s *trust.Statement) { s.Scope.Edition = "2012" })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"scheme in scope", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Scope.Schemes = []string{"welder"} }), recognition()}, iaf(), trust.StateRecognised, ""},
		{"scheme out of scope", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Scope.Schemes = []string{"baker"} }), recognition()}, iaf(), trust.StateUnknown, trust.AccreditationOutOfScope},
		{"scheme out of the recognised scope", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Scope.Schemes = []string{"baker"} })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"country out of the recognised scope", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Scope.Countries = []string{"CH"} })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"reduced", "2021-01-01", []trust.Statement{accreditation(scoped(trust.Reduced, "2020-06-01", trust.Scope{Activity: trust.CertificationOfPersons, Schemes: []string{"baker"}})), recognition()}, iaf(), trust.StateUnknown, trust.AccreditationOutOfScope},
		{"extended", "2021-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Scope.Schemes = []string{"baker"} }, scoped(trust.Extended, "2020-06-01", trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Schemes: []string{"baker", "welder"}})), recognition()}, iaf(), trust.StateRecognised, ""},
		{"recognition not yet", "2016-10-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.ValidFrom = on("2015-01-01") }), recognition()}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"recognition withdrawn", "2021-01-01", []trust.Statement{accreditation(), recognition(event(trust.Withdrawn, "2020-06-01"))}, iaf(), trust.StateElsewhere, trust.RecognitionEnded},
		{"recognition suspended", "2021-01-01", []trust.Statement{accreditation(), recognition(event(trust.Suspended, "2020-06-01"))}, iaf(), trust.StateElsewhere, trust.RecognitionEnded},
		{"successor arrangement", "2026-06-01", []trust.Statement{accreditation(), recognition()}, iaf(), trust.StateRecognised, ""},
		{"arrangement ended without successor", "2026-06-01", []trust.Statement{accreditation(), recognition()}, trust.Policy{Anchors: []trust.Anchor{{DID: "iaf", Scopes: []trust.Scope{persons}, ValidUntil: on("2026-01-01")}}}, trust.StateElsewhere, trust.RecognitionEnded},
		{"through a region", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Issuer = "ea" }), recognition(func(s *trust.Statement) { s.ID, s.Subject = "rec2", "ea" })}, iaf(), trust.StateRecognised, ""},
		{"self-accredited", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Issuer = "cb" }), recognition(func(s *trust.Statement) { s.Subject = "cb" })}, iaf(), trust.StateUnknown, trust.RegisterIncomplete},
		{"loop", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Issuer = "x" }), recognition(func(s *trust.Statement) { s.ID, s.Issuer, s.Subject = "rec2", "ab", "x" })}, iaf(), trust.StateElsewhere, trust.ChainLoop},
		{"too long", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Issuer = "a" }), recognition(func(s *trust.Statement) { s.ID, s.Issuer, s.Subject = "r2", "b", "a" }), recognition(func(s *trust.Statement) { s.ID, s.Issuer, s.Subject = "r3", "c", "b" }), recognition(func(s *trust.Statement) { s.ID, s.Issuer, s.Subject = "r4", "iaf", "c" })}, iaf(), trust.StateElsewhere, trust.ChainTooLong},
		{"accreditation unconfirmed", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Unconfirmed = true }), recognition()}, complete(iaf()), trust.StateUnknown, trust.RegisterIncomplete},
		{"recognition unconfirmed", "2020-01-01", []trust.Statement{accreditation(), recognition(func(s *trust.Statement) { s.Unconfirmed = true })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
		{"an anchor accredits", "2020-01-01", []trust.Statement{accreditation(func(s *trust.Statement) { s.Issuer = "iaf" })}, iaf(), trust.StateElsewhere, trust.NotRecognised},
	} {
		f := trust.Evaluate(trust.Question{Body: "cb", Need: need, At: on(c.at)}, c.statements, c.policy)
		require.Equal(t, c.state.String(), f.State.String(), c.name)
		var codes []trust.Code
		for _, p := range f.Problems {
			codes = append(codes, p.Code)
		}
		if c.code == "" {
			require.Empty(t, codes, c.name)
		} else {
			require.Contains(t, codes, c.code, c.name)
		}
		if f.State == trust.StateRecognised {
			require.GreaterOrEqual(t, len(f.Path), 2, c.name)
		}
	}
}

func TestKnownAt(t *testing.T) {
	late := accreditation(func(s *trust.Statement) {
		s.Events = []trust.Event{{Kind: trust.Withdrawn, EffectiveAt: on("2020-01-01"), LearntAt: on("2021-01-01")}}
	})
	all := []trust.Statement{late, recognition()}
	q := trust.Question{Body: "cb", Need: persons, At: on("2020-06-01")}
	require.NotEqual(t, trust.StateRecognised, trust.Evaluate(q, all, iaf()).State)
	q.KnownAt = on("2020-07-01")
	require.Equal(t, trust.StateRecognised, trust.Evaluate(q, all, iaf()).State)
}

func TestExcuse(t *testing.T) {
	withdrawn := trust.At(accreditation(event(trust.Withdrawn, "2020-01-01")), on("2021-01-01"), time.Time{})
	for day, stands := range map[string]bool{"2020-01-01": true, "2020-03-30": true, "2020-03-31": false} {
		_, ok := trust.Policy{}.Excuse(withdrawn, on(day))
		require.Equal(t, stands, ok, day)
	}
	suspended := trust.At(accreditation(event(trust.Suspended, "2020-01-01")), on("2029-01-01"), time.Time{})
	_, ok := trust.Policy{}.Excuse(suspended, on("2029-01-01"))
	require.True(t, ok)
	left := trust.At(recognition(event(trust.Withdrawn, "2020-01-01")), on("2020-01-01"), time.Time{})
	_, ok = trust.Policy{}.Excuse(left, on("2020-01-01"))
	require.False(t, ok, "once the accreditor has left, from that day")
}

// slow is an evaluator that is obviously right: it tries every sequence of
// statements and asks of each whether it is a chain, scanning all events anew.
func slow(q trust.Question, all []trust.Statement, p trust.Policy) bool {
	holds := func(s trust.Statement) (trust.Scope, bool) {
		scope, suspended := s.Scope, false
		for d := s.ValidFrom.AddDate(-2, 0, 0); !d.After(q.At); d = d.AddDate(0, 0, 1) {
			for _, e := range s.Events {
				if !e.EffectiveAt.Equal(d) {
					continue
				}
				switch e.Kind {
				case trust.Withdrawn, trust.Superseded:
					return scope, false
				case trust.Suspended:
					suspended = true
				case trust.Restored:
					suspended = false
				case trust.Reduced, trust.Extended:
					scope = *e.Scope
				}
			}
		}
		inside := !q.At.Before(s.ValidFrom) && (s.ValidUntil.IsZero() || q.At.Before(s.ValidUntil))
		return scope, inside && !suspended && s.Issuer != s.Subject && !s.Unconfirmed
	}
	var up func(body string, first bool, wanted trust.Scope, used []string) bool
	up = func(body string, first bool, wanted trust.Scope, used []string) bool {
		if len(used) >= 2 { // an anchor does not accredit
			for _, a := range p.Anchors {
				if a.DID == body && a.Scopes[0].Includes(wanted) {
					return true
				}
			}
		}
		if len(used) >= trust.DefaultMaxDepth {
			return false
		}
	next:
		for _, s := range all {
			scope, ok := holds(s)
			if s.Subject != body || !ok || first != (s.Kind == trust.Accreditation) {
				continue
			}
			for _, b := range used {
				if b == s.Issuer {
					continue next
				}
			}
			if first && (!scope.Covers(q.Need) || s.Issuer == body) || !first && !scope.Includes(wanted) {
				continue
			}
			w := wanted
			if first {
				w = scope
				w.Schemes = q.Need.Schemes
			}
			if up(s.Issuer, false, w, append(append([]string{}, used...), body)) {
				return true
			}
		}
		return false
	}
	return up(q.Body, true, trust.Scope{}, nil)
}

func TestAgainstTheSlowEvaluator(t *testing.T) {
	kinds := []trust.EventKind{trust.Suspended, trust.Restored, trust.Withdrawn, trust.Superseded, trust.Reduced, trust.Extended}
	rapid.Check(t, func(r *rapid.T) {
		day := func(label string) time.Time {
			return on("2020-01-01").AddDate(0, 0, rapid.IntRange(0, 60).Draw(r, label))
		}
		scope := func(label string) trust.Scope {
			s := trust.Scope{Activity: rapid.SampledFrom([]trust.Activity{trust.CertificationOfPersons, trust.CertificationOfPersons, trust.Education}).Draw(r, label)}
			if rapid.Bool().Draw(r, label+" limited") {
				s.Schemes = rapid.SampledFrom([][]string{{"a"}, {"b"}, {"a", "b"}}).Draw(r, label+" schemes")
			}
			return s
		}
		var all []trust.Statement
		for i := range rapid.IntRange(0, 9).Draw(r, "statements") {
			s := trust.Statement{ID: fmt.Sprint("s", i), Kind: rapid.SampledFrom([]trust.Kind{trust.Recognition, trust.Accreditation}).Draw(r, "kind"),
				Issuer: rapid.SampledFrom([]string{"cb", "ab", "x", "anchor"}).Draw(r, "issuer"), Subject: rapid.SampledFrom([]string{"cb", "ab", "x"}).Draw(r, "subject"),
				Scope: scope("scope"), ValidFrom: day("from"), Unconfirmed: rapid.IntRange(0, 9).Draw(r, "unconfirmed") == 0}
			if rapid.Bool().Draw(r, "ends") {
				s.ValidUntil = s.ValidFrom.AddDate(0, 0, rapid.IntRange(1, 60).Draw(r, "life"))
			}
			for j := range rapid.IntRange(0, 3).Draw(r, "events") {
				e := trust.Event{Kind: rapid.SampledFrom(kinds).Draw(r, "event"), EffectiveAt: day("effective"), LearntAt: on("2020-01-01").Add(time.Duration(j) * time.Hour)}
				if e.Kind == trust.Reduced || e.Kind == trust.Extended {
					x := scope("new scope")
					e.Scope = &x
				}
				s.Events = append(s.Events, e)
			}
			all = append(all, s)
		}
		q := trust.Question{Body: "cb", Need: trust.Scope{Activity: trust.CertificationOfPersons, Schemes: []string{"a"}}, At: day("at")}
		p := trust.Policy{Anchors: []trust.Anchor{{DID: "anchor", Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons}}}}}
		f := trust.Evaluate(q, all, p)
		if got, want := f.State == trust.StateRecognised, slow(q, all, p); got != want {
			r.Fatalf("recognised %v, the slow evaluator says %v: %+v", got, want, f)
		}
		if f.State == trust.StateNone {
			r.Fatal("none was concluded from silence")
		}
		if (f.State == trust.StateRecognised) != (f.Recognised == trust.Pass) {
			r.Fatalf("state and outcome differ: %+v", f)
		}
	})
}
