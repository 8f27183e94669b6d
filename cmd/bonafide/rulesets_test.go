package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// TestRuleSetsAreDated: a scheme gains rules from a day on; what is decided
// before that day goes by the earlier ones.
func TestRuleSetsAreDated(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.token(access.Client{Body: mine, Scopes: []string{"registry:write", "certificates:write"}})
		a := h.do("POST", "/v1/schemes", token, `{"id":"dated","owner":"demo-certification","name":"Dated Scheme","kind":"certification_of_persons","duplicates":"allow","validity_months":24,
			"assessment":{"modes":["exam"],"proctored":true},"prerequisites":["two years of practice"],"recertification":{"cycle_months":24,"units":20,"unit":"CRC","opens_days_before":90,"categories":[]}}`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Len(t, a.json["rule_sets"], 1)
		begins := time.Now().UTC().AddDate(0, -6, 0).Truncate(time.Second)
		later := fmt.Sprintf(`{"valid_from":%q,"validity_months":36,"assessment":{"modes":["exam","interview"],"hours":3},"applied_evidence":["a work sample"],
			"recertification":{"cycle_months":36,"units":30,"unit":"credits","opens_days_before":180,"categories":[{"name":"teaching","max":10}]}}`, begins.Format(time.RFC3339))
		a = h.do("POST", "/v1/schemes/dated/rule-sets", token, later, "Idempotency-Key", "rules")
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, "true", h.do("POST", "/v1/schemes/dated/rule-sets", token, later, "Idempotency-Key", "rules").header.Get("Idempotency-Replayed"))

		got := h.do("GET", "/v1/schemes/dated", "", "").json
		require.EqualValues(t, 36, got["validity_months"], "what holds now")
		require.Equal(t, []any{"exam", "interview"}, got["assessment"].(map[string]any)["modes"])
		sets := got["rule_sets"].([]any)
		require.Len(t, sets, 2)
		first, second := sets[0].(map[string]any), sets[1].(map[string]any)
		require.Nil(t, first["valid_from"])
		require.Equal(t, []any{"two years of practice"}, first["prerequisites"])
		require.EqualValues(t, 20, first["recertification"].(map[string]any)["units"])
		require.Equal(t, begins.Format(time.RFC3339), second["valid_from"])
		require.EqualValues(t, 30, second["recertification"].(map[string]any)["units"])

		for decided, months := range map[time.Time]int{begins.Add(-time.Second): 24, begins: 36} {
			c := h.do("POST", "/v1/certificates", token, fmt.Sprintf(`{"scheme":"dated","holder":{"name":"Ada"},"decided_at":%q}`, decided.Format(time.RFC3339)))
			require.Equal(t, 201, c.status, "%s", c.raw)
			require.Equal(t, decided.AddDate(0, months, 0).Format(time.RFC3339), c.json["valid_until"])
		}

		for name, c := range map[string]struct {
			body, pointer string
		}{
			"no day":         {`{"validity_months":12}`, "/valid_from"},
			"no zone":        {`{"valid_from":"2026-01-01T00:00:00"}`, "/valid_from"},
			"the same day":   {later, "/valid_from"},
			"an earlier day": {`{"valid_from":"2001-01-01T00:00:00Z"}`, "/valid_from"},
			"a century":      {fmt.Sprintf(`{"valid_from":%q,"validity_months":1200}`, instantOf(0)), "/validity_months"},
			"no cycle":       {fmt.Sprintf(`{"valid_from":%q,"recertification":{"units":3}}`, instantOf(0)), "/recertification/cycle_months"},
		} {
			a := h.do("POST", "/v1/schemes/dated/rule-sets", token, c.body)
			require.Equal(t, 422, a.status, "%s: %s", name, a.raw)
			require.Contains(t, string(a.raw), `"pointer":"`+c.pointer+`"`, name)
		}
		require.Equal(t, 404, h.do("POST", "/v1/schemes/nothing/rule-sets", token, later).status)
		require.Len(t, h.do("GET", "/v1/schemes/dated", "", "").json["rule_sets"], 2, "what was refused left nothing")

		// Rules announced for a day to come do not hold yet.
		a = h.do("POST", "/v1/schemes/dated/rule-sets", token, fmt.Sprintf(`{"valid_from":%q,"validity_months":12}`, instantOf(24*time.Hour)))
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.EqualValues(t, 36, a.json["validity_months"])
		require.Len(t, a.json["rule_sets"], 3)
		h.exportsWhatItImports(t)
	})
}

// exportsWhatItImports: the registry written and read again is the same.
func (h *house) exportsWhatItImports(t *testing.T) {
	var written bytes.Buffer
	require.NoError(t, h.app.registrar.Export(t.Context(), &written))
	added, changed, err := h.app.registrar.Import(t.Context(), []registry.NamedReader{{Name: "export.json", Reader: strings.NewReader(written.String())}}, nil)
	require.NoError(t, err)
	require.Zero(t, added+changed, "importing an export changes nothing")
}
