package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

// schema reads one of 1EdTech's published schemas from the third-party test
// data; without them it skips, loudly, and fails where CI is set.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	root := os.Getenv("BONAFIDE_FIXTURES")
	if root == "" {
		root = "../../../shared/data/fixtures"
	}
	f, err := os.Open(filepath.Join(root, "schemas", "ob30", name))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found: %v", err)
		}
		t.Skipf("third-party test data not found, NOT TESTED: %v", err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("urn:schema", doc))
	s, err := c.Compile("urn:schema")
	require.NoError(t, err)
	return s
}

func conforms(t *testing.T, s *jsonschema.Schema, raw []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	require.NoError(t, err)
	require.NoError(t, s.Validate(v), "%s", raw)
}

func TestBadgesAPI(t *testing.T) {
	list, info, profile := schema(t, "ob_v3p0_getopenbadgecredentialsresponse_schema.json"), schema(t, "ob_v3p0_imsx_statusinfo_schema.json"), schema(t, "ob_v3p0_profile_schema.json")
	each(t, func(t *testing.T, h *house) {
		client, secret, err := h.app.gate.Enrol(t.Context(), access.Client{Body: "demo-certification", Scopes: []string{"certificates:read", "certificates:write"}})
		require.NoError(t, err)
		token := h.tokenFor(client.ID, secret, access.BadgesRead+" "+access.ProfileRead)
		writer := h.certifier()
		for i := range 7 {
			require.Equal(t, 201, h.do("POST", "/v1/certificates", writer, request(fmt.Sprintf("Ada %d", i))).status)
		}
		all := h.do("GET", "/ims/ob/v3p0/credentials?limit=500", token, "")
		require.Equal(t, 200, all.status, "%s", all.raw)
		conforms(t, list, all.raw)
		tokens := all.json["compactJwsString"].([]any)
		require.Equal(t, fmt.Sprint(len(tokens)), all.header.Get("X-Total-Count"))
		require.Contains(t, all.header.Get("Cache-Control"), "no-store")

		// Follow the pages to the end: every token once.
		var walked []any
		path := "/ims/ob/v3p0/credentials?limit=3"
		for range 20 {
			a := h.do("GET", path, token, "")
			require.Equal(t, 200, a.status)
			walked = append(walked, a.json["compactJwsString"].([]any)...)
			next := regexp.MustCompile(`<http://localhost:8080([^>]+)>; rel="next"`).FindStringSubmatch(a.header.Get("Link"))
			require.Contains(t, a.header.Get("Link"), `rel="last"`)
			if next == nil {
				break
			}
			path = next[1]
		}
		require.Equal(t, tokens, walked)

		since := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
		none := h.do("GET", "/ims/ob/v3p0/credentials?since="+since, token, "")
		require.Equal(t, "0", none.header.Get("X-Total-Count"))
		require.JSONEq(t, `{"credential":[],"compactJwsString":[]}`, string(none.raw))
		conforms(t, list, none.raw)

		p := h.do("GET", "/ims/ob/v3p0/profile", token, "")
		require.Equal(t, h.app.addresses.Body("demo-certification"), p.json["id"])
		conforms(t, profile, p.raw)

		d := h.do("GET", "/ims/ob/v3p0/discovery", "", "")
		require.Equal(t, "3.0.1", d.json["openapi"])
		require.Contains(t, string(d.raw), access.BadgesRead)

		require.Equal(t, 401, h.do("POST", "/v1/certificates", token+"x", request("Ada")).status)
		require.Equal(t, 403, h.do("POST", "/v1/certificates", token, request("Ada")).status, "a token for reading badges issues none")
		weak := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:write"}})
		for path, c := range map[string]struct {
			token  string
			status int
			minor  string
		}{
			"/ims/ob/v3p0/credentials":           {"", 401, "unauthorizedrequest"},
			"/ims/ob/v3p0/profile":               {"", 401, "unauthorizedrequest"},
			"/ims/ob/v3p0/credentials?x":         {weak, 403, "forbidden"},
			"/ims/ob/v3p0/credentials?limit=0":   {token, 400, "invalid_query_parameter"},
			"/ims/ob/v3p0/credentials?offset=-1": {token, 400, "invalid_query_parameter"},
			"/ims/ob/v3p0/credentials?since=now": {token, 400, "invalid_query_parameter"},
			"/ims/ob/v3p0/nothing":               {token, 404, "not_found"},
		} {
			a := h.do("GET", path, c.token, "")
			require.Equal(t, c.status, a.status, "%s: %s", path, a.raw)
			require.Contains(t, string(a.raw), `"imsx_codeMinorFieldValue":"`+c.minor+`"`, path)
			conforms(t, info, a.raw)
		}
		for _, method := range []string{"POST", "PUT"} {
			a := h.do(method, "/ims/ob/v3p0/credentials", token, "{}")
			require.Equal(t, 405, a.status)
			require.Equal(t, "unsupported", a.json["imsx_codeMajor"])
			conforms(t, info, a.raw)
		}
		refused := h.tokenAnswer(client.ID, secret, "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.upsert")
		require.Equal(t, http.StatusBadRequest, refused.status)
		require.Equal(t, "invalid_scope", refused.json["error"])
	})
}

func (h *house) tokenAnswer(id, secret, scope string) answer {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {id}, "client_secret": {secret}}
	return h.do("POST", "/oauth2/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (h *house) tokenFor(id, secret, scope string) string {
	a := h.tokenAnswer(id, secret, scope)
	require.Equal(h.t, 200, a.status, "%s", a.raw)
	var out struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(h.t, json.Unmarshal(a.raw, &out))
	return out.AccessToken
}
