package main

import (
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/keys"
)

func keyCalls() map[string]call {
	return map[string]call{
		"POST /v1/bodies/{id}/keys/rotation": {of: mine, own: 201, other: 403, fresh: func(*house, string) (string, string) { return "/v1/bodies/" + mine + "/keys/rotation", "{}" }},
		"POST /v1/bodies/{id}/keys/{kid}/retirement": {of: mine, own: 201, other: 403, fresh: func(h *house, _ string) (string, string) {
			held, err := h.app.custodian.Held(h.t.Context(), mine, keys.ForCredentials)
			require.NoError(h.t, err)
			active := keys.Active(held)
			_, err = h.app.custodian.Create(h.t.Context(), mine, active.ID[:len(active.ID)-44], keys.ForCredentials)
			require.NoError(h.t, err)
			return "/v1/bodies/" + mine + "/keys/" + active.Public.Thumbprint() + "/retirement", ""
		}},
	}
}
