// Package translog runs the transparency log: it gives every note of the
// journal its place in a Merkle tree (RFC 6962), signs the tree's head, has
// witnesses cosign it, publishes both as C2SP tlog-tiles, and proves inclusion
// and consistency. It owns trees, tiles and checkpoints; what is noted is
// package journal's, what a proof looks like is package inclusion's. LOG.md
// beside this file is normative and says what to do on a bad day.
package translog

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Limits.
const (
	// Interval is how often a server looks for notes without a place.
	Interval = time.Second / 2
	// MaxMergeDelay is what is promised: a note has its place, under a published
	// checkpoint, so long after it was written. Hundreds of intervals, so that a
	// restart or a slow witness breaks no promise.
	MaxMergeDelay = time.Minute
	// DefaultBatch is how many entries one step appends: a transaction of about a
	// megabyte, far past where more would be faster.
	DefaultBatch = 1000
)

// Errors that callers branch on.
var (
	// ErrRace says that another replica was faster; nothing was written.
	ErrRace = errors.New("another has moved the log on")
	// ErrNotFound says that there is no such tree, tile or entry.
	ErrNotFound = errors.New("the log has no such thing")
	// ErrWaiting says that the entry is noted and has no published place yet.
	ErrWaiting = errors.New("the entry waits for its place in the log")
	// ErrInconsistent says that what is kept does not agree with what was signed
	// or seen. Nothing is signed on top of that until an operator declares it.
	ErrInconsistent = errors.New("the log does not continue what was published; see LOG.md, \"The day of a loss\"")
)

// Tree is one log: one origin, one key, one sequence of entries from zero. A
// new one begins with every year, and after a declared loss.
type Tree struct {
	Origin    string // HOST/log/SHARD
	Start     int64  // place in the journal of its first entry
	KeyID     string // in custody
	Key       string // verifier key
	Size      int64
	Signed    []byte // checkpoint of Size, signed; nil while Size is 0
	Published []byte // what is served: of Size or smaller, with cosignatures
	OpenedAt  time.Time
	ClosedAt  time.Time // zero: open
	Lost      bool      // closed because more of it was published than is kept
}

// Place names a tile of hashes: of this level (leaves are 0), the Nth.
type Place struct {
	Level int
	N     int64
}

// Waiting is a note without a place.
type Waiting struct {
	ID   int64
	Leaf []byte
}

// Step is what one round adds to a tree.
type Step struct {
	Origin string
	Before int64   // size that the tree must have
	First  int64   // place in the journal of the first note
	Notes  []int64 // ids, in order
	Tiles  map[Place][]byte
	Signed []byte // checkpoint of Before + len(Notes)
}

// Store keeps the log. What it returned without error is durable.
type Store interface {
	// Trees returns every tree, oldest first.
	Trees(ctx context.Context) ([]Tree, error)
	// OpenTree adds the tree, closes the one before, if before is not empty, at
	// the size given, and makes the note: all or nothing, ErrRace if that tree
	// has another size or is closed, or the origin is taken.
	OpenTree(ctx context.Context, before string, size int64, t Tree, about journal.Fact) error
	// Waiting returns the oldest notes without a place.
	Waiting(ctx context.Context, most int) ([]Waiting, error)
	// Tiles returns those of the tiles that exist.
	Tiles(ctx context.Context, origin string, places []Place) (map[Place][]byte, error)
	// Append does the step, all or nothing: ErrRace if the tree has another size
	// or is closed, or a note has a place.
	Append(ctx context.Context, s Step) error
	// Publish keeps the checkpoint to be served, unless a larger one is kept.
	Publish(ctx context.Context, origin string, size int64, checkpoint []byte) error
	// Leaves returns the entries at places of the journal from ≤ place < until,
	// fewer if there are fewer.
	Leaves(ctx context.Context, from, until int64) ([][]byte, error)
	// Placed finds the first note about the token; ErrNotFound if there is none,
	// index -1 if it waits.
	Placed(ctx context.Context, token [32]byte) (index int64, at time.Time, err error)
	// Witnessed is the last checkpoint cosigned for the origin; zero: none.
	Witnessed(ctx context.Context, origin string) (inclusion.Checkpoint, error)
	// Witness replaces it, ErrRace if it is not of the size given.
	Witness(ctx context.Context, before int64, c inclusion.Checkpoint) error
}

// Keys is the custody of the keys that sign trees.
type Keys interface {
	// LogKey makes a key for one tree.
	LogKey(ctx context.Context) (id string, key crypto.Signer, err error)
	// LogSigner returns the key with the id.
	LogSigner(ctx context.Context, id string) (crypto.Signer, error)
}

// Log runs the trees of one register. Fill the fields; its methods are safe for
// concurrent use, and by several replicas on one database.
type Log struct {
	Store     Store
	Keys      Keys
	Host      string // of the public address, without scheme
	Dir       string // folder that the tree is also written to; empty: none
	Witnesses []Witness
	HTTP      *http.Client // to reach them
	Batch     int          // entries one step appends at most; zero: DefaultBatch
	Now       func() time.Time

	mu     sync.Mutex       // one round at a time
	looked bool             // at what was published before this process; guarded by mu
	seen   map[string]int64 // size of the current tree that each witness has cosigned, by its key and the origin; guarded by mu

	trees atomic.Pointer[[]Tree] // as last read
}

// Run sequences until ctx ends. tell hears of every fault that is new.
func (l *Log) Run(ctx context.Context, tell func(error)) {
	var last string
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for {
		_, err := l.Sequence(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			last = ""
		case err.Error() != last:
			last = err.Error()
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Await returns once the note about the token is under a published checkpoint,
// sequencing by itself if nobody else does, or when ctx ends, with ErrWaiting.
func (l *Log) Await(ctx context.Context, token [32]byte) (Placed, error) {
	const pause = 20 * time.Millisecond
	for {
		p, err := l.Find(ctx, token)
		if !errors.Is(err, ErrWaiting) {
			return p, err
		}
		if _, err := l.Sequence(ctx); err != nil && !errors.Is(err, ErrRace) && ctx.Err() == nil {
			return p, err
		}
		if p, err = l.Find(ctx, token); !errors.Is(err, ErrWaiting) {
			return p, err
		}
		select {
		case <-ctx.Done():
			return p, ErrWaiting
		case <-time.After(pause):
		}
	}
}

// Logs returns the verifier keys of every tree, for those who check proofs.
func (l *Log) Logs(ctx context.Context) ([]inclusion.Log, error) {
	all, err := l.read(ctx)
	out := make([]inclusion.Log, len(all))
	for i, t := range all {
		out[i] = inclusion.Log{Origin: t.Origin, Key: t.Key}
	}
	return out, err
}

// Known is Logs as they were last read.
func (l *Log) Known() []inclusion.Log {
	var out []inclusion.Log
	if known := l.trees.Load(); known != nil {
		for _, t := range *known {
			out = append(out, inclusion.Log{Origin: t.Origin, Key: t.Key})
		}
	}
	return out
}

// read reads the trees.
func (l *Log) read(ctx context.Context) ([]Tree, error) {
	all, err := l.Store.Trees(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the trees of the log: %w", err)
	}
	l.trees.Store(&all)
	return all, nil
}

// Origin tells in which tree a place of the journal lies, by what is known
// without asking the database again, and the index there.
func (l *Log) Origin(ctx context.Context, place int64) (origin string, index int64, err error) {
	known := l.trees.Load()
	if known == nil {
		if _, err := l.read(ctx); err != nil {
			return "", 0, err
		}
		known = l.trees.Load()
	}
	for i := len(*known) - 1; i >= 0; i-- {
		if t := (*known)[i]; t.Start <= place {
			return t.Origin, place - t.Start, nil
		}
	}
	return "", 0, ErrNotFound
}
