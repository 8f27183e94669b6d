package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Kept is an empty database that no test owns, for what many tests copy. It
// goes with the folder, or with the throw-away cluster. Without PostgreSQL its
// address is empty.
func Kept(ctx context.Context, engine, folder string) (dsn string, err error) {
	if engine == "sqlite" {
		return "sqlite:" + filepath.Join(folder, "kept.db"), nil
	}
	admin := os.Getenv(Admin)
	if admin == "" {
		return "", nil
	}
	name := fmt.Sprintf("kept_%d", os.Getpid())
	if err := create(ctx, admin, name, ""); err != nil {
		return "", err
	}
	return named(admin, name)
}

// Copy copies a database that nobody has open; the copy goes with the test.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		to := filepath.Join(t.TempDir(), "bonafide.db")
		require.NoError(t, os.WriteFile(to, data, 0o600)) //nolint:gosec // in the test's own folder
		return "sqlite:" + to
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	return made(t, strings.TrimPrefix(u.Path, "/"))
}

func create(ctx context.Context, admin, name, template string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connecting to the throw-away cluster: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing is lost with it
	statement := "CREATE DATABASE " + name
	if template != "" {
		statement += " TEMPLATE " + template
	}
	_, err = conn.Exec(ctx, statement)
	return err
}

func named(admin, name string) (string, error) {
	u, err := url.Parse(admin)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
