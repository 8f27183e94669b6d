package main

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func renewalCalls() map[string]call {
	issued := func(h *house, who string) string {
		decided := time.Now().Add(-time.Hour)
		rec, _, err := h.app.issuer.Issue(h.t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada " + who}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0)}, "")
		require.NoError(h.t, err)
		return "/v1/certificates/" + rec.Number
	}
	on := func(suffix, body string) func(*house, string) (string, string) {
		return func(h *house, who string) (string, string) { return issued(h, who) + suffix, body }
	}
	return map[string]call{
		"POST /v1/certificates/bulk-events": {of: mine, own: 201, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/certificates/bulk-events", `{"issuer":"` + mine + `","select":{"examiner":"nobody"},"event":"suspended","reason":"a test"}`
		}},
		"POST /v1/certificates/bulk-events/{id}/undo": {of: mine, own: 201, other: 403, fresh: func(h *house, who string) (string, string) {
			b, _, err := h.app.sweeper.Apply(h.t.Context(), status.Bulk{Body: mine, Selection: status.Selection{Examiner: who}, Event: trust.Event{Kind: trust.Suspended}, Reason: "a test"}, "")
			require.NoError(h.t, err)
			return "/v1/certificates/bulk-events/" + b.ID + "/undo", `{"issuer":"` + mine + `","reason":"a test"}`
		}},
		"GET /v1/certificates/{id}/recertification": {of: mine, own: 200, fresh: on("/recertification", "")},
		"GET /v1/certificates/{id}/cpd":             {of: mine, own: 200, other: 404, fresh: on("/cpd", "")},
		"POST /v1/certificates/{id}/cpd":            {of: mine, own: 201, other: 404, fresh: on("/cpd", unitsOf("course", 1, time.Now().UTC().Format(time.DateOnly)))},
		"POST /v1/certificates/{id}/renewals":       {of: mine, own: 201, other: 404, fresh: on("/renewals", `{}`)},
	}
}
