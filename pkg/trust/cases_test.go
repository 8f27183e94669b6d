package trust_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// The cast: cb certifies; ab accredits it; ra is a regional arrangement, ga
// and gb are global ones. Unless a case says otherwise ga is the only anchor,
// statements hold from 2020 on, and the question is about 1 June 2024.

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func forPersons(schemes ...string) trust.Scope {
	return trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Schemes: schemes}
}

type mod func(*trust.Statement)

func acc(id string, mods ...mod) trust.Statement {
	return state(trust.Statement{ID: id, Kind: trust.Accreditation, Issuer: "ab", Subject: "cb"}, mods)
}

func rec(id, issuer, subject string, mods ...mod) trust.Statement {
	return state(trust.Statement{ID: id, Kind: trust.Recognition, Issuer: issuer, Subject: subject}, mods)
}

func state(s trust.Statement, mods []mod) trust.Statement {
	s.Scope, s.ValidFrom, s.Assurance = forPersons(), day("2020-01-01"), trust.Signed
	for _, m := range mods {
		m(&s)
	}
	return s
}

func by(issuer string) mod           { return func(s *trust.Statement) { s.Issuer = issuer } }
func about(subject string) mod       { return func(s *trust.Statement) { s.Subject = subject } }
func granting(scope trust.Scope) mod { return func(s *trust.Statement) { s.Scope = scope } }
func from(d string) mod              { return func(s *trust.Statement) { s.ValidFrom = day(d) } }
func until(d string) mod             { return func(s *trust.Statement) { s.ValidUntil = day(d) } }
func learnt(d string) mod            { return func(s *trust.Statement) { s.LearntAt = day(d) } }
func unconfirmed(s *trust.Statement) {
	s.Assurance, s.Unconfirmed = trust.Recorded, true
}
func below(n int) mod             { return func(s *trust.Statement) { s.MaxChainDepth = n } }
func recorded(s *trust.Statement) { s.Assurance = trust.Recorded }

func happened(kind trust.EventKind, on string, scope ...trust.Scope) mod {
	return happenedLearnt(kind, on, on, scope...)
}

func happenedLearnt(kind trust.EventKind, on, learnt string, scope ...trust.Scope) mod {
	return func(s *trust.Statement) {
		e := trust.Event{Kind: kind, EffectiveAt: day(on), LearntAt: day(learnt)}
		if len(scope) > 0 {
			e.Scope = &scope[0]
		}
		s.Events = append(s.Events, e)
	}
}

func anchor(did string, scopes ...trust.Scope) trust.Anchor {
	if scopes == nil {
		scopes = []trust.Scope{{Activity: trust.CertificationOfPersons}}
	}
	return trust.Anchor{DID: did, Name: did, Scopes: scopes}
}

func ended(a trust.Anchor, until, successor string) trust.Anchor {
	a.ValidUntil, a.Successor = day(until), successor
	return a
}

func begun(a trust.Anchor, from string) trust.Anchor {
	a.ValidFrom = day(from)
	return a
}

// chainCase is one case of CHAIN.md. want reads
// "state accredited in_scope recognised | path | problems as CODE:statement".
type chainCase struct {
	name     string
	says     []trust.Statement
	anchors  []trust.Anchor
	need     trust.Scope // zero: forPersons("s1")
	at       string
	knownAt  string
	depth    int
	complete bool
	want     string
}

func (c chainCase) ask() trust.Finding {
	q := trust.Question{Body: "cb", Need: c.need, At: day("2024-06-01")}
	if q.Need.Activity == "" {
		q.Need = forPersons("s1")
	}
	if c.at != "" {
		q.At = day(c.at)
	}
	if c.knownAt != "" {
		q.KnownAt = day(c.knownAt)
	}
	p := trust.Policy{Anchors: c.anchors, MaxDepth: c.depth}
	if c.anchors == nil {
		p.Anchors = []trust.Anchor{anchor("ga")}
	}
	if c.complete {
		p.Complete = func(body string, need trust.Scope, at time.Time) bool {
			return body == q.Body && need.Activity == q.Need.Activity && at.Equal(q.At)
		}
	}
	return trust.Evaluate(q, c.says, p)
}

func told(f trust.Finding) string {
	var path, problems []string
	for _, l := range f.Path {
		path = append(path, l.Statement.ID)
	}
	for _, p := range f.Problems {
		s := string(p.Code)
		if p.Statement != "" {
			s += ":" + p.Statement
		}
		problems = append(problems, s)
	}
	return words(fmt.Sprintf("%s %s %s %s | %s | %s", f.State, f.Accredited, f.InScope, f.Recognised,
		strings.Join(path, " "), strings.Join(problems, " ")))
}

// words puts one space between words.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestWrittenCases runs the numbered cases of CHAIN.md.
func TestWrittenCases(t *testing.T) {
	for _, c := range chainCases() {
		t.Run(c.name, func(t *testing.T) {
			if got := told(c.ask()); got != words(c.want) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			slices.Reverse(c.says)
			if got := told(c.ask()); got != words(c.want) {
				t.Errorf("statements in reverse order:\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestCasesAreWritten holds the list in CHAIN.md and the table together: same
// names, states and codes in the same order.
func TestCasesAreWritten(t *testing.T) {
	page, err := os.ReadFile("CHAIN.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "\n## Cases\n")
	written := regexp.MustCompile("(?m)^[0-9]+\\. `.*$").FindAllString(list, -1)
	cases := chainCases()
	if len(written) != len(cases) || len(cases) < 45 {
		t.Errorf("CHAIN.md lists %d cases, the table has %d", len(written), len(cases))
	}
	for i, c := range cases[:min(len(cases), len(written))] {
		f := strings.Split(c.want, "|")
		state, _, _ := strings.Cut(f[0], " ")
		line := fmt.Sprintf("%d. `%s`: %s", i+1, c.name, state)
		for _, code := range strings.Fields(f[2]) {
			code, _, _ = strings.Cut(code, ":")
			line += " " + code
		}
		if written[i] != line {
			t.Errorf("\nCHAIN.md says %s\nthe table      %s", written[i], line)
		}
	}
}

func TestProblemsAreDated(t *testing.T) {
	for name, c := range map[string]struct {
		chainCase
		since string // empty: unknown
	}{
		"suspended":             {chainCase{says: []trust.Statement{acc("a1", happened(trust.Suspended, "2024-02-01"))}}, "2024-02-01"},
		"expired":               {chainCase{says: []trust.Statement{acc("a1", until("2024-03-01"))}}, "2024-03-01"},
		"never in scope":        {chainCase{says: []trust.Statement{acc("a1", granting(forPersons("s2")))}}, ""},
		"out of scope since":    {chainCase{says: []trust.Statement{acc("a1", happened(trust.Reduced, "2024-04-01", forPersons("s2")))}}, "2024-04-01"},
		"recognition withdrawn": {chainCase{says: []trust.Statement{acc("a1"), rec("r1", "ga", "ab", happened(trust.Withdrawn, "2024-05-01"))}}, "2024-05-01"},
		"last of a line of anchors": {chainCase{says: []trust.Statement{acc("a1"), rec("r1", "ga", "ab")},
			anchors: []trust.Anchor{ended(anchor("ga"), "2022-01-01", "gb"), ended(anchor("gb"), "2024-01-01", "")}}, "2024-01-01"},
	} {
		var since time.Time
		if c.since != "" {
			since = day(c.since)
		}
		if p := c.ask().Problems; len(p) != 1 || !p[0].Since.Equal(since) || p[0].Detail == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestBranchingIsBounded asks about a web in which everybody recognises
// everybody: millions of chains, none of which ends at an anchor.
func TestBranchingIsBounded(t *testing.T) {
	c := chainCase{says: []trust.Statement{acc("a1")}, depth: 100}
	bodies := []string{"ab"}
	for i := range 30 {
		bodies = append(bodies, fmt.Sprint("b", i))
	}
	for _, issuer := range bodies {
		for _, subject := range bodies {
			c.says = append(c.says, rec(issuer+">"+subject, issuer, subject))
		}
	}
	start := time.Now()
	f := c.ask()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	tooLong := func(p trust.Problem) bool { return p.Code == trust.ChainTooLong }
	if f.State != trust.StateElsewhere || !slices.ContainsFunc(f.Problems, tooLong) {
		t.Errorf("%s, and of %d problems none says that the chain is too long", f.State, len(f.Problems))
	}
}

func BenchmarkEvaluate(b *testing.B) {
	says := []trust.Statement{acc("a1", happened(trust.Suspended, "2021-01-01"), happened(trust.Restored, "2022-01-01")),
		rec("r1", "ra", "ab"), rec("r2", "ga", "ra")}
	q := trust.Question{Body: "cb", Need: forPersons("s1"), At: day("2024-06-01")}
	p := trust.Policy{Anchors: []trust.Anchor{anchor("ga")}}
	b.ReportAllocs()
	for b.Loop() {
		if trust.Evaluate(q, says, p).State != trust.StateRecognised {
			b.Fatal("not recognised")
		}
	}
}
