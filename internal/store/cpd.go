package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// cpdRow is a line of a ledger; what nothing is searched by is in its document.
type cpdRow struct {
	ID             string
	Lineage        string
	Cycle          int
	LearntAt       int64
	Corrects       *string
	IdempotencyKey *string
	Fingerprint    []byte
	Doc            string
}

const cpdColumns = "id, lineage, cycle, learnt_at, corrects, idempotency_key, fingerprint, doc"

type cpdDoc struct {
	Certificate string     `json:"certificate"`
	Kind        cpd.Kind   `json:"kind"`
	Category    string     `json:"category,omitempty"`
	Units       float64    `json:"units"`
	EarnedOn    int64      `json:"earned_on"` // days of the Unix epoch
	Description string     `json:"description"`
	EvidenceURL string     `json:"evidence_url,omitempty"`
	Reviewer    string     `json:"reviewer,omitempty"`
	Status      cpd.Status `json:"status"`
}

const secondsOfDay = 24 * 60 * 60

func cpdRowOf(e cpd.Entry, key string, fingerprint []byte) (cpdRow, error) {
	doc, err := encode(cpdDoc{e.Certificate, e.Kind, e.Category, e.Units, e.EarnedOn.Unix() / secondsOfDay, e.Description, e.EvidenceURL, e.Reviewer, e.Status})
	row := cpdRow{ID: e.ID, Lineage: e.Lineage, Cycle: e.Cycle, LearntAt: micros(e.LearntAt), Fingerprint: fingerprint, Doc: doc}
	if e.Corrects != "" {
		row.Corrects = &e.Corrects
	}
	if key != "" {
		row.IdempotencyKey = &key
	}
	return row, err
}

func (r cpdRow) entry() (cpd.Entry, error) {
	var doc cpdDoc
	if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
		return cpd.Entry{}, fmt.Errorf("entry %s: %w", r.ID, err)
	}
	e := cpd.Entry{ID: r.ID, Lineage: r.Lineage, Cycle: r.Cycle, Certificate: doc.Certificate, Kind: doc.Kind, Category: doc.Category, Units: doc.Units,
		EarnedOn: time.Unix(doc.EarnedOn*secondsOfDay, 0).UTC(), Description: doc.Description, EvidenceURL: doc.EvidenceURL, Reviewer: doc.Reviewer,
		Status: doc.Status, LearntAt: moment(r.LearntAt)}
	if r.Corrects != nil {
		e.Corrects = *r.Corrects
	}
	return e, nil
}

func ledger(g *gorm.DB, lineage string) ([]cpdRow, []cpd.Entry, error) {
	var rows []cpdRow
	if err := g.Raw("SELECT "+cpdColumns+" FROM cpd_entries WHERE lineage = ? ORDER BY seq", lineage).Scan(&rows).Error; err != nil {
		return nil, nil, fmt.Errorf("reading ledger: %w", err)
	}
	out := make([]cpd.Entry, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.entry(); err != nil {
			return nil, nil, err
		}
	}
	return rows, out, nil
}

// Ledger implements renewal.Store.
func (d *DB) Ledger(ctx context.Context, lineage string) ([]cpd.Entry, error) {
	_, all, err := ledger(d.read.WithContext(ctx), lineage)
	return all, err
}

// Ledgers implements renewal.Store.
func (d *DB) Ledgers(ctx context.Context, lineages []string) (map[string][]cpd.Entry, error) {
	out := map[string][]cpd.Entry{}
	if len(lineages) == 0 {
		return out, nil
	}
	var rows []cpdRow
	if err := d.read.WithContext(ctx).Raw("SELECT "+cpdColumns+" FROM cpd_entries WHERE lineage IN ? ORDER BY seq", lineages).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading ledgers: %w", err)
	}
	for _, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		out[e.Lineage] = append(out[e.Lineage], e)
	}
	return out, nil
}

// Enter implements renewal.Store. It takes the lock of the certificate, so that
// nothing is entered beside its renewal.
func (d *DB) Enter(ctx context.Context, e cpd.Entry, key string, fingerprint []byte, check func(issue.Record, []cpd.Entry) error) (entry cpd.Entry, existing bool, err error) {
	row, err := cpdRowOf(e, key, fingerprint)
	if err != nil {
		return cpd.Entry{}, false, err
	}
	err = d.tx(ctx, func(tx *gorm.DB) error {
		entry, existing = e, false
		if err := errors.Join(d.lock(tx, "ledger "+e.Lineage), d.hold(tx, e.Certificate)); err != nil {
			return err
		}
		rows, held, err := ledger(tx, e.Lineage)
		if err != nil {
			return err
		}
		for i, r := range rows {
			if key == "" || r.IdempotencyKey == nil || *r.IdempotencyKey != key {
				continue
			}
			if string(r.Fingerprint) != string(fingerprint) {
				return issue.ErrKeyReused
			}
			entry, existing = held[i], true
			return nil
		}
		rec, err := certificate(tx, "number = ?", e.Certificate)
		if err != nil {
			return err
		}
		if err := check(rec, held); err != nil {
			return err
		}
		if err := tx.Table("cpd_entries").Create(&row).Error; err != nil {
			return err
		}
		return d.note(tx, journal.Fact{Kind: journal.CPDEntered, Thing: journal.Thing{What: journal.Certificate, ID: e.Certificate}, Body: rec.Body, Wrote: []byte(row.Doc)})
	})
	if err != nil {
		return cpd.Entry{}, false, fmt.Errorf("entering in the ledger: %w", err)
	}
	return entry, existing, nil
}
