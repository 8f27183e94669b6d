package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// published is one row whatever there is: the version of the registry stands
// beside no record, and a history comes in one value, so that the engine has
// nothing to sort. The token is made here too; a signature with a point in it
// is a whole token that does not begin with its input.
func (d *DB) published() string {
	history := "(SELECT json_group_array(json_array(kind, effective_at, learnt_at, doc)) FROM (SELECT kind, effective_at, learnt_at, doc FROM certificate_events WHERE number = c.number ORDER BY seq))"
	if d.postgres {
		history = "(SELECT json_agg(json_build_array(kind, effective_at, learnt_at, doc) ORDER BY seq)::text FROM certificate_events WHERE number = c.number)"
	}
	return "SELECT v.version, CASE WHEN c.signature LIKE '%.%' THEN c.signature ELSE c.signing_input || '.' || c.signature END, c.sealed_at, " + history +
		", j.log_index, j.at, j.token, j.leaf FROM registry_version v LEFT JOIN certificates c ON c.number = ? AND c.state = 'sealed'" +
		" LEFT JOIN journal j ON j.id = (SELECT MIN(id) FROM journal WHERE thing = 'certificate ' || c.number) AND j.kind = 'certificate.issued' WHERE v.id = 1"
}

// Published implements lookup.Certificates.
func (d *DB) Published(ctx context.Context, number string) (issue.Published, error) {
	var p issue.Published
	var token, history *string
	var sealed *int64
	var place, at *int64
	var hash, leaf []byte
	into := []any{&p.Registry, &token, &sealed, &history, &place, &at, &hash, &leaf}
	var err error
	if !d.replicas.ask(ctx, into, d.published(), number) || token == nil { // what is new may not have got there
		err = d.one(ctx, into, d.published(), number)
	}
	switch {
	case err != nil:
		return issue.Published{}, fmt.Errorf("reading certificate: %w", err)
	case token == nil:
		return p, issue.ErrNotFound
	}
	p.Token, p.SealedAt = *token, moment(*sealed)
	if at != nil {
		p.Logged = &issue.Logged{Place: -1, At: moment(*at), Token: hash, Imported: bytes.Contains(leaf, []byte(`,"imported":true,`))}
		if place != nil {
			p.Logged.Place = *place
		}
	}
	if history != nil && *history != "[]" {
		p.Events, err = eventsOf(*history)
	}
	return p, err
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
