package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// follows judges the certificate that the record follows again, here, where
// nobody else can follow or suspend it. A refusal is the outcome: what is
// sealed beside it is not undone.
func (d *DB) follows(tx *gorm.DB, rec issue.Record) (outcome, err error) {
	p := rec.Request.Lineage.Previous
	if p == "" || rec.State == issue.Sealed {
		return nil, nil
	}
	if err := d.hold(tx, p); err != nil {
		return nil, err
	}
	previous, err := certificate(tx, "number = ?", p)
	if err != nil {
		return nil, err
	}
	err = issue.MayFollow(previous)
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return err, nil
	}
	return nil, err
}

// supersede appends what sealing the record does to others.
func supersede(tx *gorm.DB, rec issue.Record, replaced map[string][]trust.Event) error {
	for _, n := range slices.Sorted(maps.Keys(replaced)) {
		for _, e := range replaced[n] {
			note := ""
			if e.Kind == trust.NameCorrected {
				note = rec.Request.Lineage.Note
			}
			if err := insertNoted(tx, "certificate_events", "number", n, e, note); err != nil {
				return fmt.Errorf("superseding certificate: %w", err)
			}
		}
	}
	return nil
}
