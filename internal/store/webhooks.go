package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/notify"
)

type webhookRow struct {
	ID            string
	Owner         string
	Watch         string
	URL           string `gorm:"column:url"`
	Description   string
	Events        string // separated by spaces
	Sealed        []byte
	PublicKey     string
	PreviousUntil int64
	Fingerprint   []byte
	CreatedAt     int64
	DisabledAt    int64
	DisabledWhy   string
	FailingSince  int64
	Streak        int
	PausedUntil   int64
	DeliveredAt   int64
	Cursor        int64
	ReplayNext    int64
	ReplayUntil   int64
	ReplayFromAt  int64
	ReplayUntilAt int64
	LeaseOwner    string
	LeaseUntil    int64
}

func webhookOf(e notify.Endpoint) webhookRow {
	return webhookRow{ID: e.ID, Owner: string(e.Owner), Watch: e.Watch, URL: e.URL, Description: e.Description, Events: strings.Join(e.Events, " "), Sealed: e.Sealed,
		PublicKey: e.PublicKey, PreviousUntil: micros(e.PreviousUntil), Fingerprint: e.Fingerprint, CreatedAt: micros(e.CreatedAt), DisabledAt: micros(e.DisabledAt),
		DisabledWhy: e.DisabledWhy, FailingSince: micros(e.FailingSince), Streak: e.Streak, PausedUntil: micros(e.PausedUntil), DeliveredAt: micros(e.DeliveredAt),
		Cursor: e.Cursor, ReplayNext: e.Replay.Next, ReplayUntil: e.Replay.Until, ReplayFromAt: micros(e.Replay.From), ReplayUntilAt: micros(e.Replay.Before)}
}

func (r webhookRow) endpoint() notify.Endpoint {
	return notify.Endpoint{ID: r.ID, Owner: notify.Owner(r.Owner), Watch: r.Watch, URL: r.URL, Description: r.Description, Events: strings.Fields(r.Events), Sealed: r.Sealed,
		PublicKey: r.PublicKey, PreviousUntil: moment(r.PreviousUntil), Fingerprint: r.Fingerprint, CreatedAt: moment(r.CreatedAt), DisabledAt: moment(r.DisabledAt),
		DisabledWhy: r.DisabledWhy, FailingSince: moment(r.FailingSince), Streak: r.Streak, PausedUntil: moment(r.PausedUntil), DeliveredAt: moment(r.DeliveredAt),
		Cursor: r.Cursor, Replay: notify.Replay{Next: r.ReplayNext, Until: r.ReplayUntil, From: moment(r.ReplayFromAt), Before: moment(r.ReplayUntilAt)}}
}

func webhook(g *gorm.DB, id string) (notify.Endpoint, error) {
	var rows []webhookRow
	if err := g.Raw("SELECT * FROM webhooks WHERE id = ?", id).Scan(&rows).Error; err != nil {
		return notify.Endpoint{}, fmt.Errorf("reading webhook: %w", err)
	}
	if len(rows) == 0 {
		return notify.Endpoint{}, notify.ErrNotFound
	}
	return rows[0].endpoint(), nil
}

// aboutWebhook is a fact about an endpoint; wrote says what, without secrets.
func aboutWebhook(kind string, e notify.Endpoint, wrote string) journal.Fact {
	return journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Webhook, ID: e.ID}, Body: e.Owner.Body(),
		Wrote: []byte(strings.Join([]string{wrote, e.URL, strings.Join(e.Events, " "), e.DisabledWhy}, "\n"))}
}

const journalEnd = "SELECT COALESCE(MAX(log_index), -1) FROM journal"

// AddEndpoint implements notify.Store.
func (d *DB) AddEndpoint(ctx context.Context, e notify.Endpoint, most int) (kept notify.Endpoint, existing bool, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		existing = false
		if err := d.lock(tx, "webhooks "+string(e.Owner)); err != nil {
			return err
		}
		held, err := webhook(tx, e.ID)
		if err == nil {
			kept, existing = held, true
			if subtle.ConstantTimeCompare(held.Fingerprint, e.Fingerprint) != 1 {
				return notify.ErrKeyReused
			}
			return nil
		}
		if !errors.Is(err, notify.ErrNotFound) {
			return err
		}
		return d.addEndpoint(tx, e, most, &kept)
	})
	return kept, existing, err
}

func (d *DB) addEndpoint(tx *gorm.DB, e notify.Endpoint, most int, kept *notify.Endpoint) error {
	var n int
	if err := tx.Raw("SELECT COUNT(*) FROM webhooks WHERE owner = ?", string(e.Owner)).Scan(&n).Error; err != nil {
		return err
	}
	if n >= most {
		return &fault.Refusal{Kind: fault.Conflict, Code: "TOO_MANY_WEBHOOKS", Detail: fmt.Sprintf("There are %d webhooks, which is as many as one owner may have; remove one.", n)}
	}
	if err := tx.Raw(journalEnd).Scan(&e.Cursor).Error; err != nil {
		return err
	}
	row := webhookOf(e)
	if err := tx.Table("webhooks").Create(&row).Error; err != nil {
		return err
	}
	*kept = e
	return d.note(tx, aboutWebhook(journal.WebhookAdded, e, "added"))
}

// Endpoint implements notify.Store.
func (d *DB) Endpoint(ctx context.Context, id string) (notify.Endpoint, error) {
	return webhook(d.read.WithContext(ctx), id)
}

// Endpoints implements notify.Store.
func (d *DB) Endpoints(ctx context.Context, owner notify.Owner, after string, limit int) ([]notify.Endpoint, error) {
	return d.endpoints(ctx, "owner = ? AND id > ? ORDER BY id LIMIT ?", string(owner), after, limit)
}

// AllEndpoints implements notify.Store.
func (d *DB) AllEndpoints(ctx context.Context, after string, limit int) ([]notify.Endpoint, error) {
	return d.endpoints(ctx, "id > ? ORDER BY id LIMIT ?", after, limit)
}

func (d *DB) endpoints(ctx context.Context, where string, args ...any) ([]notify.Endpoint, error) {
	var rows []webhookRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM webhooks WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("listing webhooks: %w", err)
	}
	out := make([]notify.Endpoint, len(rows))
	for i, r := range rows {
		out[i] = r.endpoint()
	}
	return out, nil
}

// ResealEndpoint implements notify.Store.
func (d *DB) ResealEndpoint(ctx context.Context, id string, sealed, was []byte) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE webhooks SET sealed = ? WHERE id = ? AND sealed = ?", sealed, id, was).Error
	})
}

// holdWebhook makes changes of one endpoint follow each other.
func (d *DB) holdWebhook(tx *gorm.DB, id string) (notify.Endpoint, error) {
	if d.postgres {
		if err := tx.Exec("SELECT 1 FROM webhooks WHERE id = ? FOR UPDATE", id).Error; err != nil {
			return notify.Endpoint{}, err
		}
	}
	return webhook(tx, id)
}

// ChangeEndpoint implements notify.Store.
func (d *DB) ChangeEndpoint(ctx context.Context, id, what string, now time.Time, change func(*notify.Endpoint) error) (e notify.Endpoint, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		if e, err = d.holdWebhook(tx, id); err != nil {
			return err
		}
		disabled := !e.DisabledAt.IsZero()
		if err := change(&e); err != nil {
			return err
		}
		r := webhookOf(e)
		err := tx.Exec("UPDATE webhooks SET url = ?, description = ?, events = ?, sealed = ?, previous_until = ?, disabled_at = ?, disabled_why = ?, failing_since = ?, streak = ?, "+
			"paused_until = ?, replay_next = ?, replay_until = ?, replay_from_at = ?, replay_until_at = ? WHERE id = ?", r.URL, r.Description, r.Events, r.Sealed, r.PreviousUntil,
			r.DisabledAt, r.DisabledWhy, r.FailingSince, r.Streak, r.PausedUntil, r.ReplayNext, r.ReplayUntil, r.ReplayFromAt, r.ReplayUntilAt, id).Error
		if err != nil {
			return err
		}
		if disabled && e.DisabledAt.IsZero() {
			if err := tx.Exec("UPDATE webhook_deliveries SET attempts = 0, next_at = ? WHERE webhook = ? AND state = 'pending'", micros(now), id).Error; err != nil {
				return err
			}
		}
		return d.note(tx, aboutWebhook(journal.WebhookChanged, e, what))
	})
	return e, err
}

// RemoveEndpoint implements notify.Store.
func (d *DB) RemoveEndpoint(ctx context.Context, id string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		e, err := d.holdWebhook(tx, id)
		if err != nil {
			return err
		}
		return d.removeEndpoint(tx, e)
	})
}

func (d *DB) removeEndpoint(tx *gorm.DB, e notify.Endpoint) error {
	for _, statement := range []string{"DELETE FROM webhook_deliveries WHERE webhook = ?", "DELETE FROM webhooks WHERE id = ?"} {
		if err := tx.Exec(statement, e.ID).Error; err != nil {
			return err
		}
	}
	return d.note(tx, aboutWebhook(journal.WebhookRemoved, e, "removed"))
}

// leaseMost is longer than any lease: one that ends later was taken by a clock
// that was ahead, and holds nobody up.
const leaseMost = 10 * time.Minute

// Ready implements notify.Store.
func (d *DB) Ready(ctx context.Context, now time.Time, limit int) ([]string, error) {
	at := micros(now)
	var out []string
	err := d.read.WithContext(ctx).Raw("SELECT w.id FROM webhooks w WHERE w.disabled_at = 0 AND (w.lease_until < ? OR w.lease_until > ?) AND w.paused_until <= ? AND ("+
		"(w.watch = '' AND (w.cursor < ("+journalEnd+") OR w.replay_next < w.replay_until)) OR "+
		"EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.id AND d.state = 'pending' AND d.next_at <= ?)) ORDER BY w.lease_until, w.id LIMIT ?",
		at, micros(now.Add(leaseMost)), at, at, limit).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("looking for webhooks to serve: %w", err)
	}
	return out, nil
}

// Claim implements notify.Store.
func (d *DB) Claim(ctx context.Context, id, server string, now, until time.Time) (e notify.Endpoint, ok bool, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE webhooks SET lease_owner = ?, lease_until = ? WHERE id = ? AND disabled_at = 0 AND (lease_until < ? OR lease_until > ? OR lease_owner = ?)",
			server, micros(until), id, micros(now), micros(now.Add(leaseMost)), server)
		if ok = done.RowsAffected == 1; done.Error != nil || !ok {
			return done.Error
		}
		e, err = webhook(tx, id)
		return err
	})
	if err != nil {
		err = fmt.Errorf("claiming webhook: %w", err)
	}
	return e, ok, err
}

// Release implements notify.Store. Its turn over, the endpoint queues behind others.
func (d *DB) Release(ctx context.Context, id, server string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE webhooks SET lease_owner = '', lease_until = ? WHERE id = ? AND lease_owner = ?", micros(d.now())-1, id, server).Error
	})
}
