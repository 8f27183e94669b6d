package main

import (
	"encoding/hex"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func logCalls() map[string]call {
	published := func(path string) call {
		return call{own: 200, fresh: func(h *house, _ string) (string, string) {
			_, err := h.app.log.Sequence(h.t.Context())
			require.NoError(h.t, err)
			t, err := h.app.log.Tree(h.t.Context(), "")
			require.NoError(h.t, err)
			return strings.Replace(path, "{shard}", t.Origin[strings.LastIndexByte(t.Origin, '/')+1:], 1), ""
		}}
	}
	return map[string]call{
		"GET /log/checkpoint":          published("/log/checkpoint"),
		"GET /log/key":                 published("/log/key"),
		"GET /log/tile/{path}":         published("/log/tile/0/000.p/1"),
		"GET /log/{shard}/checkpoint":  published("/log/{shard}/checkpoint"),
		"GET /log/{shard}/key":         published("/log/{shard}/key"),
		"GET /log/{shard}/tile/{path}": published("/log/{shard}/tile/entries/000.p/1"),
		"GET /v1/log":                  published("/v1/log"),
		"GET /v1/log/proof": {own: 200, fresh: func(h *house, _ string) (string, string) {
			_, err := h.app.log.Sequence(h.t.Context())
			require.NoError(h.t, err)
			rec, err := h.app.db.Certificate(h.t.Context(), h.pages[verify.BonaFide])
			require.NoError(h.t, err)
			hash := inclusion.TokenHash(rec.Token)
			return "/v1/log/proof?token_sha256=" + hex.EncodeToString(hash[:]), ""
		}},
		"GET /log/witness/key":             {fresh: at("/log/witness/key"), own: 404}, // this one is no witness
		"POST /log/witness/add-checkpoint": {fresh: at("/log/witness/add-checkpoint"), own: 404},
	}
}
