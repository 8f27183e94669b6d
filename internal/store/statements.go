package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type statementRow struct {
	ID         string
	Doc        string
	Credential string
}

// AddStatement implements registry.Store.
func (d *DB) AddStatement(ctx context.Context, s registry.Statement) error {
	return d.changing(ctx, "adding statement", func(tx *gorm.DB) error { return d.insertStatement(tx, s) })
}

func (d *DB) insertStatement(tx *gorm.DB, s registry.Statement) error {
	made, events, credential := s, s.Events, s.Credential
	s.Events, s.Credential = nil, ""
	doc, err := encode(s)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO status_entries (list, idx) VALUES (?, ?)", s.StatusList, s.StatusIndex).Error; err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO statements (id, issuer, subject, list, idx, learnt_at, doc, credential) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		s.ID, s.Issuer, s.Subject, s.StatusList, s.StatusIndex, micros(s.LearntAt), doc, credential).Error; err != nil {
		return err
	}
	f := aboutStatement(journal.StatementMade, made, doc+credential)
	f.Effective = s.ValidFrom
	if err := d.note(tx, f); err != nil {
		return err
	}
	for _, e := range events {
		if err := d.states(tx, made, e); err != nil {
			return err
		}
	}
	return nil
}

// applyStatement inserts a new statement, or the events that a held one has
// grown by; anything else about it is fixed.
func (d *DB) applyStatement(tx *gorm.DB, s registry.Statement, added, changed *int) error {
	held, err := statements(tx, s.ID)
	if err != nil {
		return err
	}
	if len(held) == 0 {
		*added++
		return d.insertStatement(tx, s)
	}
	old, grown := held[0], s
	n := len(old.Events)
	if len(s.Events) < n {
		return registry.ErrDuplicate
	}
	grown.Events = s.Events[:n]
	same, err := equal(old, grown)
	if err != nil {
		return err
	}
	if !same {
		return registry.ErrDuplicate
	}
	if len(s.Events) > n {
		*changed++
	}
	for _, e := range s.Events[n:] {
		if err := d.states(tx, s, e); err != nil {
			return err
		}
	}
	return nil
}

// equal compares as stored: nil and empty lists are the same.
func equal(a, b registry.Statement) (bool, error) {
	if len(a.Events) == 0 && len(b.Events) == 0 {
		a.Events, b.Events = nil, nil
	}
	x, err := encode(a)
	if err != nil {
		return false, err
	}
	y, err := encode(b)
	return x == y || reflect.DeepEqual(a, b), err
}

// Statement implements registry.Store.
func (d *DB) Statement(ctx context.Context, id string) (registry.Statement, error) {
	all, err := statements(d.read.WithContext(ctx), id)
	if err == nil && len(all) == 0 {
		err = registry.ErrNotFound
	}
	if err != nil {
		return registry.Statement{}, translate(err, "reading statement")
	}
	return all[0], nil
}

// statements reads one statement, or all if id is empty, with their events.
func statements(g *gorm.DB, id string) ([]registry.Statement, error) {
	where, args := "", []any{}
	if id != "" {
		where, args = " WHERE id = ?", []any{id}
	}
	var rows []statementRow
	if err := g.Raw("SELECT id, doc, credential FROM statements"+where+" ORDER BY id", args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]registry.Statement, len(rows))
	at := make(map[string]int, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Doc), &out[i]); err != nil {
			return nil, fmt.Errorf("statement %s: %w", r.ID, err)
		}
		out[i].Credential, at[r.ID] = r.Credential, i
	}
	if id != "" {
		where = " WHERE statement = ?"
	}
	var events []eventRow
	if err := g.Raw("SELECT statement AS owner, kind, effective_at, learnt_at, doc FROM statement_events"+where+" ORDER BY seq", args...).Scan(&events).Error; err != nil {
		return nil, err
	}
	for _, r := range events {
		i, ok := at[r.Owner]
		if !ok {
			continue // added between the two reads
		}
		e, err := r.event()
		if err != nil {
			return nil, fmt.Errorf("event of %s: %w", r.Owner, err)
		}
		out[i].Events = append(out[i].Events, e)
	}
	return out, nil
}

// AppendStatementEvent implements registry.Store.
func (d *DB) AppendStatementEvent(ctx context.Context, id string, e trust.Event, check func(registry.Statement) error) error {
	return d.changing(ctx, "recording event", func(tx *gorm.DB) error {
		held, err := statements(tx, id)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return registry.ErrNotFound
		}
		if err := check(held[0]); err != nil {
			return err
		}
		return d.states(tx, held[0], e)
	})
}
