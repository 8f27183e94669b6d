package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/report"
)

// walked is a certificate without its token.
type walked struct {
	Number   string
	Body     string
	Scheme   string
	Request  string
	SealedAt int64
}

// Walk implements report.Store. It reads page by page and holds nothing in
// between, so that a slow reader keeps no connection.
func (d *DB) Walk(ctx context.Context, body string, f report.Walk, visit func([]issue.Record) error) error {
	where, args := "body = ? AND state = ?", []any{body, string(issue.Sealed)}
	if !f.SealedBy.IsZero() {
		where, args = where+" AND sealed_at <= ?", append(args, micros(f.SealedBy))
	}
	if !f.EndsAfter.IsZero() {
		where, args = where+" AND valid_until > ?", append(args, micros(f.EndsAfter))
	}
	if !f.EndsBefore.IsZero() {
		where, args = where+" AND valid_until < ?", append(args, micros(f.EndsBefore))
	}
	if len(f.Schemes) > 0 {
		where, args = where+" AND scheme IN ?", append(args, f.Schemes)
	}
	for after := ""; ; {
		var rows []walked
		err := d.read.WithContext(ctx).Raw("SELECT number, body, scheme, request, sealed_at FROM certificates WHERE "+where+" AND number > ? ORDER BY number LIMIT ?",
			append(slices.Clip(args), after, page)...).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("reading certificates: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].Number
		found, err := d.slimmed(ctx, rows)
		if err != nil {
			return err
		}
		if err := visit(found); err != nil {
			return err
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (d *DB) slimmed(ctx context.Context, rows []walked) ([]issue.Record, error) {
	out, at, numbers := make([]issue.Record, len(rows)), make(map[string]int, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		out[i] = issue.Record{Number: r.Number, Body: r.Body, Scheme: r.Scheme, State: issue.Sealed, SealedAt: moment(r.SealedAt)}
		at[r.Number], numbers[i] = i, r.Number
		if err := json.Unmarshal([]byte(r.Request), &out[i].Request); err != nil {
			return nil, fmt.Errorf("certificate %s: %w", r.Number, err)
		}
	}
	var events []eventRow
	if err := d.read.WithContext(ctx).Raw("SELECT number AS owner, kind, effective_at, learnt_at, doc FROM certificate_events WHERE number IN ? ORDER BY seq", numbers).Scan(&events).Error; err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	for _, r := range events {
		e, err := r.event()
		if err != nil {
			return nil, fmt.Errorf("event of %s: %w", r.Owner, err)
		}
		out[at[r.Owner]].Events = append(out[at[r.Owner]].Events, e)
	}
	return out, nil
}

// member is a member of a request, as text.
func (d *DB) member(path ...string) string {
	if d.postgres {
		return "(request::jsonb #>> '{" + strings.Join(path, ",") + "}')"
	}
	return "json_extract(request, '$." + strings.Join(path, ".") + "')"
}

// Tally implements report.Store. What follows another certificate was decided
// without an exam, or is the same decision again.
func (d *DB) Tally(ctx context.Context, body string, q report.Tallied) ([]report.Tally, error) {
	named, column := "Examiner", "examiner"
	if q.By == report.Centre {
		named, column = "Centre", "centre"
	}
	decided := d.member("DecidedAt")
	passed := "SELECT COALESCE(" + d.member(named) + ", '') AS who, scheme, substr(" + decided + ", 1, 10) AS day, 1 AS passed, 0 AS failed FROM certificates WHERE body = ? AND state = ? AND " +
		d.member("Lineage", "Previous") + " IS NULL"
	failed := "SELECT " + column + " AS who, scheme, day, 0 AS passed, 1 AS failed FROM failures WHERE body = ?"
	args, more := []any{body, string(issue.Sealed)}, []any{body}
	if !q.From.IsZero() { // as the request writes it: whole seconds in UTC
		passed, args = passed+" AND "+decided+" >= ?", append(args, q.From.UTC().Add(time.Second-1).Truncate(time.Second).Format(time.RFC3339))
		failed, more = failed+" AND decided_at >= ?", append(more, micros(q.From))
	}
	if !q.To.IsZero() {
		passed, args = passed+" AND "+decided+" <= ?", append(args, q.To.UTC().Truncate(time.Second).Format(time.RFC3339))
		failed, more = failed+" AND decided_at <= ?", append(more, micros(q.To))
	}
	var rows []report.Tally
	err := d.read.WithContext(ctx).Raw("SELECT who, scheme, day, SUM(passed) AS passed, SUM(failed) AS failed FROM ("+passed+" UNION ALL "+failed+
		") t GROUP BY who, scheme, day ORDER BY who, scheme, day", append(args, more...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("counting decisions: %w", err)
	}
	return rows, nil
}

// microsOfDay is a day as instants are kept.
const microsOfDay = secondsOfDay * 1_000_000

// Claimed implements report.Store.
func (d *DB) Claimed(ctx context.Context, body string, from time.Time) ([]report.Tally, error) {
	var rows []struct {
		Scheme string
		Days   int64
		Sealed int
	}
	claims := d.member("Claim")
	if d.postgres {
		claims += " = 'true'"
	}
	err := d.read.WithContext(ctx).Raw("SELECT scheme, sealed_at / ? AS days, COUNT(*) AS sealed FROM certificates WHERE body = ? AND state = ? AND sealed_at >= ? AND "+claims+
		" GROUP BY scheme, days ORDER BY scheme, days", int64(microsOfDay), body, string(issue.Sealed), micros(from)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("counting certificates: %w", err)
	}
	out := make([]report.Tally, len(rows))
	for i, r := range rows {
		out[i] = report.Tally{Scheme: r.Scheme, Day: time.Unix(r.Days*secondsOfDay, 0).UTC().Format(time.DateOnly), Passed: r.Sealed}
	}
	return out, nil
}

// Refused implements issue.Issuer's Refused: it counts.
func (d *DB) Refused(ctx context.Context, body, scheme, code string, at time.Time) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO refusals (body, scheme, code, day, refused, last_at) VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (body, scheme, code, day) DO UPDATE SET refused = refusals.refused + 1, last_at = excluded.last_at",
			body, scheme, code, at.UTC().Format(time.DateOnly), micros(at)).Error
	})
	if err != nil {
		return fmt.Errorf("counting a refusal: %w", err)
	}
	return nil
}

// Refusals implements report.Store.
func (d *DB) Refusals(ctx context.Context, body string, from time.Time) ([]report.Refusal, error) {
	var rows []struct {
		Scheme  string
		Code    string
		Day     string
		Refused int
		LastAt  int64
	}
	if err := d.read.WithContext(ctx).Raw("SELECT scheme, code, day, refused, last_at FROM refusals WHERE body = ? AND day >= ? ORDER BY scheme, code, day",
		body, from.UTC().Format(time.DateOnly)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading refusals: %w", err)
	}
	out := make([]report.Refusal, len(rows))
	for i, r := range rows {
		out[i] = report.Refusal{Scheme: r.Scheme, Code: r.Code, Day: r.Day, Count: r.Refused, LastAt: moment(r.LastAt)}
	}
	return out, nil
}

type failureRow struct {
	ID             string
	Body           string
	Scheme         string
	Day            string
	DecidedAt      int64
	LearntAt       int64
	Examiner       string
	Centre         string
	Batch          string
	IdempotencyKey *string
	Fingerprint    []byte
}

// AddFailure implements report.Store.
func (d *DB) AddFailure(ctx context.Context, f report.Failure, key string, fingerprint []byte) (kept report.Failure, existing bool, err error) {
	row := failureRow{f.ID, f.Body, f.Scheme, f.DecidedAt.Format(time.DateOnly), micros(f.DecidedAt), micros(f.LearntAt), f.Examiner, f.Centre, f.Batch, nil, fingerprint}
	if key != "" {
		row.IdempotencyKey = &key
	}
	err = d.tx(ctx, func(tx *gorm.DB) error {
		kept, existing = f, false
		if key != "" {
			if err := d.lock(tx, "failure "+f.Body+" "+key); err != nil {
				return err
			}
			var rows []failureRow
			if err := tx.Raw("SELECT id, scheme, decided_at, learnt_at, examiner, centre, batch, fingerprint FROM failures WHERE body = ? AND idempotency_key = ?", f.Body, key).Scan(&rows).Error; err != nil {
				return err
			}
			if len(rows) > 0 {
				r := rows[0]
				if string(r.Fingerprint) != string(fingerprint) {
					return issue.ErrKeyReused
				}
				kept = report.Failure{ID: r.ID, Body: f.Body, Scheme: r.Scheme, DecidedAt: moment(r.DecidedAt), LearntAt: moment(r.LearntAt), Examiner: r.Examiner, Centre: r.Centre, Batch: r.Batch}
				existing = true
				return nil
			}
		}
		if err := tx.Table("failures").Create(&row).Error; err != nil {
			return err
		}
		doc, err := encode(f)
		if err != nil {
			return err
		}
		return d.note(tx, journal.Fact{Kind: journal.AssessmentFailed, Thing: journal.Thing{What: journal.Assessment, ID: f.ID}, Body: f.Body, Wrote: []byte(doc)})
	})
	if errors.Is(err, issue.ErrKeyReused) {
		return report.Failure{}, false, err
	}
	if err != nil {
		return report.Failure{}, false, fmt.Errorf("recording an assessment: %w", err)
	}
	return kept, existing, nil
}
