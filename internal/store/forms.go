package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/forms"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

type formRow struct {
	Credential string
	KeyID      string
	Document   string
	CreatedAt  int64
}

// Form implements forms.Store.
func (d *DB) Form(ctx context.Context, credential string) (forms.Form, error) {
	return form(d.read.WithContext(ctx), credential)
}

func form(g *gorm.DB, credential string) (forms.Form, error) {
	var rows []formRow
	if err := g.Raw("SELECT credential, key_id, document, created_at FROM forms WHERE credential = ?", credential).Scan(&rows).Error; err != nil {
		return forms.Form{}, fmt.Errorf("reading form: %w", err)
	}
	if len(rows) == 0 {
		return forms.Form{}, registry.ErrNotFound
	}
	r := rows[0]
	return forms.Form{Credential: r.Credential, KeyID: r.KeyID, Document: r.Document, CreatedAt: moment(r.CreatedAt)}, nil
}

// KeepForm implements forms.Store.
func (d *DB) KeepForm(ctx context.Context, f forms.Form) (forms.Form, error) {
	var kept forms.Form
	err := d.tx(ctx, func(tx *gorm.DB) error {
		err := tx.Exec("INSERT INTO forms (credential, key_id, document, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (credential) DO NOTHING",
			f.Credential, f.KeyID, f.Document, micros(f.CreatedAt)).Error
		if err == nil {
			kept, err = form(tx, f.Credential)
		}
		return err
	})
	if err != nil {
		return forms.Form{}, fmt.Errorf("keeping form: %w", err)
	}
	return kept, nil
}
