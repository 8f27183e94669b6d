package store_test

import (
	"errors"
	"fmt"
	"strings"
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

// body is a body with a scheme and an open status list.
func body(t *testing.T, db *store.DB) {
	require.NoError(t, db.AddBody(t.Context(), registry.Body{ID: "b", DID: "did:web:example.org:b", Name: "B"}))
	require.NoError(t, db.AddScheme(t.Context(), registry.Scheme{ID: "s", Owner: "b", Name: "S"}))
	list, room, err := db.OpenList(t.Context(), "b", "l")
	require.NoError(t, err)
	require.Equal(t, "l", list)
	require.Equal(t, 65536, room)
}

func record(i int, key, email string) issue.Record {
	return issue.Record{Number: fmt.Sprintf("N-%d", i), Body: "b", Scheme: "s", Key: key, Fingerprint: []byte(email), State: issue.Recorded,
		StatusList: "l", StatusIndex: i, KeyID: "did:web:example.org:b#k", SigningInput: fmt.Sprintf("head.payload%d", i), Salt: "salt", SubjectID: "urn:uuid:1",
		CreatedAt: time.Unix(1_700_000_000, 0).UTC(), Request: issue.Request{Scheme: "s", Holder: issue.Holder{Name: "A", Email: email}}}
}

func now() time.Time { return time.Unix(1_700_000_100, 0).UTC() }

func TestRecordAndSeal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		ctx := t.Context()
		r := record(1, "key", "a@example.org")
		got, existing, err := db.Record(ctx, r, false, now())
		require.NoError(t, err)
		require.False(t, existing)
		require.Equal(t, r, got)
		_, err = db.Published(ctx, r.Number)
		require.ErrorIs(t, err, issue.ErrNotFound, "what is not sealed is not shown")

		again := record(2, "key", "a@example.org")
		got, existing, err = db.Record(ctx, again, false, now())
		require.NoError(t, err)
		require.True(t, existing)
		require.Equal(t, r.Number, got.Number, "one key, one certificate")
		_, existing, err = db.Record(ctx, record(2, "another key", "b@example.org"), false, now())
		require.NoError(t, err, "a repeat takes no status entry")
		require.False(t, existing)
		_, _, err = db.Record(ctx, record(3, "key", "other@example.org"), false, now())
		require.ErrorIs(t, err, issue.ErrKeyReused)
		for name, change := range map[string]func(*issue.Record){
			"number": func(r *issue.Record) { r.Number = "N-1" }, "entry": func(r *issue.Record) { r.StatusIndex = 1 },
		} {
			for _, key := range []string{"", "another"} {
				x := record(4, key, "d@example.org")
				change(&x)
				_, _, err = db.Record(ctx, x, false, now())
				require.ErrorIs(t, err, issue.ErrTaken, name)
			}
		}

		at := now()
		require.NoError(t, db.Seal(ctx, r, r.SigningInput+".sig", at, registry.DuplicatesAllow))
		require.ErrorIs(t, db.Seal(ctx, r, r.SigningInput+".other", at, registry.DuplicatesAllow), issue.ErrWrongState)
		require.ErrorIs(t, db.Seal(ctx, record(9, "", ""), "i.s", at, registry.DuplicatesAllow), issue.ErrWrongState)
		p, err := db.Published(ctx, r.Number)
		require.NoError(t, err)
		require.Equal(t, "head.payload1.sig", p.Token)
		require.Equal(t, at, p.SealedAt)
		require.Empty(t, p.Events)
		full, err := db.Certificate(ctx, r.Number)
		require.NoError(t, err)
		r.State, r.Token, r.SealedAt = issue.Sealed, p.Token, at
		require.Equal(t, r, full)
	})
}

// TestPublishedTellsTheHistory in its order, and the version of the registry
// also where there is no record.
func TestPublishedTellsTheHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		ctx := t.Context()
		r := record(1, "", "a@example.org")
		_, _, err := db.Record(ctx, r, false, now())
		require.NoError(t, err)
		require.NoError(t, db.Seal(ctx, r, "whole.other.token", now(), registry.DuplicatesAllow))
		version, err := db.Version(ctx)
		require.NoError(t, err)
		var want []trust.Event
		for i, kind := range []trust.EventKind{trust.Suspended, trust.Restored, trust.Superseded} {
			e := trust.Event{Kind: kind, EffectiveAt: now().Add(-time.Duration(i) * time.Hour), LearntAt: now().Add(time.Duration(i) * time.Microsecond), Reason: `"ü" \`, Successor: "N-2"}
			require.NoError(t, db.AppendEvent(ctx, r.Number, e, "", func(issue.Record) error { return nil }))
			want = append(want, e)
			p, err := db.Published(ctx, r.Number)
			require.NoError(t, err)
			require.Equal(t, want, p.Events)
			require.Equal(t, version, p.Registry)
			require.Equal(t, "whole.other.token", p.Token, "a token that does not begin with its input is kept whole")
		}
		p, err := db.Published(ctx, "N-2")
		require.ErrorIs(t, err, issue.ErrNotFound)
		require.Equal(t, version, p.Registry)

		many := make([]string, 1200) // more than one statement asks for
		for i := range many {
			many[i] = fmt.Sprintf("none-%d", i)
		}
		many[700] = r.Number
		found, known, err := db.PublishedAll(ctx, many)
		require.NoError(t, err)
		require.Equal(t, version, known)
		one, err := db.Published(ctx, r.Number)
		require.NoError(t, err)
		require.Equal(t, map[string]issue.Published{r.Number: one}, found)
		_, known, err = db.PublishedAll(ctx, many[:3])
		require.NoError(t, err)
		require.Equal(t, version, known, "told also where nothing is found")
	})
}

// TestRacingRecords: many at once, on two connections to one database, under
// one key, for one holder, and for all alike. Nothing is recorded twice and
// nothing acknowledged is lost.
func TestRacingRecords(t *testing.T) {
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
			const many = 60
			var mu sync.Mutex
			byKey, byHolder, free := map[string]bool{}, map[string]bool{}, map[string]bool{}
			var wait sync.WaitGroup
			for i := range many {
				for kind := range 3 {
					wait.Add(1)
					go func() {
						defer wait.Done()
						db, n := dbs[i%2], 1000*kind+i
						var r issue.Record
						var err error
						switch kind {
						case 0:
							r, _, err = db.Record(t.Context(), record(n, "one key", "k@example.org"), false, now())
						case 1:
							r, _, err = db.Record(t.Context(), record(n, "", "h@example.org"), true, now())
						default:
							r, _, err = db.Record(t.Context(), record(n, fmt.Sprint("key ", n), fmt.Sprint(n, "@example.org")), i%3 == 0, now())
						}
						var twice *issue.DuplicateError
						if errors.As(err, &twice) && kind == 1 {
							r.Number = twice.Number
						} else if !assertNo(t, err) {
							return
						}
						err = db.Seal(t.Context(), r, r.SigningInput+".sig", now(), registry.DuplicatesAllow)
						if r.SigningInput != "" && err != nil {
							require.ErrorIs(t, err, issue.ErrWrongState)
						}
						mu.Lock()
						defer mu.Unlock()
						[]map[string]bool{byKey, byHolder, free}[kind][r.Number] = true
					}()
				}
			}
			wait.Wait()
			require.Len(t, byKey, 1)
			require.Len(t, byHolder, 1)
			require.Len(t, free, many)
			all, err := dbs[0].Certificates(t.Context(), "b", issue.Filter{Now: now(), Limit: 1000})
			require.NoError(t, err)
			require.Len(t, all, many+2)
			for _, r := range all {
				require.True(t, strings.HasSuffix(r.Token, ".sig"))
			}
		})
	}
}

func assertNo(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Errorf("%v", err)
	}
	return err == nil
}

// TestOneHolderOneCertificate, until the first no longer counts.
func TestOneHolderOneCertificate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		ctx := t.Context()
		first := record(1, "", "A@example.org")
		_, _, err := db.Record(ctx, first, true, now())
		require.NoError(t, err)
		require.NoError(t, db.Seal(ctx, first, first.SigningInput+".sig", now(), registry.DuplicatesAllow))
		var twice *issue.DuplicateError
		_, _, err = db.Record(ctx, record(2, "", "a@EXAMPLE.org"), true, now())
		require.ErrorAs(t, err, &twice)
		require.Equal(t, first.Number, twice.Number)
		require.NoError(t, db.AppendEvent(ctx, first.Number, trust.Event{Kind: trust.Withdrawn, EffectiveAt: now(), LearntAt: now()}, "", func(issue.Record) error { return nil }))
		_, existing, err := db.Record(ctx, record(3, "", "a@example.org"), true, now())
		require.NoError(t, err)
		require.False(t, existing)
		_, _, err = db.Record(ctx, record(1, "", "b@example.org"), true, now())
		require.ErrorIs(t, err, issue.ErrTaken)
	})
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/50% of #1?.db", store.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Close())
	again, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/another #1?.db", store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Close()) })
	_, err = again.Published(t.Context(), "N-1")
	require.ErrorContains(t, err, "no such table", "two files are not one")
}

// TestGroupsJudgeTheirOwnApart: facts of one group that stand in each other's
// way, by key, holder, number or status entry, leave one of them.
func TestGroupsJudgeTheirOwnApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body(t, db)
		const many = 40
		var wait sync.WaitGroup
		var mu sync.Mutex
		held := map[string]map[string]bool{"key": {}, "holder": {}, "entry": {}}
		refused := 0
		for i := range many {
			for kind := range held {
				wait.Go(func() {
					r := record(1000+i, "", fmt.Sprint(kind, i, "@example.org"))
					r.Number = kind + r.Number
					switch kind {
					case "key":
						r.Key, r.Fingerprint, r.StatusIndex = "one", []byte("same"), 1000+i
					case "holder":
						r.Request.Holder.Email, r.StatusIndex = "one@example.org", 2000+i
					case "entry":
						r.StatusIndex = 3000
					}
					got, _, err := db.Record(t.Context(), r, kind == "holder", now())
					var duplicate *issue.DuplicateError
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						held[kind][got.Number] = true
					case errors.Is(err, issue.ErrTaken), errors.As(err, &duplicate):
						refused++
					default:
						t.Error(kind, err)
					}
				})
			}
		}
		wait.Wait()
		for kind, numbers := range held {
			require.Len(t, numbers, 1, kind)
		}
		require.Equal(t, 2*(many-1), refused)
	})
}
