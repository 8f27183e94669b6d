package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// docRow is any record kept as a JSON document beside its id.
type docRow struct {
	ID  string
	Doc string
}

type coverageRow struct {
	Body                string
	OfWhat              string
	Register            string
	SynchronisedAt      int64
	PromisedRefreshDays int
	LearntAt            int64
	Doc                 string
}

// coverageDoc is what of coverage is not in columns of its own.
type coverageDoc struct {
	Declared  *int      `json:"declared,omitempty"`
	Published *int      `json:"published,omitempty"`
	CheckURL  string    `json:"check_url,omitempty"`
	AskedAt   time.Time `json:"asked_at,omitzero"`
}

// translate turns gorm's errors into the registry's.
func translate(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fmt.Errorf("%s: %w", doing, registry.ErrDuplicate)
	case errors.Is(err, gorm.ErrForeignKeyViolated), errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("%s: %w", doing, registry.ErrNotFound)
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

func encode(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

// raise tells every replica that the registry changed. The version is the
// clock's, if that is ahead, so that a database put back to an earlier state
// never comes to a version that it had before and that others still hold.
func (d *DB) raise(tx *gorm.DB) error {
	now := micros(d.now())
	return tx.Exec("UPDATE registry_version SET version = CASE WHEN version < ? THEN ? ELSE version + 1 END WHERE id = ?", now, now, 1).Error
}

// changing runs do and raises the registry's version in one transaction.
func (d *DB) changing(ctx context.Context, doing string, do func(tx *gorm.DB) error) error {
	return translate(d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.raise(tx); err != nil { // first: it is the lock of all who change
			return err
		}
		return do(tx)
	}), doing)
}

// AddBody implements registry.Store.
func (d *DB) AddBody(ctx context.Context, b registry.Body) error {
	return d.changing(ctx, "adding body", func(tx *gorm.DB) error { return d.insertBody(tx, b) })
}

func (d *DB) insertBody(tx *gorm.DB, b registry.Body) error {
	doc, err := encode(b)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO bodies (id, did, doc) VALUES (?, ?, ?)", b.ID, b.DID, doc).Error; err != nil {
		return err
	}
	return d.note(tx, journal.Fact{Kind: journal.BodyAdded, Thing: journal.Thing{What: journal.Body, ID: b.ID}, Subject: b.ID, Wrote: []byte(doc)})
}

// AddScheme implements registry.Store.
func (d *DB) AddScheme(ctx context.Context, s registry.Scheme) error {
	return d.changing(ctx, "adding scheme", func(tx *gorm.DB) error { return d.insertScheme(tx, s) })
}

func (d *DB) insertScheme(tx *gorm.DB, s registry.Scheme) error {
	doc, err := encode(s)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO schemes (id, owner, doc) VALUES (?, ?, ?)", s.ID, s.Owner, doc).Error; err != nil {
		return err
	}
	return d.note(tx, aboutScheme(journal.SchemeAdded, s, doc))
}

func (d *DB) insertEffect(tx *gorm.DB, e registry.Effect) error {
	doc, err := encode(e)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO effects (id, doc) VALUES (?, ?)", e.ID, doc).Error; err != nil {
		return err
	}
	return d.note(tx, journal.Fact{Kind: journal.EffectAdded, Thing: journal.Thing{What: journal.Effect, ID: e.ID}, Imported: true, Wrote: []byte(doc)})
}

// one reads the single document that the query finds.
func one[T any](g *gorm.DB, query string, args ...any) (T, error) {
	var out T
	var rows []docRow
	if err := g.Raw(query, args...).Scan(&rows).Error; err != nil {
		return out, err
	}
	if len(rows) == 0 {
		return out, registry.ErrNotFound
	}
	return out, json.Unmarshal([]byte(rows[0].Doc), &out)
}

func all[T any](g *gorm.DB, query string, args ...any) ([]T, error) {
	var rows []docRow
	if err := g.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Doc), &out[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	return out, nil
}

// Body implements registry.Store.
func (d *DB) Body(ctx context.Context, id string) (registry.Body, error) {
	b, err := one[registry.Body](d.read.WithContext(ctx), "SELECT id, doc FROM bodies WHERE id = ?", id)
	return b, translate(err, "reading body")
}

// Scheme implements registry.Store.
func (d *DB) Scheme(ctx context.Context, id string) (registry.Scheme, error) {
	s, err := one[registry.Scheme](d.read.WithContext(ctx), "SELECT id, doc FROM schemes WHERE id = ?", id)
	return s, translate(err, "reading scheme")
}

// AppendRules implements registry.Store.
func (d *DB) AppendRules(ctx context.Context, id string, rules registry.RuleSet, check func(registry.Scheme) error) error {
	return d.changing(ctx, "adding rules", func(tx *gorm.DB) error {
		s, err := one[registry.Scheme](tx, "SELECT id, doc FROM schemes WHERE id = ?", id)
		if err != nil {
			return err
		}
		if err := check(s); err != nil {
			return err
		}
		s.Rules = append(s.Rules, rules)
		doc, err := encode(s)
		if err != nil {
			return err
		}
		if err := tx.Table("schemes").Where("id = ?", id).UpdateColumn("doc", doc).Error; err != nil {
			return err
		}
		return d.note(tx, aboutScheme(journal.SchemeChanged, s, doc))
	})
}

// PutCoverage implements registry.Store.
func (d *DB) PutCoverage(ctx context.Context, c []registry.Coverage) error {
	return d.changing(ctx, "recording coverage", func(tx *gorm.DB) error { return d.insertCoverage(tx, c) })
}

func (d *DB) insertCoverage(tx *gorm.DB, c []registry.Coverage) error {
	if len(c) == 0 {
		return nil
	}
	rows, facts := make([]coverageRow, len(c)), make([]journal.Fact, len(c))
	for i, x := range c {
		doc, err := encode(coverageDoc{x.Declared, x.Published, x.CheckURL, x.AskedAt})
		if err != nil {
			return err
		}
		rows[i] = coverageRow{x.Body, x.Of, x.Register, micros(x.SynchronisedAt), x.PromisedRefreshDays, micros(x.LearntAt), doc}
		wrote, err := encode(rows[i])
		if err != nil {
			return err
		}
		facts[i] = journal.Fact{Kind: journal.CoverageDeclared, Thing: journal.Thing{What: journal.Body, ID: x.Body}, Subject: x.Body, Effective: x.SynchronisedAt,
			Of: x.Of, Register: x.Register, Wrote: []byte(wrote)}
	}
	if err := tx.Table("coverage").CreateInBatches(rows, 100).Error; err != nil {
		return err
	}
	return d.note(tx, facts...)
}

// Apply implements registry.Store.
func (d *DB) Apply(ctx context.Context, s registry.Snapshot) (added, changed int, err error) {
	err = d.changing(ctx, "importing", func(tx *gorm.DB) error {
		added, changed = 0, 0
		for _, b := range s.Bodies {
			if err := apply(tx, "bodies", b.ID, b, d.insertBody, func(doc string) error {
				return d.note(tx, journal.Fact{Kind: journal.BodyChanged, Thing: journal.Thing{What: journal.Body, ID: b.ID}, Subject: b.ID, Imported: true, Wrote: []byte(doc)})
			}, &added, &changed); err != nil {
				return fmt.Errorf("body %s: %w", b.ID, err)
			}
		}
		for _, x := range s.Schemes {
			if err := apply(tx, "schemes", x.ID, x, d.insertScheme, func(doc string) error { return d.note(tx, aboutScheme(journal.SchemeChanged, x, doc)) }, &added, &changed); err != nil {
				return fmt.Errorf("scheme %s: %w", x.ID, err)
			}
		}
		for _, x := range s.Statements {
			if err := d.applyStatement(tx, x, &added, &changed); err != nil {
				return fmt.Errorf("statement %s: %w", x.ID, err)
			}
		}
		for _, x := range s.Effects {
			if err := apply(tx, "effects", x.ID, x, d.insertEffect, func(doc string) error {
				return d.note(tx, journal.Fact{Kind: journal.EffectChanged, Thing: journal.Thing{What: journal.Effect, ID: x.ID}, Imported: true, Wrote: []byte(doc)})
			}, &added, &changed); err != nil {
				return fmt.Errorf("effect %s: %w", x.ID, err)
			}
		}
		added += len(s.Coverage)
		return d.insertCoverage(tx, s.Coverage)
	})
	if err != nil {
		return 0, 0, err
	}
	return added, changed, nil
}

func apply[T any](tx *gorm.DB, table, id string, x T, insert func(*gorm.DB, T) error, changes func(doc string) error, added, changed *int) error {
	doc, err := encode(x)
	if err != nil {
		return err
	}
	var rows []docRow
	if err := tx.Table(table).Select("id", "doc").Where("id = ?", id).Scan(&rows).Error; err != nil {
		return err
	}
	switch {
	case len(rows) == 0:
		*added++
		return insert(tx, x)
	case rows[0].Doc == doc:
		return nil
	}
	*changed++
	if err := tx.Table(table).Where("id = ?", id).UpdateColumn("doc", doc).Error; err != nil {
		return err
	}
	return changes(doc)
}

// Version implements registry.Store.
func (d *DB) Version(ctx context.Context) (int64, error) {
	var v int64
	err := d.read.WithContext(ctx).Raw("SELECT version FROM registry_version WHERE id = ?", 1).Scan(&v).Error
	return v, translate(err, "reading the registry's version")
}

// Snapshot implements registry.Store.
func (d *DB) Snapshot(ctx context.Context) (registry.Snapshot, error) {
	var s registry.Snapshot
	err := d.snapshot(ctx, func(tx *gorm.DB) error {
		err := tx.Raw("SELECT version FROM registry_version WHERE id = ?", 1).Scan(&s.Version).Error
		if err != nil {
			return err
		}
		if s.Bodies, err = all[registry.Body](tx, "SELECT id, doc FROM bodies ORDER BY id"); err != nil {
			return err
		}
		if s.Schemes, err = all[registry.Scheme](tx, "SELECT id, doc FROM schemes ORDER BY id"); err != nil {
			return err
		}
		if s.Effects, err = all[registry.Effect](tx, "SELECT id, doc FROM effects ORDER BY id"); err != nil {
			return err
		}
		if s.Statements, err = statements(tx, ""); err != nil {
			return err
		}
		var rows []coverageRow
		if err := tx.Raw("SELECT body, of_what, register, synchronised_at, promised_refresh_days, learnt_at, doc FROM coverage ORDER BY seq").Scan(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			var doc coverageDoc
			if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
				return err
			}
			s.Coverage = append(s.Coverage, registry.Coverage{Body: r.Body, Of: r.OfWhat, Register: r.Register,
				SynchronisedAt: moment(r.SynchronisedAt), PromisedRefreshDays: r.PromisedRefreshDays, LearntAt: moment(r.LearntAt),
				Declared: doc.Declared, Published: doc.Published, CheckURL: doc.CheckURL, AskedAt: doc.AskedAt})
		}
		return nil
	})
	return s, translate(err, "reading the registry")
}

// eventDoc is what of an event is not in columns of its own.
type eventDoc struct {
	Scope     *trust.Scope `json:"scope,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Successor string       `json:"successor,omitempty"`
	Internal  string       `json:"internal,omitempty"` // for the issuer alone; see Reasons
	HidesName bool         `json:"hides_name,omitempty"`
}

type eventRow struct {
	Owner       string // what the event is about, or
	Idx         int    // its entry in a status list
	Kind        string
	EffectiveAt int64
	LearntAt    int64
	Doc         string
}

func (r eventRow) event() (trust.Event, error) {
	var doc eventDoc
	if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
		return trust.Event{}, err
	}
	return trust.Event{Kind: trust.EventKind(r.Kind), EffectiveAt: moment(r.EffectiveAt), LearntAt: moment(r.LearntAt),
		Scope: doc.Scope, Reason: doc.Reason, Successor: doc.Successor, HidesName: doc.HidesName}, nil
}

// happens appends to a certificate's history, with a reason for its issuer alone.
func (d *DB) happens(tx *gorm.DB, r issue.Record, e trust.Event, reason string) error {
	doc, err := insertEvent(tx, "certificate_events", "number", r.Number, e, reason)
	if err != nil {
		return err
	}
	return d.note(tx, happened(r, e, doc))
}

// states appends to a statement's history.
func (d *DB) states(tx *gorm.DB, s registry.Statement, e trust.Event) error {
	doc, err := insertEvent(tx, "statement_events", "statement", s.ID, e, "")
	if err != nil {
		return err
	}
	f := aboutStatement(journal.StatementEvent+string(e.Kind), s, doc)
	f.Effective = e.EffectiveAt
	return d.note(tx, f)
}

// insertEvent appends to the table's history; column names what it is about.
func insertEvent(tx *gorm.DB, table, column, owner string, e trust.Event, reason string) (doc string, err error) {
	if doc, err = encode(eventDoc{e.Scope, e.Reason, e.Successor, reason, e.HidesName}); err != nil {
		return "", err
	}
	return doc, tx.Table(table).Create(map[string]any{column: owner, "kind": string(e.Kind), "effective_at": micros(e.EffectiveAt),
		"learnt_at": micros(e.LearntAt), "doc": doc}).Error
}
