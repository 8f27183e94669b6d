package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/notify"
)

type noticeRow struct {
	Seq    int64
	ID     string
	Watch  string
	Source string
	Type   string
	Number string
	At     int64
	Token  string
}

func (r noticeRow) notice() notify.Notice {
	return notify.Notice{Seq: r.Seq, ID: r.ID, Watch: r.Watch, Source: r.Source, Type: r.Type, Number: r.Number, At: moment(r.At), Token: r.Token}
}

// Notice implements notify.Watches.
func (d *DB) Notice(ctx context.Context, n notify.Notice, x *notify.Delivery, follow *notify.Watched, now time.Time) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.lock(tx, "watch "+n.Watch); err != nil { // so that a feed grows at its end alone
			return err
		}
		if _, err := watch(tx, n.Watch); errors.Is(err, notify.ErrNotFound) {
			return nil // it ended meanwhile
		} else if err != nil {
			return err
		}
		done := tx.Exec("INSERT INTO watch_notices (id, watch, source, type, number, at, token) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (watch, source) DO NOTHING",
			n.ID, n.Watch, n.Source, n.Type, n.Number, micros(n.At), n.Token)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		if follow != nil {
			if err := tx.Exec(insertWatched+"NOTHING", n.Watch, follow.Number, follow.Body, follow.Consent, micros(follow.AddedAt)).Error; err != nil {
				return err
			}
		}
		if x == nil {
			return nil
		}
		if _, err := d.holdWebhook(tx, x.Endpoint); errors.Is(err, notify.ErrNotFound) {
			return nil // the feed goes on without it
		} else if err != nil {
			return err
		}
		return d.enqueue(tx, x.Endpoint, []notify.Delivery{*x}, now, false)
	})
	if err != nil {
		err = fmt.Errorf("keeping a notice: %w", err)
	}
	return err
}

func (d *DB) notices(ctx context.Context, where string, args ...any) ([]notify.Notice, error) {
	var rows []noticeRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM watch_notices WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	out := make([]notify.Notice, len(rows))
	for i, r := range rows {
		out[i] = r.notice()
	}
	return out, nil
}

// Notices implements notify.Watches.
func (d *DB) Notices(ctx context.Context, id string, after int64, limit int) ([]notify.Notice, error) {
	return d.notices(ctx, "watch = ? AND seq > ? ORDER BY seq LIMIT ?", id, after, limit)
}

// OneNotice implements notify.Watches.
func (d *DB) OneNotice(ctx context.Context, id, notice string) (notify.Notice, error) {
	found, err := d.notices(ctx, "id = ? AND watch = ?", notice, id)
	if err == nil && len(found) == 0 {
		err = notify.ErrNotFound
	}
	if err != nil {
		return notify.Notice{}, err
	}
	return found[0], nil
}

// CountNotices implements notify.Watches.
func (d *DB) CountNotices(ctx context.Context, id string, since time.Time) (n int, err error) {
	err = d.read.WithContext(ctx).Raw("SELECT COUNT(*) FROM watch_notices WHERE watch = ? AND at >= ?", id, micros(since)).Scan(&n).Error
	return n, err
}

// beginJob makes a job that is new begin at the end of the journal.
func beginJob(tx *gorm.DB, name string) error {
	return tx.Exec("INSERT INTO notify_jobs (name, lease_owner, lease_until, cursor, mark) SELECT CAST(? AS TEXT), '', 0, ("+journalEnd+"), '' WHERE NOT EXISTS (SELECT 1 FROM notify_jobs WHERE name = ?) "+
		"ON CONFLICT (name) DO NOTHING", name, name).Error
}

// ClaimJob implements notify.Jobs.
func (d *DB) ClaimJob(ctx context.Context, name, server string, now, until time.Time) (j notify.Job, ok bool, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		if err := beginJob(tx, name); err != nil {
			return err
		}
		done := tx.Exec("UPDATE notify_jobs SET lease_owner = ?, lease_until = ? WHERE name = ? AND (lease_until < ? OR lease_owner = ?)", server, micros(until), name, micros(now), server)
		if ok = done.RowsAffected == 1; done.Error != nil || !ok {
			return done.Error
		}
		return tx.Raw("SELECT cursor, mark FROM notify_jobs WHERE name = ?", name).Scan(&j).Error
	})
	if err != nil {
		err = fmt.Errorf("claiming a job: %w", err)
	}
	return j, ok, err
}

// KeepJob implements notify.Jobs.
func (d *DB) KeepJob(ctx context.Context, name, server string, j notify.Job) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE notify_jobs SET cursor = ?, mark = ? WHERE name = ? AND lease_owner = ?", j.Cursor, j.Mark, name, server).Error
	})
}

// ReleaseJob implements notify.Jobs.
func (d *DB) ReleaseJob(ctx context.Context, name, server string) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE notify_jobs SET lease_owner = '', lease_until = 0 WHERE name = ? AND lease_owner = ?", name, server).Error
	})
}

// JournalMoved implements notify.Jobs.
func (d *DB) JournalMoved(ctx context.Context, name string) (moved bool, err error) {
	err = d.read.WithContext(ctx).Raw("SELECT COALESCE((SELECT cursor FROM notify_jobs WHERE name = ?), -2) < ("+journalEnd+")", name).Scan(&moved).Error
	return moved, err
}

// Owners implements notify.Calendar.
func (d *DB) Owners(ctx context.Context) (out []notify.Owner, err error) {
	err = d.read.WithContext(ctx).Raw("SELECT DISTINCT owner FROM webhooks WHERE watch = '' AND disabled_at = 0 ORDER BY owner").Scan(&out).Error
	return out, err
}

const stillOpen = "c.state = 'sealed' AND c.valid_until > ? AND c.valid_until <= ? AND NOT EXISTS (SELECT 1 FROM certificate_events v WHERE v.number = c.number AND v.kind IN ('withdrawn', 'superseded'))"

func (d *DB) endings(ctx context.Context, statement string, args ...any) ([]notify.Ending, error) {
	var rows []struct {
		Number, Body, Scheme, Consent string
		ValidUntil                    int64
	}
	if err := d.read.WithContext(ctx).Raw(statement, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("finding what ends: %w", err)
	}
	out := make([]notify.Ending, len(rows))
	for i, r := range rows {
		out[i] = notify.Ending{Number: r.Number, Body: r.Body, Scheme: r.Scheme, Consent: r.Consent, ValidUntil: moment(r.ValidUntil)}
	}
	return out, nil
}

// EndingOf implements notify.Calendar.
func (d *DB) EndingOf(ctx context.Context, body string, from, until time.Time, after string, limit int) ([]notify.Ending, error) {
	return d.endings(ctx, "SELECT c.number, c.body, c.scheme, '' AS consent, c.valid_until FROM certificates c WHERE c.body = ? AND c.number > ? AND "+stillOpen+" ORDER BY c.number LIMIT ?",
		body, after, micros(from), micros(until), limit)
}

// EndingWatched implements notify.Watches.
func (d *DB) EndingWatched(ctx context.Context, id string, from, until time.Time, after string, limit int) ([]notify.Ending, error) {
	return d.endings(ctx, "SELECT c.number, c.body, c.scheme, e.consent, c.valid_until FROM watch_entries e JOIN certificates c ON c.number = e.number WHERE e.watch = ? AND e.number > ? AND "+stillOpen+" ORDER BY e.number LIMIT ?",
		id, after, micros(from), micros(until), limit)
}
