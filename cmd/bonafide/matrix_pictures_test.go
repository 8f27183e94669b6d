package main

import (
	"net/url"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// pictureCalls are the lines of the matrix for what shows a certificate elsewhere.
func pictureCalls() map[string]call {
	return map[string]call{
		"GET /oembed": {own: 200, fresh: func(h *house, _ string) (string, string) {
			return "/oembed?url=" + url.QueryEscape(h.app.addresses.Page("")+h.pages[verify.BonaFide]), ""
		}},
	}
}
