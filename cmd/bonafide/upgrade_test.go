package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOldProgramOnNewSchema runs the program of before on a database that this
// one has migrated and filled: it serves, and each reads what the other wrote.
// make upgrade builds the old program.
func TestOldProgramOnNewSchema(t *testing.T) {
	old := os.Getenv("BONAFIDE_TEST_OLD_PROGRAM")
	if old == "" {
		t.Skip("BONAFIDE_TEST_OLD_PROGRAM is not set: make upgrade does it")
	}
	each(t, func(t *testing.T, h *house) {
		id := h.issueTo("Ada Upgraded")
		p := servingAs(t, old, "BONAFIDE_SEED=none", "BONAFIDE_DATABASE="+h.dsn, "BONAFIDE_KEY_ENCRYPTION_KEY="+demoConfig("").KEK)
		require.Equal(t, 200, answers(p.url+"/v1/certificates/"+id))
		theirs := &house{t: t, app: h.app, url: p.url}
		number := theirs.issueTo("Ada Meanwhile")
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+number, "", "").status)
		require.Equal(t, 201, theirs.do("POST", "/v1/certificates/"+id+"/events", h.certifier(), `{"event":"suspended","reason":"a test"}`).status)
		require.Equal(t, "suspended", h.do("GET", "/v1/certificates/"+id, "", "").json["currency"])
	})
}
