package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrNotEmbedded says that the database is not a file of this machine: it is
// backed up by PostgreSQL's own means.
var ErrNotEmbedded = errors.New("only a SQLite database is copied; PostgreSQL has pg_basebackup")

// Backup writes one state of the database to a new file, while others read and
// write it.
func (d *DB) Backup(ctx context.Context, path string) error {
	if d.postgres {
		return ErrNotEmbedded
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already", path)
	}
	if err := d.write.WithContext(ctx).Exec("VACUUM INTO ?", path).Error; err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return os.Chmod(path, 0o600)
}
