package store

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/notify"
)

type deliveryRow struct {
	ID          string
	Webhook     string
	Source      string
	Thing       string
	Pos         int64
	Type        string
	Payload     []byte
	State       string
	Attempts    int
	NextAt      int64
	CreatedAt   int64
	LastAt      int64
	LastOutcome string
	LastStatus  int
}

func (r deliveryRow) delivery() notify.Delivery {
	return notify.Delivery{ID: r.ID, Endpoint: r.Webhook, Source: r.Source, Thing: r.Thing, Pos: r.Pos, Type: r.Type, Payload: r.Payload, State: notify.State(r.State),
		Attempts: r.Attempts, NextAt: moment(r.NextAt), CreatedAt: moment(r.CreatedAt), LastAt: moment(r.LastAt), LastOutcome: r.LastOutcome, LastStatus: r.LastStatus}
}

func deliveries(g *gorm.DB, where string, args ...any) ([]notify.Delivery, error) {
	var rows []deliveryRow
	if err := g.Raw("SELECT * FROM webhook_deliveries WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading deliveries: %w", err)
	}
	out := make([]notify.Delivery, len(rows))
	for i, r := range rows {
		out[i] = r.delivery()
	}
	return out, nil
}

// Notes implements notify.Store.
func (d *DB) Notes(ctx context.Context, owner notify.Owner, after int64, ahead, most int) ([]journal.Kept, int64, error) {
	var end int64
	if err := d.read.WithContext(ctx).Raw(journalEnd).Scan(&end).Error; err != nil {
		return nil, after, fmt.Errorf("reading the journal: %w", err)
	}
	upTo := min(end, after+int64(ahead))
	if upTo <= after {
		return nil, after, nil
	}
	g := d.read.WithContext(ctx).Table("journal").Where("log_index > ? AND log_index <= ?", after, upTo).Order("log_index").Limit(most)
	if body := owner.Body(); body != "" {
		g = g.Where("(body = ? OR subject = ?)", body, body)
	} else if owner != notify.Operator {
		return nil, upTo, nil // what happens in the register is told to bodies and operators
	}
	var rows []struct {
		ID, LogIndex, At           int64
		Kind, Thing, Body, Subject string
		Token, Leaf                []byte
	}
	if err := g.Select("id, log_index, at, kind, thing, body, subject, token, leaf").Scan(&rows).Error; err != nil {
		return nil, after, fmt.Errorf("reading the journal: %w", err)
	}
	out := make([]journal.Kept, len(rows))
	for i, r := range rows {
		out[i] = journal.Kept{ID: r.ID, Index: r.LogIndex, Note: journal.Note{Kind: r.Kind, Thing: r.Thing, Body: r.Body, Subject: r.Subject, At: moment(r.At), Token: r.Token, Leaf: r.Leaf}}
	}
	if len(out) == most {
		upTo = out[most-1].Index
	}
	return out, upTo, nil
}

// slack is how much earlier or later than its neighbours a note may have its
// place in the log.
const slack = time.Hour

// Place implements notify.Store. The order of the log is that of time, but for
// the slack.
func (d *DB) Place(ctx context.Context, at time.Time) (place, end int64, err error) {
	g := d.read.WithContext(ctx)
	if err := g.Raw(journalEnd).Scan(&end).Error; err != nil {
		return 0, 0, fmt.Errorf("reading the journal: %w", err)
	}
	want, failed := micros(at.Add(-slack)), error(nil)
	found := sort.Search(int(end+1), func(i int) bool {
		var when int64
		if err := g.Raw("SELECT at FROM journal WHERE log_index = ?", i).Scan(&when).Error; err != nil && failed == nil {
			failed = err
		}
		return when >= want
	})
	if failed != nil {
		return 0, 0, fmt.Errorf("reading the journal: %w", failed)
	}
	return int64(found), end, nil
}

// Successions implements notify.Store.
func (d *DB) Successions(ctx context.Context, numbers []string) (map[string]notify.Succession, error) {
	out := map[string]notify.Succession{}
	if len(numbers) == 0 {
		return out, nil
	}
	var rows []struct{ Number, Request string }
	if err := d.read.WithContext(ctx).Raw("SELECT number, request FROM certificates WHERE number IN ?", numbers).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	for _, r := range rows {
		var q issue.Request
		if err := json.Unmarshal([]byte(r.Request), &q); err != nil {
			return nil, fmt.Errorf("certificate %s: %w", r.Number, err)
		}
		if q.Lineage.Previous != "" {
			out[r.Number] = notify.Succession{Previous: q.Lineage.Previous, Kind: q.Lineage.Kind}
		}
	}
	return out, nil
}

// Queued implements notify.Store.
func (d *DB) Queued(ctx context.Context, id string, most int) (n int, err error) {
	err = d.read.WithContext(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook = ? AND state IN ('pending', 'held') LIMIT ?) x", id, most).Scan(&n).Error
	return n, err
}

// Enqueue implements notify.Store.
func (d *DB) Enqueue(ctx context.Context, id string, all []notify.Delivery, now time.Time, again bool, moved func(*notify.Endpoint)) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		e, err := d.holdWebhook(tx, id)
		if err != nil {
			return err
		}
		if err := d.enqueue(tx, id, all, now, again); err != nil || moved == nil {
			return err
		}
		moved(&e)
		return tx.Exec("UPDATE webhooks SET cursor = ?, replay_next = ? WHERE id = ?", e.Cursor, e.Replay.Next, id).Error
	})
	if err != nil {
		err = fmt.Errorf("queueing messages: %w", err)
	}
	return err
}

const (
	insertDelivery = "INSERT INTO webhook_deliveries (id, webhook, source, thing, pos, type, payload, state, attempts, next_at, created_at, last_at, last_outcome, last_status) " +
		"VALUES (?, ?, ?, ?, ?, ?, ?, 'held', 0, 0, ?, 0, '', 0) ON CONFLICT (webhook, source) DO "
	sendAgain = "UPDATE SET state = 'held', attempts = 0 WHERE webhook_deliveries.state IN ('delivered', 'dead')"
)

func (d *DB) enqueue(tx *gorm.DB, id string, all []notify.Delivery, now time.Time, again bool) error {
	conflict := "NOTHING"
	if again {
		conflict = sendAgain
	}
	var things []string
	for _, x := range all {
		if err := tx.Exec(insertDelivery+conflict, x.ID, id, x.Source, x.Thing, x.Pos, x.Type, x.Payload, micros(now)).Error; err != nil {
			return err
		}
		things = append(things, x.Thing)
	}
	return d.promote(tx, id, things, now)
}

// promote lets the first held message of each thing go, if none of the thing waits.
func (d *DB) promote(tx *gorm.DB, id string, things []string, now time.Time) error {
	if len(things) == 0 {
		return nil
	}
	return tx.Exec("UPDATE webhook_deliveries SET state = 'pending', next_at = ? WHERE id IN (SELECT h.id FROM webhook_deliveries h WHERE h.webhook = ? AND h.thing IN ? AND h.state = 'held' "+
		"AND NOT EXISTS (SELECT 1 FROM webhook_deliveries o WHERE o.webhook = h.webhook AND o.thing = h.thing AND (o.state = 'pending' OR o.state = 'held' AND (o.pos < h.pos OR o.pos = h.pos AND o.id < h.id))))",
		micros(now), id, things).Error
}

// Due implements notify.Store.
func (d *DB) Due(ctx context.Context, id string, now time.Time, limit int) ([]notify.Delivery, error) {
	return deliveries(d.read.WithContext(ctx), "webhook = ? AND state = 'pending' AND next_at <= ? ORDER BY next_at, pos, id LIMIT ?", id, micros(now), limit)
}

// Settle implements notify.Store.
func (d *DB) Settle(ctx context.Context, x notify.Delivery, h notify.Health, now time.Time) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		e, err := d.holdWebhook(tx, x.Endpoint)
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE webhook_deliveries SET state = ?, attempts = ?, next_at = ?, last_at = ?, last_outcome = ?, last_status = ? WHERE id = ? AND state = 'pending'",
			string(x.State), x.Attempts, micros(x.NextAt), micros(x.LastAt), x.LastOutcome, x.LastStatus, x.ID).Error
		if err != nil {
			return err
		}
		if x.State == notify.Delivered {
			e.DeliveredAt = now
		}
		disabled := e.DisabledAt
		if h.Disabled != "" && disabled.IsZero() {
			e.DisabledAt, e.DisabledWhy = now, h.Disabled
		}
		err = tx.Exec("UPDATE webhooks SET failing_since = ?, streak = ?, paused_until = ?, delivered_at = ?, disabled_at = ?, disabled_why = ? WHERE id = ?",
			micros(h.FailingSince), h.Streak, micros(h.PausedUntil), micros(e.DeliveredAt), micros(e.DisabledAt), e.DisabledWhy, e.ID).Error
		if err != nil {
			return err
		}
		if h.Disabled != "" && disabled.IsZero() {
			if err := d.note(tx, aboutWebhook(journal.WebhookDisabled, e, "disabled")); err != nil {
				return err
			}
		}
		if x.State == notify.Pending {
			return nil
		}
		return d.promote(tx, x.Endpoint, []string{x.Thing}, now)
	})
	if err != nil {
		err = fmt.Errorf("noting an attempt: %w", err)
	}
	return err
}

// Delivery implements notify.Store.
func (d *DB) Delivery(ctx context.Context, endpoint, id string) (notify.Delivery, error) {
	return oneDelivery(d.read.WithContext(ctx), endpoint, id)
}

func oneDelivery(g *gorm.DB, endpoint, id string) (notify.Delivery, error) {
	found, err := deliveries(g, "id = ? AND webhook = ?", id, endpoint)
	if err == nil && len(found) == 0 {
		err = notify.ErrNotFound
	}
	if err != nil {
		return notify.Delivery{}, err
	}
	return found[0], nil
}

// Deliveries implements notify.Store.
func (d *DB) Deliveries(ctx context.Context, endpoint string, state notify.State, before string, limit int) ([]notify.Delivery, error) {
	g := d.read.WithContext(ctx)
	where, args := "webhook = ?", []any{endpoint}
	if state != "" {
		where, args = where+" AND state = ?", append(args, string(state))
	}
	if before != "" {
		last, err := oneDelivery(g, endpoint, before)
		if err != nil {
			return nil, err
		}
		at := micros(last.CreatedAt)
		where, args = where+" AND (created_at < ? OR created_at = ? AND id < ?)", append(args, at, at, before)
	}
	return deliveries(g, where+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, limit)...)
}

// Resend implements notify.Store.
func (d *DB) Resend(ctx context.Context, endpoint, id string, now time.Time) (x notify.Delivery, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		if _, err := d.holdWebhook(tx, endpoint); err != nil {
			return err
		}
		if x, err = oneDelivery(tx, endpoint, id); err != nil {
			return err
		}
		if x.State != notify.Held {
			if err := tx.Exec("UPDATE webhook_deliveries SET state = 'held', attempts = 0 WHERE id = ? AND state IN ('delivered', 'dead')", id).Error; err != nil {
				return err
			}
			if err := tx.Exec("UPDATE webhook_deliveries SET next_at = ?, attempts = 0 WHERE id = ? AND state = 'pending'", micros(now), id).Error; err != nil {
				return err
			}
			if err := d.promote(tx, endpoint, []string{x.Thing}, now); err != nil {
				return err
			}
		}
		x, err = oneDelivery(tx, endpoint, id)
		return err
	})
	return x, err
}

// Prune implements notify.Store.
func (d *DB) Prune(ctx context.Context, before time.Time, most int) (n int, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE created_at < ? AND state IN ('delivered', 'dead') LIMIT ?)", micros(before), most)
		n = int(done.RowsAffected)
		return done.Error
	})
	return n, err
}

// Lag tells how many messages wait for webhooks that are enabled, and how long
// the oldest of those that are due has been.
func (d *DB) Lag(ctx context.Context, now time.Time) (waiting int64, oldest time.Duration, err error) {
	var since int64
	err = d.one(ctx, []any{&waiting, &since}, "SELECT COUNT(*), COALESCE(MIN(CASE WHEN d.state = 'pending' AND d.next_at <= ? THEN d.next_at END), 0) FROM webhook_deliveries d "+
		"JOIN webhooks w ON w.id = d.webhook WHERE d.state IN ('pending', 'held') AND w.disabled_at = 0", micros(now))
	if err != nil {
		return 0, 0, fmt.Errorf("reading how far messages lag: %w", err)
	}
	if since > 0 {
		oldest = now.Sub(moment(since))
	}
	return waiting, oldest, nil
}
