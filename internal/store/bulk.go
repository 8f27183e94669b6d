package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	life "github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type bulkRow struct {
	ID             string
	Body           string
	Kind           string
	LearntAt       int64
	Undoes         *string
	IdempotencyKey *string
	Fingerprint    []byte
	Doc            string
}

const bulkColumns = "id, body, kind, learnt_at, undoes, idempotency_key, fingerprint, doc"

type bulkDoc struct {
	Selection   life.Selection `json:"selection"`
	EffectiveAt int64          `json:"effective_at"`
	Public      string         `json:"public,omitempty"`
	Reason      string         `json:"reason"`
	Count       int            `json:"count"`
	Skipped     int            `json:"skipped"`
}

func (r bulkRow) bulk() (life.Bulk, error) {
	var doc bulkDoc
	if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
		return life.Bulk{}, fmt.Errorf("bulk event %s: %w", r.ID, err)
	}
	b := life.Bulk{ID: r.ID, Body: r.Body, Selection: doc.Selection, Reason: doc.Reason, Count: doc.Count, Skipped: doc.Skipped,
		Event: trust.Event{Kind: trust.EventKind(r.Kind), EffectiveAt: moment(doc.EffectiveAt), LearntAt: moment(r.LearntAt), Reason: doc.Public}}
	if r.Undoes != nil {
		b.Undoes = *r.Undoes
	}
	return b, nil
}

// slimRow is what judging a certificate's life needs of it: no token.
type slimRow struct {
	Number  string
	Body    string
	Request string
}

// origins is the condition of a selection. What a certificate came from is read
// in its request: such a call is rare and an index would cost every issuing.
func (d *DB) origins(body string, s life.Selection) (where string, args []any) {
	where, args = "c.body = ? AND c.state = ?", []any{body, string(issue.Sealed)}
	member := func(name, comparison, value string) {
		column := "json_extract(c.request, '$." + name + "')"
		if d.postgres {
			column = "(c.request::jsonb ->> '" + name + "')"
		}
		where, args = where+" AND "+column+comparison, append(args, value)
	}
	for name, value := range map[string]string{"Examiner": s.Examiner, "Centre": s.Centre, "Batch": s.Batch} {
		if value != "" {
			member(name, " = ?", value)
		}
	}
	if !s.DecidedFrom.IsZero() { // as the request writes it: whole seconds in UTC
		member("DecidedAt", " >= ?", s.DecidedFrom.UTC().Add(time.Second-1).Truncate(time.Second).Format(time.RFC3339))
	}
	if !s.DecidedTo.IsZero() {
		member("DecidedAt", " <= ?", s.DecidedTo.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	if s.Key != "" {
		escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s.Key)
		where, args = where+` AND (c.key_id = ? OR c.key_id LIKE ? ESCAPE '\')`, append(args, s.Key, "%#"+escaped)
	}
	return where, args
}

// slim reads certificates without their tokens, with their histories. lock
// holds them until the transaction ends.
func (d *DB) slim(g *gorm.DB, from, where string, args []any, most int, lock bool) ([]issue.Record, error) {
	query := "SELECT c.number, c.body, c.request FROM " + from + " WHERE " + where + " ORDER BY c.number LIMIT ?"
	if lock && d.postgres {
		query += " FOR NO KEY UPDATE OF c"
	}
	var rows []slimRow
	if err := g.Raw(query, append(args, most)...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("selecting certificates: %w", err)
	}
	out, at := make([]issue.Record, len(rows)), make(map[string]int, len(rows))
	for i, r := range rows {
		out[i], at[r.Number] = issue.Record{Number: r.Number, Body: r.Body, State: issue.Sealed}, i
		if err := json.Unmarshal([]byte(r.Request), &out[i].Request); err != nil {
			return nil, fmt.Errorf("certificate %s: %w", r.Number, err)
		}
	}
	var events []eventRow
	if err := g.Raw("SELECT e.number AS owner, e.kind, e.effective_at, e.learnt_at, e.doc FROM certificate_events e WHERE e.number IN (SELECT c.number FROM "+
		from+" WHERE "+where+") ORDER BY e.seq", args...).Scan(&events).Error; err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	for _, r := range events {
		i, ok := at[r.Owner]
		if !ok {
			continue // beyond the limit
		}
		e, err := r.event()
		if err != nil {
			return nil, fmt.Errorf("event of %s: %w", r.Owner, err)
		}
		out[i].Events = append(out[i].Events, e)
	}
	return out, nil
}

// Select implements status.Bulks.
func (d *DB) Select(ctx context.Context, body string, s life.Selection, most int) (out []issue.Record, err error) {
	where, args := d.origins(body, s)
	err = d.snapshot(ctx, func(tx *gorm.DB) error {
		out, err = d.slim(tx, "certificates c", where, args, most, false)
		return err
	})
	return out, err
}

// Sweep implements status.Bulks.
func (d *DB) Sweep(ctx context.Context, b life.Bulk, key string, fingerprint []byte, most int, pick func([]issue.Record) ([]issue.Record, int, error)) (done life.Bulk, existing bool, err error) {
	from := "certificates c"
	where, args := d.origins(b.Body, b.Selection)
	if b.Undoes != "" {
		from = "certificates c JOIN bulk_event_certificates i ON i.number = c.number"
		where, args = "i.bulk = ?", []any{b.Undoes}
	}
	err = d.tx(ctx, func(tx *gorm.DB) error {
		done, existing = b, false
		if err := d.lock(tx, "bulk events of "+b.Body); err != nil {
			return err
		}
		if held, err := bulkUnder(tx, b.Body, key, fingerprint); err != nil || held != nil {
			if held != nil {
				done, existing = *held, true
			}
			return err
		}
		found, err := d.slim(tx, from, where, args, most, true)
		if err != nil {
			return err
		}
		chosen, skipped, err := pick(found)
		if err != nil {
			return err
		}
		done.Count, done.Skipped, done.Sample = len(chosen), skipped, chosen[:min(len(chosen), sampled)]
		return d.insertBulk(tx, done, chosen, key, fingerprint)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) && b.Undoes != "" { // nothing else of it is unique
		return life.Bulk{}, false, life.ErrUndone
	}
	if err != nil {
		return life.Bulk{}, false, fmt.Errorf("recording a bulk event: %w", err)
	}
	return done, existing, nil
}

// sampled is how many certificates an answer names.
const sampled = 20

func bulkUnder(tx *gorm.DB, body, key string, fingerprint []byte) (*life.Bulk, error) {
	if key == "" {
		return nil, nil
	}
	var rows []bulkRow
	if err := tx.Raw("SELECT "+bulkColumns+" FROM bulk_events WHERE body = ? AND idempotency_key = ?", body, key).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	if string(rows[0].Fingerprint) != string(fingerprint) {
		return nil, issue.ErrKeyReused
	}
	b, err := rows[0].bulk()
	return &b, err
}

// insertBulk keeps the bulk event, whom it touched, and each certificate's event.
func (d *DB) insertBulk(tx *gorm.DB, b life.Bulk, chosen []issue.Record, key string, fingerprint []byte) error {
	doc, err := encode(bulkDoc{b.Selection, micros(b.Event.EffectiveAt), b.Event.Reason, b.Reason, b.Count, b.Skipped})
	if err != nil {
		return err
	}
	row := bulkRow{ID: b.ID, Body: b.Body, Kind: string(b.Event.Kind), LearntAt: micros(b.Event.LearntAt), Fingerprint: fingerprint, Doc: doc}
	if b.Undoes != "" {
		row.Undoes = &b.Undoes
	}
	if key != "" {
		row.IdempotencyKey = &key
	}
	if err := tx.Table("bulk_events").Create(&row).Error; err != nil {
		return err
	}
	note, err := encode(eventDoc{Reason: b.Event.Reason, Internal: b.Reason})
	if err != nil {
		return err
	}
	items, events := make([]map[string]any, len(chosen)), make([]map[string]any, len(chosen))
	for i, r := range chosen {
		items[i] = map[string]any{"bulk": b.ID, "number": r.Number}
		events[i] = map[string]any{"number": r.Number, "kind": row.Kind, "effective_at": micros(b.Event.EffectiveAt), "learnt_at": row.LearntAt, "doc": note}
	}
	const together = 500
	for start := 0; start < len(chosen); start += together {
		end := min(start+together, len(chosen))
		if err := tx.Table("bulk_event_certificates").Create(items[start:end]).Error; err != nil {
			return err
		}
		if err := tx.Table("certificate_events").Create(events[start:end]).Error; err != nil {
			return err
		}
		facts, err := happenedTo(tx, chosen[start:end], b.Event, note)
		if err != nil {
			return err
		}
		if err := d.note(tx, facts...); err != nil {
			return err
		}
	}
	return nil
}

// Bulk implements status.Bulks.
func (d *DB) Bulk(ctx context.Context, body, id string) (life.Bulk, error) {
	var rows []bulkRow
	if err := d.read.WithContext(ctx).Raw("SELECT "+bulkColumns+" FROM bulk_events WHERE body = ? AND id = ?", body, id).Scan(&rows).Error; err != nil {
		return life.Bulk{}, fmt.Errorf("reading bulk event: %w", err)
	}
	if len(rows) == 0 {
		return life.Bulk{}, issue.ErrNotFound
	}
	return rows[0].bulk()
}

// hold makes all who change the certificate's history follow each other. It is
// a lock of the row: one call may hold thousands.
func (d *DB) hold(tx *gorm.DB, number string) error {
	if !d.postgres {
		return nil
	}
	var one int
	return tx.Raw("SELECT 1 FROM certificates WHERE number = ? FOR NO KEY UPDATE", number).Scan(&one).Error
}
