package main

import (
	"fmt"
	"net/http"
)

func batchCalls() map[string]call {
	serial := 0
	return map[string]call{
		"POST /v1/certificates/batch": {of: mine, own: 200, other: 403, list: true, fresh: func(_ *house, who string) (string, string) {
			serial++
			return "/v1/certificates/batch?issuer=" + mine, request(fmt.Sprint("Ada ", who, serial)) + "\n"
		}},
		"GET /v1/batches": {of: mine, own: 200, other: 403, fresh: func(*house, string) (string, string) { return "/v1/batches?issuer=" + mine, "" }},
		"GET /v1/batches/{id}": {of: mine, own: 200, other: 403, fresh: func(h *house, _ string) (string, string) {
			a := h.do(http.MethodPost, "/v1/certificates/batch", h.certifier(), request("Ada Batch")+"\n", "Content-Type", "application/x-ndjson")
			return a.header.Get("Location") + "?issuer=" + mine, ""
		}},
	}
}
