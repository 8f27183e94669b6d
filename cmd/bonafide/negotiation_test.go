package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func TestCertificateInEachForm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		path := "/v1/certificates/" + h.pages[verify.BonaFide]
		token := string(h.do("GET", path+"/credential", "", "").raw)
		for accept, want := range map[string]string{
			"":                               "application/json",
			"*/*":                            "application/json",
			"application/vc+jwt":             "application/vc+jwt",
			"text/plain":                     "text/plain",
			"application/vp":                 "application/vp",
			"application/vp;q=0.1,*/*;q=0.2": "application/json",
			"application/json;q=0.1, application/vc+jwt":                      "application/vc+jwt",
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/json",
		} {
			a := h.do("GET", path, "", "", "Accept", accept)
			require.Equal(t, 200, a.status, accept)
			require.True(t, strings.HasPrefix(a.header.Get("Content-Type"), want), "%s: %s", accept, a.header.Get("Content-Type"))
			require.Equal(t, "Accept", a.header.Get("Vary"), accept)
			switch want {
			case "application/json":
				require.Equal(t, "bona_fide", a.code(), accept)
			case "application/vp":
				require.Contains(t, string(a.raw), "EnvelopedVerifiableCredential", accept)
				require.Contains(t, string(a.raw), token, accept)
			default:
				require.Equal(t, token, string(a.raw), accept)
				tag := a.header.Get("ETag")
				require.Equal(t, 304, h.do("GET", path, "", "", "Accept", accept, "If-None-Match", tag).status, accept)
			}
		}
		missing := h.do("GET", "/v1/certificates/0000-0000-0000-0", "", "", "Accept", "application/vc+jwt")
		require.Equal(t, 404, missing.status)
	})
}
