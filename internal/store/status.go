package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// ListOwner implements status.Store.
func (d *DB) ListOwner(ctx context.Context, list string) (string, error) {
	var bodies []string
	if err := d.read.WithContext(ctx).Raw("SELECT body FROM status_lists WHERE id = ?", list).Scan(&bodies).Error; err != nil {
		return "", fmt.Errorf("reading status list: %w", err)
	}
	if len(bodies) == 0 {
		return "", registry.ErrNotFound
	}
	return bodies[0], nil
}

// OpenList implements status.Store. A list takes entries until half of it is
// full, so that a random draw is rarely taken.
func (d *DB) OpenList(ctx context.Context, body, id string) (list string, room int, err error) {
	const most = statuslist.MinEntries / 2
	open := func(g *gorm.DB) (string, int, int64, error) {
		var rows []struct {
			ID   string
			Seq  int64
			Used int
		}
		err := g.Raw("SELECT l.id, l.seq, (SELECT COUNT(*) FROM status_entries e WHERE e.list = l.id) AS used FROM status_lists l WHERE l.body = ? ORDER BY l.seq DESC LIMIT 1", body).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return "", 0, 0, err
		}
		if rows[0].Used >= most {
			return "", 0, rows[0].Seq, nil
		}
		return rows[0].ID, most - rows[0].Used, rows[0].Seq, nil
	}
	if list, room, _, err = open(d.read.WithContext(ctx)); err != nil || list != "" {
		return list, room, err
	}
	err = d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.lock(tx, "lists of "+body); err != nil {
			return err
		}
		found, left, seq, err := open(tx)
		if list, room = found, left; err != nil || found != "" {
			return err
		}
		list, room = id, most
		return tx.Exec("INSERT INTO status_lists (id, body, seq) VALUES (?, ?, ?)", id, body, seq+1).Error
	})
	return list, room, err
}

// onList reads the events of everything on the list, in order of insertion.
func (d *DB) onList(ctx context.Context, list string) ([]eventRow, error) {
	var all []eventRow
	for _, q := range []string{
		"SELECT c.idx, e.kind, e.effective_at, e.learnt_at, e.doc FROM certificates c JOIN certificate_events e ON e.number = c.number WHERE c.list = ? ORDER BY e.seq",
		"SELECT s.idx, e.kind, e.effective_at, e.learnt_at, e.doc FROM statements s JOIN statement_events e ON e.statement = s.id WHERE s.list = ? ORDER BY e.seq",
	} {
		var rows []eventRow
		if err := d.read.WithContext(ctx).Raw(q, list).Scan(&rows).Error; err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// Set implements status.Store.
func (d *DB) Set(ctx context.Context, list, purpose string, at, now time.Time) ([]int, error) {
	rows, err := d.onList(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("reading status list: %w", err)
	}
	events := map[int][]trust.Event{}
	for _, r := range rows {
		e, err := r.event()
		if err != nil {
			return nil, fmt.Errorf("reading status list: %w", err)
		}
		events[r.Idx] = append(events[r.Idx], e)
	}
	var out []int
	for idx, history := range events {
		s := trust.At(trust.Statement{Events: trust.Happened(history, now)}, at, time.Time{}).Status
		ended := s == trust.LinkWithdrawn || s == trust.LinkSuperseded
		if purpose == "revocation" && ended || purpose == "suspension" && s == trust.LinkSuspended {
			out = append(out, idx)
		}
	}
	return out, nil
}

// Changed implements status.Store.
func (d *DB) Changed(ctx context.Context, list string) (time.Time, error) {
	var last int64
	for _, q := range []string{
		"SELECT COALESCE(MAX(e.learnt_at), 0) FROM certificates c JOIN certificate_events e ON e.number = c.number WHERE c.list = ?",
		"SELECT COALESCE(MAX(e.learnt_at), 0) FROM statements s JOIN statement_events e ON e.statement = s.id WHERE s.list = ?",
	} {
		var t int64
		if err := d.read.WithContext(ctx).Raw(q, list).Scan(&t).Error; err != nil {
			return time.Time{}, err
		}
		last = max(last, t)
	}
	return moment(last), nil
}
