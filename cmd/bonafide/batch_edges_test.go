package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBatchKeepsTheOrderOfOneHolder: the scheme's policy on duplicates holds
// between lines as between calls, in the order of the lines.
func TestBatchKeepsTheOrderOfOneHolder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		of := func(policy, name string) string {
			return fmt.Sprintf(`{"scheme":"order-%s","holder":{"name":%q},"decided_at":"2026-01-02T00:00:00Z","publication":"public"}`, policy, name) + "\n"
		}
		for _, policy := range []string{"deny", "replace"} {
			h.must(201, "POST", "/v1/schemes", h.operator(), `{"id":"order-`+policy+`","owner":"demo-certification","name":"Order `+policy+`","kind":"certification_of_persons","duplicates":"`+policy+`","assessment":{"modes":["written"]}}`)
		}
		list := func(policy string) string {
			var b strings.Builder
			for i := range 60 {
				b.WriteString(of(policy, fmt.Sprint("Holder ", i)) + of(policy, fmt.Sprint("holder  ", i)))
			}
			return b.String()
		}
		got := h.batch(token, "", list("deny"))
		require.Len(t, got, 120)
		for i := 0; i < 120; i += 2 {
			require.Equal(t, "in_force", got[i].Status, "the first of a holder is issued")
			require.Equal(t, "DUPLICATE", got[i+1].code())
			require.Equal(t, got[i].ID, got[i+1].Problem["id"])
		}
		got = h.batch(token, "", list("replace"))
		for i := 0; i < 120; i += 2 {
			require.Equal(t, "superseded", h.do("GET", "/v1/certificates/"+got[i].ID, "", "").json["currency"], i)
			require.Equal(t, "in_force", h.do("GET", "/v1/certificates/"+got[i+1].ID, "", "").json["currency"], i)
		}
	})
}

// TestOperatorsBatchNamesItsBody in the query or, as in a single call, in the
// lines.
func TestOperatorsBatchNamesItsBody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		named := func(name, issuer string) string {
			return strings.Replace(many(1, name), "{", `{"issuer":"`+issuer+`",`, 1)
		}
		got := h.batch(h.operator(), "", "\n"+named("Ada", mine)+named("Eve", "demo-lapsed")+many(1, "Joan"))
		require.Len(t, got, 3)
		require.Equal(t, []string{"", "WRONG_BODY", ""}, []string{got[0].code(), got[1].code(), got[2].code()})
		require.Len(t, h.batch(h.operator(), "?issuer="+mine, many(2, "Grace")), 2)
		a := h.do("POST", "/v1/certificates/batch", h.operator(), many(1, "Nobody"), "Content-Type", "application/x-ndjson")
		require.Equal(t, 422, a.status, "%s", a.raw)
	})
}

// TestTablesOfOffices: days, and a quote that is opened and never closed.
func TestTablesOfOffices(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		got := h.batch(h.certifier(), "", "scheme;holder.name;decided_at;publication\r\ndemo-service-lead;Ada Day;2026-01-02;public\r\ndemo-service-lead;Ada Wrong;2.1.2026;public\r\n", "Content-Type", "text/csv")
		require.Len(t, got, 2)
		require.Equal(t, "in_force", got[0].Status, "%+v", got[0].Problem)
		require.Contains(t, string(h.do("GET", "/v1/certificates/"+got[0].ID, "", "").raw), `"decided_at":"2026-01-02T00:00:00Z"`)
		require.Equal(t, "INVALID_INPUT", got[1].code())
	})
}
