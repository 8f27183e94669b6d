package main

import "github.com/bonafide-dev/bonafide/pkg/verify"

func pageCalls() map[string]call {
	return map[string]call{
		"GET /anchors.json": {own: 200, other: 200, fresh: func(*house, string) (string, string) { return "/anchors.json", "" }},
		"POST /v1/certificates/{id}/holder-link": {of: mine, own: 201, other: 404, fresh: func(h *house, _ string) (string, string) {
			return "/v1/certificates/" + h.pages[verify.BonaFide] + "/holder-link", ""
		}},
		"DELETE /v1/certificates/{id}/holder-link": {of: mine, own: 200, other: 404, fresh: func(h *house, _ string) (string, string) {
			return "/v1/certificates/" + h.pages[verify.BonaFide] + "/holder-link", ""
		}},
	}
}
