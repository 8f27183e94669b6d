package main

import (
	"time"

	"github.com/bonafide-dev/bonafide/internal/access"
)

func reportCalls() map[string]call {
	out := map[string]call{
		"POST /v1/reports/matrix": {of: mine, own: 200, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/reports/matrix", `{"issuer":"` + mine + `","team":[{"name":"Ada"}],"roles":[{"role":"lead","needs":[{"scheme":"demo-service-lead"}]}]}`
		}},
		"POST /v1/assessments": {of: mine, own: 201, other: 403, fresh: func(*house, string) (string, string) {
			return "/v1/assessments", `{"issuer":"` + mine + `","scheme":"demo-service-lead","outcome":"fail","decided_at":"` + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + `"}`
		}},
		"GET /v1/reports/accreditor": {of: accred, own: 200, other: 403, fresh: func(*house, string) (string, string) { return "/v1/reports/accreditor?issuer=" + accred, "" }},
	}
	for _, name := range []string{"status", "expiring", "cpd", "examiners", "centres"} {
		out["GET /v1/reports/"+name] = call{of: mine, own: 200, other: 403, fresh: func(*house, string) (string, string) { return "/v1/reports/" + name + "?issuer=" + mine, "" }}
	}
	return out
}

func (h *house) reporter(body string) string {
	return h.token(access.Client{Body: body, Scopes: []string{"reports:read"}})
}
