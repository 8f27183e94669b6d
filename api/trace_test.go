package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/bonafide-dev/bonafide/api/interop"
	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
)

// TestSpansTellNobodysQuestion: a span names the route and holds nothing of the
// address, the question or the caller.
func TestSpansTellNobodysQuestion(t *testing.T) {
	held := tracetest.NewInMemoryExporter()
	s := &Server{API: &v1.API{}, Site: &web.Site{}, Interop: &interop.Protocols{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Metrics: NewMetrics("test"),
		Tracer: sdk.NewTracerProvider(sdk.WithSyncer(held))}
	e := s.router()
	e.GET("/test/:id", func(echo.Context) error { return errors.New("of Jane") })
	r := httptest.NewRequest(http.MethodGet, "/test/BF-SECRET?name=Jane", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	require.Equal(t, 500, w.Code)
	spans := held.GetSpans()
	require.Len(t, spans, 1)
	require.Equal(t, "GET /test/:id", spans[0].Name)
	require.False(t, spans[0].Parent.IsValid())
	require.Len(t, spans[0].Links, 1)
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", spans[0].Links[0].SpanContext.TraceID().String())
	got := map[string]any{}
	for _, a := range spans[0].Attributes {
		got[string(a.Key)] = a.Value.AsInterface()
		require.NotContains(t, a.Value.String(), "SECRET")
		require.NotContains(t, a.Value.String(), "Jane")
	}
	require.EqualValues(t, 500, got["http.response.status_code"])
	require.NotEmpty(t, got["request_id"])
	require.Empty(t, spans[0].Events)
}
