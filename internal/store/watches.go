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

type watchRow struct {
	ID          string
	Owner       string
	Webhook     string
	Consent     string
	Digest      string
	ExpiryDays  int
	Since       int64
	CreatedAt   int64
	ExpiresAt   int64
	DigestedAt  int64
	Fingerprint []byte
}

func (r watchRow) watch() notify.Watch {
	return notify.Watch{ID: r.ID, Owner: notify.Owner(r.Owner), Webhook: r.Webhook, Consent: r.Consent, Digest: r.Digest, ExpiryDays: r.ExpiryDays, Since: r.Since,
		CreatedAt: moment(r.CreatedAt), ExpiresAt: moment(r.ExpiresAt), DigestedAt: moment(r.DigestedAt), Fingerprint: r.Fingerprint}
}

func watches(g *gorm.DB, where string, args ...any) ([]notify.Watch, error) {
	var rows []struct {
		Row     watchRow `gorm:"embedded"`
		Watched int
	}
	if err := g.Raw("SELECT w.*, (SELECT COUNT(*) FROM watch_entries e WHERE e.watch = w.id) AS watched FROM watches w WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading watches: %w", err)
	}
	out := make([]notify.Watch, len(rows))
	for i, r := range rows {
		out[i] = r.Row.watch()
		out[i].Watched = r.Watched
	}
	return out, nil
}

func watch(g *gorm.DB, id string) (notify.Watch, error) {
	found, err := watches(g, "w.id = ?", id)
	if err == nil && len(found) == 0 {
		err = notify.ErrNotFound
	}
	if err != nil {
		return notify.Watch{}, err
	}
	return found[0], nil
}

func aboutWatch(kind string, w notify.Watch, wrote ...string) journal.Fact {
	return journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Watch, ID: w.ID}, Body: w.Owner.Body(), Wrote: []byte(strings.Join(append(wrote, w.Consent), "\n"))}
}

// AddWatch implements notify.Watches.
func (d *DB) AddWatch(ctx context.Context, w notify.Watch, most int) (kept notify.Watch, existing bool, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		existing = false
		if err := d.lock(tx, "watches "+string(w.Owner)); err != nil {
			return err
		}
		held, err := watch(tx, w.ID)
		if err == nil {
			kept, existing = held, true
			if subtle.ConstantTimeCompare(held.Fingerprint, w.Fingerprint) != 1 {
				return notify.ErrKeyReused
			}
			return nil
		}
		if !errors.Is(err, notify.ErrNotFound) {
			return err
		}
		var n int
		if err := tx.Raw("SELECT COUNT(*) FROM watches WHERE owner = ?", string(w.Owner)).Scan(&n).Error; err != nil {
			return err
		}
		if n >= most {
			return &fault.Refusal{Kind: fault.Conflict, Code: "TOO_MANY_WATCHES", Detail: fmt.Sprintf("There are %d watches, which is as many as one owner may have; remove one, or add to one.", n)}
		}
		if err := tx.Raw(journalEnd).Scan(&w.Since).Error; err != nil {
			return err
		}
		if err := beginJob(tx, notify.Scanning); err != nil { // so that the first notes behind the watch are looked at
			return err
		}
		row := watchRow{ID: w.ID, Owner: string(w.Owner), Webhook: w.Webhook, Consent: w.Consent, Digest: w.Digest, ExpiryDays: w.ExpiryDays, Since: w.Since,
			CreatedAt: micros(w.CreatedAt), ExpiresAt: micros(w.ExpiresAt), DigestedAt: micros(w.DigestedAt), Fingerprint: w.Fingerprint}
		if err := tx.Table("watches").Create(&row).Error; err != nil {
			return err
		}
		kept = w
		return d.note(tx, aboutWatch(journal.WatchAdded, w))
	})
	return kept, existing, err
}

// Watch implements notify.Watches.
func (d *DB) Watch(ctx context.Context, id string) (notify.Watch, error) {
	return watch(d.read.WithContext(ctx), id)
}

// WatchesOf implements notify.Watches.
func (d *DB) WatchesOf(ctx context.Context, owner notify.Owner, after string, limit int) ([]notify.Watch, error) {
	return watches(d.read.WithContext(ctx), "w.owner = ? AND w.id > ? ORDER BY w.id LIMIT ?", string(owner), after, limit)
}

// AllWatches implements notify.Watches.
func (d *DB) AllWatches(ctx context.Context, after string, limit int) ([]notify.Watch, error) {
	return watches(d.read.WithContext(ctx), "w.id > ? ORDER BY w.id LIMIT ?", after, limit)
}

// RemoveWatch implements notify.Watches.
func (d *DB) RemoveWatch(ctx context.Context, id, why string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		w, err := watch(tx, id)
		if err != nil {
			return err
		}
		if w.Webhook != "" {
			e, err := d.holdWebhook(tx, w.Webhook)
			if err == nil {
				err = d.removeEndpoint(tx, e)
			}
			if err != nil && !errors.Is(err, notify.ErrNotFound) {
				return err
			}
		}
		for _, statement := range []string{"DELETE FROM watch_entries WHERE watch = ?", "DELETE FROM watch_notices WHERE watch = ?", "DELETE FROM watches WHERE id = ?"} {
			if err := tx.Exec(statement, id).Error; err != nil {
				return err
			}
		}
		return d.note(tx, aboutWatch(journal.WatchRemoved, w, why))
	})
}

// Digested implements notify.Watches.
func (d *DB) Digested(ctx context.Context, id string, at time.Time) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE watches SET digested_at = ? WHERE id = ?", micros(at), id).Error
	})
}

// Issued implements notify.Watches.
func (d *DB) Issued(ctx context.Context, numbers []string) (map[string]string, error) {
	out := map[string]string{}
	for start := 0; start < len(numbers); start += notesTogether {
		var rows []struct{ Number, Body string }
		err := d.read.WithContext(ctx).Raw("SELECT number, body FROM certificates WHERE state = 'sealed' AND number IN ?", numbers[start:min(start+notesTogether, len(numbers))]).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("reading certificates: %w", err)
		}
		for _, r := range rows {
			out[r.Number] = r.Body
		}
	}
	return out, nil
}

const insertWatched = "INSERT INTO watch_entries (watch, number, body, consent, added_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (watch, number) DO "

// AddWatched implements notify.Watches.
func (d *DB) AddWatched(ctx context.Context, id string, all []notify.Watched, most int) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.lock(tx, "watch "+id); err != nil {
			return err
		}
		w, err := watch(tx, id)
		if err != nil {
			return err
		}
		for _, x := range all {
			if err := tx.Exec(insertWatched+"UPDATE SET consent = excluded.consent", id, x.Number, x.Body, x.Consent, micros(x.AddedAt)).Error; err != nil {
				return err
			}
		}
		var n int
		if err := tx.Raw("SELECT COUNT(*) FROM watch_entries WHERE watch = ?", id).Scan(&n).Error; err != nil {
			return err
		}
		if n > most {
			return &fault.Refusal{Kind: fault.Conflict, Code: "WATCH_FULL", Detail: fmt.Sprintf("A watch holds %d certificates at most; begin another.", most)}
		}
		return d.note(tx, aboutWatch(journal.WatchChanged, w, fmt.Sprint(n)))
	})
}

// RemoveWatched implements notify.Watches.
func (d *DB) RemoveWatched(ctx context.Context, id, number string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("DELETE FROM watch_entries WHERE watch = ? AND number = ?", id, number)
		if done.Error == nil && done.RowsAffected == 0 {
			return notify.ErrNotFound
		}
		if done.Error != nil {
			return done.Error
		}
		w, err := watch(tx, id)
		if err != nil {
			return err
		}
		return d.note(tx, aboutWatch(journal.WatchChanged, w, "removed "+number))
	})
}

// ForgetWatched implements notify.Watches.
func (d *DB) ForgetWatched(ctx context.Context, number string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM watch_entries WHERE number = ?", number).Error
	})
}

type watchedRow struct {
	Watch, Number, Body, Consent string
	AddedAt                      int64
}

func (r watchedRow) watched() notify.Watched {
	return notify.Watched{Number: r.Number, Body: r.Body, Consent: r.Consent, AddedAt: moment(r.AddedAt)}
}

// Watched implements notify.Watches.
func (d *DB) Watched(ctx context.Context, id, after string, limit int) ([]notify.Watched, error) {
	var rows []watchedRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM watch_entries WHERE watch = ? AND number > ? ORDER BY number LIMIT ?", id, after, limit).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading what is watched: %w", err)
	}
	out := make([]notify.Watched, len(rows))
	for i, r := range rows {
		out[i] = r.watched()
	}
	return out, nil
}

// WatchedBy implements notify.Watches.
func (d *DB) WatchedBy(ctx context.Context, number string, now time.Time) ([]notify.Seen, error) {
	var rows []struct {
		Consent            string
		AddedAt, ExpiresAt int64
	}
	err := d.read.WithContext(ctx).Raw("SELECT CASE WHEN e.consent <> '' THEN e.consent ELSE w.consent END AS consent, e.added_at, w.expires_at FROM watch_entries e "+
		"JOIN watches w ON w.id = e.watch WHERE e.number = ? AND w.expires_at > ? ORDER BY e.added_at, e.watch", number, micros(now)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("reading who watches: %w", err)
	}
	out := make([]notify.Seen, len(rows))
	for i, r := range rows {
		out[i] = notify.Seen{Consent: r.Consent, Since: moment(r.AddedAt), Until: moment(r.ExpiresAt)}
	}
	return out, nil
}

// Concerned implements notify.Watches.
func (d *DB) Concerned(ctx context.Context, number string, bodies []string, place int64, now time.Time, after notify.Place, limit int) ([]notify.Concerned, error) {
	which, arg := "e.number = ?", any(number)
	if number == "" {
		which, arg = "e.body IN ?", bodies
		if len(bodies) == 0 {
			return nil, nil
		}
	}
	var rows []struct {
		Row                        watchRow `gorm:"embedded"`
		Number, Body, EntryConsent string
		AddedAt                    int64
	}
	err := d.read.WithContext(ctx).Raw("SELECT w.*, e.number, e.body, e.consent AS entry_consent, e.added_at FROM watch_entries e JOIN watches w ON w.id = e.watch WHERE "+which+
		" AND w.since < ? AND w.expires_at > ? AND (e.watch > ? OR e.watch = ? AND e.number > ?) ORDER BY e.watch, e.number LIMIT ?",
		arg, place, micros(now), after.Watch, after.Watch, after.Number, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finding who watches: %w", err)
	}
	out := make([]notify.Concerned, len(rows))
	for i, r := range rows {
		out[i] = notify.Concerned{Watch: r.Row.watch(), Watched: notify.Watched{Number: r.Number, Body: r.Body, Consent: r.EntryConsent, AddedAt: moment(r.AddedAt)}}
	}
	return out, nil
}
