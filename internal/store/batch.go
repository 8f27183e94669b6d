package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/batch"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

type batchRow struct {
	ID        string
	Body      string
	State     string
	Received  int
	Issued    int
	Failed    int
	StartedAt int64
	UpdatedAt int64
}

func (r batchRow) batch() batch.Batch {
	return batch.Batch{ID: r.ID, Body: r.Body, State: batch.State(r.State), Received: r.Received, Issued: r.Issued, Failed: r.Failed,
		StartedAt: moment(r.StartedAt), UpdatedAt: moment(r.UpdatedAt)}
}

// PutBatch implements batch.Store.
func (d *DB) PutBatch(ctx context.Context, b batch.Batch) error {
	err := d.write.WithContext(ctx).Exec("INSERT INTO batches (id, body, state, received, issued, failed, started_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (id) DO UPDATE SET state = excluded.state, received = excluded.received, issued = excluded.issued, failed = excluded.failed, "+
		"started_at = excluded.started_at, updated_at = excluded.updated_at",
		b.ID, b.Body, string(b.State), b.Received, b.Issued, b.Failed, micros(b.StartedAt), micros(b.UpdatedAt)).Error
	if err != nil {
		return fmt.Errorf("keeping the state of a batch: %w", err)
	}
	return nil
}

// Batch implements batch.Store.
func (d *DB) Batch(ctx context.Context, body, id string) (batch.Batch, error) {
	var rows []batchRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM batches WHERE id = ? AND body = ?", id, body).Scan(&rows).Error; err != nil {
		return batch.Batch{}, fmt.Errorf("reading a batch: %w", err)
	}
	if len(rows) == 0 {
		return batch.Batch{}, issue.ErrNotFound
	}
	return rows[0].batch(), nil
}

// Batches implements batch.Store.
func (d *DB) Batches(ctx context.Context, body, after string, most int) ([]batch.Batch, error) {
	g := d.read.WithContext(ctx).Table("batches").Where("body = ?", body)
	if after != "" {
		g = g.Where("(started_at, id) < (SELECT started_at, id FROM batches WHERE id = ? AND body = ?)", after, body)
	}
	var rows []batchRow
	if err := g.Order("started_at DESC, id DESC").Limit(most).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading batches: %w", err)
	}
	out := make([]batch.Batch, len(rows))
	for i, r := range rows {
		out[i] = r.batch()
	}
	return out, nil
}

// Discard implements issue.Store.
func (d *DB) Discard(ctx context.Context, body string, numbers []string) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		for start := 0; start < len(numbers); start += notesTogether {
			some := numbers[start:min(start+notesTogether, len(numbers))]
			if err := tx.Exec("DELETE FROM certificates WHERE body = ? AND state = ? AND number IN ?", body, string(issue.Recorded), some).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("taking back what was recorded: %w", err)
	}
	return nil
}

// Duplicate implements issue.Store.
func (d *DB) Duplicate(ctx context.Context, r issue.Record, now time.Time) (string, error) {
	held, err := duplicates(d.read.WithContext(ctx), r, now)
	if err != nil || len(held) == 0 {
		return "", err
	}
	return held[0].Number, nil
}
