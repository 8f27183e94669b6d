package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// TestBlastRadius suspends everything of one examiner, looks, and undoes it.
func TestBlastRadius(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		day := time.Now().UTC().AddDate(0, 0, -10).Truncate(24 * time.Hour).Add(9 * time.Hour)
		made := map[string]string{}
		for i, x := range [][3]string{{"EX-7", "Geneva", "spring"}, {"EX-7", "Geneva", "autumn"}, {"EX-7", "Bern", "spring"}, {"EX-8", "Geneva", "spring"}, {"EX_7", "Basel", ""}, {"", "", ""}} {
			rec, _, err := h.app.issuer.Issue(t.Context(), mine, issue.Request{Scheme: "demo-service-lead", ExternalID: fmt.Sprint("X-", i), Holder: issue.Holder{Name: fmt.Sprint("Holder ", i)},
				DecidedAt: day.AddDate(0, 0, i), ValidUntil: day.AddDate(2, 0, 0), Examiner: x[0], Centre: x[1], Batch: x[2], Publication: issue.Public}, "")
			require.NoError(t, err)
			made[fmt.Sprint(i)] = rec.Number
		}
		currency := func(want ...string) {
			t.Helper()
			for i, w := range want {
				require.Equal(t, w, h.must(200, "GET", "/v1/certificates/"+made[fmt.Sprint(i)], "", "")["currency"], i)
			}
		}
		sweep := func(status int, sel, more string) map[string]any {
			t.Helper()
			return h.must(status, "POST", "/v1/certificates/bulk-events", token, fmt.Sprintf(`{"select":{%s},"event":"suspended"%s}`, sel, more))
		}
		on := func(i int) string { return day.AddDate(0, 0, i).Format(time.DateOnly) }
		rec, err := h.app.db.Certificate(t.Context(), made["0"])
		require.NoError(t, err)
		_, thumb, _ := strings.Cut(rec.KeyID, "#")
		for sel, count := range map[string]float64{
			`"examiner":"EX-7"`: 3, `"centre":"Geneva"`: 3, `"batch":"spring"`: 3, `"examiner":"EX-7","centre":"Geneva"`: 2, `"examiner":"EX-9"`: 0, `"examiner":"EX_7"`: 1,
			`"batch":"spring","decided_from":"` + on(1) + `"`: 2, `"centre":"Geneva","decided_to":"` + on(1) + `"`: 2, `"centre":"Geneva","decided_to":"` + on(1) + `T08:59:59Z"`: 1,
			`"centre":"Geneva","decided_from":"` + on(1) + `T09:00:00Z"`: 2, `"centre":"Geneva","key":"` + thumb + `"`: 3, `"centre":"Geneva","key":"` + rec.KeyID + `"`: 3, `"centre":"Geneva","key":"%"`: 0,
		} {
			a := sweep(200, sel, `,"dry_run":true`)
			require.InDelta(t, count, a["count"], 0, sel)
			require.Len(t, a["sample"], int(count), sel)
			require.Nil(t, a["id"])
		}
		preview := sweep(200, `"examiner":"EX-7"`, `,"dry_run":true`)
		require.Equal(t, map[string]any{"demo-service-lead": 3.0}, preview["by_scheme"])
		require.Equal(t, map[string]any{"Geneva": 2.0, "Bern": 1.0}, preview["by_centre"])
		currency("in_force", "in_force", "in_force")
		for name, body := range map[string]string{
			"nothing selected": `{"select":{},"event":"suspended","reason":"r"}`, "no reason": `{"select":{"examiner":"EX-7"},"event":"suspended"}`, "blank reason": `{"select":{"examiner":"EX-7"},"event":"suspended","reason":" "}`,
			"superseded": `{"select":{"examiner":"EX-7"},"event":"superseded","reason":"r"}`, "backwards": `{"select":{"decided_from":"2026-02-01","decided_to":"2026-01-01"},"event":"suspended","reason":"r"}`,
			"no day": `{"select":{"decided_from":"soon"},"event":"suspended","reason":"r"}`, "future": `{"select":{"examiner":"EX-7"},"event":"suspended","reason":"r","effective_at":"2999-01-01T00:00:00Z"}`,
		} {
			require.Equal(t, 422, h.do("POST", "/v1/certificates/bulk-events", token, body).status, name)
		}

		// One was suspended before, for another reason: it is not touched.
		h.must(201, "POST", "/v1/certificates/"+made["1"]+"/events", token, `{"event":"suspended"}`)
		done := h.must(201, "POST", "/v1/certificates/bulk-events", token, `{"select":{"examiner":"EX-7"},"event":"suspended","reason":"examiner under investigation","public_reason":"Under review"}`, "Idempotency-Key", "sweep")
		require.Equal(t, []any{2.0, 1.0, "suspended"}, []any{done["count"], done["skipped"], done["event"]})
		require.Equal(t, done["id"], h.must(201, "POST", "/v1/certificates/bulk-events", token, `{"select":{"examiner":"EX-7"},"event":"suspended","reason":"examiner under investigation","public_reason":"Under review"}`, "Idempotency-Key", "sweep")["id"])
		currency("suspended", "suspended", "suspended", "in_force", "in_force", "in_force")
		raw := string(h.do("GET", "/v1/certificates/"+made["0"], "", "").raw)
		require.Contains(t, raw, "Under review")
		require.NotContains(t, raw, "investigation")
		require.NotContains(t, raw, "EX-7", "an examiner is never public")
		for _, i := range []string{"0", "2"} {
			own := h.must(200, "GET", "/v1/certificates?external_id=X-"+i, token, "")["data"].([]any)[0].(map[string]any)["events"].([]any)
			require.Equal(t, "examiner under investigation", own[len(own)-1].(map[string]any)["reason"], "in the history of each, for its issuer")
		}

		// One is restored by hand and suspended again: that stands.
		h.must(201, "POST", "/v1/certificates/"+made["2"]+"/events", token, `{"event":"restored"}`)
		h.must(201, "POST", "/v1/certificates/"+made["2"]+"/events", token, `{"event":"suspended"}`)
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		undo := "/v1/certificates/bulk-events/" + done["id"].(string) + "/undo"
		require.Equal(t, 404, h.do("POST", undo, other, `{"reason":"r"}`).status)
		require.Equal(t, 422, h.do("POST", undo, token, `{}`).status)
		undone := h.must(201, "POST", undo, token, `{"reason":"cleared"}`)
		require.Equal(t, []any{1.0, 1.0, done["id"]}, []any{undone["count"], undone["skipped"], undone["undoes"]})
		currency("in_force", "suspended", "suspended")
		require.Equal(t, 409, h.do("POST", undo, token, `{"reason":"cleared"}`).status, "once")
		require.Equal(t, 409, h.do("POST", "/v1/certificates/bulk-events/"+undone["id"].(string)+"/undo", token, `{"reason":"r"}`).status, "only a suspension")

		// Another body's certificates are nobody else's; an operator names the body.
		require.InDelta(t, 0, h.must(201, "POST", "/v1/certificates/bulk-events", other, `{"select":{"examiner":"EX-8"},"event":"withdrawn","reason":"r"}`)["count"], 0)
		require.Equal(t, 403, h.do("POST", "/v1/certificates/bulk-events", other, `{"issuer":"demo-certification","select":{"examiner":"EX-8"},"event":"withdrawn","reason":"r"}`).status)
		operator := h.token(access.Client{Operator: true})
		require.Equal(t, 422, h.do("POST", "/v1/certificates/bulk-events", operator, `{"select":{"examiner":"EX-8"},"event":"withdrawn","reason":"r"}`).status)
		require.InDelta(t, 1, h.must(201, "POST", "/v1/certificates/bulk-events", operator, `{"issuer":"demo-certification","select":{"examiner":"EX-8"},"event":"withdrawn","reason":"r"}`)["count"], 0)
		currency("in_force", "suspended", "suspended", "withdrawn", "in_force")
	})
}

// TestSweepRaces lets bulk and single events race: every certificate ends with
// a history that the rules of its life allow.
func TestSweepRaces(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		var numbers []string
		for i := range 12 {
			decided := time.Now().Add(-time.Hour)
			rec, _, err := h.app.issuer.Issue(t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: fmt.Sprint("Holder ", i)}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0), Examiner: "EX-R"}, "")
			require.NoError(t, err)
			numbers = append(numbers, rec.Number)
		}
		var wait sync.WaitGroup
		swept, single := make([]answer, 3), make([]answer, len(numbers))
		for i := range swept {
			wait.Add(1)
			go func() {
				defer wait.Done()
				swept[i] = h.do("POST", "/v1/certificates/bulk-events", token, `{"select":{"examiner":"EX-R"},"event":"suspended","reason":"r"}`)
			}()
		}
		for i, n := range numbers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				call := []string{"/events", `{"event":"suspended"}`}
				if i%3 == 0 {
					call = []string{"/renewals", `{}`}
				}
				single[i] = h.do("POST", "/v1/certificates/"+n+call[0], token, call[1])
			}()
		}
		wait.Wait()
		for _, a := range swept {
			require.Equal(t, 201, a.status, "%s", a.raw)
		}
		for _, a := range single {
			require.Contains(t, []int{201, 409}, a.status, "%s", a.raw)
		}
		for _, n := range numbers {
			rec, err := h.app.db.Certificate(t.Context(), n)
			require.NoError(t, err)
			require.Len(t, rec.Events, 1, "suspended once or renewed, never both")
		}
	})
}
