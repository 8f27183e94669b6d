package main

import (
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/notify"
)

func noticeCalls() map[string]call {
	made := func(h *house) string {
		held, err := h.app.notices.Store.Endpoints(h.t.Context(), notify.OfBody(mine), "", 100)
		require.NoError(h.t, err)
		for _, e := range held { // one owner may have few
			require.NoError(h.t, h.app.notices.Store.RemoveEndpoint(h.t.Context(), e.ID))
		}
		e, err := h.app.notices.Create(h.t.Context(), notify.OfBody(mine), notify.Wanted{URL: "https://example.com/hook"}, "")
		require.NoError(h.t, err)
		return e.ID
	}
	on := func(suffix, body string) func(*house, string) (string, string) {
		return func(h *house, _ string) (string, string) {
			return "/v1/webhooks/" + made(h) + suffix, body
		}
	}
	return map[string]call{
		"POST /v1/webhooks": {of: mine, own: 201, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/webhooks", `{"issuer":"` + mine + `","url":"https://example.com/hook"}`
		}},
		"GET /v1/webhooks":                 {of: mine, own: 200, fresh: at("/v1/webhooks")},
		"GET /v1/webhooks/{id}":            {of: mine, own: 200, other: 404, fresh: on("", "")},
		"PATCH /v1/webhooks/{id}":          {of: mine, own: 200, other: 404, fresh: on("", `{"enabled":false}`)},
		"DELETE /v1/webhooks/{id}":         {of: mine, own: 204, other: 404, fresh: on("", "")},
		"POST /v1/webhooks/{id}/secret":    {of: mine, own: 201, other: 404, fresh: on("/secret", `{}`)},
		"POST /v1/webhooks/{id}/test":      {of: mine, own: 202, other: 404, fresh: on("/test", "")},
		"POST /v1/webhooks/{id}/replay":    {of: mine, own: 202, other: 404, fresh: on("/replay", `{"from":"2026-01-01T00:00:00Z"}`)},
		"GET /v1/webhooks/{id}/deliveries": {of: mine, own: 200, other: 404, fresh: on("/deliveries", "")},
	}
}
