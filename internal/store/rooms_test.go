package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/idempotency"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// These tests hold what the stores of keys, access, idempotency and status
// promise, on both engines.

func someKey(t *testing.T, id string, use keys.Use) keys.Key {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), id)
	require.NoError(t, err)
	return keys.Key{ID: id, Body: "cb", Use: use, Public: public, Sealed: []byte{1, 2, 3, 0}, CreatedAt: instantAt(0)}
}

func TestKeysAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		first, second, client := someKey(t, "k1", keys.ForCredentials), someKey(t, "k2", keys.ForCredentials), someKey(t, "k3", keys.ForClients)
		second.Sealed = nil
		before := versionOf(t, db)
		for _, k := range []keys.Key{first, second, client} {
			require.NoError(t, db.AddKey(ctx, k))
		}
		require.Greater(t, versionOf(t, db), before, "who holds keys in memory learns of it")
		require.ErrorIs(t, db.AddKey(ctx, first), registry.ErrDuplicate)
		held, err := db.Keys(ctx, "cb", keys.ForCredentials)
		require.NoError(t, err)
		require.Len(t, held, 2)
		require.Equal(t, []string{"k2", "k1"}, []string{held[0].ID, held[1].ID}, "newest first, also within one instant")
		require.Empty(t, held[0].Sealed)
		require.Equal(t, first.Sealed, held[1].Sealed)
		require.Equal(t, first.Public.Thumbprint(), held[1].Public.Thumbprint())
		of, err := db.Keys(ctx, "another", keys.ForCredentials)
		require.NoError(t, err)
		require.Empty(t, of)
		all, err := db.AllKeys(ctx, keys.ForClients)
		require.NoError(t, err)
		require.Len(t, all, 1)

		for _, x := range [][2]string{{"another", "k1"}, {"cb", "nothing"}} {
			require.ErrorIs(t, db.RevokeKey(ctx, x[0], x[1], instantAt(5), time.Time{}, "r"), registry.ErrNotFound)
		}
		before = versionOf(t, db)
		require.NoError(t, db.RevokeKey(ctx, "cb", "k1", instantAt(5), instantAt(3), "lost"))
		require.Greater(t, versionOf(t, db), before)
		require.ErrorIs(t, db.RevokeKey(ctx, "cb", "k1", instantAt(6), time.Time{}, "again"), registry.ErrNotFound, "a revocation is not rewritten")
		held, err = db.Keys(ctx, "cb", keys.ForCredentials)
		require.NoError(t, err)
		require.Equal(t, []any{instantAt(5), instantAt(3), "lost"}, []any{held[1].RevokedAt, held[1].CompromisedAt, held[1].Reason})
		require.True(t, held[0].RevokedAt.IsZero())
	})
}

func TestClientsAndAssertions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		require.NoError(t, db.AddBody(ctx, someBody("cb")))
		c := access.Client{ID: "c-1", Name: "n", Body: "cb", Scopes: []string{"a", "b"}, SecretHash: []byte{0, 1, 255}, CreatedAt: instantAt(0)}
		require.NoError(t, db.AddClient(ctx, c))
		got, err := db.Client(ctx, "c-1")
		require.NoError(t, err)
		require.Equal(t, c, got)
		require.Error(t, db.AddClient(ctx, c), "the id is taken")
		require.ErrorIs(t, db.AddClient(ctx, access.Client{ID: "c-2", Body: "nobody", SecretHash: []byte{1}}), registry.ErrNotFound)
		for _, id := range []string{"", "C-1", "c-2"} {
			_, err = db.Client(ctx, id)
			require.ErrorIs(t, err, registry.ErrNotFound, "%q", id)
		}
		require.NoError(t, db.AddClient(ctx, access.Client{ID: "c-3", Operator: true, SecretHash: []byte{1}}))
		got, err = db.Client(ctx, "c-3")
		require.NoError(t, err)
		require.True(t, got.Operator)

		var spent atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch err := db.Spend(ctx, "c-1", "jti", time.Now().Add(time.Minute)); {
				case err == nil:
					spent.Add(1)
				case !errors.Is(err, registry.ErrDuplicate):
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, spent.Load(), "an assertion counts once")
		require.NoError(t, db.Spend(ctx, "c-3", "jti", time.Now().Add(time.Minute)), "another client's is another")
	})
}

func TestAnswersAreReplayed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		const lease = 10 * time.Second
		ask := idempotency.Answer{Client: "c", Route: "POST /x", Key: "k", Fingerprint: []byte{1}, StartedAt: instantAt(0)}
		prior, err := db.Begin(ctx, ask, lease)
		require.NoError(t, err)
		require.Nil(t, prior, "the first is the caller's to run")
		later := func(d time.Duration) idempotency.Answer { a := ask; a.StartedAt = instantAt(0).Add(d); return a }
		_, err = db.Begin(ctx, later(lease-time.Microsecond), lease)
		require.ErrorIs(t, err, idempotency.ErrInProgress)
		prior, err = db.Begin(ctx, later(lease), lease)
		require.NoError(t, err)
		require.Nil(t, prior, "a claim whose lease is over may be taken up")
		other := later(lease)
		other.Fingerprint = []byte{2}
		_, err = db.Begin(ctx, other, lease)
		require.ErrorIs(t, err, idempotency.ErrKeyReused, "another request under the key, also while the first runs")
		for _, a := range []idempotency.Answer{{Client: "d", Route: "POST /x", Key: "k"}, {Client: "c", Route: "POST /y", Key: "k"}, {Client: "c", Route: "POST /x", Key: "l"}} {
			a.Fingerprint, a.StartedAt = []byte{9}, instantAt(0)
			prior, err = db.Begin(ctx, a, lease)
			require.NoError(t, err)
			require.Nil(t, prior, "another client, route or key is another")
		}
		done := ask
		done.Status, done.Body, done.Header = 201, []byte(`{"a":1}`), map[string]string{"Location": "/x/1"}
		require.NoError(t, db.Finish(ctx, done))
		require.Error(t, db.Finish(ctx, done), "an answer is kept once")
		prior, err = db.Begin(ctx, later(time.Hour), lease)
		require.NoError(t, err)
		require.Equal(t, []any{201, done.Body, done.Header}, []any{prior.Status, prior.Body, prior.Header})
		require.NoError(t, db.Abandon(ctx, ask))
		prior, err = db.Begin(ctx, later(time.Hour), lease)
		require.NoError(t, err)
		require.NotNil(t, prior, "a finished answer is not given up")
		prior, err = db.Begin(ctx, later(25*time.Hour), lease)
		require.NoError(t, err)
		require.Nil(t, prior, "after a day it is forgotten")

		fresh := idempotency.Answer{Client: "c", Route: "r", Key: "race", Fingerprint: []byte{1}, StartedAt: instantAt(1)}
		var won atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if prior, err := db.Begin(ctx, fresh, lease); err == nil && prior == nil {
					won.Add(1)
				} else if !errors.Is(err, idempotency.ErrInProgress) {
					t.Errorf("%v, %v", prior, err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, won.Load(), "of those who race one runs")
	})
}

func TestListsOpenOnceAndTellTheirState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withBodies(t, db)
		ids := make([]string, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				id, _, err := db.OpenList(ctx, "cb", fmt.Sprint("list-", i))
				if err != nil {
					t.Error(err)
				}
				ids[i] = id
			})
		}
		all.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id, "one list is opened, whoever was first")
		}
		owner, err := db.ListOwner(ctx, ids[0])
		require.NoError(t, err)
		require.Equal(t, "cb", owner)
		_, err = db.ListOwner(ctx, "nothing")
		require.ErrorIs(t, err, registry.ErrNotFound)

		changed, err := db.Changed(ctx, "list-ab")
		require.NoError(t, err)
		require.True(t, changed.IsZero())
		for i := range 3 {
			require.NoError(t, db.AddStatement(ctx, someStatement(fmt.Sprint("st-", i), i)))
		}
		ok := func(registry.Statement) error { return nil }
		for _, x := range []struct {
			id   string
			kind trust.EventKind
			at   int
		}{{"st-0", trust.Suspended, 10}, {"st-1", trust.Withdrawn, 12}, {"st-0", trust.Restored, 14}} {
			require.NoError(t, db.AppendStatementEvent(ctx, x.id, trust.Event{Kind: x.kind, EffectiveAt: instantAt(x.at), LearntAt: instantAt(x.at)}, ok))
		}
		for _, x := range []struct {
			purpose string
			at      int
			want    []int
		}{{"suspension", 9, nil}, {"suspension", 10, []int{0}}, {"revocation", 11, nil}, {"revocation", 12, []int{1}}, {"suspension", 14, nil}, {"revocation", 99, []int{1}}} {
			set, err := db.Set(ctx, "list-ab", x.purpose, instantAt(0).Add(time.Duration(x.at)*time.Minute), instantAt(99))
			require.NoError(t, err)
			require.Equal(t, x.want, set, "%s at %d", x.purpose, x.at)
		}
		changed, err = db.Changed(ctx, "list-ab")
		require.NoError(t, err)
		require.Equal(t, instantAt(14), changed)
	})
}

// TestTroubleIsNamed: an outage is told apart from a fault of ours, and
// whoever has gone is not taken for one.
func TestTroubleIsNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := db.Body(gone, "cb")
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, fault.ErrAway)
		_, err = db.Body(t.Context(), "cb")
		require.ErrorIs(t, err, registry.ErrNotFound)
		require.NotErrorIs(t, err, fault.ErrAway)
	})
	_, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1", store.Options{})
	require.Error(t, err, "nobody listens there")
}

// TestMigratingAtOnce: replicas that start together migrate once.
func TestMigratingAtOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					db, err := store.Open(t.Context(), dsn, store.Options{})
					if err != nil {
						t.Error(err)
						return
					}
					if err := errors.Join(db.Migrate(t.Context()), db.Migrate(t.Context()), db.Close()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			db, err := store.Open(t.Context(), dsn, store.Options{})
			require.NoError(t, err)
			require.EqualValues(t, 1, versionOf(t, db))
			require.NoError(t, db.Close())
		})
	}
}
