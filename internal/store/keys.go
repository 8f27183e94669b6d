package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

type keyRow struct {
	ID            string
	UseFor        string
	Body          string
	JWK           string `gorm:"column:jwk"`
	Sealed        []byte
	CreatedAt     int64
	Seq           int64
	RevokedAt     int64
	CompromisedAt int64
	Reason        string
	NextAt        int64
	RetiredAt     int64
	KEK           string `gorm:"column:kek"`
	Custody       string
}

// AddKey implements keys.Store.
func (d *DB) AddKey(ctx context.Context, k keys.Key) error {
	return d.changing(ctx, "adding key", func(tx *gorm.DB) error { return d.insertKey(tx, k, "MAX(seq), 0) + 1") })
}

// AddNextKey implements keys.Store.
func (d *DB) AddNextKey(ctx context.Context, k keys.Key, after string) error {
	return d.changing(ctx, "adding key", func(tx *gorm.DB) error {
		held, err := keysIn(tx, "body = ? AND use_for = ?", k.Body, string(k.Use))
		if err != nil {
			return err
		}
		if keys.Active(held).ID != after {
			return keys.ErrMoved
		}
		return d.insertKey(tx, k, "MIN(seq), 0) - 1")
	})
}

func (d *DB) insertKey(tx *gorm.DB, k keys.Key, seq string) error {
	jwk, err := encode(k.Public)
	if err != nil {
		return err
	}
	row := keyRow{ID: k.ID, UseFor: string(k.Use), Body: k.Body, JWK: jwk, Sealed: k.Sealed, CreatedAt: micros(k.CreatedAt), NextAt: micros(k.NextAt),
		KEK: k.KEK, Custody: string(k.Custody)}
	if err := tx.Raw("SELECT COALESCE("+seq+" FROM keys WHERE body = ? AND use_for = ?", k.Body, string(k.Use)).Scan(&row.Seq).Error; err != nil {
		return err
	}
	if err := tx.Table("keys").Create(&row).Error; err != nil {
		return err
	}
	return d.note(tx, aboutKey(journal.KeyAdded, k.Body, k.ID, jwk))
}

// Keys implements keys.Store.
func (d *DB) Keys(ctx context.Context, body string, use keys.Use) ([]keys.Key, error) {
	return keysIn(d.read.WithContext(ctx), "body = ? AND use_for = ?", body, string(use))
}

// AllKeys implements keys.Store.
func (d *DB) AllKeys(ctx context.Context, use keys.Use) ([]keys.Key, error) {
	return keysIn(d.read.WithContext(ctx), "use_for = ?", string(use))
}

// SealedKeys implements keys.Store.
func (d *DB) SealedKeys(ctx context.Context, notUnder string) ([]keys.Key, error) {
	return keysIn(d.read.WithContext(ctx), "LENGTH(sealed) > 0 AND kek <> ?", notUnder)
}

func keysIn(g *gorm.DB, where string, args ...any) ([]keys.Key, error) {
	var rows []keyRow
	if err := g.Raw("SELECT * FROM keys WHERE "+where+" ORDER BY body, seq DESC", args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	out := make([]keys.Key, len(rows))
	for i, r := range rows {
		public, err := jws.ParseJWK(json.RawMessage(r.JWK))
		if err != nil {
			return nil, fmt.Errorf("reading key %s: %w", r.ID, err)
		}
		out[i] = keys.Key{ID: r.ID, Body: r.Body, Use: keys.Use(r.UseFor), Public: public, Sealed: r.Sealed, CreatedAt: moment(r.CreatedAt),
			RevokedAt: moment(r.RevokedAt), CompromisedAt: moment(r.CompromisedAt), Reason: r.Reason,
			NextAt: moment(r.NextAt), RetiredAt: moment(r.RetiredAt), KEK: r.KEK, Custody: keys.Custody(r.Custody)}
	}
	return out, nil
}

// touch changes a key that may be changed so, and notes it; registry.ErrNotFound
// if there is none.
func (d *DB) touch(ctx context.Context, doing string, f journal.Fact, update string, args ...any) error {
	return d.changing(ctx, doing, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE keys SET "+update, args...)
		if done.Error == nil && done.RowsAffected == 0 {
			return registry.ErrNotFound
		}
		if done.Error != nil {
			return done.Error
		}
		return d.note(tx, f)
	})
}

// ActivateKey implements keys.Store.
func (d *DB) ActivateKey(ctx context.Context, body, id string, at time.Time) error {
	return d.touch(ctx, "activating key", aboutKey(journal.KeyActivated, body, id, fmt.Sprint(micros(at))),
		"next_at = 0, seq = (SELECT MAX(seq) + 1 FROM keys o WHERE o.body = keys.body AND o.use_for = keys.use_for) WHERE id = ? AND body = ? AND next_at <> 0 AND revoked_at = 0", id, body)
}

// RetireKey implements keys.Store.
func (d *DB) RetireKey(ctx context.Context, body, id string, at time.Time) error {
	return d.touch(ctx, "retiring key", aboutKey(journal.KeyRetired, body, id, fmt.Sprint(micros(at))),
		"retired_at = ?, sealed = NULL WHERE id = ? AND body = ? AND next_at = 0 AND retired_at = 0 AND revoked_at = 0", micros(at), id, body)
}

// RevokeKey implements keys.Store.
func (d *DB) RevokeKey(ctx context.Context, body, id string, at, compromisedAt time.Time, reason string) error {
	f := aboutKey(journal.KeyRevoked, body, id, fmt.Sprintf("%d %d %s", micros(at), micros(compromisedAt), reason))
	f.Effective = compromisedAt
	return d.touch(ctx, "revoking key", f, "revoked_at = ?, compromised_at = ?, reason = ? WHERE id = ? AND body = ? AND revoked_at = 0",
		micros(at), micros(compromisedAt), reason, id, body)
}

// ResealKey implements keys.Store.
func (d *DB) ResealKey(ctx context.Context, k keys.Key, was []byte) error {
	return d.changing(ctx, "sealing key anew", func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE keys SET sealed = ?, kek = ? WHERE id = ? AND use_for = ? AND sealed = ?", k.Sealed, k.KEK, k.ID, string(k.Use), was)
		if done.Error == nil && done.RowsAffected == 0 {
			return keys.ErrMoved
		}
		return done.Error
	})
}
