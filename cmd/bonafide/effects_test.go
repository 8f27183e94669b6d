package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestEffectRulesAreData: what a withdrawal does to earlier certificates is
// decided by the rule the register holds, and the report names it.
func TestEffectRulesAreData(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		page, operator := "/v1/certificates/"+h.pages[verify.BonaFide], h.operator()
		view, err := h.app.registrar.View(t.Context())
		require.NoError(t, err)
		for _, s := range view.About(h.app.addresses.Body(mine)) {
			a := h.do("POST", "/v1/statements/"+s.ID+"/events", operator, fmt.Sprintf(`{"event":"withdrawn","effective_at":%q}`, instantOf(-10*24*time.Hour)))
			require.Equal(t, 201, a.status, "%s", a.raw)
		}
		stands := h.do("GET", page, "", "")
		require.Equal(t, "bona_fide", stands.code(), "%s", stands.raw)
		now := checkOf(t, stands, "accredited_now")
		require.Equal(t, "fail", now["outcome"])
		require.Contains(t, now["detail"], "stand for 90 days")
		require.Contains(t, now["detail"], "iafcertsearch.org", "the rule's source")
		require.Equal(t, "accreditation_lapsed", h.do("GET", page+"?at="+instantOf(81*24*time.Hour), "", "").code(), "after 90 days it falls")

		rule := `{"format":"bonafide-registry","version":1,"effects":[{"id":"accreditation-withdrawn","of":"accreditation","event":"withdrawn","note":"They fall at once.","sources":[{"locator":"our own rule"}]}]}`
		_, changed, err := h.app.registrar.Import(t.Context(), []registry.NamedReader{{Name: "rule.json", Reader: strings.NewReader(rule)}}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, changed)
		require.Equal(t, "accreditation_lapsed", h.do("GET", page, "", "").code())
		data := h.do("GET", page+"/bundle", "", "").raw
		anchors, registrars := h.app.anchors.Trust()
		p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}
		require.Equal(t, verify.AccreditationLapsed, evaluate(t, data, p).Verdict, "the rule travels in the bundle")
	})
}

// checkOf finds one check of a report.
func checkOf(t *testing.T, a answer, id string) map[string]any {
	for _, c := range a.json["checks"].([]any) {
		if c.(map[string]any)["id"] == id {
			return c.(map[string]any)
		}
	}
	require.Fail(t, "no check "+id)
	return nil
}
