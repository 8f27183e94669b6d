package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

type treeRow struct {
	Seq           int64
	Origin        string
	Start         int64
	KeyID         string
	Verifier      string
	Size          int64
	Signed        []byte
	Published     []byte
	PublishedSize int64
	OpenedAt      int64
	ClosedAt      int64
	Lost          bool
}

// Trees implements translog.Store.
func (d *DB) Trees(ctx context.Context) ([]translog.Tree, error) {
	var rows []treeRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM log_trees ORDER BY seq").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading trees: %w", err)
	}
	out := make([]translog.Tree, len(rows))
	for i, r := range rows {
		out[i] = translog.Tree{Origin: r.Origin, Start: r.Start, KeyID: r.KeyID, Key: r.Verifier, Size: r.Size, Signed: r.Signed, Published: r.Published,
			OpenedAt: moment(r.OpenedAt), ClosedAt: moment(r.ClosedAt), Lost: r.Lost}
	}
	return out, nil
}

// OpenTree implements translog.Store.
func (d *DB) OpenTree(ctx context.Context, before string, size int64, t translog.Tree, about journal.Fact) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		row := treeRow{Origin: t.Origin, Start: t.Start, KeyID: t.KeyID, Verifier: t.Key, OpenedAt: micros(t.OpenedAt)}
		if before != "" {
			done := tx.Exec("UPDATE log_trees SET closed_at = ?, lost = ? WHERE origin = ? AND size = ? AND closed_at = 0", row.OpenedAt, about.Kind == journal.LogLost, before, size)
			if done.Error != nil {
				return done.Error
			}
			if done.RowsAffected != 1 {
				return translog.ErrRace
			}
		}
		if err := tx.Raw("SELECT COALESCE(MAX(seq), 0) + 1 FROM log_trees").Scan(&row.Seq).Error; err != nil {
			return err
		}
		if before == "" && row.Seq != 1 {
			return translog.ErrRace
		}
		if err := tx.Table("log_trees").Create(&row).Error; err != nil {
			return err
		}
		return d.note(tx, about)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return translog.ErrRace
	}
	return err
}

// Waiting implements translog.Store. It reads where it will write: a replica
// that lags would only lose the race.
func (d *DB) Waiting(ctx context.Context, most int) ([]translog.Waiting, error) {
	var out []translog.Waiting
	err := d.read.WithContext(ctx).Raw("SELECT id, leaf FROM journal WHERE log_index IS NULL ORDER BY id LIMIT ?", most).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("reading what waits: %w", err)
	}
	return out, nil
}

// Tiles implements translog.Store.
func (d *DB) Tiles(ctx context.Context, origin string, places []translog.Place) (map[translog.Place][]byte, error) {
	where, args := make([]string, len(places)), []any{origin}
	for i, p := range places {
		where[i], args = "(level = ? AND n = ?)", append(args, p.Level, p.N)
	}
	var rows []struct {
		Level int
		N     int64
		Data  []byte
	}
	err := d.read.WithContext(ctx).Raw("SELECT level, n, data FROM log_tiles WHERE origin = ? AND ("+strings.Join(where, " OR ")+")", args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading tiles: %w", err)
	}
	out := make(map[translog.Place][]byte, len(rows))
	for _, r := range rows {
		out[translog.Place{Level: r.Level, N: r.N}] = r.Data
	}
	return out, nil
}

// placeNotes gives notes their places, from first on, in the order of their
// ids: one statement for each run of ids without a gap.
func placeNotes(tx *gorm.DB, ids []int64, first int64) error {
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n] == ids[0]+int64(n) {
			n++
		}
		done := tx.Exec("UPDATE journal SET log_index = id + ? WHERE id BETWEEN ? AND ? AND log_index IS NULL", first-ids[0], ids[0], ids[n-1])
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected != int64(n) {
			return translog.ErrRace
		}
		ids, first = ids[n:], first+int64(n)
	}
	return nil
}

// Append implements translog.Store.
func (d *DB) Append(ctx context.Context, s translog.Step) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE log_trees SET size = ?, signed = ? WHERE origin = ? AND size = ? AND closed_at = 0", s.Before+int64(len(s.Notes)), s.Signed, s.Origin, s.Before)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected != 1 {
			return translog.ErrRace
		}
		if err := placeNotes(tx, s.Notes, s.First); err != nil {
			return err
		}
		for p, data := range s.Tiles {
			err := tx.Exec("INSERT INTO log_tiles (origin, level, n, data) VALUES (?, ?, ?, ?) ON CONFLICT (origin, level, n) DO UPDATE SET data = excluded.data", s.Origin, p.Level, p.N, data).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Publish implements translog.Store.
func (d *DB) Publish(ctx context.Context, origin string, size int64, checkpoint []byte) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE log_trees SET published = ?, published_size = ? WHERE origin = ? AND published_size <= ? AND size >= ?", checkpoint, size, origin, size, size).Error
	})
}

// Leaves implements translog.Store.
func (d *DB) Leaves(ctx context.Context, from, until int64) ([][]byte, error) {
	var rows []struct {
		LogIndex int64
		Leaf     []byte
	}
	err := d.read.WithContext(ctx).Raw("SELECT log_index, leaf FROM journal WHERE log_index >= ? AND log_index < ? ORDER BY log_index", from, until).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	var out [][]byte
	for _, r := range rows {
		if r.LogIndex != from+int64(len(out)) {
			break // one is missing
		}
		out = append(out, r.Leaf)
	}
	return out, nil
}

// Placed implements translog.Store.
func (d *DB) Placed(ctx context.Context, token [32]byte) (int64, time.Time, error) {
	var rows []struct {
		LogIndex *int64
		At       int64
	}
	if err := d.read.WithContext(ctx).Raw("SELECT log_index, at FROM journal WHERE token = ? ORDER BY id LIMIT 1", token[:]).Scan(&rows).Error; err != nil {
		return 0, time.Time{}, err
	}
	switch {
	case len(rows) == 0:
		return 0, time.Time{}, translog.ErrNotFound
	case rows[0].LogIndex == nil:
		return -1, moment(rows[0].At), nil
	}
	return *rows[0].LogIndex, moment(rows[0].At), nil
}

// Witnessed implements translog.Store.
func (d *DB) Witnessed(ctx context.Context, origin string) (inclusion.Checkpoint, error) {
	var rows []struct {
		Size int64
		Root []byte
	}
	err := d.read.WithContext(ctx).Raw("SELECT size, root FROM log_witnessed WHERE origin = ?", origin).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return inclusion.Checkpoint{}, err
	}
	c := inclusion.Checkpoint{Origin: origin, Size: rows[0].Size}
	copy(c.Root[:], rows[0].Root)
	return c, nil
}

// Witness implements translog.Store.
func (d *DB) Witness(ctx context.Context, before int64, c inclusion.Checkpoint) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		statement := "UPDATE log_witnessed SET size = ?, root = ? WHERE origin = ? AND size = ?"
		args := []any{c.Size, c.Root[:], c.Origin, before}
		if before == 0 {
			statement = "INSERT INTO log_witnessed (size, root, origin) VALUES (?, ?, ?) ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root WHERE log_witnessed.size = 0"
			args = args[:3]
		}
		done := tx.Exec(statement, args...)
		if done.Error == nil && done.RowsAffected != 1 {
			return translog.ErrRace
		}
		return done.Error
	})
}
