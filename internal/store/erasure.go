package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/privacy"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// firstNumber is the column of a lineage's first number. What is searched by it is
// rare; an index would cost every issuing.
func (d *DB) firstNumber(table string) string {
	if d.postgres {
		return "COALESCE(" + table + ".request::jsonb -> 'Lineage' ->> 'First', " + table + ".number)"
	}
	return "COALESCE(json_extract(" + table + ".request, '$.Lineage.First'), " + table + ".number)"
}

// Lineage implements privacy.Store.
func (d *DB) Lineage(ctx context.Context, body, number string) ([]issue.Record, error) {
	return d.lineage(d.read.WithContext(ctx), body, number)
}

func (d *DB) lineage(g *gorm.DB, body, number string) ([]issue.Record, error) {
	one, err := certificate(g, "number = ? AND body = ? AND state = ?", number, body, string(issue.Sealed))
	if err != nil {
		return nil, err
	}
	all, err := certificates(g, "body = ? AND state = ? AND "+d.firstNumber("certificates")+" = ? ORDER BY created_at, number", body, string(issue.Sealed), one.Root())
	if err != nil {
		return nil, fmt.Errorf("reading a lineage: %w", err)
	}
	return all, nil
}

// Erase implements privacy.Store.
func (d *DB) Erase(ctx context.Context, body, number string, withdrawn trust.Event, reason string, address func(string) string) (done privacy.Erased, err error) {
	err = d.tx(ctx, func(tx *gorm.DB) error {
		done = privacy.Erased{}
		found, err := d.lineage(tx, body, number)
		if err != nil {
			return err
		}
		root := found[0].Root()
		if err := d.lock(tx, "ledger "+root); err != nil {
			return err
		}
		for _, r := range found {
			if err := d.erase(tx, r, withdrawn, reason, address, &done); err != nil {
				return err
			}
		}
		begun := tx.Exec(forgetting+"body = ? AND state = ? AND "+d.firstNumber("certificates")+" = ?", []byte{}, body, string(issue.Recorded), root)
		if begun.Error != nil { // what was begun to follow it and can be sealed no more
			return begun.Error
		}
		if err := forgetHolder(tx, done.Certificates); err != nil {
			return err
		}
		ledger := tx.Exec("DELETE FROM cpd_entries WHERE lineage = ?", root)
		done.Ledger = int(ledger.RowsAffected)
		return ledger.Error
	})
	if err != nil && !errors.Is(err, issue.ErrNotFound) {
		err = fmt.Errorf("erasing a holder: %w", err)
	}
	return done, err
}

// forgetting empties a certificate of all that tells of its holder.
const forgetting = "UPDATE certificates SET state = 'erased', idempotency_key = NULL, fingerprint = ?, external_id = '', holder_key = '', " +
	"signing_input = '', signature = '', salt = '', subject_id = '', request = '{}' WHERE "

func (d *DB) erase(tx *gorm.DB, r issue.Record, withdrawn trust.Event, reason string, address func(string) string, done *privacy.Erased) error {
	if err := d.hold(tx, r.Number); err != nil {
		return err
	}
	r, err := certificate(tx, "number = ? AND state = ?", r.Number, string(issue.Sealed)) // as it is now that nobody else changes it
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Events, func(e trust.Event) bool { return e.Kind == trust.Withdrawn || e.Kind == trust.Superseded }) {
		if err := d.happens(tx, r, withdrawn, ""); err != nil {
			return err
		}
		done.Withdrawn = append(done.Withdrawn, r.Number)
	}
	done.Certificates = append(done.Certificates, r.Number)
	for _, q := range []struct {
		statement string
		args      []any
		count     *int
	}{
		{forgetting + "number = ?", []any{[]byte{}, r.Number}, nil},
		{"UPDATE certificate_events SET doc = '{}' WHERE number = ?", []any{r.Number}, nil},
		{"UPDATE watch_notices SET token = '' WHERE number = ?", []any{r.Number}, nil}, // its report names the holder
		{"DELETE FROM forms WHERE credential = ?", []any{address(r.Number)}, &done.Forms},
		{"DELETE FROM idempotency WHERE " + d.within("body"), []any{[]byte(r.Number)}, &done.Answers},
	} {
		ran := tx.Exec(q.statement, q.args...)
		if ran.Error != nil {
			return ran.Error
		}
		if q.count != nil {
			*q.count += int(ran.RowsAffected)
		}
	}
	return d.note(tx, journal.Fact{Kind: journal.CertificateErased, Thing: journal.Thing{What: journal.Certificate, ID: r.Number}, Body: r.Body,
		Scheme: r.Scheme, Token: journal.HashOf(r.Token), Wrote: []byte(reason)})
}

// within is the condition that the column of bytes holds the bytes.
func (d *DB) within(column string) string {
	if d.postgres {
		return "position((''::bytea || ?::bytea) in " + column + ") > 0" // after a bracket gorm takes bytes for a list
	}
	return "instr(" + column + ", ?) > 0"
}

// Ended implements privacy.Store. A certificate ends with its validity or by an
// event that is final.
func (d *DB) Ended(ctx context.Context, body string, before time.Time, most int) ([]string, error) {
	ended := func(table string) string {
		return "((" + table + ".valid_until > 0 AND " + table + ".valid_until < ?) OR EXISTS (SELECT 1 FROM certificate_events e WHERE e.number = " + table +
			".number AND e.kind IN ('withdrawn', 'superseded') AND e.effective_at < ?))"
	}
	at := micros(before)
	var out []string
	err := d.read.WithContext(ctx).Raw("SELECT c.number FROM certificates c WHERE c.body = ? AND c.state = 'sealed' AND "+d.firstNumber("c")+" = c.number AND "+ended("c")+
		" AND NOT EXISTS (SELECT 1 FROM certificates o WHERE o.body = c.body AND o.state = 'sealed' AND "+d.firstNumber("o")+" = c.number AND NOT "+ended("o")+
		") ORDER BY c.number LIMIT ?", body, at, at, at, at, most).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("finding what ended: %w", err)
	}
	return out, nil
}
