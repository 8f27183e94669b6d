package main

func auditCalls() map[string]call {
	return map[string]call{
		"GET /v1/certificates/{id}/holder-data": {of: mine, own: 200, other: 404, fresh: func(h *house, who string) (string, string) {
			return "/v1/certificates/" + h.issueTo("Ada "+who) + "/holder-data", ""
		}},
		"POST /v1/certificates/{id}/erasure": {of: mine, own: 200, other: 404, fresh: func(h *house, who string) (string, string) {
			return "/v1/certificates/" + h.issueTo("Ada "+who) + "/erasure", `{"reason":"asked for"}`
		}},
		"GET /v1/audit": {of: mine, own: 200, fresh: func(*house, string) (string, string) { return "/v1/audit", "" }},
	}
}
