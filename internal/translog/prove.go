package translog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Placed is where a note has its place in the log.
type Placed struct {
	Origin string
	Index  int64
	At     time.Time // when it was written
	Size   int64     // of the published checkpoint it is under
}

// Find tells where the first note about the token is: ErrNotFound if there is
// none, ErrWaiting while it is under no published checkpoint.
func (l *Log) Find(ctx context.Context, token [32]byte) (Placed, error) {
	place, at, err := l.Store.Placed(ctx, token)
	if err != nil {
		return Placed{}, fmt.Errorf("looking in the journal: %w", err)
	}
	if place < 0 {
		return Placed{At: at}, ErrWaiting
	}
	all, err := l.read(ctx)
	if err != nil {
		return Placed{}, err
	}
	for _, t := range slices.Backward(all) {
		if t.Start > place {
			continue
		}
		p := Placed{t.Origin, place - t.Start, at, published(t).Size}
		if p.Index >= p.Size {
			return p, ErrWaiting
		}
		return p, nil
	}
	return Placed{}, ErrNotFound
}

// published is the checkpoint that is served; zero: none.
func published(t Tree) inclusion.Checkpoint {
	c, err := inclusion.Peek(t.Published)
	if err != nil {
		return inclusion.Checkpoint{Origin: t.Origin}
	}
	return c
}

// Tree returns the tree of the shard; the newest if shard is empty.
func (l *Log) Tree(ctx context.Context, shard string) (Tree, error) {
	all, err := l.read(ctx)
	if err != nil {
		return Tree{}, err
	}
	for _, t := range slices.Backward(all) {
		if shard == "" || Shard(t.Origin) == shard {
			return t, nil
		}
	}
	return Tree{}, ErrNotFound
}

// ProveEntry proves the entry of the tree under its published checkpoint. The
// proof carries the entry.
func (l *Log) ProveEntry(ctx context.Context, t Tree, index int64) (inclusion.Proof, error) {
	c := published(t)
	if index < 0 || index >= c.Size {
		return inclusion.Proof{}, ErrNotFound
	}
	found, err := tlog.ProveRecord(c.Size, index, l.hashes(ctx, t.Origin))
	if err != nil {
		return inclusion.Proof{}, fmt.Errorf("proving entry %d of %s: %w", index, t.Origin, err)
	}
	leaf, err := l.Store.Leaves(ctx, t.Start+index, t.Start+index+1)
	if err != nil || len(leaf) != 1 {
		return inclusion.Proof{}, fmt.Errorf("reading entry %d of %s: %w", index, t.Origin, errNone(err))
	}
	return inclusion.Proof{Index: index, Hashes: found, Checkpoint: t.Published, Entry: leaf[0]}, nil
}

// ProveToken is Find and ProveEntry.
func (l *Log) ProveToken(ctx context.Context, token [32]byte) (inclusion.Proof, Placed, error) {
	p, err := l.Find(ctx, token)
	if err != nil {
		return inclusion.Proof{}, p, err
	}
	t, err := l.Tree(ctx, Shard(p.Origin))
	if err != nil {
		return inclusion.Proof{}, p, err
	}
	proof, err := l.ProveEntry(ctx, t, p.Index)
	return proof, p, err
}

// ProveSize proves that the tree of size to continues that of size from, both
// no larger than published.
func (l *Log) ProveSize(ctx context.Context, t Tree, from, to int64) ([]tlog.Hash, error) {
	if from < 1 || to < from || to > published(t).Size {
		return nil, ErrNotFound
	}
	proof, err := tlog.ProveTree(to, from, l.hashes(ctx, t.Origin))
	if err != nil {
		return nil, fmt.Errorf("proving that %s continues: %w", t.Origin, err)
	}
	return proof, nil
}

// Tile returns what is published at the path of the tree, as C2SP tlog-tiles
// names it: checkpoint, key, or a tile. Forever tells that it never changes.
func (l *Log) Tile(ctx context.Context, t Tree, path string) (data []byte, forever bool, err error) {
	switch path {
	case "checkpoint":
		if len(t.Published) == 0 {
			return nil, false, ErrNotFound
		}
		return t.Published, false, nil
	case "key":
		return []byte(t.Key + "\n"), false, nil
	}
	name, ok := ParseTile(path)
	if !ok || !name.within(published(t).Size) {
		return nil, false, ErrNotFound
	}
	if name.Entries {
		from := t.Start + name.N*tileWidth
		entries, err := l.Store.Leaves(ctx, from, from+int64(name.Width))
		if err != nil || len(entries) != name.Width {
			return nil, false, fmt.Errorf("reading entries: %w", errNone(err))
		}
		return bundle(entries), true, nil
	}
	h := l.hashes(ctx, t.Origin)
	tiles, err := h.load([]Place{name.Place})
	if err != nil {
		return nil, false, fmt.Errorf("reading tile: %w", err)
	}
	data = tiles[name.Place]
	if len(data) < name.Width*tlog.HashSize {
		return nil, false, fmt.Errorf("reading tile %s: %w", path, ErrInconsistent)
	}
	return data[:name.Width*tlog.HashSize], true, nil
}

func errNone(err error) error {
	if err == nil {
		return ErrInconsistent
	}
	return err
}

// HostOf is the public address without its scheme.
func HostOf(public string) string {
	_, host, ok := strings.Cut(public, "://")
	if !ok {
		return public
	}
	return host
}
