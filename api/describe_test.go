package api

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/api/interop"
	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/openapi"
)

// forPeople are routes that are pages, files of pages, or of the operator.
var forPeople = regexp.MustCompile(`^/($|check|claims$|c/|assets/|docs|openapi\.|healthz|readyz|metrics|bodies/:id$|schemes/:id$|registry$|holder/|report$|embed/|embed\.js$)`)

func TestEveryRouteIsDescribed(t *testing.T) {
	s := &Server{API: &v1.API{}, Site: &web.Site{}, Interop: &interop.Protocols{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Metrics: NewMetrics("test")}
	served := map[string]bool{}
	parameter := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range s.router().Routes() {
		if !forPeople.MatchString(r.Path) && !strings.Contains(r.Method, "echo") {
			served[r.Method+" "+parameter.ReplaceAllString(strings.Replace(r.Path, "*", "{path}", 1), "{$1}")] = true
		}
	}
	doc, err := openapi3.NewLoader().LoadFromData(openapi.JSON)
	require.NoError(t, err)
	require.Equal(t, "3.1.1", doc.OpenAPI)
	described := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	require.Greater(t, len(served), 30)
	require.Equal(t, served, described)
}
