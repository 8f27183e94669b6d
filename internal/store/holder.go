package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// AddHolderLink implements holder.Store.
func (d *DB) AddHolderLink(ctx context.Context, l holder.Link) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		row := map[string]any{"digest": l.Digest, "number": l.Number, "body": l.Body, "created_at": micros(l.CreatedAt), "expires_at": micros(l.ExpiresAt), "ended_at": 0}
		if err := tx.Table("holder_links").Create(row).Error; err != nil {
			return err
		}
		return d.note(tx, holderFact(journal.HolderInvited, l.Body, l.Number))
	})
	if err != nil {
		return fmt.Errorf("adding holder link: %w", err)
	}
	return nil
}

func holderFact(kind, body, number string) journal.Fact {
	return journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Certificate, ID: number}, Body: body}
}

// EndHolderLinks implements holder.Store.
func (d *DB) EndHolderLinks(ctx context.Context, body, number string, now time.Time) (int, error) {
	ended := 0
	err := d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE holder_links SET ended_at = ? WHERE number = ? AND ended_at = 0 AND expires_at > ?", micros(now), number, micros(now))
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		ended = int(done.RowsAffected)
		return d.note(tx, holderFact(journal.HolderLinksEnded, body, number))
	})
	if err != nil {
		return 0, fmt.Errorf("ending holder links: %w", err)
	}
	return ended, nil
}

// HolderLink implements holder.Store.
func (d *DB) HolderLink(ctx context.Context, digest []byte, now time.Time) (holder.Link, error) {
	var rows []struct {
		Number, Body         string
		CreatedAt, ExpiresAt int64
	}
	err := d.read.WithContext(ctx).Raw("SELECT number, body, created_at, expires_at FROM holder_links WHERE digest = ? AND ended_at = 0 AND expires_at > ?", digest, micros(now)).Scan(&rows).Error
	switch {
	case err != nil:
		return holder.Link{}, fmt.Errorf("finding holder link: %w", d.translated(err))
	case len(rows) == 0:
		return holder.Link{}, holder.ErrNotFound
	}
	r := rows[0]
	return holder.Link{Digest: digest, Number: r.Number, Body: r.Body, CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt)}, nil
}

// Choice implements holder.Store.
func (d *DB) Choice(ctx context.Context, number string) (issue.Choice, error) {
	var docs []string
	if err := d.read.WithContext(ctx).Raw("SELECT doc FROM holder_choices WHERE number = ?", number).Scan(&docs).Error; err != nil {
		return issue.Choice{}, fmt.Errorf("reading a holder's choice: %w", d.translated(err))
	}
	if len(docs) == 0 {
		return issue.Choice{}, nil
	}
	return issue.ParseChoice(docs[0])
}

// Choose implements holder.Store. Of earlier choices nothing is kept but that
// there were some.
func (d *DB) Choose(ctx context.Context, body, number string, c issue.Choice, now time.Time) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		row := map[string]any{"number": number, "doc": c.Text(), "chosen_at": micros(now)}
		err := tx.Table("holder_choices").Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "number"}}, DoUpdates: clause.AssignmentColumns([]string{"doc", "chosen_at"})}).Create(row).Error
		if err != nil {
			return err
		}
		return d.note(tx, holderFact(journal.HolderChose, body, number))
	})
	if err != nil {
		return fmt.Errorf("keeping a holder's choice: %w", err)
	}
	return nil
}

// looksTogether is how many counts one statement adds to.
const looksTogether = 500

// AddLooks implements holder.Store.
func (d *DB) AddLooks(ctx context.Context, day string, counts map[string]int64) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		for part := range slices.Chunk(slices.Sorted(maps.Keys(counts)), looksTogether) { // sorted: two writers lock in the same order
			rows := make([]map[string]any, len(part))
			for i, n := range part {
				rows[i] = map[string]any{"number": n, "day": day, "looks": counts[n]}
			}
			err := tx.Table("certificate_looks").Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "number"}, {Name: "day"}},
				DoUpdates: clause.Assignments(map[string]any{"looks": gorm.Expr("certificate_looks.looks + excluded.looks")})}).Create(rows).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("counting looks: %w", err)
	}
	return nil
}

// Looks implements holder.Store.
func (d *DB) Looks(ctx context.Context, number, since string) ([]holder.Day, error) {
	var rows []struct {
		Day   string
		Looks int64
	}
	err := d.read.WithContext(ctx).Raw("SELECT day, looks FROM certificate_looks WHERE number = ? AND day >= ? ORDER BY day DESC", number, since).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading looks: %w", d.translated(err))
	}
	out := make([]holder.Day, len(rows))
	for i, r := range rows {
		out[i] = holder.Day{Day: r.Day, Count: r.Looks}
	}
	return out, nil
}

// forgetHolder deletes what is kept for the holders of certificates.
func forgetHolder(tx *gorm.DB, numbers []string) error {
	for _, table := range []string{"holder_links", "holder_choices", "certificate_looks"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE number IN ?", numbers).Error; err != nil {
			return err
		}
	}
	return nil
}
