package main

func auditCalls() map[string]call {
	return map[string]call{
		"GET /v1/audit": {of: mine, own: 200, fresh: func(*house, string) (string, string) { return "/v1/audit", "" }},
	}
}
