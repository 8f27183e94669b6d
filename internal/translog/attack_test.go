package translog_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// served is a log as a stranger reads it, from the folder, so that a test can
// change what is served.
func served(dir string) func(context.Context, string) ([]byte, error) {
	return func(_ context.Context, path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, "2026", filepath.FromSlash(path)))
	}
}

func watch(t *testing.T, l *translog.Log) *translog.Monitor {
	logs, err := l.Logs(t.Context())
	require.NoError(t, err)
	return &translog.Monitor{Fetch: served(l.Dir), Log: logs[0]}
}

// database opens, or makes, the SQLite database of the path.
func database(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	return db
}

// behind changes a database behind the service's back.
func behind(t *testing.T, l *translog.Log, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.Dir, "..", "db")+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
}

// begun is a log with n entries, and its folder beside the database.
func begun(t *testing.T, n int) (*store.DB, *translog.Log) {
	t.Helper()
	home := t.TempDir()
	db := database(t, filepath.Join(home, "db"))
	l := open(db, newClock())
	l.Dir = filepath.Join(home, "log")
	require.NoError(t, os.Mkdir(l.Dir, 0o700))
	note(t, db, 0, n)
	sequence(t, l)
	return db, l
}

func TestMonitorFollows(t *testing.T) {
	db, l := begun(t, 600)
	m := watch(t, l)
	heard := map[int64]inclusion.Entry{}
	m.Each = func(i int64, e inclusion.Entry) { heard[i] = e }
	seen, err := m.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, heard, notes(t, db))
	require.True(t, translog.Concerns(heard[5], "did:web:register.example:bodies:cb"))
	require.True(t, translog.Concerns(heard[5], "cb"))
	require.False(t, translog.Concerns(heard[5], "b"))
	before := len(heard)
	for _, more := range []int{1, 200, 255, 0} {
		if more > 0 {
			note(t, db, 10_000+len(heard), more)
		}
		sequence(t, l)
		data, err := seen.MarshalJSON() // as it is kept between two checks
		require.NoError(t, err)
		var kept translog.Seen
		require.NoError(t, kept.UnmarshalJSON(data))
		seen, err = m.Check(t.Context(), &kept)
		require.NoError(t, err)
		before += more
		require.Len(t, heard, before)
		_, err = m.Check(t.Context(), &translog.Seen{Checkpoint: kept.Checkpoint}) // with the checkpoint alone
		require.NoError(t, err)
	}
}

// TestAttacksOnALog: whoever runs it changes the past, and a monitor tells.
func TestAttacksOnALog(t *testing.T) {
	edit := func(name string, change func([]byte) []byte) func(*testing.T, *translog.Log) {
		return func(t *testing.T, l *translog.Log) {
			path := filepath.Join(l.Dir, "2026", filepath.FromSlash(name))
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, change(data), 0o600))
		}
	}
	for name, attack := range map[string]func(*testing.T, *translog.Log){
		"a changed entry": edit("tile/entries/000", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"body":"cb"`), []byte(`"body":"cx"`), 1)
		}),
		"a removed entry": edit("tile/entries/000", func(b []byte) []byte {
			n := int(b[0])<<8 | int(b[1])
			return append(b[n+2:], b[:n+2]...) // the first is not where it was
		}),
		"an entry less":     edit("tile/entries/000", func(b []byte) []byte { return b[int(b[0])<<8|int(b[1])+2:] }),
		"a truncated tile":  edit("tile/entries/000", func(b []byte) []byte { return b[:len(b)-5] }),
		"a changed root":    edit("checkpoint", func(b []byte) []byte { return bytes.Replace(b, []byte("\n\n"), []byte("\nx\n\n"), 1) }),
		"another size":      edit("checkpoint", func(b []byte) []byte { return bytes.Replace(b, []byte("\n6"), []byte("\n5"), 1) }),
		"signed by another": otherKey,
	} {
		t.Run(name, func(t *testing.T) {
			_, l := begun(t, 600)
			m := watch(t, l)
			_, err := m.Check(t.Context(), nil)
			require.NoError(t, err)
			attack(t, l)
			_, err = m.Check(t.Context(), nil)
			require.ErrorIs(t, err, translog.ErrTampered)
		})
	}
	_, l := begun(t, 3)
	m := watch(t, l)
	require.NoError(t, os.Remove(filepath.Join(l.Dir, "2026", "checkpoint")))
	_, err := m.Check(t.Context(), nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, translog.ErrTampered, "what could not be read is no contradiction")
}

// otherKey signs the same head with another key under the same name.
func otherKey(t *testing.T, l *translog.Log) {
	path := filepath.Join(l.Dir, "2026", "checkpoint")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	c, err := inclusion.Peek(data)
	require.NoError(t, err)
	other := open(storetest.Open(t, "sqlite", store.Options{}), newClock())
	_, key, err := other.Keys.LogKey(t.Context())
	require.NoError(t, err)
	signer, err := inclusion.NewSigner(c.Origin, key)
	require.NoError(t, err)
	forged, err := inclusion.Sign(c, signer)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, forged, 0o600))
}

// TestAForkShowsToBoth: two clients are shown two logs; each later sees, or
// hears from the other, a checkpoint that its own does not continue.
func TestAForkShowsToBoth(t *testing.T) {
	db, l := begun(t, 300)
	m := watch(t, l)
	before, err := m.Check(t.Context(), nil)
	require.NoError(t, err)
	fork := copyOf(t, l)
	note(t, db, 1000, 5)
	sequence(t, l)
	mine, err := m.Check(t.Context(), before)
	require.NoError(t, err)
	note(t, fork.Store.(*store.DB), 2000, 9)
	sequence(t, fork)
	theirs, err := watch(t, fork).Check(t.Context(), before)
	require.NoError(t, err, "each branch continues what was seen")
	_, err = watch(t, fork).Check(t.Context(), mine)
	require.ErrorIs(t, err, translog.ErrTampered)
	_, err = m.Check(t.Context(), theirs)
	require.ErrorIs(t, err, translog.ErrTampered, "the shorter branch has lost entries")
	note(t, db, 1100, 4)
	sequence(t, l)
	_, err = m.Check(t.Context(), theirs)
	require.ErrorIs(t, err, translog.ErrTampered, "of the same length, and other entries")
}

// copyOf is a copy of the database, as of now, with a log of its own folder and
// the same keys.
func copyOf(t *testing.T, l *translog.Log) *translog.Log {
	t.Helper()
	home := t.TempDir()
	behind(t, l, "VACUUM INTO ?", filepath.Join(home, "db"))
	f := open(database(t, filepath.Join(home, "db")), newClock())
	f.Dir = filepath.Join(home, "log")
	require.NoError(t, os.CopyFS(f.Dir, os.DirFS(l.Dir)))
	return f
}

// TestTheDayOfALoss: yesterday's backup is restored behind a folder that shows
// today's log.
func TestTheDayOfALoss(t *testing.T) {
	db, l := begun(t, 300)
	restored := copyOf(t, l)
	note(t, db, 1000, 50)
	sequence(t, l)
	m := watch(t, l)
	today, err := m.Check(t.Context(), nil)
	require.NoError(t, err)

	restored.Dir = l.Dir
	fresh := restored.Store.(*store.DB)
	_, err = restored.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent, "even with nothing to add")
	note(t, fresh, 2000, 3)
	_, err = restored.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent)
	_, err = restored.Find(t.Context(), token(2000))
	require.ErrorIs(t, err, translog.ErrWaiting, "what is issued waits")
	_, err = restored.Audit(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent)

	tree, err := restored.DeclareLoss(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "register.example/log/2026-2", tree.Origin)
	sequence(t, restored)
	require.EqualValues(t, notes(t, fresh), audit(t, restored))
	at, err := restored.Find(t.Context(), token(2000))
	require.NoError(t, err)
	require.Equal(t, tree.Origin, at.Origin)
	leaves, err := fresh.Leaves(t.Context(), tree.Start, tree.Start+1000)
	require.NoError(t, err)
	var lost []inclusion.Entry
	for _, raw := range leaves {
		e, err := inclusion.ParseEntry(raw)
		require.NoError(t, err)
		if e.Kind == "log.lost" {
			lost = append(lost, e)
		}
	}
	require.Len(t, lost, 1)
	require.Equal(t, "register.example/log/2026", lost[0].ID)
	require.True(t, lost[0].Names(string(today.Checkpoint)), "the log tells what it lost")
	_, err = restored.DeclareLoss(t.Context(), nil)
	require.ErrorIs(t, err, translog.ErrNothingLost)

	// A database that has forgotten the log altogether.
	empty := open(storetest.Open(t, "sqlite", store.Options{}), newClock())
	empty.Dir = l.Dir
	_, err = empty.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent)
	tree, err = empty.DeclareLoss(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "register.example/log/2026-3", tree.Origin, "no name is used twice")
	sequence(t, empty)
}

// TestAHandInTheDatabase: nothing is signed on top of changed entries or tiles.
func TestAHandInTheDatabase(t *testing.T) {
	for name, change := range map[string]string{
		"a changed entry":        "UPDATE journal SET leaf = CAST(replace(CAST(leaf AS TEXT), '\"cb\"', '\"cx\"') AS BLOB) WHERE log_index = 7",
		"a removed entry":        "DELETE FROM journal WHERE log_index = 7",
		"two entries exchanged":  "UPDATE journal SET log_index = -1 - log_index WHERE log_index IN (7, 8)",
		"a changed tile":         "UPDATE log_tiles SET data = zeroblob(length(data)) WHERE level = 1",
		"a truncated tile":       "UPDATE log_tiles SET data = substr(data, 1, length(data) - 1) WHERE level = 0 AND n = 1",
		"another checkpoint":     "UPDATE log_trees SET size = size - 1",
		"a tree before its time": "UPDATE log_trees SET start = 1",
	} {
		t.Run(name, func(t *testing.T) {
			_, l := begun(t, 300)
			behind(t, l, change)
			_, err := l.Audit(t.Context())
			require.ErrorIs(t, err, translog.ErrInconsistent)
		})
	}
}

// witness serves a Cosigner for the log.
func witness(t *testing.T, l *translog.Log) (*translog.Cosigner, translog.Witness) {
	t.Helper()
	db := storetest.Open(t, "sqlite", store.Options{})
	custody := keys.LogKeys{Custodian: &keys.Custodian{Store: db, Now: l.Now, Rand: rand.Reader}, DID: "did:web:witness.example"}
	key, err := custody.WitnessKey(t.Context())
	require.NoError(t, err)
	tree, err := l.Tree(t.Context(), "")
	require.NoError(t, err)
	c, err := translog.NewCosigner(db, "witness.example/log/witness", key, []string{tree.Key}, l.Now)
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		line, err := c.AddCheckpoint(r.Context(), b.Bytes())
		var no *translog.Refusal
		if errors.As(err, &no) {
			w.WriteHeader(no.Status)
			if no.Status == http.StatusConflict {
				fmt.Fprintln(w, no.Size)
			}
			return
		}
		_, _ = w.Write(line)
	}))
	t.Cleanup(server.Close)
	return c, translog.Witness{Key: c.Key, Address: server.URL}
}

func TestWitnesses(t *testing.T) {
	db, l := begun(t, 300)
	c, w := witness(t, l)
	gone := translog.Witness{Key: w.Key, Address: "http://127.0.0.1:1"}
	l.Witnesses, l.HTTP = []translog.Witness{w, gone}, http.DefaultClient
	tree, err := l.Tree(t.Context(), "")
	require.NoError(t, err)
	trusting := inclusion.Log{Origin: tree.Origin, Key: tree.Key, Witnesses: []string{w.Key}, Quorum: 1}
	_, err = inclusion.Open(tree.Published, []inclusion.Log{trusting})
	require.ErrorIs(t, err, inclusion.ErrProof, "not cosigned yet")
	for i := range 3 {
		note(t, db, 1000+i, 1)
		sequence(t, l)
		tree, err = l.Tree(t.Context(), "")
		require.NoError(t, err)
		_, err = inclusion.Open(tree.Published, []inclusion.Log{trusting})
		require.NoError(t, err, "one that cannot be reached delays nothing")
	}
	p, _, err := l.ProveToken(t.Context(), token(1001))
	require.NoError(t, err)
	in, err := inclusion.Check(p.Encode(), nil, []inclusion.Log{trusting})
	require.NoError(t, err)
	require.Equal(t, 1, in.Witnesses)
	audit(t, l)

	// Another process, which does not know how far the witness is.
	next := openLike(l)
	note(t, db, 2000, 1)
	sequence(t, next)
	tree, err = l.Tree(t.Context(), "")
	require.NoError(t, err)
	_, err = inclusion.Open(tree.Published, []inclusion.Log{trusting})
	require.NoError(t, err)

	// A witness signs no stale checkpoint, no fork, and for nobody else.
	refused := func(body string) int {
		_, err := c.AddCheckpoint(t.Context(), []byte(body))
		var no *translog.Refusal
		require.ErrorAs(t, err, &no, "%s", body)
		return no.Status
	}
	now := string(tree.Signed)
	require.Equal(t, 409, refused("old 0\n\n"+now), "it has seen that")
	require.Equal(t, 400, refused("old 1\n"+now))
	require.Equal(t, 400, refused("nothing"))
	require.Equal(t, 400, refused("old 99999\n\n"+now))
	fork := copyOf(t, l)
	require.NoError(t, os.RemoveAll(fork.Dir))
	note(t, db, 3000, 2)
	sequence(t, l)
	note(t, fork.Store.(*store.DB), 4000, 5)
	fork.Dir = ""
	sequence(t, fork) // alone with its own, it does not know
	fork.Witnesses, fork.HTTP = l.Witnesses, l.HTTP
	again := openLike(fork)
	_, err = again.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent, "the witness saw the other branch")
	forked, err := fork.Tree(t.Context(), "")
	require.NoError(t, err)
	other := forked
	require.Equal(t, 409, refused("old 1\n\n"+string(other.Signed)))
	seen, err := c.Store.Witnessed(t.Context(), tree.Origin)
	require.NoError(t, err)
	require.Equal(t, 422, refused(fmt.Sprintf("old %d\n\n%s", seen.Size, other.Signed)), "without a proof")
	stranger := openLike(fork)
	stranger.Host, stranger.Witnesses = "stranger.example", nil
	stranger.Store = storetest.Open(t, "sqlite", store.Options{})
	stranger.Keys = keys.LogKeys{Custodian: &keys.Custodian{Store: stranger.Store.(*store.DB), Now: l.Now, Rand: rand.Reader}, DID: "did:web:stranger.example"}
	note(t, stranger.Store.(*store.DB), 0, 1)
	sequence(t, stranger)
	unknown, err := stranger.Tree(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, 404, refused("old 0\n\n"+string(unknown.Signed)))
	impostor := openLike(stranger)
	impostor.Host = l.Host
	impostor.Store = storetest.Open(t, "sqlite", store.Options{})
	impostor.Keys = keys.LogKeys{Custodian: &keys.Custodian{Store: impostor.Store.(*store.DB), Now: l.Now, Rand: rand.Reader}, DID: "did:web:register.example"}
	note(t, impostor.Store.(*store.DB), 0, 1)
	sequence(t, impostor)
	forged, err := impostor.Tree(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, 403, refused("old 0\n\n"+string(forged.Signed)), "another key under the same name")
}

// TestARestoredLogIsToldByItsWitness: without any folder.
func TestARestoredLogIsToldByItsWitness(t *testing.T) {
	db, l := begun(t, 300)
	_, w := witness(t, l)
	restored := copyOf(t, l)
	l.Witnesses, l.HTTP = []translog.Witness{w}, http.DefaultClient
	note(t, db, 1000, 5)
	sequence(t, l)
	restored.Dir, restored.Witnesses, restored.HTTP = "", l.Witnesses, l.HTTP
	_, err := restored.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent)
	tree, err := l.Tree(t.Context(), "")
	require.NoError(t, err)
	_, err = restored.DeclareLoss(t.Context(), nil)
	require.ErrorIs(t, err, translog.ErrNothingLost, "it must be shown what was seen")
	_, err = restored.DeclareLoss(t.Context(), tree.Published)
	require.NoError(t, err)
	_, err = restored.Sequence(t.Context())
	require.NoError(t, err)
	audit(t, restored)
}
