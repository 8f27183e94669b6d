package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/idempotency"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

type clientRow struct {
	ID         string
	Name       string
	Body       string
	Operator   int
	Scopes     string
	SecretHash []byte
	CreatedAt  int64
	RevokedAt  int64
}

// AddClient implements access.Store.
func (d *DB) AddClient(ctx context.Context, c access.Client) error {
	row := clientRow{ID: c.ID, Name: c.Name, Body: c.Body, Scopes: strings.Join(c.Scopes, " "), SecretHash: c.SecretHash, CreatedAt: micros(c.CreatedAt)}
	if c.Operator {
		row.Operator = 1
	}
	return translate(d.tx(ctx, func(tx *gorm.DB) error {
		if c.Body != "" {
			if _, err := one[registry.Body](tx, "SELECT id, doc FROM bodies WHERE id = ?", c.Body); err != nil {
				return fmt.Errorf("body %q: %w", c.Body, err)
			}
		}
		if err := tx.Table("clients").Create(&row).Error; err != nil {
			return err
		}
		return d.note(tx, journal.Fact{Kind: journal.ClientAdded, Thing: journal.Thing{What: journal.Client, ID: c.ID}, Body: c.Body, Wrote: []byte(row.Scopes)})
	}), "adding client")
}

// Client implements access.Store.
func (d *DB) Client(ctx context.Context, id string) (access.Client, error) {
	var rows []clientRow
	if err := d.read.WithContext(ctx).Raw("SELECT * FROM clients WHERE id = ?", id).Scan(&rows).Error; err != nil {
		return access.Client{}, fmt.Errorf("reading client: %w", err)
	}
	if len(rows) == 0 {
		return access.Client{}, registry.ErrNotFound
	}
	r := rows[0]
	return access.Client{ID: r.ID, Name: r.Name, Body: r.Body, Operator: r.Operator == 1, Scopes: strings.Fields(r.Scopes),
		SecretHash: r.SecretHash, CreatedAt: moment(r.CreatedAt), RevokedAt: moment(r.RevokedAt)}, nil
}

// ClientNow implements access.Store.
func (d *DB) ClientNow(ctx context.Context, id string) (c access.Client, version int64, err error) {
	var found, body, scopes *string
	var operator, revoked *int64
	err = d.one(ctx, []any{&version, &found, &body, &operator, &scopes, &revoked},
		"SELECT v.version, c.id, c.body, c.operator, c.scopes, c.revoked_at FROM registry_version v LEFT JOIN clients c ON c.id = ? WHERE v.id = 1", id)
	switch {
	case err != nil:
		return c, 0, fmt.Errorf("reading client: %w", err)
	case found == nil:
		return c, version, registry.ErrNotFound
	}
	return access.Client{ID: *found, Body: *body, Operator: *operator == 1, Scopes: strings.Fields(*scopes), RevokedAt: moment(*revoked)}, version, nil
}

// Spend implements access.Store. Expired rows go when others come.
func (d *DB) Spend(ctx context.Context, client, jti string, until time.Time) error {
	return translate(d.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM spent_assertions WHERE until < ?", micros(until.Add(-time.Hour))).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO spent_assertions (client, jti, until) VALUES (?, ?, ?)", client, jti, micros(until)).Error
	}), "spending assertion")
}

type answerRow struct {
	Client      string
	Route       string
	Key         string
	Fingerprint []byte
	StartedAt   int64
	Status      int
	Header      string
	Body        []byte
}

// answerLife is how long an answer can be replayed.
const answerLife = 24 * time.Hour

// Begin implements idempotency.Store.
func (d *DB) Begin(ctx context.Context, a idempotency.Answer, lease time.Duration) (prior *idempotency.Answer, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		prior = nil
		if err := d.lock(tx, "answer "+a.Client+" "+a.Route+" "+a.Key); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM idempotency WHERE started_at < ?", micros(a.StartedAt.Add(-answerLife))).Error; err != nil {
			return err
		}
		var rows []answerRow
		if err := tx.Raw("SELECT * FROM idempotency WHERE client = ? AND route = ? AND key = ?", a.Client, a.Route, a.Key).Scan(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return tx.Table("idempotency").Create(&answerRow{a.Client, a.Route, a.Key, a.Fingerprint, micros(a.StartedAt), 0, "{}", nil}).Error
		}
		r := rows[0]
		switch {
		case string(r.Fingerprint) != string(a.Fingerprint):
			return idempotency.ErrKeyReused
		case r.Status != 0:
			p := a
			p.Status, p.Body, p.StartedAt = r.Status, r.Body, moment(r.StartedAt)
			prior = &p
			return json.Unmarshal([]byte(r.Header), &p.Header)
		case a.StartedAt.Sub(moment(r.StartedAt)).Abs() < lease: // a clock that went back makes no claim last longer
			return idempotency.ErrInProgress
		}
		return tx.Exec("UPDATE idempotency SET started_at = ? WHERE client = ? AND route = ? AND key = ?", micros(a.StartedAt), a.Client, a.Route, a.Key).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claiming idempotency key: %w", err)
	}
	return prior, nil
}

// Finish implements idempotency.Store.
func (d *DB) Finish(ctx context.Context, a idempotency.Answer) error {
	header, err := encode(a.Header)
	if err != nil {
		return err
	}
	return d.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE idempotency SET status = ?, header = ?, body = ? WHERE client = ? AND route = ? AND key = ? AND status = 0",
			a.Status, header, a.Body, a.Client, a.Route, a.Key)
		if done.Error == nil && done.RowsAffected == 0 {
			return errors.New("keeping the answer: the key was not claimed")
		}
		return done.Error
	})
}

// Abandon implements idempotency.Store.
func (d *DB) Abandon(ctx context.Context, a idempotency.Answer) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM idempotency WHERE client = ? AND route = ? AND key = ? AND status = 0", a.Client, a.Route, a.Key).Error
	})
}
