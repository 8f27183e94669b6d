package main

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// everything is every row of every table of the database, as text.
func (h *house) everything(t *testing.T) string {
	driver, address := "pgx", h.dsn
	tables := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	if h.lite {
		driver, address = "sqlite", strings.TrimPrefix(h.dsn, "sqlite:")
		tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	db, err := sql.Open(driver, address)
	require.NoError(t, err)
	defer db.Close()
	var out strings.Builder
	for _, table := range columns(t, db, tables) {
		for _, row := range columns(t, db, `SELECT * FROM "`+table+`"`) {
			out.WriteString(table + ": " + row + "\n")
		}
	}
	return out.String()
}

// columns answers each row's columns, joined.
func columns(t *testing.T, db *sql.DB, query string) []string {
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	var out []string
	for rows.Next() {
		cells, into := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		require.NoError(t, rows.Scan(into...))
		parts := make([]string, len(cells))
		for i, c := range cells {
			if b, ok := c.([]byte); ok {
				c = string(b)
			}
			parts[i] = fmt.Sprint(c)
		}
		out = append(out, strings.Join(parts, " | "))
	}
	require.NoError(t, rows.Err())
	return out
}

// TestForgettingAHolder leaves nothing of the person anywhere in the database;
// copies of the credential read withdrawn, and the log's entries stay.
func TestForgettingAHolder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.token(access.Client{Body: mine, Scopes: access.Scopes()})
		body := strings.Replace(request("Zebediah Forgetmenot"), `{`, `{"external_id":"CRM-FORGET",`, 1)
		a := h.do("POST", "/v1/certificates", token, body, "Idempotency-Key", "forget-key")
		require.Equal(t, 201, a.status, a.raw)
		id, credential := a.json["id"].(string), a.json["credential"].(string)
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+id+"/credential", "", "", "Accept", "application/vc").status) // makes the second form
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+id+"/cpd", token, unitsOf("course", 1, time.Now().UTC().Format(time.DateOnly))).status)
		fixed := h.do("POST", "/v1/certificates/"+id+"/events", token, `{"event":"name_corrected","name":"Zebedee Forgetmenot","reason":"misspelt Forgetmenot"}`)
		require.Equal(t, 201, fixed.status, fixed.raw)
		second := fixed.json["id"].(string)

		data := h.do("GET", "/v1/certificates/"+second+"/holder-data", token, "")
		require.Equal(t, 200, data.status, data.raw)
		require.Len(t, data.json["certificates"], 2)
		require.Len(t, data.json["ledger"], 1)
		asked := data.json["certificates"].([]any)[0].(map[string]any)["request"].(map[string]any)
		require.Equal(t, "Zebediah Forgetmenot", asked["holder"].(map[string]any)["name"])
		require.Equal(t, "CRM-FORGET", asked["external_id"])
		require.Contains(t, string(data.raw), "certificate.issued")
		require.Contains(t, h.everything(t), "Forgetmenot")
		before := h.intact(t)

		path := "/v1/certificates/" + second + "/erasure"
		require.Equal(t, 422, h.do("POST", path, token, `{}`).status)
		done := h.do("POST", path, token, `{"reason":"asked for"}`, "Idempotency-Key", "erase")
		require.Equal(t, 200, done.status, done.raw)
		require.ElementsMatch(t, []any{id, second}, done.json["certificates"])
		require.Equal(t, []any{second}, done.json["withdrawn"], "the other was superseded")
		require.EqualValues(t, 1, done.json["ledger_entries"])
		require.Equal(t, 404, h.do("POST", path, token, `{"reason":"asked for"}`).status)

		all := h.everything(t)
		for _, gone := range []string{"Forgetmenot", "Zebed", "CRM-FORGET", "forget-key", credential[len(credential)-40:], "misspelt"} {
			require.NotContains(t, all, gone)
		}
		for _, n := range []string{id, second} {
			require.Equal(t, 404, h.do("GET", "/v1/certificates/"+n, "", "").status)
			require.Equal(t, 404, h.do("GET", "/v1/certificates/"+n+"/bundle", "", "").status)
			require.Equal(t, 404, h.do("GET", "/c/"+n, "", "").status)
		}
		require.Equal(t, 404, h.do("GET", "/v1/certificates/"+id+"/holder-data", token, "").status)
		report := h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q}`, credential))
		require.Equal(t, 200, report.status)
		require.Equal(t, "authentic", report.json["authenticity"], "a copy was not forged")
		require.Equal(t, "not_in_force", report.code(), report.raw)
		notes, err := h.app.db.Trail(t.Context(), journal.Query{Thing: "certificate " + id, Limit: 100})
		require.NoError(t, err)
		require.Equal(t, journal.CertificateIssued, notes[0].Kind, "the log's entry stays")
		require.Equal(t, journal.CertificateErased, notes[len(notes)-1].Kind)
		after := h.intact(t)
		require.Equal(t, before.Certificates-2, after.Certificates)
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, body, "Idempotency-Key", "forget-key").status, "nothing is known of the person")
	})
}

// TestForgettingWhatEndedLongAgo by the command, and only that.
func TestForgettingWhatEndedLongAgo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		old := `{"scheme":"demo-service-lead","holder":{"name":"Ada Old"},"decided_at":"2015-03-01T09:00:00Z","valid_until":"2016-03-01T09:00:00Z"}`
		a := h.do("POST", "/v1/certificates", token, old)
		require.Equal(t, 201, a.status, a.raw)
		recent := h.issueTo("Ada Recent")
		retain := func(dry bool) int {
			n, err := h.app.privacy.Retain(t.Context(), mine, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), "ten years have passed", dry)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, 1, retain(true))
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+a.json["id"].(string), "", "").status)
		require.Equal(t, 1, retain(false))
		require.Equal(t, 0, retain(false))
		require.Equal(t, 404, h.do("GET", "/v1/certificates/"+a.json["id"].(string), "", "").status)
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+recent, "", "").status)
	})
}
