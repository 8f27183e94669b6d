package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// published is one row for each number there is, and one without any: the
// version of the registry stands beside no record, and a history comes in one
// value, so that the engine has nothing to sort. The token is made here too; a
// signature with a point in it is a whole token that does not begin with its
// input. which is the condition on c.number.
func (d *DB) published(which string) string {
	history := "(SELECT json_group_array(json_array(kind, effective_at, learnt_at, doc)) FROM (SELECT kind, effective_at, learnt_at, doc FROM certificate_events WHERE number = c.number ORDER BY seq))"
	if d.postgres {
		history = "(SELECT json_agg(json_build_array(kind, effective_at, learnt_at, doc) ORDER BY seq)::text FROM certificate_events WHERE number = c.number)"
	}
	return "SELECT v.version, CASE WHEN c.signature LIKE '%.%' THEN c.signature ELSE c.signing_input || '.' || c.signature END, c.sealed_at, " + history +
		", j.log_index, j.at, j.token, j.leaf, c.number, h.doc FROM registry_version v LEFT JOIN certificates c ON c.number " + which + " AND c.state = 'sealed'" +
		" LEFT JOIN holder_choices h ON h.number = c.number" +
		" LEFT JOIN journal j ON j.id = (SELECT MIN(id) FROM journal WHERE thing = 'certificate ' || c.number) AND j.kind = 'certificate.issued' WHERE v.id = 1"
}

// publishedRow is a row of that.
type publishedRow struct {
	version                int64
	token, history, number *string
	choice                 *string
	sealed, place, at      *int64
	hash, leaf             []byte
}

func (r *publishedRow) into() []any {
	return []any{&r.version, &r.token, &r.sealed, &r.history, &r.place, &r.at, &r.hash, &r.leaf, &r.number, &r.choice}
}

// published reads the row; issue.ErrNotFound if it is the one without a record.
func (r *publishedRow) published() (issue.Published, error) {
	p := issue.Published{Registry: r.version}
	if r.token == nil {
		return p, issue.ErrNotFound
	}
	p.Token, p.SealedAt = *r.token, moment(*r.sealed)
	if r.at != nil {
		p.Logged = &issue.Logged{Place: -1, At: moment(*r.at), Token: r.hash, Imported: bytes.Contains(r.leaf, []byte(`,"imported":true,`))}
		if r.place != nil {
			p.Logged.Place = *r.place
		}
	}
	var err error
	if r.choice != nil {
		if p.Choice, err = issue.ParseChoice(*r.choice); err != nil {
			return p, err
		}
	}
	if r.history != nil && *r.history != "[]" {
		p.Events, err = eventsOf(*r.history)
	}
	return p, err
}

// Published implements lookup.Certificates.
func (d *DB) Published(ctx context.Context, number string) (issue.Published, error) {
	var r publishedRow
	var err error
	if !d.replicas.ask(ctx, r.into(), d.published("= ?"), number) || r.token == nil { // what is new may not have got there
		r = publishedRow{}
		err = d.one(ctx, r.into(), d.published("= ?"), number)
	}
	if err != nil {
		return issue.Published{}, fmt.Errorf("reading certificate: %w", err)
	}
	return r.published()
}

// publishedAtOnce bounds the numbers of one statement (measured: more cost more
// each).
const publishedAtOnce = 500

// PublishedAll implements lookup.Certificates.
func (d *DB) PublishedAll(ctx context.Context, numbers []string) (found map[string]issue.Published, registry int64, err error) {
	found = make(map[string]issue.Published, len(numbers))
	for part := range slices.Chunk(numbers, publishedAtOnce) {
		if registry, err = d.publishedPart(ctx, part, found); err != nil {
			return nil, 0, fmt.Errorf("reading certificates: %w", err)
		}
	}
	return found, registry, nil
}

func (d *DB) publishedPart(ctx context.Context, numbers []string, found map[string]issue.Published) (registry int64, err error) {
	take := func(r *publishedRow) error {
		registry = r.version
		p, err := r.published()
		if errors.Is(err, issue.ErrNotFound) {
			return nil
		}
		found[*r.number] = p
		return err
	}
	if d.pool != nil {
		d.counted()
		rows, err := d.pool.Query(ctx, numbered(d.published("= ANY(?)")), numbers)
		if err != nil {
			return 0, d.translated(err)
		}
		defer rows.Close()
		for rows.Next() {
			var r publishedRow
			if err := rows.Scan(r.into()...); err != nil {
				return 0, err
			}
			if err := take(&r); err != nil {
				return 0, err
			}
		}
		return registry, d.translated(rows.Err())
	}
	rows, err := d.read.WithContext(ctx).Raw(d.published("IN ?"), numbers).Rows()
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // read to the end or given up
	for rows.Next() {
		var r publishedRow
		if err := rows.Scan(r.into()...); err != nil {
			return 0, err
		}
		if err := take(&r); err != nil {
			return 0, err
		}
	}
	return registry, d.translated(rows.Err())
}

// eventsOf reads a history of the form [[kind, effective_at, learnt_at, doc], …].
func eventsOf(history string) ([]trust.Event, error) {
	var rows [][4]any
	dec := json.NewDecoder(strings.NewReader(history))
	dec.UseNumber()
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	out := make([]trust.Event, len(rows))
	for i, r := range rows {
		var e eventRow
		e.Kind, _ = r[0].(string) // the columns are NOT NULL and of these types
		e.Doc, _ = r[3].(string)
		for at, into := range map[int]*int64{1: &e.EffectiveAt, 2: &e.LearntAt} {
			n, _ := r[at].(json.Number)
			us, err := n.Int64()
			if err != nil {
				return nil, fmt.Errorf("reading events: %w", err)
			}
			*into = us
		}
		var err error
		if out[i], err = e.event(); err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
	}
	return out, nil
}
