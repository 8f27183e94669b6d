package registry_test

import (
	"testing"
)

// FuzzImport: whatever a file holds, it is loaded or refused, never half
// loaded, and what was loaded is exported and imported without a change.
func FuzzImport(f *testing.F) {
	f.Add(`{"format":"bonafide-registry","version":1,"bodies":[{"id":"ab","name":"A","roles":["accreditation_body"]},{"id":"cb","name":"C","roles":["certification_body","scheme_owner"]}],
"schemes":[{"id":"s","owner":"cb","name":"S","kind":"academic","rules":[{"recertification":{"cycle_months":12}}]}],
"statements":[{"id":"x","kind":"accreditation","issuer":"ab","subject":"cb","scope":{"schemes":["s"]},"valid_from":"2024-01-01","grade":"B","sources":[{"locator":"x","retrieved_at":"2026-01-01"}],
"events":[{"event":"suspended","effective_at":"2024-02-01"}]}],
"coverage":[{"body":"cb","of":"certificates","register":"partial","synchronised_at":"2026-01-01"}]}`)
	f.Add(`{"format":"bonafide-registry","version":1,"statements":[{"id":"x","events":[{"scope":null}]}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, content string) {
		h := newHouse(t)
		if _, _, err := h.Import(t.Context(), files(content), nil); err != nil {
			if h.store.all.Version != 0 {
				t.Fatalf("refused with %v, but loaded something", err)
			}
			return
		}
		again := files(export(t, h))
		if added, changed, err := h.Import(t.Context(), again, nil); added+changed != 0 || err != nil {
			t.Fatalf("the export again: %d added, %d changed, %v", added, changed, err)
		}
	})
}
