package main

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func checkCalls() map[string]call {
	return map[string]call{
		"POST /v1/verifications/batch": {own: 415, fresh: at("/v1/verifications/batch")},
		"POST /v1/receipts/verifications": {own: 200, fresh: func(h *house, _ string) (string, string) {
			return "/v1/receipts/verifications", fmt.Sprintf(`{"receipt":%q}`, h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"?receipt=true", "", "").json["receipt"])
		}},
	}
}
