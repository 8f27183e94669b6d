package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// sealing is a recorded certificate to be sealed.
type sealing struct {
	rec        issue.Record
	note       journal.Note // of its issue
	signature  string
	at         time.Time
	duplicates string // policy of the scheme
}

// A certificate is sealed under the very key it was recorded for, and where
// the holder may have one of the scheme, if no other of theirs was ever sealed.
const (
	sealRecorded = "UPDATE certificates SET state = 'sealed', signature = ?, sealed_at = ? WHERE number = ? AND state = 'recorded' AND key_id = ?"
	sealFirst    = sealRecorded + " AND NOT EXISTS (SELECT 1 FROM certificates o WHERE o.body = ? AND o.scheme = ? AND o.holder_key = ? AND o.state = 'sealed' AND o.number <> ?)"
)

// contestable tells whether another certificate can stand in the way.
func (s sealing) contestable() bool { return s.duplicates != registry.DuplicatesAllow }

func (s sealing) holder() string {
	return holderOf(s.rec.Body, s.rec.Scheme, holderKey(s.rec.Request.Holder))
}

func (s sealing) statement() (statement string, args []any) {
	r := s.rec
	statement, args = sealRecorded, []any{s.signature, micros(s.at), r.Number, r.KeyID}
	if s.contestable() {
		statement, args = sealFirst, append(args, r.Body, r.Scheme, holderKey(r.Request.Holder), r.Number)
	}
	return statement, args
}

// Seal implements issue.Store. What is contested by nothing is sealed together
// with others; what is, or follows another certificate, alone.
func (d *DB) Seal(ctx context.Context, r issue.Record, token string, at time.Time, duplicates string) error {
	s, err := d.sealing(ctx, r, token, at, duplicates)
	if err != nil {
		return err
	}
	err = errContested
	if r.Request.Lineage.Previous == "" {
		err = d.sealings.do(ctx, s)
	}
	if errors.Is(err, errContested) {
		err = d.sealAlone(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("sealing certificate: %w", err)
	}
	return nil
}

func (d *DB) sealing(ctx context.Context, r issue.Record, token string, at time.Time, duplicates string) (sealing, error) {
	signature, ok := strings.CutPrefix(token, r.SigningInput+".")
	if !ok {
		signature = token
	}
	note, err := d.first(ctx, issued(r, joined(r.SigningInput, signature)))
	return sealing{r, note, signature, at, duplicates}, err
}

// SealAll implements issue.Store.
func (d *DB) SealAll(ctx context.Context, all []issue.Sealing, at time.Time) (failed int, err error) {
	order := make([]int, len(all)) // two transactions that wait for the same holders take them in the same order
	ready := make([]sealing, len(all))
	for i, x := range all {
		order[i] = i
		if ready[i], err = d.sealing(ctx, x.Record, x.Token, at, x.Duplicates); err != nil {
			return i, err
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return strings.Compare(ready[i].holder(), ready[j].holder()) })
	err = d.tx(ctx, func(tx *gorm.DB) error {
		for _, i := range order {
			if err := d.sealOne(tx, ready[i]); err != nil {
				failed = i
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("sealing certificates: %w", err)
	}
	return failed, err
}

func (d *DB) sealLite(ctx context.Context, all []sealing) ([]error, error) {
	outcomes := make([]error, len(all))
	return outcomes, d.tx(ctx, func(tx *gorm.DB) error {
		for i, s := range all {
			statement, args := s.statement()
			done := tx.Exec(statement, args...)
			moved := done.RowsAffected
			if done.Error == nil && moved == 1 {
				done = tx.Exec(insertNote+noteLite, values(s.note)...)
			}
			if done.Error != nil {
				return done.Error
			}
			outcomes[i] = s.outcome(moved)
		}
		return nil
	})
}

func (s sealing) outcome(moved int64) error {
	switch {
	case moved == 1:
		return nil
	case s.contestable():
		return errContested
	}
	return issue.ErrWrongState
}

// sealAlone judges a sealing against the certificates before it, here, where no
// other of the holder can be sealed and nobody can change theirs.
func (d *DB) sealAlone(ctx context.Context, s sealing) error {
	return d.tx(ctx, func(tx *gorm.DB) error { return d.sealOne(tx, s) })
}

func (d *DB) sealOne(tx *gorm.DB, s sealing) error {
	if err := d.lock(tx, s.holder()); err != nil {
		return err
	}
	done := tx.Exec(sealRecorded, s.signature, micros(s.at), s.rec.Number, s.rec.KeyID)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return issue.ErrWrongState
	}
	if err := tx.Exec(insertNote+noteLite, values(s.note)...).Error; err != nil {
		return err
	}
	events := s.rec.Request.Lineage.Events(s.rec.Number, s.at)
	if err := d.follows(tx, s.rec); err != nil {
		return err
	}
	if err := d.replaces(tx, s, events); err != nil {
		return err
	}
	return d.supersede(tx, s.rec, events)
}

// replaces adds what sealing does to the holder's other certificates under the
// policy of the scheme, or refuses.
func (d *DB) replaces(tx *gorm.DB, s sealing, events map[string][]trust.Event) error {
	if !s.contestable() {
		return nil
	}
	held, err := duplicates(tx, s.rec, s.at)
	if err != nil {
		return err
	}
	for _, r := range held {
		if r.State != issue.Sealed { // it will be judged when it is
			continue
		}
		if s.duplicates != registry.DuplicatesReplace {
			return &issue.DuplicateError{Number: r.Number}
		}
		if err := d.hold(tx, r.Number); err != nil {
			return err
		}
		if r, err = certificate(tx, "number = ?", r.Number); err != nil {
			return err
		}
		if counts(r, s.at) {
			events[r.Number] = []trust.Event{issue.Replaced(s.rec.Number, s.at)}
		}
	}
	return nil
}
