package store

import (
	"context"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// MigrateTo brings an empty database to an earlier version of the schema.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	if d.postgres {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	conn, err := d.write.DB()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, conn, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}

// Exec sends a statement.
func (d *DB) Exec(ctx context.Context, statement string, args ...any) error {
	return d.write.WithContext(ctx).Exec(statement, args...).Error
}
