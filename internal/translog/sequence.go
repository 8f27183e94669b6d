package translog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Sequence gives every waiting note its place, and publishes. It returns how
// many. Whatever a crash leaves behind, the next round finishes: a note without
// a place waits on, a signed checkpoint that was not published is published. A
// replica that loses a race has written and shown nothing; what it signed is
// forgotten with it.
func (l *Log) Sequence(ctx context.Context) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for {
		n, err := l.bounded(ctx)
		total += n
		if errors.Is(err, ErrRace) && n == 0 {
			return total, nil // the other does it
		}
		if err != nil || n < l.batch() {
			return total, err
		}
	}
}

// roundTime bounds one round: a database that takes a question and never
// answers must not keep the rounds after it from being tried.
const roundTime = time.Minute

func (l *Log) bounded(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	return l.round(ctx)
}

func (l *Log) batch() int {
	if l.Batch > 0 {
		return l.Batch
	}
	return DefaultBatch
}

func (l *Log) round(ctx context.Context) (int, error) {
	// 1. Which tree? The open one, or that of a new year.
	t, err := l.current(ctx)
	if err != nil {
		return 0, err
	}
	// 2. What waits? A round that finds all in its place is done, but for the
	// first of a process, which looks at what was published before it.
	waiting, err := l.Store.Waiting(ctx, l.batch())
	if err != nil {
		return 0, fmt.Errorf("reading the journal: %w", err)
	}
	if len(waiting) == 0 && l.looked && publishedAll(t) {
		return 0, nil
	}
	// 3. Is the tree what was signed, and did nobody outside see more of it? Else
	// nothing is signed on top.
	h := l.hashes(ctx, t.Origin)
	if err := l.sound(ctx, t, h); err != nil {
		if l.outrun(ctx, t) {
			return 0, ErrRace
		}
		return 0, err
	}
	l.looked = true
	// 4. Append, sign, and make that durable before anybody sees it.
	if len(waiting) > 0 {
		if t, err = l.append(ctx, t, h, waiting); err != nil {
			return 0, err
		}
	}
	// 5. Publish what is durable, also what an earlier round left.
	if t.Size > 0 && !publishedAll(t) {
		if err := l.publish(ctx, t, h); err != nil {
			return len(waiting), err
		}
	}
	return len(waiting), nil
}

// current is the open tree. It opens one where there is none, or another year
// has begun.
func (l *Log) current(ctx context.Context) (Tree, error) {
	all, err := l.read(ctx)
	if err != nil {
		return Tree{}, err
	}
	shard := strconv.Itoa(l.Now().UTC().Year())
	if len(all) > 0 {
		last := all[len(all)-1]
		year, _, _ := strings.Cut(Shard(last.Origin), "-")
		if last.ClosedAt.IsZero() && year >= shard { // a clock that goes back opens nothing
			return last, nil
		}
	}
	if err := l.unseen(shard); err != nil {
		return Tree{}, err
	}
	return l.open(ctx, all, shard, journal.Fact{Kind: journal.LogOpened})
}

// Shard is the last part of an origin.
func Shard(origin string) string { return origin[strings.LastIndexByte(origin, '/')+1:] }

func (l *Log) origin(shard string) string { return l.Host + "/log/" + shard }

// open begins a tree after all others. The note tells of the checkpoint at
// which the one before ended.
func (l *Log) open(ctx context.Context, all []Tree, shard string, about journal.Fact) (Tree, error) {
	t := Tree{Origin: l.origin(shard), OpenedAt: l.Now().UTC().Truncate(time.Microsecond)}
	id, key, err := l.Keys.LogKey(ctx)
	if err != nil {
		return Tree{}, fmt.Errorf("making the key of a log: %w", err)
	}
	t.KeyID = id
	if t.Key, err = verifierKey(t.Origin, key); err != nil {
		return Tree{}, err
	}
	before, size := "", int64(0)
	if len(all) > 0 {
		last := all[len(all)-1]
		before, size, t.Start = last.Origin, last.Size, last.Start+last.Size
		if about.Kind == journal.LogOpened && len(last.Signed) > 0 {
			about.Token = sha256.Sum256(last.Signed)
		}
	}
	if about.Thing.ID == "" {
		about.Thing = journal.Thing{What: journal.Log, ID: t.Origin}
	}
	about.Wrote = []byte(t.Key)
	if err := l.Store.OpenTree(ctx, before, size, t, about); err != nil {
		return Tree{}, fmt.Errorf("opening a tree: %w", err)
	}
	_, err = l.read(ctx)
	return t, err
}

// sound recomputes the head from the tiles and compares it with what was
// signed, here and outside.
func (l *Log) sound(ctx context.Context, t Tree, h *hashes) error {
	if t.Size > 0 {
		root, err := tlog.TreeHash(t.Size, h)
		if err != nil {
			return err
		}
		c, err := inclusion.Open(t.Signed, []inclusion.Log{{Origin: t.Origin, Key: t.Key}})
		if err != nil || c.Size != t.Size || c.Root != root {
			return fmt.Errorf("%w: the tiles of %s have another root than its checkpoint of %d entries", ErrInconsistent, t.Origin, t.Size)
		}
	}
	if err := l.agreesWithDir(t, h); err != nil {
		return err
	}
	return l.agreesWithWitnesses(ctx, t, h)
}

// outrun tells whether another process has gone on with the tree since it was
// read: then more of it may be seen outside than was read, and nothing is wrong.
func (l *Log) outrun(ctx context.Context, t Tree) bool {
	all, err := l.read(ctx)
	if err != nil || len(all) == 0 {
		return false
	}
	last := all[len(all)-1]
	return last.Origin != t.Origin || last.Size > t.Size
}

// append is step 4.
func (l *Log) append(ctx context.Context, t Tree, h *hashes, waiting []Waiting) (Tree, error) {
	s := Step{Origin: t.Origin, Before: t.Size, First: t.Start + t.Size, Tiles: map[Place][]byte{}}
	leaves := make([]tlog.Hash, len(waiting))
	for i, w := range waiting {
		if len(w.Leaf) > inclusion.MaxEntryBytes {
			return t, fmt.Errorf("note %d of the journal is longer than an entry may be", w.ID)
		}
		leaves[i], s.Notes = tlog.RecordHash(w.Leaf), append(s.Notes, w.ID)
	}
	if err := h.fetch(t.Size); err != nil {
		return t, err
	}
	for p := range h.grow(t.Size, leaves) {
		s.Tiles[p] = h.tiles[p]
	}
	after := t.Size + int64(len(leaves))
	root, err := tlog.TreeHash(after, h)
	if err != nil {
		return t, err
	}
	c := inclusion.Checkpoint{Origin: t.Origin, Size: after, Root: root}
	if err := continues(t, c, h); err != nil {
		return t, err
	}
	key, err := l.Keys.LogSigner(ctx, t.KeyID)
	if err != nil {
		return t, fmt.Errorf("opening the key of the log: %w", err)
	}
	signer, err := inclusion.NewSigner(t.Origin, key)
	if err != nil {
		return t, err
	}
	if s.Signed, err = inclusion.Sign(c, signer); err != nil {
		return t, err
	}
	if err := l.Store.Append(ctx, s); err != nil {
		return t, fmt.Errorf("appending to the log: %w", err)
	}
	t.Size, t.Signed = after, s.Signed
	return t, nil
}

// continues refuses a head that does not continue the one signed before.
func continues(t Tree, c inclusion.Checkpoint, h *hashes) error {
	if t.Size == 0 {
		return nil
	}
	old, err := inclusion.Peek(t.Signed)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(c.Size, old.Size, h)
	if err == nil {
		err = inclusion.CheckConsistency(old, c, proof)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	return nil
}

// fetch reads the right edge of a tree of the size, and leaves out what another
// replica may have appended since.
func (h *hashes) fetch(size int64) error {
	places := edge(size)
	if len(places) == 0 {
		return nil
	}
	read, err := h.load(places)
	if err != nil {
		return fmt.Errorf("reading tiles: %w", err)
	}
	for _, p := range places {
		width := int(size>>(tileHeight*p.Level)%tileWidth) * tlog.HashSize
		if len(read[p]) < width {
			return fmt.Errorf("%w: tile %d/%d is missing or cut", ErrInconsistent, p.Level, p.N)
		}
		h.tiles[p] = read[p][:width:width]
	}
	return nil
}
