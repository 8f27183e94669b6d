package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

func (h *house) trqp(query, entity, authority, action, resource, at string) answer {
	q := map[string]any{"entity_id": entity, "authority_id": authority, "action": action, "resource": resource}
	if at != "" {
		q["context"] = map[string]any{"time": at, "purpose": "hiring"}
	}
	body, err := json.Marshal(q)
	require.NoError(h.t, err)
	return h.do("POST", "/trqp/"+query, "", string(body))
}

// TestTRQP: an authority's word is asked for, not a verdict; each row is one
// question to the demo register.
func TestTRQP(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		did := h.app.addresses.Body
		before := time.Now().AddDate(-3, 0, 0).UTC().Format(time.RFC3339)
		for _, c := range []struct {
			query, entity, authority, action, resource, at string
			yes                                            bool
		}{
			{"authorization", did("demo-certification"), did("demo-accreditation"), "issue", "demo-service-lead", "", true},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "certify", h.app.addresses.Scheme("demo-service-lead"), "", true},
			{"authorization", "http://localhost:8080/bodies/demo-certification", "http://localhost:8080/bodies/demo-accreditation", "issue", "ISO/IEC 17024:2012", "", true},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "issue", "urn:iso:std:iso-iec:17024", "", true},
			{"authorization", did("demo-certification"), did("demo-arrangement"), "issue", "certification_of_persons", "", true},
			{"authorization", did("demo-certification"), h.app.addresses.Service(), "issue", "demo-service-lead", "", true},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "issue", "ISO/IEC 17065", "", false},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "issue", "ISO/IEC 17024:2026", "", false},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "launder", "ISO/IEC 17024", "", false},
			{"authorization", did("demo-certification"), did("demo-elsewhere-accreditation"), "issue", "ISO/IEC 17024", "", false},
			{"authorization", did("demo-certification"), did("demo-accreditation"), "issue", "demo-service-lead", "2001-01-01T00:00:00Z", false},
			{"authorization", did("demo-elsewhere"), did("demo-elsewhere-accreditation"), "issue", "ISO/IEC 17024", "", true},
			{"authorization", did("demo-elsewhere"), h.app.addresses.Service(), "issue", "ISO/IEC 17024", "", false},
			{"authorization", did("demo-overclaiming"), did("demo-accreditation"), "issue", "demo-lakeside-auditor", "", false},
			{"authorization", did("demo-overclaiming"), did("demo-accreditation"), "issue", "demo-lakeside-auditor", before, true},
			{"authorization", did("demo-lapsed"), did("demo-arrangement"), "issue", "demo-harbour-master", "", false},
			{"authorization", did("demo-lapsed"), did("demo-arrangement"), "issue", "demo-harbour-master", before, true},
			{"authorization", "did:web:stranger.example", did("demo-accreditation"), "issue", "ISO/IEC 17024", "", false},
			{"recognition", did("demo-accreditation"), did("demo-arrangement"), "accredit", "ISO/IEC 17024", "", true},
			{"recognition", did("demo-accreditation"), did("demo-arrangement"), "recognize", "demo-service-lead", "", true},
			{"recognition", did("demo-accreditation"), h.app.addresses.Service(), "issue", "certification_of_persons", "", true},
			{"recognition", did("demo-accreditation"), did("demo-arrangement"), "accredit", "ISO/IEC 17021-1", "", false},
			{"recognition", did("demo-elsewhere-accreditation"), did("demo-arrangement"), "accredit", "ISO/IEC 17024", "", false},
			{"recognition", did("demo-former-accreditation"), did("demo-arrangement"), "accredit", "ISO/IEC 17024", "", false},
			{"recognition", did("demo-former-accreditation"), did("demo-arrangement"), "accredit", "ISO/IEC 17024", before, true},
			{"recognition", did("demo-certification"), did("demo-accreditation"), "accredit", "ISO/IEC 17024", "", false},
		} {
			a := h.trqp(c.query, c.entity, c.authority, c.action, c.resource, c.at)
			row := fmt.Sprintf("%+v: %s", c, a.raw)
			require.Equal(t, 200, a.status, row)
			member := map[string]string{"authorization": "authorized", "recognition": "recognized"}[c.query]
			require.Equal(t, c.yes, a.json[member], row)
			for name, want := range map[string]string{"entity_id": c.entity, "authority_id": c.authority, "action": c.action, "resource": c.resource} {
				require.Equal(t, want, a.json[name], row)
			}
			require.NotEmpty(t, a.json["message"], row)
			if c.at != "" {
				require.Equal(t, c.at, a.json["time_requested"], row)
				require.Equal(t, c.at, a.json["time_evaluated"], row)
			} else {
				require.NotContains(t, a.json, "time_requested", row)
				require.NotEmpty(t, a.json["time_evaluated"], row)
			}
		}
	})
}

func TestTRQPRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := `{"entity_id":"did:web:a.example","authority_id":"` + h.app.addresses.Body("demo-accreditation") + `","action":"issue","resource":"x"`
		for name, c := range map[string]struct {
			body   string
			status int
			code   string
		}{
			"authority": {`{"entity_id":"did:web:a.example","authority_id":"did:web:b.example","action":"issue","resource":"x"}`, 404, "AUTHORITY_UNKNOWN"},
			"missing":   {`{"entity_id":"did:web:a.example"}`, 400, "INVALID_INPUT"},
			"no URI":    {`{"entity_id":"acme","authority_id":"did:web:b.example","action":"issue","resource":"x"}`, 400, "INVALID_INPUT"},
			"time":      {good + `,"context":{"time":"yesterday"}}`, 400, "INVALID_INPUT"},
			"no zone":   {good + `,"context":{"time":"2026-03-01T09:00:00"}}`, 400, "INVALID_INPUT"},
			"context":   {good + `,"context":[]}`, 400, "INVALID_INPUT"},
			"unknown":   {good + `,"x":1}`, 400, "MALFORMED_JSON"},
			"malformed": {`{`, 400, "MALFORMED_JSON"},
		} {
			for _, query := range []string{"authorization", "recognition"} {
				a := h.do("POST", "/trqp/"+query, "", c.body)
				require.Equal(t, c.status, a.status, "%s: %s", name, a.raw)
				require.Equal(t, c.code, a.code(), name)
				require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), name)
			}
		}
	})
}

// TestTRQPFollowsTheRegister: a suspension shows in the very next answer, and
// the day before it still answers yes.
func TestTRQPFollowsTheRegister(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		entity, authority := h.app.addresses.Body("demo-certification"), h.app.addresses.Body("demo-accreditation")
		yesterday := time.Now().AddDate(0, 0, -1).UTC().Format(time.RFC3339)
		require.Equal(t, true, h.trqp("authorization", entity, authority, "issue", "demo-service-lead", "").json["authorized"])
		id := h.statementAbout("demo-certification")
		require.Equal(t, 201, h.do("POST", "/v1/statements/"+id+"/events", operator, `{"event":"suspended"}`).status)
		a := h.trqp("authorization", entity, authority, "issue", "demo-service-lead", "")
		require.Equal(t, false, a.json["authorized"])
		require.Contains(t, a.json["message"], "suspended")
		require.Equal(t, true, h.trqp("authorization", entity, authority, "issue", "demo-service-lead", yesterday).json["authorized"])
	})
}

func (h *house) statementAbout(body string) string {
	v, err := h.app.registrar.View(h.t.Context())
	require.NoError(h.t, err)
	held := v.About(h.app.addresses.Body(body))
	require.NotEmpty(h.t, held)
	return held[0].ID
}
