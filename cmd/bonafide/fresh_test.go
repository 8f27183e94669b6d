package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// behind writes to the database behind the service's back.
func behind(t *testing.T, dsn, statement string, args ...any) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		require.NoError(t, err)
		defer db.Close()
		_, err = db.ExecContext(t.Context(), statement, args...)
		require.NoError(t, err)
		return
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

// TestTheNextLookupShowsEveryChange, also one that another process wrote to the
// same database, and though the certificate was read and verified before.
func TestTheNextLookupShowsEveryChange(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := demo(t, engine)
			writer, reader := open(t, dsn), open(t, dsn)
			token, operator := writer.certifier(), writer.token(access.Client{Operator: true})
			n := writer.do("POST", "/v1/certificates", token, request("Ada")).json["id"].(string)
			path := "/v1/certificates/" + n
			look := func() answer { return reader.do("GET", path, "", "") }
			warm := look()
			require.Equal(t, "bona_fide", warm.code())
			require.Equal(t, "bona_fide", look().code())

			event := func(e string) {
				require.Equal(t, 201, writer.do("POST", path+"/events", token, `{"event":"`+e+`"}`).status)
			}
			event("suspended")
			require.Equal(t, "suspended", look().json["currency"])
			event("restored")
			require.Equal(t, "bona_fide", look().code())

			link := warm.json["chain"].(map[string]any)["now"].([]any)[0].(map[string]any)["statement"].(string)
			at, err := url.Parse(link)
			require.NoError(t, err)
			statement := strings.TrimSuffix(at.Path, "/credential") + "/events"
			require.Equal(t, 201, writer.do("POST", statement, operator, `{"event":"suspended","effective_at":"`+time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)+`"}`).status)
			require.Equal(t, "fail", outcome(look(), "accredited_now"))
			require.Equal(t, 201, writer.do("POST", statement, operator, `{"event":"restored","effective_at":"`+time.Now().UTC().Format(time.RFC3339)+`"}`).status)
			require.Equal(t, "pass", outcome(look(), "accredited_now"))

			demo := reader.app.anchors.Demo
			reader.app.anchors.Demo = nil
			require.NoError(t, reader.app.anchors.Load())
			require.NotEqual(t, "bona_fide", look().code(), "nobody trusts the arrangement")
			reader.app.anchors.Demo = demo
			require.NoError(t, reader.app.anchors.Load())
			require.Equal(t, "bona_fide", look().code())

			// A hand in the database: the changed bytes are judged, never those remembered.
			good := string(reader.do("GET", path+"/credential", "", "").raw)
			part := strings.Split(good, ".")
			payload, err := base64.RawURLEncoding.DecodeString(part[1])
			require.NoError(t, err)
			bad := part[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "Ada", "Eva", 1)))
			behind(t, dsn, "UPDATE certificates SET signing_input = $1 WHERE number = $2", bad, n)
			require.Equal(t, "not_authentic", look().code())
			require.Equal(t, "Eva", look().json["certificate"].(map[string]any)["holder"].(map[string]any)["name"])
			behind(t, dsn, "UPDATE certificates SET signing_input = $1 WHERE number = $2", part[0]+"."+part[1], n)
			require.Equal(t, "bona_fide", look().code())

			held, err := writer.app.custodian.Public(t.Context(), "demo-certification")
			require.NoError(t, err)
			require.NoError(t, writer.app.custodian.Revoke(t.Context(), "demo-certification", held[0].ID, time.Now().Add(-time.Hour), "lost"))
			require.Equal(t, "not_authentic", look().code(), "the key was in other hands")
		})
	}
}

func outcome(a answer, check string) string {
	for _, c := range a.json["checks"].([]any) {
		if m := c.(map[string]any); m["id"] == check {
			return m["outcome"].(string)
		}
	}
	return ""
}

// TestRevokedIsRefusedAtOnce: a client or an access key revoked by another
// process ends tokens that were verified and remembered before, and a revoked
// key signs no further certificate.
func TestRevokedIsRefusedAtOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := demo(t, engine)
			writer, reader := open(t, dsn), open(t, dsn)
			issue := func(token string) answer { return reader.do("POST", "/v1/certificates", token, request("Ada")) }
			first, second := writer.certifier(), writer.certifier()
			require.Equal(t, 201, issue(first).status)
			require.Equal(t, 201, issue(second).status)
			behind(t, dsn, "UPDATE clients SET revoked_at = 1 WHERE id IN (SELECT id FROM clients ORDER BY created_at DESC LIMIT 1)")
			require.Equal(t, 401, issue(second).status)
			require.Equal(t, 201, issue(first).status)

			held, err := writer.app.custodian.Public(t.Context(), "demo-certification")
			require.NoError(t, err)
			old := held[0].ID
			_, err = writer.app.custodian.Create(t.Context(), "demo-certification", writer.app.addresses.Body("demo-certification"), held[0].Use)
			require.NoError(t, err)
			require.NoError(t, writer.app.custodian.Revoke(t.Context(), "demo-certification", old, time.Time{}, "rotated"))
			a := issue(first)
			require.Equal(t, 201, a.status)
			rec, err := reader.app.db.Certificate(t.Context(), a.json["id"].(string))
			require.NoError(t, err)
			require.NotEqual(t, old, rec.KeyID)

			keys, err := writer.app.custodian.AccessKeys(t.Context())
			require.NoError(t, err)
			require.NoError(t, writer.app.custodian.Revoke(t.Context(), keys[0].Body, keys[0].ID, time.Time{}, "lost"))
			require.Equal(t, 401, issue(first).status)
		})
	}
}

func TestIssueIsThreeStatements(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Ada")).status) // fills what is held in memory
		before := h.statements.Load()
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Eve")).status)
		most := int64(3) // client and registry's version; record; seal
		if h.lite {
			most = 5 // the status entry by itself, and the note
		}
		require.LessOrEqual(t, h.statements.Load()-before, most)
		before = h.statements.Load()
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Bob"), "Idempotency-Key", "k").status)
		require.LessOrEqual(t, h.statements.Load()-before, most, "a key costs nothing")
	})
}

// TestTheSubmittedIsOneStatement: judging what is handed in reads the
// register's word on it at once.
func TestTheSubmittedIsOneStatement(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		body := `{"credential":"` + string(h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/credential", "", "").raw) + `"}`
		require.Equal(t, "bona_fide", h.do("POST", "/v1/verifications", "", body).code())
		before := h.statements.Load()
		require.Equal(t, "bona_fide", h.do("POST", "/v1/verifications", "", body).code())
		require.EqualValues(t, 1, h.statements.Load()-before)
	})
}
