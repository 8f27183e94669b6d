// Package storetest opens databases for tests: every test that keeps anything
// runs on SQLite and on PostgreSQL.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store"
)

// Admin names the variable with the address of an administrator's database on
// a throw-away PostgreSQL cluster; the program in cluster sets it.
const Admin = "BONAFIDE_TEST_POSTGRES"

// Each runs the test once per engine, each time with an empty, migrated
// database of its own.
func Each(t *testing.T, run func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			run(t, Open(t, engine, store.Options{}))
		})
	}
}

// Open opens an empty, migrated database that goes with the test. Without
// PostgreSQL it skips, loudly, and fails where CI is set.
func Open(t testing.TB, engine string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), DSN(t, engine), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	return db
}

// DSN makes an empty database that goes with the test and returns its address.
func DSN(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return "sqlite:" + filepath.Join(t.TempDir(), "bonafide.db")
	}
	return made(t, "")
}

// made is a database on the throw-away cluster that goes with the test.
func made(t testing.TB, template string) string {
	t.Helper()
	admin := os.Getenv(Admin)
	if admin == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: PostgreSQL was not tested", Admin)
		}
		t.Skipf("%s is not set: PostgreSQL IS NOT TESTED; run make test", Admin)
	}
	name := "test_" + strings.ToLower(rand.Text())
	require.NoError(t, create(t.Context(), admin, name, template))
	t.Cleanup(func() {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, admin)
		require.NoError(t, err)
		_, err = conn.Exec(ctx, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name))
		require.NoError(t, err)
		require.NoError(t, conn.Close(ctx))
	})
	dsn, err := named(admin, name)
	require.NoError(t, err)
	return dsn
}
