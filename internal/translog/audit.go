package translog

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// auditPage is how many entries Audit reads at once.
const auditPage = 4096

// Audit derives everything again from the journal: that every place is taken
// once and none is missing, that tiles and roots are those of the entries, that
// checkpoints are signed by the keys of their trees, and that folder and
// witnesses saw no more. It returns how many entries it read. Nothing may be
// sequenced meanwhile but at the end of the newest tree.
func (l *Log) Audit(ctx context.Context) (int64, error) {
	all, err := l.Store.Trees(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading trees: %w", err)
	}
	next := int64(0)
	for i, t := range all {
		if t.Start != next {
			return next, fmt.Errorf("%w: %s begins at place %d of the journal, not at %d", ErrInconsistent, t.Origin, t.Start, next)
		}
		if t.ClosedAt.IsZero() != (i == len(all)-1) {
			return next, fmt.Errorf("%w: %s is open and not the newest, or closed and the newest", ErrInconsistent, t.Origin)
		}
		if err := l.auditTree(ctx, t); err != nil {
			return next, err
		}
		next += t.Size
	}
	if len(all) == 0 {
		return 0, nil
	}
	last := all[len(all)-1]
	l.mu.Lock()
	defer l.mu.Unlock()
	looked := l.looked
	l.looked = false // the witnesses are asked again
	defer func() { l.looked = looked }()
	return next, l.agreesWithWitnesses(ctx, last, l.hashes(ctx, last.Origin))
}

func (l *Log) auditTree(ctx context.Context, t Tree) error {
	derived := &hashes{tiles: map[Place][]byte{}}
	for n := int64(0); n < t.Size; {
		until := min(n+auditPage, t.Size)
		entries, err := l.Store.Leaves(ctx, t.Start+n, t.Start+until)
		if err != nil {
			return fmt.Errorf("reading entries: %w", err)
		}
		if int64(len(entries)) != until-n {
			return fmt.Errorf("%w: entry %d of %s is missing", ErrInconsistent, n+int64(len(entries)), t.Origin)
		}
		leaves := make([]tlog.Hash, len(entries))
		for i, e := range entries {
			if _, err := inclusion.ParseEntry(e); err != nil {
				return fmt.Errorf("%w: entry %d of %s: %w", ErrInconsistent, n+int64(i), t.Origin, err)
			}
			leaves[i] = tlog.RecordHash(e)
		}
		derived.grow(n, leaves)
		n = until
	}
	stored := l.hashes(ctx, t.Origin)
	for p, data := range derived.tiles {
		kept, err := stored.load([]Place{p})
		if err != nil {
			return fmt.Errorf("reading tile: %w", err)
		}
		if len(kept[p]) < len(data) || string(kept[p][:len(data)]) != string(data) {
			return fmt.Errorf("%w: tile %d/%d of %s is not that of the entries", ErrInconsistent, p.Level, p.N, t.Origin)
		}
	}
	if t.Size > 0 {
		root, err := tlog.TreeHash(t.Size, derived)
		if err != nil {
			return err
		}
		if err := signedAs(t, t.Signed, t.Size, root); err != nil {
			return err
		}
	}
	if len(t.Published) > 0 {
		c, err := inclusion.Open(t.Published, []inclusion.Log{{Origin: t.Origin, Key: t.Key}})
		if err != nil {
			return errors.Join(ErrInconsistent, err)
		}
		if err := holds(t, c, derived); err != nil {
			return err
		}
	}
	if t.Lost { // what is missing was declared
		return nil
	}
	return l.agreesWithDir(t, derived)
}

func signedAs(t Tree, signed []byte, size int64, root tlog.Hash) error {
	c, err := inclusion.Open(signed, []inclusion.Log{{Origin: t.Origin, Key: t.Key}})
	if err != nil || c.Size != size || c.Root != root {
		return fmt.Errorf("%w: the checkpoint of %s does not sign the %d entries of the journal", ErrInconsistent, t.Origin, size)
	}
	return nil
}
