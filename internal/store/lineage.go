package store

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// follows judges the certificate that the record follows again, here, where
// nobody else can follow or suspend it.
func (d *DB) follows(tx *gorm.DB, rec issue.Record) error {
	p := rec.Request.Lineage.Previous
	if p == "" {
		return nil
	}
	if err := d.hold(tx, p); err != nil {
		return err
	}
	previous, err := certificate(tx, "number = ?", p)
	if err != nil {
		return err
	}
	return issue.MayFollow(previous)
}

// supersede appends what sealing the record does to others.
func (d *DB) supersede(tx *gorm.DB, rec issue.Record, replaced map[string][]trust.Event) error {
	for _, n := range slices.Sorted(maps.Keys(replaced)) {
		other, err := certificate(tx, "number = ?", n)
		if err != nil {
			return err
		}
		for _, e := range replaced[n] {
			note := ""
			if e.Kind == trust.NameCorrected {
				note = rec.Request.Lineage.Note
			}
			if err := d.happens(tx, other, e, note); err != nil {
				return fmt.Errorf("superseding certificate: %w", err)
			}
		}
	}
	return nil
}
