package main

import (
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/pkg/verify"
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
	watched := func(h *house) string {
		held, err := h.app.db.WatchesOf(h.t.Context(), notify.OfBody(mine), "", 200)
		require.NoError(h.t, err)
		for _, w := range held {
			require.NoError(h.t, h.app.db.RemoveWatch(h.t.Context(), w.ID, "a test"))
		}
		w, err := h.app.notices.CreateWatch(h.t.Context(), notify.OfBody(mine), notify.WantedWatch{Consent: "file 7"}, nil, "")
		require.NoError(h.t, err)
		_, err = h.app.notices.Add(h.t.Context(), w.Watch, []notify.Asked{{Certificate: h.pages[verify.BonaFide]}})
		require.NoError(h.t, err)
		return w.ID
	}
	onWatch := func(suffix, body string) func(*house, string) (string, string) {
		return func(h *house, _ string) (string, string) { return "/v1/watches/" + watched(h) + suffix, body }
	}
	return map[string]call{
		"POST /v1/watches": {of: mine, own: 201, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/watches", `{"issuer":"` + mine + `","consent_reference":"file 7"}`
		}},
		"GET /v1/watches":                    {of: mine, own: 200, fresh: at("/v1/watches")},
		"GET /v1/watches/{id}":               {of: mine, own: 200, other: 404, fresh: onWatch("", "")},
		"DELETE /v1/watches/{id}":            {of: mine, own: 204, other: 404, fresh: onWatch("", "")},
		"GET /v1/watches/{id}/certificates":  {of: mine, own: 200, other: 404, fresh: onWatch("/certificates", "")},
		"POST /v1/watches/{id}/certificates": {of: mine, own: 200, other: 404, fresh: onWatch("/certificates", `{"certificates":[]}`)},
		"DELETE /v1/watches/{id}/certificates/{certificate}": {of: mine, own: 204, other: 404, fresh: func(h *house, _ string) (string, string) {
			return "/v1/watches/" + watched(h) + "/certificates/" + h.pages[verify.BonaFide], ""
		}},
		"GET /v1/watches/{id}/notices": {of: mine, own: 200, other: 404, fresh: onWatch("/notices", "")},
		"GET /v1/watches/{id}/notices/{notice}": {of: mine, own: 200, other: 404, fresh: func(h *house, _ string) (string, string) {
			id := watched(h)
			n := notify.Notice{ID: "ntc_" + id, Watch: id, Source: "a test", Type: "certificate.suspended", Number: h.pages[verify.BonaFide], Token: "a.b.c"}
			require.NoError(h.t, h.app.db.Notice(h.t.Context(), n, nil, nil, h.app.now()))
			return "/v1/watches/" + id + "/notices/" + n.ID, ""
		}},
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
