package translog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Monitor watches a log from outside: it reads every entry, derives the root
// again, and holds the log to what it showed before. It trusts nothing but the
// log's key.
type Monitor struct {
	// Fetch reads what is published at a path below the log's own address, such
	// as checkpoint; what cannot be read is an error.
	Fetch func(ctx context.Context, path string) ([]byte, error)
	Log   inclusion.Log
	// Each hears of every entry read, in order; nil: nobody does.
	Each func(index int64, e inclusion.Entry)
}

// Seen is what a monitor has seen of a log: enough to go on from there without
// reading all again.
type Seen struct {
	Checkpoint []byte      // as it was signed
	Roots      []tlog.Hash // of the whole subtrees that make up its entries, largest first
}

type seenWire struct {
	Checkpoint string   `json:"checkpoint"`
	Roots      []string `json:"roots"`
}

// MarshalJSON implements json.Marshaler.
func (s Seen) MarshalJSON() ([]byte, error) {
	w := seenWire{Checkpoint: string(s.Checkpoint), Roots: []string{}}
	for _, h := range s.Roots {
		w.Roots = append(w.Roots, h.String())
	}
	return json.Marshal(w)
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Seen) UnmarshalJSON(data []byte) error {
	var w seenWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*s = Seen{Checkpoint: []byte(w.Checkpoint)}
	for _, x := range w.Roots {
		h, err := tlog.ParseHash(x)
		if err != nil {
			return err
		}
		s.Roots = append(s.Roots, h)
	}
	return nil
}

// ErrTampered says that the log contradicts itself or what it showed before:
// entries changed, missing or hidden, or signed by another key. It is proof
// against whoever runs it, if both checkpoints are kept.
var ErrTampered = errors.New("the log contradicts itself or what was seen of it")

// Check reads the log from what was seen (nil: from the beginning) to its
// present checkpoint. What it returns beside ErrTampered is the checkpoint that
// contradicts. Any other error says that the log could not be read: nothing
// is known then.
func (m *Monitor) Check(ctx context.Context, before *Seen) (*Seen, error) {
	signed, err := m.Fetch(ctx, "checkpoint")
	if err != nil {
		return nil, err
	}
	now, err := inclusion.Open(signed, []inclusion.Log{m.Log})
	if err != nil {
		return &Seen{Checkpoint: signed}, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	tree := &growing{}
	var old inclusion.Checkpoint
	if before != nil {
		if old, err = inclusion.Open(before.Checkpoint, []inclusion.Log{m.Log}); err != nil {
			return nil, fmt.Errorf("what was seen before: %w", err)
		}
		switch {
		case now.Size < old.Size:
			return &Seen{Checkpoint: signed}, fmt.Errorf("%w: it has %d entries and had %d: entries were lost, or this is an old checkpoint", ErrTampered, now.Size, old.Size)
		case now.Size == old.Size && now.Root != old.Root:
			return &Seen{Checkpoint: signed}, fmt.Errorf("%w: another log of %d entries under the same name", ErrTampered, now.Size)
		}
		if len(before.Roots) > 0 {
			tree = &growing{size: old.Size, roots: slices.Clone(before.Roots)}
			if tree.head() != old.Root {
				return nil, errors.New("what was seen before does not fit its own checkpoint; begin again without it")
			}
		}
	}
	for tree.size < now.Size {
		if err := m.read(ctx, tree, now.Size, old); err != nil {
			if errors.Is(err, ErrTampered) {
				return &Seen{Checkpoint: signed}, err
			}
			return nil, err
		}
	}
	if tree.head() != now.Root {
		return &Seen{Checkpoint: signed}, fmt.Errorf("%w: its %d entries do not have the root it signed", ErrTampered, now.Size)
	}
	return &Seen{Checkpoint: signed, Roots: tree.roots}, nil
}

// read reads the next tile of entries, up to size in all.
func (m *Monitor) read(ctx context.Context, tree *growing, size int64, old inclusion.Checkpoint) error {
	n := tree.size / tileWidth
	name := TileName{Entries: true, Place: Place{0, n}, Width: int(min(tileWidth, size-n*tileWidth))}
	data, err := m.Fetch(ctx, name.Path())
	if err != nil {
		return err
	}
	entries, ok := unbundle(data)
	if !ok || len(entries) != name.Width {
		return fmt.Errorf("%w: %s holds other than %d entries", ErrTampered, name.Path(), name.Width)
	}
	for _, raw := range entries[tree.size-n*tileWidth:] {
		e, err := inclusion.ParseEntry(raw)
		if err != nil {
			return fmt.Errorf("entry %d: %w: a later version of this program may know it", tree.size, err)
		}
		tree.add(tlog.RecordHash(raw))
		if tree.size == old.Size && tree.head() != old.Root {
			return fmt.Errorf("%w: its first %d entries are not those seen before", ErrTampered, old.Size)
		}
		if m.Each != nil {
			m.Each(tree.size-1, e)
		}
	}
	return nil
}

// growing is a tree of which only the roots of its whole subtrees are kept.
type growing struct {
	size  int64
	roots []tlog.Hash // largest first
}

func (g *growing) add(h tlog.Hash) {
	for n := g.size; n&1 == 1; n >>= 1 {
		last := len(g.roots) - 1
		h = tlog.NodeHash(g.roots[last], h)
		g.roots = g.roots[:last]
	}
	g.roots = append(g.roots, h)
	g.size++
}

// head is the root of the tree (RFC 6962, 2.1).
func (g *growing) head() tlog.Hash {
	if len(g.roots) == 0 {
		h, _ := tlog.TreeHash(0, nil) // that of no entries reads none
		return h
	}
	h := g.roots[len(g.roots)-1]
	for _, left := range slices.Backward(g.roots[:len(g.roots)-1]) {
		h = tlog.NodeHash(left, h)
	}
	return h
}

// Concerns tells whether an entry is by or about the body, named by its id or
// its DID in the register whose log it is.
func Concerns(e inclusion.Entry, body string) bool {
	id := body[strings.LastIndexByte(body, ':')+1:]
	return id != "" && (e.Body == id || e.Subject == id)
}
