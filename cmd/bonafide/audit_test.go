package main

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// TestAuditTrail tells a body all that was written of it, and who wrote only
// where that was the body itself.
func TestAuditTrail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		a := h.do("POST", "/v1/certificates", token, request("Ada Lovelace"))
		require.Equal(t, 201, a.status, a.raw)
		id := a.json["id"].(string)
		operator := h.token(access.Client{Operator: true})
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+id+"/events", operator, `{"event":"suspended","reason":"a test","issuer":"`+mine+`"}`).status)

		notes := func(token, query string) []any {
			a := h.do("GET", "/v1/audit?limit=200"+query, token, "")
			require.Equal(t, 200, a.status, a.raw)
			require.Equal(t, "private, no-store", a.header.Get("Cache-Control"))
			require.NotContains(t, a.raw, "Lovelace")
			return a.json["data"].([]any)
		}
		own := notes(h.token(access.Client{Body: mine, Scopes: []string{"reports:read"}}), "&about=certificate:"+id)
		require.Len(t, own, 2)
		first, second := own[0].(map[string]any), own[1].(map[string]any)
		require.Equal(t, "certificate.issued", first["kind"])
		require.NotEmpty(t, first["caller"].(map[string]any)["client"])
		require.NotEmpty(t, first["caller"].(map[string]any)["address"])
		require.Equal(t, "certificate.suspended", second["kind"])
		require.NotContains(t, second, "caller", "who else wrote is the operator's to know")
		require.Equal(t, first["after"], second["before"])
		for _, n := range notes(operator, "&about=certificate:"+id) {
			n := n.(map[string]any)
			leaf, err := journal.ParseLeaf([]byte(n["leaf"].(string)))
			require.NoError(t, err)
			sum := sha256.Sum256([]byte(n["record"].(string)))
			require.Equal(t, leaf.Record, hex.EncodeToString(sum[:]), "the record is bound by the leaf")
		}

		other := h.token(access.Client{Body: "demo-lapsed", Scopes: []string{"reports:read"}})
		require.Empty(t, notes(other, "&about=certificate:"+id))
		for _, n := range notes(other, "") {
			n := n.(map[string]any)
			require.Contains(t, []any{n["body"], n["subject"]}, "demo-lapsed")
		}
		require.Equal(t, 403, h.do("GET", "/v1/audit?body="+mine, other, "").status)
		require.Equal(t, 403, h.do("GET", "/v1/audit", h.token(access.Client{Body: mine, Scopes: []string{"certificates:write"}}), "").status)
		for _, bad := range []string{"about=certificate", "cursor=eA", "limit=0"} {
			require.Equal(t, 422, h.do("GET", "/v1/audit?"+bad, operator, "").status, bad)
		}
		page := h.do("GET", "/v1/audit?limit=1", operator, "")
		next := h.do("GET", "/v1/audit?limit=1&cursor="+page.json["next_cursor"].(string), operator, "")
		require.NotEqual(t, page.json["data"], next.json["data"])
	})
}
