package main

import (
	"maps"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/openapi"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// described lists every route of the description with the scope it asks for;
// empty where it asks for none.
func described(t *testing.T) map[string]string {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.JSON)
	require.NoError(t, err)
	out := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			scope := ""
			if op.Security != nil && len(*op.Security) > 0 {
				require.Len(t, *op.Security, 1)
				require.Len(t, (*op.Security)[0]["OAuth2"], 1, "%s %s asks for one scope", method, path)
				scope = (*op.Security)[0]["OAuth2"][0]
			}
			out[method+" "+path] = scope
		}
	}
	return out
}

// TestWhoMayCallWhat walks every route of the description as every kind of
// caller. What the description says of a route's scope is what decides.
func TestWhoMayCallWhat(t *testing.T) {
	routes, table := described(t), calls()
	for route := range routes {
		require.Contains(t, table, route, "a route without a line in calls(): say who may call it")
	}
	for route := range table {
		require.Contains(t, routes, route, "a line in calls() without a route")
	}
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		with, without := map[string]string{}, map[string]string{}
		for _, route := range slices.Sorted(maps.Keys(routes)) {
			scope, c := routes[route], table[route]
			if c.of == "" {
				c.of = mine
			}
			id := c.of + " " + scope
			if with[id] == "" {
				but := slices.DeleteFunc(access.Scopes(), func(s string) bool { return s == scope })
				without[id] = h.token(access.Client{Body: c.of, Scopes: but})
				one := access.Scopes()
				if scope != "" {
					one = []string{scope}
				}
				with[id] = h.token(access.Client{Body: c.of, Scopes: one})
			}
			h.tryAs(t, route, c, scope != "", map[string]string{"anonymous": "", "other": other, "weak": without[id], "own": with[id], "operator": operator})
		}
	})
}

func (h *house) tryAs(t *testing.T, route string, c call, secured bool, tokens map[string]string) {
	want := map[string]int{"anonymous": 401, "weak": 403, "own": c.own, "other": c.other, "operator": c.admin}
	if !secured {
		want["anonymous"], want["weak"] = c.own, c.own
	}
	for _, who := range slices.Sorted(maps.Keys(tokens)) {
		if want[who] == 0 {
			want[who] = c.own
		}
		path, body := c.fresh(h, who)
		var header []string
		if c.form {
			header = []string{"Content-Type", "application/x-www-form-urlencoded"}
		}
		if c.list {
			header = []string{"Content-Type", "application/x-ndjson"}
		}
		method := route[:slices.Index([]byte(route), ' ')]
		a := h.do(method, path, tokens[who], body, header...)
		require.Equal(t, want[who], a.status, "%s as %s: %s", route, who, a.raw)
		if a.status >= 400 && !c.form && !c.foreign {
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%s as %s", route, who)
			require.NotEmpty(t, a.code(), "%s as %s", route, who)
			require.NotEmpty(t, a.json["request_id"], "%s as %s", route, who)
		}
		if a.status == 401 && !c.form && !c.foreign {
			require.Contains(t, a.header.Get("WWW-Authenticate"), "Bearer", route)
		}
		if secured && a.status == 200 {
			require.NotContains(t, a.header.Get("Cache-Control"), "public", "%s: a cache must not hand one body's data to another", route)
		}
	}
}

// TestWhatIsNotSealedIsNobodyElses: a certificate that is only prepared is
// found by nobody, and to another body it is as if it did not exist.
func TestWhatIsNotSealedIsNobodyElses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number, signature := prepared(h, "waiting")
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		own := h.certifier()
		for _, path := range []string{"", "/credential", "/bundle"} {
			for _, token := range []string{"", other, own} {
				require.Equal(t, 404, h.do("GET", "/v1/certificates/"+number+path, token, "").status, path)
			}
		}
		require.Equal(t, 404, h.do("GET", "/c/"+number, "", "", "Accept", "text/html").status)
		unknown := h.do("POST", "/v1/certificates/0000-0000-0000-0/events", other, `{"event":"withdrawn"}`)
		for _, n := range []string{number, h.pages[verify.BonaFide]} {
			a := h.do("POST", "/v1/certificates/"+n+"/events", other, `{"event":"withdrawn"}`)
			a.json["request_id"], unknown.json["request_id"] = "", ""
			require.Equal(t, unknown.json, a.json, "another body's certificate looks like none")
		}
		require.Equal(t, 404, h.do("POST", "/v1/certificates/"+number+"/events", own, `{"event":"withdrawn"}`).status)
		require.Equal(t, 201, h.do("POST", "/v1/certificates/"+number+"/seal", own, `{"signature":"`+signature+`"}`).status)
		require.Equal(t, 409, h.do("POST", "/v1/certificates/"+number+"/seal", own, `{"signature":"`+signature+`"}`).status)
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+number, "", "").status)
	})
}

// TestListsHoldOnesOwnAlone pages through another body's list and finds none
// of ours in it.
func TestListsHoldOnesOwnAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		ours, err := h.app.db.Certificates(t.Context(), mine, issue.Filter{Limit: 200})
		require.NoError(t, err)
		require.NotEmpty(t, ours)
		var numbers []string
		for path := "/v1/certificates?limit=1"; path != ""; {
			a := h.do("GET", path, other, "")
			require.Equal(t, 200, a.status)
			for _, x := range a.json["data"].([]any) {
				numbers = append(numbers, x.(map[string]any)["id"].(string))
			}
			path = ""
			if next, ok := a.json["next_cursor"].(string); ok {
				path = "/v1/certificates?limit=1&cursor=" + next
			}
		}
		require.NotEmpty(t, numbers)
		sort.Strings(numbers)
		for _, r := range ours {
			require.NotContains(t, numbers, r.Number)
			a := h.do("GET", "/v1/certificates?external_id="+r.Request.ExternalID, other, "")
			for _, x := range a.json["data"].([]any) {
				require.NotEqual(t, r.Number, x.(map[string]any)["id"])
			}
		}
	})
}

// TestKeysAreNamedEitherWay: a path names a key by its thumbprint or by its
// id, escaped once or twice; another body's key is not found under this body.
func TestKeysAreNamedEitherWay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		own := h.token(access.Client{Body: mine, Scopes: []string{"keys:write"}})
		for _, spell := range []func(kid string) string{
			func(kid string) string { return kid[strings.Index(kid, "#")+1:] },
			url.PathEscape,
			func(kid string) string { return strings.Replace(kid, "#", "%23", 1) },
		} {
			path, _ := registryCalls()["POST /v1/bodies/{id}/keys/{kid}/revocation"].fresh(h, "own")
			kid, err := url.PathUnescape(strings.Split(path, "/")[5])
			require.NoError(t, err)
			a := h.do("POST", "/v1/bodies/"+mine+"/keys/"+spell(kid)+"/revocation", own, `{"reason":"a test"}`)
			require.Equal(t, 201, a.status, "%s: %s", spell(kid), a.raw)
			require.Equal(t, kid, a.json["kid"])
		}
		held, err := h.app.custodian.Public(t.Context(), "demo-lapsed")
		require.NoError(t, err)
		require.Equal(t, 404, h.do("POST", "/v1/bodies/"+mine+"/keys/"+url.PathEscape(held[0].ID)+"/revocation", own, `{"reason":"a test"}`).status)
	})
}
