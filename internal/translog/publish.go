package translog

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

func verifierKey(origin string, key crypto.Signer) (string, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("a log signs with Ed25519")
	}
	return inclusion.VerifierKey(origin, public), nil
}

// publishedAll tells whether the tree's head is the one served.
func publishedAll(t Tree) bool {
	c, err := inclusion.Peek(t.Published)
	return t.Size == 0 || err == nil && c.Size == t.Size
}

// publish shows the signed checkpoint: tiles to the folder, the checkpoint to
// the witnesses, then both to the world. Tiles always come before a checkpoint
// that needs them. A witness that cannot be reached delays nothing: whose
// cosignatures are needed is for those who check.
func (l *Log) publish(ctx context.Context, t Tree, h *hashes) error {
	if err := l.writeTiles(ctx, t, h); err != nil {
		return err
	}
	cosigned, err := l.cosign(ctx, t, h)
	if err != nil {
		return err
	}
	if err := l.Store.Publish(ctx, t.Origin, t.Size, cosigned); err != nil {
		return fmt.Errorf("publishing a checkpoint: %w", err)
	}
	t.Published = cosigned
	_, err = l.read(ctx)
	return errors.Join(err, l.writeCheckpoint(t))
}

func (l *Log) folder(origin string) string { return filepath.Join(l.Dir, Shard(origin)) }

// shown is the checkpoint that the folder holds of the tree; zero: none.
func (l *Log) shown(origin string) (c inclusion.Checkpoint, signed []byte, err error) {
	if l.Dir == "" {
		return c, nil, nil
	}
	signed, err = os.ReadFile(filepath.Join(l.folder(origin), "checkpoint"))
	if errors.Is(err, os.ErrNotExist) {
		return c, nil, nil
	}
	if err != nil {
		return c, nil, fmt.Errorf("reading the log's folder: %w", err)
	}
	if c, err = inclusion.Peek(signed); err != nil {
		return c, nil, fmt.Errorf("reading %s: %w", filepath.Join(l.folder(origin), "checkpoint"), err)
	}
	return c, signed, nil
}

// unseen refuses to begin a tree that the folder already shows: the database
// has forgotten it.
func (l *Log) unseen(shard string) error {
	c, _, err := l.shown(l.origin(shard))
	if err == nil && c.Size > 0 {
		err = fmt.Errorf("%w: %s was published with %d entries, and the database knows nothing of it", ErrInconsistent, c.Origin, c.Size)
	}
	return err
}

// agreesWithDir refuses to go on if the folder shows what the tree does not hold.
func (l *Log) agreesWithDir(t Tree, h *hashes) error {
	c, signed, err := l.shown(t.Origin)
	if err != nil || c.Size == 0 {
		return err
	}
	if _, err := inclusion.Open(signed, []inclusion.Log{{Origin: t.Origin, Key: t.Key}}); err != nil {
		return fmt.Errorf("%w: the folder %s shows a checkpoint of another key: %w", ErrInconsistent, l.folder(t.Origin), err)
	}
	return holds(t, c, h)
}

// holds tells whether the tree holds all of what a checkpoint signed by its key
// tells.
func holds(t Tree, c inclusion.Checkpoint, h *hashes) error {
	if c.Size > t.Size {
		return fmt.Errorf("%w: %s was published with %d entries, and the database holds %d", ErrInconsistent, t.Origin, c.Size, t.Size)
	}
	if c.Size == 0 {
		return nil
	}
	root, err := tlog.TreeHash(c.Size, h)
	if err != nil {
		return err
	}
	if root != c.Root {
		return fmt.Errorf("%w: the first %d entries of %s are not those that were published", ErrInconsistent, c.Size, t.Origin)
	}
	return nil
}

// writeTiles writes to the folder what the checkpoint shown there lacks. Each
// file appears whole, and is durable before a checkpoint needs it.
func (l *Log) writeTiles(ctx context.Context, t Tree, h *hashes) error {
	if l.Dir == "" {
		return nil
	}
	shown, _, err := l.shown(t.Origin)
	if err != nil {
		return err
	}
	for _, x := range tlog.NewTiles(tileHeight, shown.Size, t.Size) {
		data, err := tlog.ReadTileData(x, h)
		if err != nil {
			return err
		}
		if err := l.write(t.Origin, TileName{Place: Place{x.L, x.N}, Width: x.W}.Path(), data); err != nil {
			return err
		}
		if x.L > 0 {
			continue
		}
		from := t.Start + x.N*tileWidth
		entries, err := l.Store.Leaves(ctx, from, from+int64(x.W))
		if err != nil {
			return fmt.Errorf("reading entries: %w", err)
		}
		if len(entries) != x.W {
			return fmt.Errorf("%w: entries of tile %d are missing", ErrInconsistent, x.N)
		}
		if err := l.write(t.Origin, TileName{Entries: true, Place: Place{0, x.N}, Width: x.W}.Path(), bundle(entries)); err != nil {
			return err
		}
	}
	return l.write(t.Origin, "key", []byte(t.Key+"\n"))
}

func (l *Log) writeCheckpoint(t Tree) error {
	if l.Dir == "" {
		return nil
	}
	return l.write(t.Origin, "checkpoint", t.Published)
}

// write makes a file appear whole and durable.
func (l *Log) write(origin, name string, data []byte) error {
	path := filepath.Join(l.folder(origin), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // it is published
		return fmt.Errorf("writing the log's folder: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing the log's folder: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing the log's folder: %w", err), os.Remove(f.Name()))
	}
	return nil
}
