package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
)

// recording is a certificate to be recorded with the bytes to sign.
type recording struct {
	row    certificateRow
	unique bool
	now    time.Time
}

// errContested says that a recording met something that it must be judged
// against, by itself: its key, its holder, its number or its status entry.
var errContested = errors.New("contested")

func (r recording) holder() string {
	return holderOf(r.row.Body, r.row.Scheme, r.row.HolderKey)
}

// holderOf names the lock under which one holder's certificates of a scheme are
// counted.
func holderOf(body, scheme, key string) string { return "holder " + body + " " + scheme + " " + key }

// Record implements issue.Store. What is contested by nothing is recorded
// together with others; what is, alone.
func (d *DB) Record(ctx context.Context, r issue.Record, unique bool, now time.Time) (rec issue.Record, existing bool, err error) {
	row, err := rowOf(r)
	if err != nil {
		return rec, false, err
	}
	err = d.recordings.do(ctx, recording{row, unique, now})
	if err == nil {
		return r, false, nil
	}
	if !errors.Is(err, errContested) {
		return rec, false, fmt.Errorf("recording certificate: %w", err)
	}
	if unique {
		return d.recordAlone(ctx, r, row, now)
	}
	if r.Key == "" {
		return rec, false, issue.ErrTaken // there is nothing else it can be
	}
	held, err := d.ByKey(ctx, r.Body, r.Key)
	switch {
	case errors.Is(err, issue.ErrNotFound):
		return rec, false, issue.ErrTaken
	case err == nil && string(held.Fingerprint) != string(r.Fingerprint):
		return rec, false, issue.ErrKeyReused
	}
	return held, err == nil, err
}

// What a recording is made of: a status entry that was free, under a key that
// was not used, for a holder who, where that matters, has no certificate of the
// scheme at all, and with it the record, unless its number or key is taken.
const (
	takeEntry  = "INSERT INTO status_entries (list, idx) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE body = ? AND idempotency_key = ?)"
	claimEntry = takeEntry + " AND NOT EXISTS (SELECT 1 FROM certificates WHERE body = ? AND scheme = ? AND holder_key = ?)"
	unlessHeld = " ON CONFLICT DO NOTHING"
	insertRow  = "INSERT INTO certificates (" + certificateColumns + ") SELECT "
	rowLite    = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE 1 = 1 ON CONFLICT DO NOTHING"
)

// entry takes the recording's status entry.
func (r recording) entry() (statement string, args []any) {
	statement, args = takeEntry, []any{r.row.List, r.row.Idx, r.row.Body, r.row.IdempotencyKey}
	if r.unique {
		statement, args = claimEntry, append(args, r.row.Body, r.row.Scheme, r.row.HolderKey)
	}
	return statement + unlessHeld, args
}

func (r recording) values() []any {
	c := r.row
	return []any{c.Number, c.Body, c.Scheme, c.State, c.IdempotencyKey, c.Fingerprint, c.ExternalID, c.HolderKey, c.ValidFrom, c.ValidUntil,
		c.List, c.Idx, c.KeyID, c.SigningInput, c.Signature, c.Salt, c.SubjectID, c.Request, c.CreatedAt, c.SealedAt}
}

func (d *DB) recordLite(ctx context.Context, all []recording) ([]error, error) {
	outcomes := make([]error, len(all))
	return outcomes, d.tx(ctx, func(tx *gorm.DB) error {
		for i, r := range all {
			outcomes[i] = nil
			entry, args := r.entry()
			done := tx.Exec(entry, args...)
			if done.Error == nil && done.RowsAffected == 1 {
				done = tx.Exec(insertRow+rowLite, r.values()...)
			}
			if done.Error != nil {
				return done.Error
			}
			if done.RowsAffected == 0 {
				outcomes[i] = errContested
			}
		}
		return nil
	})
}

// recordAlone judges a recording whose holder may have one certificate of the
// scheme against what contests it.
func (d *DB) recordAlone(ctx context.Context, r issue.Record, row certificateRow, now time.Time) (rec issue.Record, existing bool, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		rec, existing = r, false
		if r.Key != "" {
			if err := d.lock(tx, "key "+r.Body+" "+r.Key); err != nil {
				return err
			}
			held, err := certificate(tx, "body = ? AND idempotency_key = ?", r.Body, r.Key)
			if err == nil {
				rec, existing = held, true
				if string(held.Fingerprint) != string(r.Fingerprint) {
					return issue.ErrKeyReused
				}
				return nil
			}
			if !errors.Is(err, issue.ErrNotFound) {
				return err
			}
		}
		if err := d.lock(tx, recording{row: row}.holder()); err != nil {
			return err
		}
		held, err := duplicates(tx, r, now)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return &issue.DuplicateError{Number: held[0].Number}
		}
		if err := tx.Exec("INSERT INTO status_entries (list, idx) VALUES (?, ?)", row.List, row.Idx).Error; err != nil {
			return err
		}
		return tx.Table("certificates").Create(&row).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return issue.Record{}, false, issue.ErrTaken
	}
	if err != nil {
		return issue.Record{}, false, fmt.Errorf("recording certificate: %w", err)
	}
	return rec, existing, nil
}

// Rewrite implements issue.Store.
func (d *DB) Rewrite(ctx context.Context, r issue.Record, was string) (rec issue.Record, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE certificates SET key_id = ?, signing_input = ? WHERE number = ? AND state = ? AND key_id = ?",
			r.KeyID, r.SigningInput, r.Number, string(issue.Recorded), was).Error; err != nil {
			return fmt.Errorf("recording the bytes to sign: %w", err)
		}
		rec, err = certificate(tx, "number = ?", r.Number)
		return err
	})
	return rec, err
}
