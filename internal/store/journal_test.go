package store_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func trail(t *testing.T, db *store.DB, q journal.Query) (kinds []string, notes []journal.Kept) {
	if q.Limit == 0 {
		q.Limit = 1000
	}
	notes, err := db.Trail(t.Context(), q)
	require.NoError(t, err)
	for _, n := range notes {
		kinds = append(kinds, n.Kind)
	}
	return kinds, notes
}

// TestEveryWriteIsNoted with what it was about, by whom, and bound to the note
// before about the same thing; what failed is not.
func TestEveryWriteIsNoted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		ctx := journal.By(t.Context(), journal.Caller{Client: "c-1", Address: "192.0.2.1"})
		require.NoError(t, db.AddKey(ctx, someKey(t, "k", keys.ForCredentials)))
		require.NoError(t, db.RevokeKey(ctx, "cb", "k", now(), time.Time{}, "lost"))
		r := record(1, "", "a@example.org")
		_, _, err := db.Record(ctx, r, false, now())
		require.NoError(t, err)
		token := r.SigningInput + ".sig"
		require.NoError(t, db.Seal(ctx, r, token, now(), registry.DuplicatesAllow))
		require.Error(t, db.Seal(ctx, r, token, now(), registry.DuplicatesAllow))
		for _, kind := range []trust.EventKind{trust.Suspended, trust.Restored} {
			require.NoError(t, db.AppendEvent(ctx, r.Number, trust.Event{Kind: kind, EffectiveAt: now(), LearntAt: now(), Reason: "of Jane"}, "", func(issue.Record) error { return nil }))
		}
		require.Error(t, db.AppendEvent(ctx, r.Number, trust.Event{Kind: trust.Withdrawn}, "", func(issue.Record) error { return issue.ErrWrongState }))

		kinds, _ := trail(t, db, journal.Query{})
		require.Equal(t, []string{"body.added", "scheme.added", "key.added", "key.revoked", "certificate.issued", "certificate.suspended", "certificate.restored"}, kinds)
		kinds, notes := trail(t, db, journal.Query{Thing: "certificate N-1"})
		require.Len(t, kinds, 3)
		before, hash := "", journal.HashOf(token)
		for _, n := range notes {
			require.EqualValues(t, -1, n.Index)
			require.Equal(t, "b", n.Body)
			require.Equal(t, hash[:], n.Token)
			l, err := journal.ParseLeaf(n.Leaf)
			require.NoError(t, err)
			require.Equal(t, hex.EncodeToString(hash[:]), l.Token)
			var record journal.Record
			require.NoError(t, json.Unmarshal(n.Record, &record))
			require.Equal(t, "c-1", record.Caller.Client)
			require.Equal(t, before, record.Before)
			require.Equal(t, record.After, n.After)
			before = n.After
			require.NotContains(t, string(n.Leaf)+string(n.Record), "Jane")
		}
		kinds, _ = trail(t, db, journal.Query{Body: "cb"})
		require.Equal(t, []string{"key.added", "key.revoked"}, kinds, "of a body: what it did and what was done about it")
		kinds, _ = trail(t, db, journal.Query{After: notes[0].ID, Limit: 1})
		require.Equal(t, []string{"certificate.suspended"}, kinds)
	})
}

// TestOneNoteForEachOfManySealed at once.
func TestOneNoteForEachOfManySealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		const many = 60
		var wait sync.WaitGroup
		failed := make(chan error, many)
		for i := range many {
			wait.Go(func() {
				r := record(i+1, "", fmt.Sprintf("%d@example.org", i))
				_, _, err := db.Record(t.Context(), r, i%2 == 0, now())
				if err == nil {
					err = db.Seal(t.Context(), r, r.SigningInput+".s", now(), []string{registry.DuplicatesAllow, registry.DuplicatesDeny}[i%2])
				}
				failed <- err
			})
		}
		wait.Wait()
		close(failed)
		for err := range failed {
			require.NoError(t, err)
		}
		_, notes := trail(t, db, journal.Query{Body: "b"})
		seen := map[string]int{}
		for _, n := range notes {
			if n.Kind == journal.CertificateIssued {
				seen[n.Thing]++
			}
		}
		require.Len(t, seen, many)
		for thing, n := range seen {
			require.Equal(t, 1, n, thing)
		}
	})
}
