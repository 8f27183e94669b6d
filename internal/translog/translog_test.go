package translog_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) set(at time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.at = at }

func newClock() *clock { return &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)} }

// open is a log on the database, as one process has it.
func open(db *store.DB, c *clock) *translog.Log {
	k := &keys.Custodian{Store: db, Now: c.now, Rand: rand.Reader}
	return &translog.Log{Store: db, Keys: keys.LogKeys{Custodian: k, DID: "did:web:register.example"}, Host: "register.example", Now: c.now}
}

// note notes n certificates as issued, named from first on.
func note(t testing.TB, db *store.DB, first, n int) {
	t.Helper()
	facts := make([]journal.Fact, n)
	for i := range facts {
		facts[i] = issued(first + i)
	}
	require.NoError(t, db.Note(t.Context(), facts...))
}

func issued(i int) journal.Fact {
	return journal.Fact{Kind: journal.CertificateIssued, Thing: journal.Thing{What: journal.Certificate, ID: strconv.Itoa(i)}, Body: "cb", Scheme: "s",
		Token: token(i), Decided: time.Unix(1_780_000_000, 0), Wrote: []byte(strconv.Itoa(i))}
}

func token(i int) [32]byte { return journal.HashOf("token " + strconv.Itoa(i)) }

func sequence(t testing.TB, l *translog.Log) int {
	t.Helper()
	n, err := l.Sequence(t.Context())
	require.NoError(t, err)
	return n
}

func audit(t testing.TB, l *translog.Log) int64 {
	t.Helper()
	n, err := l.Audit(t.Context())
	require.NoError(t, err)
	return n
}

func TestEveryNoteHasItsPlaceAndProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, l := t.Context(), open(db, newClock())
		_, err := l.Find(ctx, token(0))
		require.ErrorIs(t, err, translog.ErrNotFound)
		total, sizes := 0, []int64{}
		for _, n := range []int{1, 2, 253, 1, 300, 1500} { // around the widths of tiles and batches
			note(t, db, total, n)
			_, err := l.Find(ctx, token(total))
			require.ErrorIs(t, err, translog.ErrWaiting)
			total += n
			sequence(t, l)
			tree, err := l.Tree(ctx, "")
			require.NoError(t, err)
			require.EqualValues(t, audit(t, l), tree.Size)
			sizes = append(sizes, tree.Size)
		}
		require.Zero(t, sequence(t, l), "nothing waits")
		logs, err := l.Logs(ctx)
		require.NoError(t, err)
		require.Equal(t, "register.example/log/2026", logs[0].Origin)
		for i := 0; i < total; i += 41 {
			p, at, err := l.ProveToken(ctx, token(i))
			require.NoError(t, err)
			in, err := inclusion.Check(p.Encode(), nil, logs)
			require.NoError(t, err)
			require.Equal(t, at.Index, in.Index)
			entry, err := inclusion.ParseEntry(in.Entry)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("%x", token(i)), entry.Token)
			leaf := rfc6962.DefaultHasher.HashLeaf(p.Entry) // another implementation of RFC 6962
			var hashes [][]byte
			for _, h := range p.Hashes {
				hashes = append(hashes, h[:])
			}
			require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(in.Index), uint64(in.Size), leaf, hashes, in.Root[:]))
		}
		consistent(t, l, sizes)
	})
}

// consistent proves each size against the last, by two implementations.
func consistent(t *testing.T, l *translog.Log, sizes []int64) {
	t.Helper()
	tree, err := l.Tree(t.Context(), "")
	require.NoError(t, err)
	for i, from := range sizes {
		for _, to := range sizes[i:] {
			hashes, err := l.ProveSize(t.Context(), tree, from, to)
			require.NoError(t, err)
			old, younger := root(t, l, tree, from), root(t, l, tree, to)
			require.NoError(t, inclusion.CheckConsistency(old, younger, hashes))
			var raw [][]byte
			for _, h := range hashes {
				raw = append(raw, h[:])
			}
			require.NoError(t, proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(to), raw, old.Root[:], younger.Root[:]))
			if from < to {
				old.Root[0] ^= 1
				require.ErrorIs(t, inclusion.CheckConsistency(old, younger, hashes), inclusion.ErrProof)
			}
		}
	}
}

// root derives the head of the first n entries from the tiles of entries alone.
func root(t *testing.T, l *translog.Log, tree translog.Tree, n int64) inclusion.Checkpoint {
	t.Helper()
	var h translog.Derived
	leaves, err := l.Store.Leaves(t.Context(), tree.Start, tree.Start+n)
	require.NoError(t, err)
	return h.Head(tree.Origin, leaves)
}

// faulty fails before or after one call of one method, once.
type faulty struct {
	translog.Store
	method string
	after  bool
	failed bool
}

var errCrash = errors.New("crash")

func (f *faulty) around(method string, do func() error) error {
	hit := method == f.method && !f.failed
	if hit && !f.after {
		f.failed = true
		return errCrash
	}
	err := do()
	if hit && err == nil {
		f.failed = true
		return errCrash
	}
	return err
}

func (f *faulty) OpenTree(ctx context.Context, before string, size int64, t translog.Tree, about journal.Fact) error {
	return f.around("open", func() error { return f.Store.OpenTree(ctx, before, size, t, about) })
}

func (f *faulty) Append(ctx context.Context, s translog.Step) error {
	return f.around("append", func() error { return f.Store.Append(ctx, s) })
}

func (f *faulty) Publish(ctx context.Context, origin string, size int64, c []byte) error {
	return f.around("publish", func() error { return f.Store.Publish(ctx, origin, size, c) })
}

// TestEveryCrashIsFinished: at each write of a round, before and after; the
// folder's files count as writes too.
func TestEveryCrashIsFinished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		l := open(db, c)
		l.Dir = t.TempDir()
		total, year := 0, 2026
		for _, method := range []string{"open", "append", "publish"} {
			for _, after := range []bool{false, true} {
				c.set(time.Date(year, 7, 1, 0, 0, 0, 0, time.UTC)) // each opens a tree after another
				year++
				note(t, db, total, 300)
				total += 300
				crashed := openLike(l)
				crashed.Store = &faulty{Store: db, method: method, after: after}
				_, err := crashed.Sequence(t.Context())
				require.ErrorIs(t, err, errCrash, "%s %v", method, after)
				require.LessOrEqual(t, audit(t, openLike(l)), int64(notes(t, db)))
				sequence(t, openLike(l)) // the process that comes after
				require.EqualValues(t, notes(t, db), audit(t, openLike(l)), "every note has a place")
			}
		}
		for i := range total {
			_, err := l.Find(t.Context(), token(i))
			require.NoError(t, err)
		}
	})
}

func openLike(l *translog.Log) *translog.Log {
	return &translog.Log{Store: l.Store, Keys: l.Keys, Host: l.Host, Dir: l.Dir, Witnesses: l.Witnesses, HTTP: l.HTTP, Now: l.Now}
}

func notes(t *testing.T, db *store.DB) int {
	t.Helper()
	all, err := db.Trail(t.Context(), journal.Query{Limit: 1 << 20})
	require.NoError(t, err)
	return len(all)
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	db, c := storetest.Open(t, "sqlite", store.Options{}), newClock()
	l := open(db, c)
	l.Dir = t.TempDir()
	blocked := filepath.Join(l.Dir, "2026", "tile") // a file where a folder should be
	require.NoError(t, os.Mkdir(filepath.Dir(blocked), 0o700))
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	note(t, db, 0, 3)
	_, err := l.Sequence(t.Context())
	require.Error(t, err)
	tree, err := l.Tree(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, tree.Published, "no checkpoint before its tiles")
	require.NoError(t, os.Remove(blocked))
	sequence(t, l)
	require.EqualValues(t, notes(t, db), audit(t, l))
	data, err := os.ReadFile(filepath.Join(l.Dir, "2026", "checkpoint"))
	require.NoError(t, err)
	tree, err = l.Tree(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, tree.Published, data)
}

// TestReplicas: several processes sequence while others write; no entry is
// lost and none has two places.
func TestReplicas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c, dir := newClock(), t.TempDir()
		ctx, stop := context.WithCancel(t.Context())
		var sequencers, writers sync.WaitGroup
		for range 3 {
			l := open(db, c)
			l.Dir = dir
			sequencers.Go(func() {
				for ctx.Err() == nil {
					if _, err := l.Sequence(ctx); err != nil && ctx.Err() == nil {
						t.Errorf("sequencing: %v", err)
						return
					}
				}
			})
		}
		const each = 40
		for w := range 3 {
			writers.Go(func() {
				for i := range each {
					if err := db.Note(t.Context(), issued(w*each+i)); err != nil {
						t.Errorf("noting: %v", err)
					}
				}
			})
		}
		writers.Wait()
		l := open(db, c)
		for i := range 3 * each {
			waited, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			_, err := l.Await(waited, token(i))
			cancel()
			require.NoError(t, err)
		}
		stop()
		sequencers.Wait()
		l.Dir = dir
		sequence(t, l)
		require.EqualValues(t, notes(t, db), audit(t, l))
	})
}

// TestManyEntries appends and audits as many as BONAFIDE_TEST_LOG_ENTRIES says.
func TestManyEntries(t *testing.T) {
	many := 1200
	if v := os.Getenv("BONAFIDE_TEST_LOG_ENTRIES"); v != "" {
		var err error
		many, err = strconv.Atoi(v)
		require.NoError(t, err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(db, newClock())
		for n := 0; n < many; n += 1000 {
			note(t, db, n, min(1000, many-n))
		}
		start := time.Now()
		require.GreaterOrEqual(t, sequence(t, l), many)
		appended := time.Since(start)
		start = time.Now()
		require.GreaterOrEqual(t, audit(t, l), int64(many))
		t.Logf("%d entries: appended in %s, audited in %s", many, appended, time.Since(start))
	})
}

func TestANewYearHasALogOfItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		l := open(db, c)
		note(t, db, 0, 300)
		sequence(t, l)
		c.set(time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC))
		note(t, db, 300, 10)
		sequence(t, l)
		require.EqualValues(t, notes(t, db), audit(t, l))
		old, err := l.Tree(t.Context(), "2026")
		require.NoError(t, err)
		require.False(t, old.ClosedAt.IsZero())
		now, err := l.Tree(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, "register.example/log/2027", now.Origin)
		require.NotEqual(t, old.Key[len(old.Origin):], now.Key[len(now.Origin):], "a key of its own")
		for _, i := range []int{0, 305} {
			p, at, err := l.ProveToken(t.Context(), token(i))
			require.NoError(t, err)
			logs, err := l.Logs(t.Context())
			require.NoError(t, err)
			in, err := inclusion.Check(p.Encode(), nil, logs)
			require.NoError(t, err)
			require.Equal(t, at.Origin, in.Origin)
		}
		c.set(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) // a clock that goes back
		note(t, db, 310, 1)
		sequence(t, l)
		require.EqualValues(t, notes(t, db), audit(t, l))
	})
}
