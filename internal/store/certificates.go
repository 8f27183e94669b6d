package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// certificateRow keeps the signature beside the signing input, not the token:
// the token is the two joined, byte for byte.
type certificateRow struct {
	Number         string
	Body           string
	Scheme         string
	State          string
	IdempotencyKey *string
	Fingerprint    []byte
	ExternalID     string
	HolderKey      string
	ValidFrom      int64
	ValidUntil     int64
	List           string
	Idx            int
	KeyID          string
	SigningInput   string
	Signature      string
	Salt           string
	SubjectID      string
	Request        string
	CreatedAt      int64
	SealedAt       int64
}

const certificateColumns = "number, body, scheme, state, idempotency_key, fingerprint, external_id, holder_key, valid_from, valid_until, " +
	"list, idx, key_id, signing_input, signature, salt, subject_id, request, created_at, sealed_at"

func rowOf(r issue.Record) (certificateRow, error) {
	request, err := encode(r.Request)
	row := certificateRow{Number: r.Number, Body: r.Body, Scheme: r.Scheme, State: string(r.State), Fingerprint: r.Fingerprint,
		ExternalID: r.Request.ExternalID, HolderKey: holderKey(r.Request.Holder), ValidFrom: micros(r.Request.ValidFrom),
		ValidUntil: micros(r.Request.ValidUntil), List: r.StatusList, Idx: r.StatusIndex, KeyID: r.KeyID, SigningInput: r.SigningInput,
		Salt: r.Salt, SubjectID: r.SubjectID, Request: request, CreatedAt: micros(r.CreatedAt)}
	if r.Key != "" {
		row.IdempotencyKey = &r.Key
	}
	return row, err
}

func (c certificateRow) record() (issue.Record, error) {
	r := issue.Record{Number: c.Number, Body: c.Body, Scheme: c.Scheme, Fingerprint: c.Fingerprint, State: issue.State(c.State),
		StatusList: c.List, StatusIndex: c.Idx, KeyID: c.KeyID, SigningInput: c.SigningInput, Salt: c.Salt, SubjectID: c.SubjectID,
		CreatedAt: moment(c.CreatedAt), SealedAt: moment(c.SealedAt)}
	if c.IdempotencyKey != nil {
		r.Key = *c.IdempotencyKey
	}
	if r.State == issue.Sealed {
		r.Token = joined(c.SigningInput, c.Signature)
	}
	return r, json.Unmarshal([]byte(c.Request), &r.Request)
}

func holderKey(h issue.Holder) string { return h.Key() }

// pending is how long a certificate that was begun and not sealed still
// counts as one: longer than any request lives.
const pending = 10 * time.Minute

// Certificate implements issue.Store: one statement for the record, one for
// its events.
func (d *DB) Certificate(ctx context.Context, number string) (issue.Record, error) {
	return certificate(d.read.WithContext(ctx), "number = ?", number)
}

// joined is the token, byte for byte.
func joined(input, signature string) string {
	if strings.Contains(signature, ".") { // a whole token that does not begin with its input
		return signature
	}
	return input + "." + signature
}

// ByKey implements issue.Store.
func (d *DB) ByKey(ctx context.Context, body, key string) (issue.Record, error) {
	return certificate(d.read.WithContext(ctx), "body = ? AND idempotency_key = ?", body, key)
}

func certificate(g *gorm.DB, where string, args ...any) (issue.Record, error) {
	found, err := certificates(g, where+" LIMIT 1", args...)
	if err != nil {
		return issue.Record{}, fmt.Errorf("reading certificate: %w", err)
	}
	if len(found) == 0 {
		return issue.Record{}, issue.ErrNotFound
	}
	return found[0], nil
}

func certificates(g *gorm.DB, where string, args ...any) ([]issue.Record, error) {
	var rows []certificateRow
	if err := g.Raw("SELECT "+certificateColumns+" FROM certificates WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]issue.Record, len(rows))
	numbers := make([]string, len(rows))
	at := map[string]int{}
	for i, r := range rows {
		rec, err := r.record()
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", r.Number, err)
		}
		out[i], numbers[i], at[r.Number] = rec, r.Number, i
	}
	if len(rows) == 0 {
		return out, nil
	}
	var events []eventRow
	if err := g.Raw("SELECT number AS owner, kind, effective_at, learnt_at, doc FROM certificate_events WHERE number IN ? ORDER BY seq", numbers).Scan(&events).Error; err != nil {
		return nil, err
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

// status is the certificate's own at the instant.
func status(r issue.Record, at time.Time) trust.LinkStatus {
	return trust.At(trust.Statement{ValidFrom: r.Request.ValidFrom, ValidUntil: r.Request.ValidUntil, Events: r.Events}, at, time.Time{}).Status
}

// duplicates finds the certificates of the record's holder and scheme that
// still count, oldest first, but for the record and what it follows: those that
// are sealed or were begun just now.
func duplicates(tx *gorm.DB, r issue.Record, now time.Time) ([]issue.Record, error) {
	held, err := certificates(tx, "body = ? AND scheme = ? AND holder_key = ? AND number NOT IN ? AND (state = ? OR created_at > ?) ORDER BY created_at, number",
		r.Body, r.Scheme, holderKey(r.Request.Holder), []string{r.Number, r.Request.Lineage.Previous}, string(issue.Sealed), micros(now.Add(-pending)))
	return slices.DeleteFunc(held, func(x issue.Record) bool { return !counts(x, now) }), err
}

// counts tells whether a certificate keeps its holder from having another: one
// that has ended, or is about to by what is on record, does not.
func counts(r issue.Record, now time.Time) bool {
	ended := slices.ContainsFunc(r.Events, func(e trust.Event) bool { return e.Kind == trust.Withdrawn || e.Kind == trust.Superseded })
	return !ended && status(r, now) != trust.LinkExpired
}

// AppendEvent implements issue.Store.
func (d *DB) AppendEvent(ctx context.Context, number string, e trust.Event, reason string, check func(issue.Record) error) error {
	return d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.hold(tx, number); err != nil {
			return err
		}
		rec, err := certificate(tx, "number = ?", number)
		if err != nil {
			return err
		}
		if err := check(rec); err != nil {
			return err
		}
		return d.happens(tx, rec, e, reason)
	})
}

// page is how many records Certificates reads at once while it filters.
const page = 500

// Certificates implements issue.Store. The status is told from the history, so
// a filter by status reads on until the page is full.
func (d *DB) Certificates(ctx context.Context, body string, f issue.Filter) ([]issue.Record, error) {
	var out []issue.Record
	after, offset := f.After, f.Offset
	for len(out) < f.Limit {
		where, args := narrowed(body, f)
		where, args = where+" AND number > ? ORDER BY number LIMIT ? OFFSET ?", append(args, after, page, offset)
		got, err := certificates(d.read.WithContext(ctx), where, args...)
		if err != nil {
			return nil, fmt.Errorf("listing certificates: %w", err)
		}
		for _, r := range got {
			if f.Status == "" || string(status(r, f.Now)) == f.Status {
				out = append(out, r)
			}
		}
		if len(got) < page {
			break
		}
		after, offset = got[len(got)-1].Number, 0
	}
	return out[:min(len(out), f.Limit)], nil
}

// narrowed is the condition of a filter, but for what is told from histories.
func narrowed(body string, f issue.Filter) (where string, args []any) {
	where, args = "body = ? AND state = ?", []any{body, string(issue.Sealed)}
	if f.Scheme != "" {
		where, args = where+" AND scheme = ?", append(args, f.Scheme)
	}
	if f.ExternalID != "" {
		where, args = where+" AND external_id = ?", append(args, f.ExternalID)
	}
	if !f.ExpiresBefore.IsZero() {
		where, args = where+" AND valid_until > 0 AND valid_until < ?", append(args, micros(f.ExpiresBefore))
	}
	if !f.SealedAfter.IsZero() {
		where, args = where+" AND sealed_at > ?", append(args, micros(f.SealedAfter))
	}
	return where, args
}

// Count implements issue.Store.
func (d *DB) Count(ctx context.Context, body string, f issue.Filter) (int, error) {
	where, args := narrowed(body, f)
	var n int
	if err := d.read.WithContext(ctx).Raw("SELECT COUNT(*) FROM certificates WHERE "+where, args...).Row().Scan(&n); err != nil {
		return 0, fmt.Errorf("counting certificates: %w", err)
	}
	return n, nil
}
