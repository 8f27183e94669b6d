package v1

import (
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

func TestPrefers(t *testing.T) {
	offered := []string{"application/json", "application/vc+jwt", "text/plain", "application/vp"}
	for accept, want := range map[string]string{
		"":                                     "application/json",
		"*/*":                                  "application/json",
		"application/vc+jwt":                   "application/vc+jwt",
		"Application/VC+JWT; charset=utf-8":    "application/vc+jwt",
		"text/plain":                           "text/plain",
		"text/*":                               "text/plain",
		"application/*":                        "application/json",
		"application/json, application/vc+jwt": "application/json",
		"application/json;q=0.5, application/vc+jwt;q=0.9":                "application/vc+jwt",
		"*/*;q=0.1, application/vp":                                       "application/vp",
		"application/vc+jwt;q=0, */*;q=0.5":                               "application/json",
		"application/json;q=0, application/*":                             "application/vc+jwt",
		"image/png":                                                       "application/json",
		"application/vc+jwt;q=nonsense":                                   "application/vc+jwt",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/json",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		require.Equal(t, want, prefers(echo.New().NewContext(r, nil), offered...), accept)
	}
}
