package translog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// ErrNothingLost says that nothing is known to be lost.
var ErrNothingLost = errors.New("nothing published is known to be lost")

// DeclareLoss ends the open tree for good, because something that was published
// of it is gone, and begins another under a new name and key. The first thing
// noted there is the checkpoint that was seen: signed, of a folder or whoever
// watched; nil: the one in the folder. It refuses if the tree holds all that
// the checkpoint tells.
func (l *Log) DeclareLoss(ctx context.Context, seen []byte) (Tree, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := l.read(ctx)
	if err != nil {
		return Tree{}, err
	}
	year := strconv.Itoa(l.Now().UTC().Year())
	last := Tree{Origin: l.origin(year)}
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	if seen == nil {
		if _, seen, err = l.shown(last.Origin); err != nil {
			return Tree{}, err
		}
	}
	if seen == nil {
		return Tree{}, ErrNothingLost
	}
	c, err := inclusion.Peek(seen)
	if err != nil {
		return Tree{}, err
	}
	if c.Origin != last.Origin {
		return Tree{}, fmt.Errorf("%w: the checkpoint is of %s, the open log is %s", ErrNothingLost, c.Origin, last.Origin)
	}
	if len(all) > 0 {
		_, err := inclusion.Open(seen, []inclusion.Log{{Origin: last.Origin, Key: last.Key}})
		if err == nil && holds(last, c, l.hashes(ctx, last.Origin)) == nil {
			return Tree{}, ErrNothingLost
		}
	}
	shard, err := l.unused(all, year)
	if err != nil {
		return Tree{}, err
	}
	t, err := l.open(ctx, all, shard, journal.Fact{Kind: journal.LogLost, Thing: journal.Thing{What: journal.Log, ID: c.Origin}, Token: sha256.Sum256(seen)})
	l.looked = false
	return t, err
}

// unused is a name that no tree has, here or in the folder: 2026-2, 2026-3 …
func (l *Log) unused(all []Tree, year string) (string, error) {
	for k := 2; ; k++ {
		shard := year + "-" + strconv.Itoa(k)
		taken := false
		for _, t := range all {
			taken = taken || strings.HasSuffix(t.Origin, "/"+shard)
		}
		c, _, err := l.shown(l.origin(shard))
		if err != nil {
			return "", err
		}
		if !taken && c.Size == 0 {
			return shard, nil
		}
	}
}
