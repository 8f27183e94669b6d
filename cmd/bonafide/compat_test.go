package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

const (
	credlyBase     = "/compat/credly/v1/organizations/demo-certification/badges"
	accredibleBase = "/compat/accredible/v1/credentials"
)

// static makes a client and returns its key as the platforms' users keep one.
func (h *house) static(body string, scopes ...string) string {
	client, secret, err := h.app.gate.Enrol(h.t.Context(), access.Client{Body: body, Scopes: scopes})
	require.NoError(h.t, err)
	return client.ID + ":" + secret
}

func basicOf(user string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user))
}

func decision() string {
	return time.Now().UTC().Add(-2 * time.Hour).Format("2006-01-02 15:04:05 -0700")
}

func credlyBody(email string) string {
	return fmt.Sprintf(`{"recipient_email":%q,"issued_to_first_name":"Ada","issued_to_middle_name":"B.","issued_to_last_name":"Example",
		"badge_template_id":"demo-service-lead","issued_at":%q,"issuer_earner_id":"E-1","locale":"en","suppress_badge_notification_email":true,
		"expires_at":null,"evidence":[{"type":"UrlEvidence","url":"https://work.example/1","description":"Portfolio"}],"accreditation_claim":true}`, email, decision())
}

func TestCredlyShape(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		key := h.static("demo-certification", "certificates:write", "certificates:read")
		auth := basicOf(key + ":") // the key as user name, no password
		call := func(method, path, body string) answer { return h.do(method, path, "", body, "Authorization", auth) }
		made := call("POST", credlyBase, credlyBody("ada@example.org"))
		require.Equal(t, 201, made.status, "%s", made.raw)
		data := made.json["data"].(map[string]any)
		id := data["id"].(string)
		require.Equal(t, "accepted", data["state"])
		require.Equal(t, "Ada B. Example", data["issued_to"])
		require.Equal(t, map[string]any{"id": "demo-service-lead", "name": "Demo Certified Service Lead"}, data["badge_template"])
		require.Nil(t, data["expires_at"])
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+id, "", "").code())

		require.Equal(t, data, call("GET", credlyBase+"/"+id, "").json["data"])
		list := call("GET", credlyBase+"?filter=issuer_earner_id::E-1|badge_template_id::demo-service-lead", "")
		require.Equal(t, []any{data}, list.json["data"])
		require.Equal(t, map[string]any{"count": 1.0, "current_page": 1.0, "total_count": 1.0, "total_pages": 1.0, "per": 50.0}, list.json["metadata"])

		// Replacing is issuing and superseding; a repeat makes nothing twice.
		replacement := `{"issued_to_first_name":"Ada","issued_to_last_name":"Renamed","expires_at":"2039-01-01"}`
		replaced := call("PUT", credlyBase+"/"+id+"/replace", replacement)
		require.Equal(t, 200, replaced.status, "%s", replaced.raw)
		newer := replaced.json["data"].(map[string]any)
		require.NotEqual(t, id, newer["id"])
		require.Equal(t, "Ada Renamed", newer["issued_to"])
		require.Equal(t, "2039-01-01T00:00:00Z", newer["expires_at"])
		require.Equal(t, newer["id"], call("PUT", credlyBase+"/"+id+"/replace", replacement).json["data"].(map[string]any)["id"])
		old := call("GET", credlyBase+"/"+id, "").json["data"].(map[string]any)
		require.Equal(t, []any{"revoked", "superseded", newer["id"]}, []any{old["state"], old["status"], old["replacement_badge_id"]})
		a := call("PUT", credlyBase+"/"+id+"/revoke", `{"reason":"x"}`)
		require.Equal(t, 409, a.status, "a replaced badge cannot be revoked: %s", a.raw)
		require.NotEmpty(t, a.json["errors"].([]any)[0].(map[string]any)["message"])

		revoke := credlyBase + "/" + newer["id"].(string) + "/revoke"
		require.Equal(t, 422, call("PUT", revoke, `{}`).status)
		for range 2 {
			a = call("PUT", revoke, `{"reason":"left the profession","suppress_revoke_notification_email":true}`)
			require.Equal(t, 200, a.status, "%s", a.raw)
			require.Equal(t, "revoked", a.json["data"].(map[string]any)["state"])
		}
		require.Equal(t, "withdrawn", h.do("GET", "/v1/certificates/"+newer["id"].(string), "", "").json["currency"])

		// An access token serves as the key too, and as bearer.
		token := h.certifier()
		require.Equal(t, 201, h.do("POST", credlyBase, "", credlyBody("b@example.org"), "Authorization", basicOf(token+":")).status)
		require.Equal(t, 201, h.do("POST", credlyBase, token, credlyBody("c@example.org")).status)
		first := h.do("POST", credlyBase, token, credlyBody("d@example.org"), "Idempotency-Key", "one")
		require.Equal(t, first.raw, h.do("POST", credlyBase, token, credlyBody("d@example.org"), "Idempotency-Key", "one").raw)
	})
}

func TestCredlyShapeRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		key, other := h.static("demo-certification", "certificates:write", "certificates:read"), h.static("demo-lapsed", access.Scopes()...)
		weak := h.static("demo-certification", "certificates:read")
		for name, c := range map[string]struct {
			key, method, path, body string
			status                  int
			field                   string
		}{
			"no key":      {"", "POST", credlyBase, credlyBody("a@example.org"), 401, ""},
			"wrong key":   {key + "x", "POST", credlyBase, credlyBody("a@example.org"), 401, ""},
			"other body":  {other, "POST", credlyBase, credlyBody("a@example.org"), 403, ""},
			"other reads": {other, "GET", credlyBase, "", 403, ""},
			"scope":       {weak, "POST", credlyBase, credlyBody("a@example.org"), 403, ""},
			"blank":       {key, "POST", credlyBase, strings.Replace(credlyBody("a@example.org"), `"Example"`, `""`, 1), 422, "issued_to_last_name"},
			"no zone":     {key, "POST", credlyBase, strings.Replace(credlyBody("a@example.org"), decision()[19:], "", 1), 422, "issued_at"},
			"unknown":     {key, "POST", credlyBase, strings.Replace(credlyBody("a@example.org"), `"locale"`, `"colour"`, 1), 422, "colour"},
			"template":    {key, "POST", credlyBase, strings.Replace(credlyBody("a@example.org"), "demo-service-lead", "nothing", 1), 422, "scheme"},
			"filter":      {key, "GET", credlyBase + "?filter=colour::red", "", 422, "filter"},
			"page":        {key, "GET", credlyBase + "?page=0", "", 422, "page"},
			"missing":     {key, "GET", credlyBase + "/0000-0000-0000-0", "", 404, ""},
			"not theirs":  {key, "GET", credlyBase + "/" + h.pages["accreditation_lapsed"], "", 404, ""},
		} {
			auth := []string{}
			if c.key != "" {
				auth = []string{"Authorization", basicOf(c.key)}
			}
			a := h.do(c.method, c.path, "", c.body, auth...)
			require.Equal(t, c.status, a.status, "%s: %s", name, a.raw)
			e := a.json["errors"].([]any)[0].(map[string]any)
			require.NotEmpty(t, e["message"], name)
			if c.field != "" {
				require.Equal(t, c.field, e["field"], "%s: %s", name, a.raw)
			}
		}
	})
}

func accredibleBody(email, extra string) string {
	return fmt.Sprintf(`{"credential":{"recipient":{"name":"Ada Example","email":%q,"id":"R-7"},"group_id":"demo-service-lead","issued_on":%q,"expired_on":"2039-01-01"%s}}`,
		email, time.Now().AddDate(0, 0, -1).UTC().Format(time.DateOnly), extra)
}

func TestAccredibleShape(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		auth := "Token token=" + h.static("demo-certification", "certificates:write", "certificates:read")
		call := func(method, path, body string, header ...string) answer {
			return h.do(method, path, "", body, append([]string{"Authorization", auth}, header...)...)
		}
		made := call("POST", accredibleBase, accredibleBody("a@example.org", `,"approve":true,"private":false,"custom_attributes":{"x":"y"},"accreditation_claim":true`))
		require.Equal(t, 200, made.status, "%s", made.raw)
		c := made.json["credential"].(map[string]any)
		id := c["id"].(string)
		require.Equal(t, []any{"custom_attributes"}, c["not_kept"])
		require.Equal(t, []any{true, "in_force", false}, []any{c["approve"], c["status"], c["private"]})
		require.Equal(t, "Demo Certification Institute", c["issuer"].(map[string]any)["name"])
		report := h.do("GET", "/v1/certificates/"+id, "", "")
		require.Equal(t, "bona_fide", report.code())
		require.Contains(t, string(report.raw), "Ada Example")

		// A draft is seen by its issuer alone until it is published.
		draft := call("POST", accredibleBase, accredibleBody("b@example.org", `,"approve":false,"private":true`)).json["credential"].(map[string]any)
		path := "/v1/certificates/" + draft["id"].(string)
		require.Equal(t, []any{false, "draft"}, []any{draft["approve"], draft["status"]})
		require.Equal(t, "not_found", h.do("GET", path, "", "").code())
		require.Equal(t, 404, h.do("GET", path+"/credential", "", "").status)
		require.Equal(t, 409, call("DELETE", accredibleBase+"/"+draft["id"].(string), "").status)
		require.Equal(t, 422, call("PUT", accredibleBase+"/"+draft["id"].(string), `{"credential":{"approve":false}}`).status)
		for range 2 {
			published := call("PUT", accredibleBase+"/"+draft["id"].(string), `{"credential":{"approve":true}}`)
			require.Equal(t, 200, published.status, "%s", published.raw)
			require.Equal(t, true, published.json["credential"].(map[string]any)["approve"])
		}
		report = h.do("GET", path, "", "")
		require.Equal(t, 200, report.status)
		require.NotContains(t, string(report.raw), "Ada Example", "private")

		for range 2 {
			gone := call("DELETE", accredibleBase+"/"+id, `{"reason":"issued in error"}`)
			require.Equal(t, 200, gone.status, "%s", gone.raw)
			require.Equal(t, "withdrawn", gone.json["credential"].(map[string]any)["status"])
		}
		require.Equal(t, "withdrawn", h.do("GET", "/v1/certificates/"+id, "", "").json["currency"])

		bulk := `{"credentials":[` + accredibleBulkItem("c@example.org") + `,{"recipient":{"name":""},"group_id":"demo-service-lead"},` + accredibleBulkItem("d@example.org") + `]}`
		many := call("POST", accredibleBase+"/bulk_create", bulk, "Idempotency-Key", "bulk-1")
		require.Equal(t, 207, many.status, "%s", many.raw)
		items := many.json["credentials"].([]any)
		require.Len(t, items, 3)
		require.NotNil(t, items[0].(map[string]any)["credential"])
		require.NotNil(t, items[1].(map[string]any)["problem"])
		require.NotNil(t, items[2].(map[string]any)["credential"])
		again := call("POST", accredibleBase+"/bulk_create", bulk, "Idempotency-Key", "bulk-1")
		require.Equal(t, many.raw, again.raw)
		require.Equal(t, 200, call("POST", accredibleBase+"/bulk_create", `{"credentials":[`+accredibleBulkItem("e@example.org")+`]}`).status)
	})
}

func accredibleBulkItem(email string) string {
	s := strings.TrimPrefix(accredibleBody(email, ""), `{"credential":`)
	return s[:len(s)-1]
}

func TestAccredibleShapeRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		key, other := "Token token="+h.static("demo-certification", "certificates:write", "certificates:read"), "Token token="+h.static("demo-lapsed", access.Scopes()...)
		good := accredibleBody("a@example.org", "")
		for name, c := range map[string]struct {
			auth, method, path, body string
			status                   int
		}{
			"no key":      {"", "POST", accredibleBase, good, 401},
			"wrong key":   {key + "x", "POST", accredibleBase, good, 401},
			"other body":  {other, "POST", accredibleBase, good, 403},
			"not theirs":  {other, "GET", accredibleBase + "/" + h.pages["bona_fide"], "", 404},
			"ends others": {other, "DELETE", accredibleBase + "/" + h.pages["bona_fide"], "", 404},
			"slashes":     {key, "POST", accredibleBase, strings.Replace(good, "2039-01-01", "01/01/2039", 1), 422},
			"no group":    {key, "POST", accredibleBase, strings.Replace(good, `"group_id":"demo-service-lead"`, `"group_name":"Nothing"`, 1), 422},
			"unknown":     {key, "POST", accredibleBase, strings.Replace(good, `"group_id"`, `"grupo_id"`, 1), 400},
			"none":        {key, "POST", accredibleBase + "/bulk_create", `{"credentials":[]}`, 422},
			"many":        {key, "POST", accredibleBase + "/bulk_create", `{"credentials":[` + strings.Repeat("{},", 30) + `{}]}`, 422},
		} {
			a := h.do(c.method, c.path, "", c.body, "Authorization", c.auth)
			require.Equal(t, c.status, a.status, "%s: %s", name, a.raw)
			require.NotEmpty(t, a.json["error"], name)
			require.Equal(t, false, a.json["success"], name)
		}
		named := h.do("POST", accredibleBase, "", strings.Replace(good, `"group_id":"demo-service-lead"`, `"group_name":"demo certified service lead"`, 1), "Authorization", key)
		require.Equal(t, 200, named.status, "%s", named.raw)
	})
}
