package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// These tests hold what registry.Store promises, on both engines.

var _ registry.Store = (*store.DB)(nil)

func instantAt(minute int) time.Time {
	return time.Date(2026, 3, 1, 9, minute, 0, 123_456_000, time.UTC) // whole microseconds
}

func someBody(id string) registry.Body {
	return registry.Body{ID: id, DID: "did:web:register.example:bodies:" + id, Name: "Body " + id, Roles: []registry.Role{registry.CertificationBody}, CreatedAt: instantAt(0)}
}

// someStatement is about cb, with an entry of a list that exists.
func someStatement(id string, index int) registry.Statement {
	return registry.Statement{ID: id, Kind: trust.Accreditation, Issuer: "ab", Subject: "cb", Scope: trust.Scope{Activity: trust.CertificationOfPersons, Schemes: []string{"s1"}},
		ValidFrom: instantAt(0), LearntAt: instantAt(1), Assurance: trust.Recorded, Grade: "A", Start: "exact", Sources: []trust.Source{{URL: "https://ab.example", RetrievedAt: instantAt(0)}},
		Credential: "the.exact.token", StatusList: "list-ab", StatusIndex: index}
}

func withBodies(t *testing.T, db *store.DB) {
	for _, id := range []string{"ab", "cb"} {
		require.NoError(t, db.AddBody(t.Context(), someBody(id)))
	}
	list, _, err := db.OpenList(t.Context(), "ab", "list-ab")
	require.NoError(t, err)
	require.Equal(t, "list-ab", list)
}

func versionOf(t *testing.T, db *store.DB) int64 {
	v, err := db.Version(t.Context())
	require.NoError(t, err)
	return v
}

func TestBodiesAndSchemes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		before := versionOf(t, db)
		require.NoError(t, db.AddBody(ctx, someBody("cb")))
		after := versionOf(t, db)
		require.Greater(t, after, before, "a change raises the version")
		got, err := db.Body(ctx, "cb")
		require.NoError(t, err)
		require.Equal(t, someBody("cb"), got)

		other := someBody("cb2")
		other.DID = someBody("cb").DID
		require.ErrorIs(t, db.AddBody(ctx, someBody("cb")), registry.ErrDuplicate, "the id is taken")
		require.ErrorIs(t, db.AddBody(ctx, other), registry.ErrDuplicate, "the DID is taken")
		require.Equal(t, after, versionOf(t, db), "what was refused changes nothing")
		for _, id := range []string{"", "nobody", "CB", "cb ", "' OR 1=1 --"} {
			_, err = db.Body(ctx, id)
			require.ErrorIs(t, err, registry.ErrNotFound, "%q", id)
		}

		s := registry.Scheme{ID: "s1", Owner: "cb", Name: "Scheme", Kind: "attendance", Rules: []registry.RuleSet{{Prerequisites: []string{"a"}}}, CreatedAt: instantAt(2)}
		require.NoError(t, db.AddScheme(ctx, s))
		require.ErrorIs(t, db.AddScheme(ctx, s), registry.ErrDuplicate)
		require.Error(t, db.AddScheme(ctx, registry.Scheme{ID: "s2", Owner: "nobody"}), "a scheme has an owner")
		held, err := db.Scheme(ctx, "s1")
		require.NoError(t, err)
		require.Equal(t, s, held)
	})
}

func TestRulesAreAppended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		require.NoError(t, db.AddBody(ctx, someBody("cb")))
		require.NoError(t, db.AddScheme(ctx, registry.Scheme{ID: "s1", Owner: "cb", Rules: []registry.RuleSet{{}}}))
		any := func(registry.Scheme) error { return nil }
		require.ErrorIs(t, db.AppendRules(ctx, "nothing", registry.RuleSet{}, any), registry.ErrNotFound)
		no := errors.New("no")
		before := versionOf(t, db)
		require.ErrorIs(t, db.AppendRules(ctx, "s1", registry.RuleSet{}, func(registry.Scheme) error { return no }), no)
		require.Equal(t, before, versionOf(t, db))
		var all sync.WaitGroup // each sees what was appended before it
		for range 8 {
			all.Go(func() {
				err := db.AppendRules(ctx, "s1", registry.RuleSet{From: instantAt(3), ValidityMonths: 7}, func(s registry.Scheme) error {
					if len(s.Rules) >= 5 {
						return no
					}
					return nil
				})
				if err != nil && !errors.Is(err, no) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s, err := db.Scheme(ctx, "s1")
		require.NoError(t, err)
		require.Len(t, s.Rules, 5)
		require.Equal(t, registry.RuleSet{From: instantAt(3), ValidityMonths: 7}, s.Rules[4])
	})
}

func TestStatementsAndTheirEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withBodies(t, db)
		s := someStatement("st-1", 7)
		require.NoError(t, db.AddStatement(ctx, s))
		got, err := db.Statement(ctx, "st-1")
		require.NoError(t, err)
		require.Equal(t, s, got, "what is read is what was written, the token byte for byte")
		require.ErrorIs(t, db.AddStatement(ctx, someStatement("st-1", 8)), registry.ErrDuplicate, "the id is taken")
		require.ErrorIs(t, db.AddStatement(ctx, someStatement("st-2", 7)), registry.ErrDuplicate, "the status entry is taken")
		_, err = db.Statement(ctx, "st-2")
		require.ErrorIs(t, err, registry.ErrNotFound, "nothing of the refused statement stays")
		require.NoError(t, db.AddStatement(ctx, someStatement("st-2", 8)), "not even its status entry")

		scope := trust.Scope{Activity: trust.CertificationOfPersons, Countries: []string{"CH"}}
		e := trust.Event{Kind: trust.Reduced, EffectiveAt: instantAt(1), LearntAt: instantAt(5), Scope: &scope, Reason: "why", Successor: "next"}
		no := errors.New("no")
		require.ErrorIs(t, db.AppendStatementEvent(ctx, "st-1", e, func(registry.Statement) error { return no }), no)
		require.ErrorIs(t, db.AppendStatementEvent(ctx, "nothing", e, func(registry.Statement) error { return nil }), registry.ErrNotFound)
		before := versionOf(t, db)
		for i := range 3 { // an event in the past of those before it is appended all the same
			e := e
			e.EffectiveAt = e.EffectiveAt.AddDate(0, 0, -i)
			require.NoError(t, db.AppendStatementEvent(ctx, "st-1", e, func(held registry.Statement) error {
				require.Len(t, held.Events, i, "the check sees the history")
				return nil
			}))
		}
		require.Greater(t, versionOf(t, db), before+2)
		got, err = db.Statement(ctx, "st-1")
		require.NoError(t, err)
		require.Len(t, got.Events, 3)
		require.Equal(t, e, got.Events[0])
		all, err := db.Snapshot(ctx)
		require.NoError(t, err)
		require.Equal(t, got, all.Statements[0], "a snapshot tells the same")
		require.Equal(t, versionOf(t, db), all.Version)
	})
}

// TestApplyIsAllOrNothing: an import is one fact.
func TestApplyIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withBodies(t, db)
		rule := registry.Effect{ID: "e1", Of: trust.Accreditation, Event: trust.Withdrawn, StandDays: 3, Note: "n", Sources: []trust.Source{{Locator: "l"}}}
		all := registry.Snapshot{Bodies: []registry.Body{someBody("x1"), someBody("cb")}, Statements: []registry.Statement{someStatement("st-1", 7)},
			Schemes: []registry.Scheme{{ID: "s1", Owner: "x1", Name: "S"}}, Effects: []registry.Effect{rule},
			Coverage: []registry.Coverage{{Body: "x1", Of: "certificates", Register: "partial", SynchronisedAt: instantAt(0), LearntAt: instantAt(1)}}}
		added, changed, err := db.Apply(ctx, all)
		require.NoError(t, err)
		require.Equal(t, []int{5, 0}, []int{added, changed}, "the body that is held is left alone")
		all.Coverage = nil
		added, changed, err = db.Apply(ctx, all)
		require.NoError(t, err)
		require.Equal(t, []int{0, 0}, []int{added, changed}, "the same again changes nothing")
		all.Bodies[0].Name, all.Effects[0].StandDays = "Another name", 4
		all.Statements[0].Events = []trust.Event{{Kind: trust.Suspended, EffectiveAt: instantAt(2), LearntAt: instantAt(3)}}
		added, changed, err = db.Apply(ctx, all)
		require.NoError(t, err)
		require.Equal(t, []int{0, 3}, []int{added, changed})

		before, err := db.Snapshot(ctx)
		require.NoError(t, err)
		require.Len(t, before.Statements[0].Events, 1)
		require.Equal(t, 4, before.Effects[0].StandDays)
		for name, spoil := range map[string]func(*registry.Snapshot){
			"a statement changed":  func(s *registry.Snapshot) { s.Statements[0].Number = "other" },
			"a history cut short":  func(s *registry.Snapshot) { s.Statements[0].Events = nil },
			"a history rewritten":  func(s *registry.Snapshot) { s.Statements[0].Events[0].Reason = "other" },
			"a status entry taken": func(s *registry.Snapshot) { s.Statements = append(s.Statements, someStatement("st-9", 7)) },
			"a body that is not held": func(s *registry.Snapshot) {
				s.Statements = []registry.Statement{{ID: "st-8", Issuer: "nobody", Subject: "cb", StatusList: "list-ab", StatusIndex: 9}}
			},
		} {
			bad := registry.Snapshot{Bodies: []registry.Body{someBody("new-" + fmt.Sprint(len(name)))}, Statements: []registry.Statement{before.Statements[0]}}
			bad.Statements[0].Events = append([]trust.Event{}, before.Statements[0].Events...)
			spoil(&bad)
			_, _, err := db.Apply(ctx, bad)
			require.Error(t, err, name)
			after, err := db.Snapshot(ctx)
			require.NoError(t, err)
			require.Equal(t, before, after, "%s: all or nothing", name)
		}
	})
}

func TestCoverageIsNeverOverwritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withBodies(t, db)
		for i, word := range []string{"complete", "partial", "none"} {
			require.NoError(t, db.PutCoverage(t.Context(), []registry.Coverage{{Body: "cb", Of: "certificates", Register: word, LearntAt: instantAt(i)}}))
		}
		all, err := db.Snapshot(t.Context())
		require.NoError(t, err)
		require.Len(t, all.Coverage, 3)
		require.Equal(t, "complete", all.Coverage[0].Register)
		require.True(t, all.Coverage[0].SynchronisedAt.IsZero(), "what was not said stays unsaid")
		require.Error(t, db.PutCoverage(t.Context(), []registry.Coverage{{Body: "nobody", Of: "certificates"}}))
	})
}

// TestVersionsNeverRepeat: as many writers as there are, each change is
// counted once, and a snapshot belongs to one version.
func TestVersionsNeverRepeat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		before := versionOf(t, db)
		const writers, each = 6, 5
		var all sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]int{before: 0} // bodies by version
		for w := range writers {
			all.Go(func() {
				for i := range each {
					if err := db.AddBody(t.Context(), someBody(fmt.Sprintf("b-%d-%d", w, i))); err != nil {
						t.Error(err)
					}
					s, err := db.Snapshot(t.Context())
					mu.Lock()
					if n, ok := seen[s.Version]; err != nil || ok && n != len(s.Bodies) {
						t.Errorf("%d bodies and %d at version %d, %v", len(s.Bodies), n, s.Version, err)
					}
					seen[s.Version] = len(s.Bodies)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		seen[versionOf(t, db)] = writers * each
		last := -1
		for _, v := range slices.Sorted(maps.Keys(seen)) {
			require.Greater(t, seen[v], last, "every change has a version of its own, and later ones are higher")
			last = seen[v]
		}
	})
}
