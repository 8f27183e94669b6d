package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
)

// TestLateMigration: a database that was brought up to date before a migration
// with a lower number came takes that one too. Each stands by itself.
func TestLateMigration(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, s := range []string{"DROP TABLE refusals", "DROP TABLE failures", "DELETE FROM goose_db_version WHERE version_id = 14"} {
			require.NoError(t, db.Exec(t.Context(), s))
		}
		require.NoError(t, db.Migrate(t.Context()))
		require.NoError(t, db.Exec(t.Context(), "DELETE FROM refusals"))
		require.NoError(t, db.Exec(t.Context(), "DELETE FROM failures"))
	})
}

// TestOldRowsSurvive: what was recorded or sealed before the second migration
// is there after it; what was only reserved, seen by nobody, is not.
func TestOldRowsSurvive(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			db, err := store.Open(t.Context(), storetest.DSN(t, engine), store.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			require.NoError(t, db.MigrateTo(t.Context(), 1))
			for _, s := range []string{
				"INSERT INTO bodies (id, did, doc) VALUES ('b', 'd', '{}')", "INSERT INTO schemes (id, owner, doc) VALUES ('s', 'b', '{}')",
				"INSERT INTO status_lists (id, body, seq) VALUES ('l', 'b', 1)", "INSERT INTO status_entries (list, idx) VALUES ('l', 1), ('l', 2), ('l', 3)",
			} {
				require.NoError(t, db.Exec(t.Context(), s))
			}
			for i, state := range []string{"reserved", "recorded", "sealed"} {
				signature := map[string]string{"sealed": "sig"}[state]
				require.NoError(t, db.Exec(t.Context(), `INSERT INTO certificates (number, body, scheme, state, fingerprint, external_id, holder_key, valid_from, valid_until,
					list, idx, key_id, signing_input, signature, salt, subject_id, request, created_at, sealed_at)
					VALUES (?, 'b', 's', ?, '', '', '', 0, 0, 'l', ?, '', 'h.p', ?, '', '', '{}', 0, 1)`, state, state, i+1, signature))
			}
			require.NoError(t, db.Migrate(t.Context()))
			require.NoError(t, db.Migrate(t.Context()), "again is nothing")
			_, err = db.Certificate(t.Context(), "reserved")
			require.ErrorIs(t, err, issue.ErrNotFound)
			r, err := db.Certificate(t.Context(), "recorded")
			require.NoError(t, err)
			require.Equal(t, issue.Recorded, r.State)
			require.Equal(t, "h.p", r.SigningInput)
			found, err := db.Published(t.Context(), "sealed")
			require.NoError(t, err)
			require.Equal(t, "h.p.sig", found.Token)
		})
	}
}
