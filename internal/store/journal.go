package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// The notes of the journal are inserted where the facts are, by the same
// statement or in the same transaction.
const (
	noteColumns = "kind, thing, body, subject, at, token, leaf, record, after_hash"
	noteLite    = "?, ?, ?, ?, ?, ?, ?, ?, ?"
	insertNote  = "INSERT INTO journal (" + noteColumns + ") SELECT "
)

// notesTogether is how many notes one statement inserts.
const notesTogether = 500

func values(n journal.Note) []any {
	return []any{n.Kind, n.Thing, n.Body, n.Subject, micros(n.At), n.Token, n.Leaf, n.Record, n.After}
}

// first makes the note of a fact about a thing that nothing was noted of.
func (d *DB) first(ctx context.Context, f journal.Fact) (journal.Note, error) {
	return journal.Write(f, journal.Who(ctx), d.now(), "")
}

// Note notes facts that have no row of their own.
func (d *DB) Note(ctx context.Context, facts ...journal.Fact) error {
	return d.tx(ctx, func(tx *gorm.DB) error { return d.note(tx, facts...) })
}

// note appends to the journal, as one of the transaction.
func (d *DB) note(tx *gorm.DB, facts ...journal.Fact) error {
	by, at := journal.Who(tx.Statement.Context), d.now()
	before, err := lastNotes(tx, facts)
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	rows := make([]map[string]any, len(facts))
	for i, f := range facts {
		thing := f.Thing.String()
		n, err := journal.Write(f, by, at, before[thing])
		if err != nil {
			return err
		}
		before[thing] = n.After
		rows[i] = map[string]any{"kind": n.Kind, "thing": n.Thing, "body": n.Body, "subject": n.Subject, "at": micros(n.At), "token": n.Token,
			"leaf": n.Leaf, "record": n.Record, "after_hash": n.After}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Table("journal").CreateInBatches(rows, notesTogether).Error
}

// lastNotes reads the hash after the last note about each thing.
func lastNotes(tx *gorm.DB, facts []journal.Fact) (map[string]string, error) {
	out := map[string]string{}
	var things []string
	for _, f := range facts {
		things = append(things, f.Thing.String())
	}
	for start := 0; start < len(things); start += notesTogether {
		var rows []struct{ Thing, AfterHash string }
		err := tx.Raw("SELECT thing, after_hash FROM journal WHERE id IN (SELECT MAX(id) FROM journal WHERE thing IN ? GROUP BY thing)",
			things[start:min(start+notesTogether, len(things))]).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Thing] = r.AfterHash
		}
	}
	return out, nil
}

// issued is the fact that a certificate was sealed with the signature.
func issued(r issue.Record, token string) journal.Fact {
	return journal.Fact{Kind: journal.CertificateIssued, Thing: journal.Thing{What: journal.Certificate, ID: r.Number}, Body: r.Body, Scheme: r.Scheme,
		Token: journal.HashOf(token), Decided: r.Request.DecidedAt, Imported: r.Request.Imported, Wrote: []byte(token)}
}

// happened is the fact of an event in a certificate's history.
func happened(r issue.Record, e trust.Event, wrote string) journal.Fact {
	f := journal.Fact{Kind: journal.CertificateEvent + string(e.Kind), Thing: journal.Thing{What: journal.Certificate, ID: r.Number}, Body: r.Body,
		Scheme: r.Scheme, Effective: e.EffectiveAt, Wrote: []byte(wrote)}
	if r.Token != "" {
		f.Token = journal.HashOf(r.Token)
	}
	return f
}

// aboutStatement is a fact about a statement.
func aboutStatement(kind string, s registry.Statement, wrote string) journal.Fact {
	f := journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Statement, ID: s.ID}, Body: s.Issuer, Subject: s.Subject,
		Imported: s.Assurance == trust.Recorded, Wrote: []byte(wrote)}
	if s.Credential != "" {
		f.Token = journal.HashOf(s.Credential)
	}
	return f
}

func aboutScheme(kind string, s registry.Scheme, wrote string) journal.Fact {
	return journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Scheme, ID: s.ID}, Body: s.Owner, Scheme: s.ID, Wrote: []byte(wrote)}
}

func aboutKey(kind, body, id, wrote string) journal.Fact {
	return journal.Fact{Kind: kind, Thing: journal.Thing{What: journal.Key, ID: id}, Subject: body, Wrote: []byte(wrote)}
}

// happenedTo is one event of many certificates, whose tokens are read for it.
func happenedTo(tx *gorm.DB, all []issue.Record, e trust.Event, wrote string) ([]journal.Fact, error) {
	numbers, at := make([]string, len(all)), make(map[string]int, len(all))
	for i, r := range all {
		numbers[i], at[r.Number] = r.Number, i
	}
	rows, err := tx.Raw("SELECT number, scheme, signing_input, signature FROM certificates WHERE number IN ?", numbers).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to the end or given up
	facts := make([]journal.Fact, len(all))
	for rows.Next() {
		var number, scheme, input, signature string
		if err := rows.Scan(&number, &scheme, &input, &signature); err != nil {
			return nil, err
		}
		r := all[at[number]]
		r.Scheme, r.Token = scheme, joined(input, signature)
		facts[at[number]] = happened(r, e, wrote)
	}
	return facts, rows.Err()
}

// Trail reads the journal, in the order of writing.
func (d *DB) Trail(ctx context.Context, q journal.Query) ([]journal.Kept, error) {
	g := d.read.WithContext(ctx).Table("journal").Where("id > ?", q.After).Order("id").Limit(q.Limit)
	if q.Body != "" { // each half by its index
		g = g.Where("id IN (SELECT id FROM (SELECT id FROM journal WHERE body = ? AND id > ? ORDER BY id LIMIT ?) a UNION SELECT id FROM (SELECT id FROM journal WHERE subject = ? AND subject <> '' AND id > ? ORDER BY id LIMIT ?) b)",
			q.Body, q.After, q.Limit, q.Body, q.After, q.Limit)
	}
	if q.Thing != "" {
		g = g.Where("thing = ?", q.Thing)
	}
	var rows []struct {
		ID                                    int64
		LogIndex                              *int64
		Kind, Thing, Body, Subject, AfterHash string
		At                                    int64
		Token, Leaf, Record                   []byte
	}
	if err := g.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	out := make([]journal.Kept, len(rows))
	for i, r := range rows {
		out[i] = journal.Kept{ID: r.ID, Index: -1, Note: journal.Note{Kind: r.Kind, Thing: r.Thing, Body: r.Body, Subject: r.Subject, At: moment(r.At),
			Token: r.Token, Leaf: r.Leaf, Record: r.Record, After: r.AfterHash}}
		if r.LogIndex != nil {
			out[i].Index = *r.LogIndex
		}
	}
	return out, nil
}
