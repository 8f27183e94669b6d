package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// begun records a certificate of one holder, as long ago as given.
func begun(t *testing.T, db *store.DB, n int, ago time.Duration, unique bool) issue.Record {
	r := record(n, "", "one@example.org")
	r.CreatedAt = now().Add(-ago)
	r, _, err := db.Record(t.Context(), r, unique, now())
	require.NoError(t, err)
	return r
}

func sealed(ctx context.Context, db *store.DB, r issue.Record, policy string) error {
	return db.Seal(ctx, r, r.SigningInput+".sig", now(), policy)
}

// standing are the numbers of the body's certificates that nothing has ended,
// and how many events there are of all.
func standing(t *testing.T, db *store.DB) (numbers []string, events int) {
	all, err := db.Certificates(t.Context(), "b", issue.Filter{Now: now(), Limit: 1000})
	require.NoError(t, err)
	for _, r := range all {
		events += len(r.Events)
		if len(r.Events) == 0 {
			numbers = append(numbers, r.Number)
		}
	}
	return numbers, events
}

// TestReplacingLeavesOne: whichever is sealed last is the one in force; what is
// not sealed is not superseded.
func TestReplacingLeavesOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		first, second := begun(t, db, 1, 0, false), begun(t, db, 2, 0, false)
		require.NoError(t, sealed(t.Context(), db, second, registry.DuplicatesReplace))
		waiting, err := db.Certificate(t.Context(), first.Number)
		require.NoError(t, err)
		require.Empty(t, waiting.Events, "prepared only")
		require.NoError(t, sealed(t.Context(), db, first, registry.DuplicatesReplace))
		numbers, events := standing(t, db)
		require.Equal(t, []string{first.Number}, numbers)
		require.Equal(t, 1, events)
		gone, err := db.Certificate(t.Context(), second.Number)
		require.NoError(t, err)
		require.Equal(t, []any{trust.Superseded, first.Number}, []any{gone.Events[0].Kind, gone.Events[0].Successor})

		// What has ended is not ended again, and an ended one stands in nobody's way.
		require.NoError(t, db.AppendEvent(t.Context(), first.Number, trust.Event{Kind: trust.Withdrawn, EffectiveAt: now(), LearntAt: now()}, "", func(issue.Record) error { return nil }))
		third := begun(t, db, 3, 0, false)
		require.NoError(t, sealed(t.Context(), db, third, registry.DuplicatesReplace))
		numbers, events = standing(t, db)
		require.Equal(t, []string{third.Number}, numbers)
		require.Equal(t, 2, events)
	})
}

// TestRacingReplacements are sealed at once by two replicas, while some
// are suspended.
func TestRacingReplacements(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dsn := storetest.DSN(t, engine)
			var dbs []*store.DB
			for range 2 {
				db, err := store.Open(t.Context(), dsn, store.Options{})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, db.Close()) })
				require.NoError(t, db.Migrate(t.Context()))
				dbs = append(dbs, db)
			}
			body(t, dbs[0])
			const many = 24
			var wait sync.WaitGroup
			for i := range many {
				wait.Add(1)
				go func() {
					defer wait.Done()
					db := dbs[i%2]
					r, _, err := db.Record(t.Context(), record(i, "", "one@example.org"), false, now())
					if assertNo(t, err) && assertNo(t, sealed(t.Context(), db, r, registry.DuplicatesReplace)) && i%4 == 0 {
						e := trust.Event{Kind: trust.Suspended, EffectiveAt: now(), LearntAt: now()}
						assertNo(t, db.AppendEvent(t.Context(), r.Number, e, "", func(issue.Record) error { return nil }))
					}
				}()
			}
			wait.Wait()
			all, err := dbs[0].Certificates(t.Context(), "b", issue.Filter{Now: now(), Limit: 1000})
			require.NoError(t, err)
			require.Len(t, all, many)
			open := 0
			for _, r := range all {
				final := 0
				for _, e := range r.Events {
					if e.Kind == trust.Superseded {
						final++
					}
				}
				require.LessOrEqual(t, final, 1, "superseded once")
				open += 1 - final
			}
			require.Equal(t, 1, open, "one is left")
		})
	}
}

// TestDenyingIsDecidedAtSealing: what was begun long ago counts no more while
// it waits, and is refused when it comes too late.
func TestDenyingIsDecidedAtSealing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		late := begun(t, db, 1, 11*time.Minute, true)
		second := begun(t, db, 2, 0, true)
		require.NoError(t, sealed(t.Context(), db, second, registry.DuplicatesDeny))
		var twice *issue.DuplicateError
		require.ErrorAs(t, sealed(t.Context(), db, late, registry.DuplicatesDeny), &twice)
		require.Equal(t, second.Number, twice.Number)
		require.ErrorIs(t, sealed(t.Context(), db, second, registry.DuplicatesDeny), issue.ErrWrongState, "a repeat is no duplicate of itself")
		numbers, _ := standing(t, db)
		require.Equal(t, []string{second.Number}, numbers)
		require.NoError(t, db.AppendEvent(t.Context(), second.Number, trust.Event{Kind: trust.Withdrawn, EffectiveAt: now(), LearntAt: now()}, "", func(issue.Record) error { return nil }))
		require.NoError(t, sealed(t.Context(), db, late, registry.DuplicatesDeny), "the way is free")
	})
}
