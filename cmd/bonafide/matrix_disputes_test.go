package main

import (
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/disputes"
)

// disputeCalls are the lines of the matrix for the right of reply: anybody may
// file, only an operator reads what was never shown, and only one settles.
func disputeCalls() map[string]call {
	const words = `{"about":{"kind":"body","id":"` + mine + `"},"words":"The name is spelt otherwise."}`
	filed := func(kind disputes.Kind, before, after, body string) func(*house, string) (string, string) {
		return func(h *house, _ string) (string, string) {
			e, err := h.app.clerk().File(h.t.Context(), disputes.Entry{Kind: kind, About: disputes.AboutBody, Of: mine, Body: mine, Words: "The name is spelt otherwise."})
			require.NoError(h.t, err)
			return before + e.ID + after, body
		}
	}
	post := func(path string) func(*house, string) (string, string) {
		return func(*house, string) (string, string) { return path, words }
	}
	return map[string]call{
		"POST /v1/disputes":                 {own: 201, fresh: post("/v1/disputes")},
		"GET /v1/disputes":                  {own: 200, fresh: at("/v1/disputes")},
		"GET /v1/disputes/{id}":             {own: 200, fresh: filed(disputes.KindDispute, "/v1/disputes/", "", "")},
		"POST /v1/disputes/{id}/resolution": {own: 403, other: 403, admin: 200, fresh: filed(disputes.KindDispute, "/v1/disputes/", "/resolution", `{"outcome":"upheld","note":""}`)},
		"POST /v1/concerns":                 {own: 201, fresh: post("/v1/concerns")},
		"GET /v1/concerns":                  {own: 403, other: 403, admin: 200, fresh: at("/v1/concerns")},
		"GET /v1/concerns/{id}":             {own: 403, other: 403, admin: 200, fresh: filed(disputes.KindConcern, "/v1/concerns/", "", "")},
		"POST /v1/concerns/{id}/resolution": {own: 403, other: 403, admin: 200, fresh: filed(disputes.KindConcern, "/v1/concerns/", "/resolution", `{"outcome":"closed","note":""}`)},
	}
}
