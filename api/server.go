// Package api serves HTTP: middleware, problem documents (RFC 9457) and the
// mounting of the JSON API, the pages and the well-known addresses. It decides
// nothing; Echo stays inside this folder.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"

	"github.com/bonafide-dev/bonafide/api/interop"
	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
)

// Server is everything that answers HTTP. Fill the fields, then call Handler.
type Server struct {
	API       *v1.API
	Site      *web.Site
	Interop   *interop.Protocols
	Ready     func(context.Context) error
	Log       *slog.Logger
	RateLimit int // anonymous requests a minute and address; 0: no limit
	TLS       bool
	Now       func() time.Time
	Metrics   *Metrics
	// MetricsApart says that the metrics have a listener of their own.
	MetricsApart bool
	// Stopping, if it answers true, has the server say that it is not ready, so
	// that no more requests are sent to it.
	Stopping func() bool
	Tracer   trace.TracerProvider // nil: no traces
	Patience time.Duration        // for one request; zero: DefaultPatience

	crowd *crowd
}

// readyTimeout is how long the database may take to say that it is there:
// less than a load balancer waits.
const readyTimeout = 3 * time.Second

// Handler wires the routes.
func (s *Server) Handler() http.Handler { return s.router() }

func (s *Server) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // headers of strangers are not believed
	e.HTTPErrorHandler = s.fail
	e.Use(s.identify, s.traced, s.Metrics.measure, s.recovered, s.headers, cors, s.patient, s.limit(), bodyLimit)
	s.API.Register(e)
	s.Site.Register(e)
	s.Interop.Explain, s.API.Explain = explain, document
	s.Interop.Register(e)
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	e.GET("/readyz", func(c echo.Context) error {
		if s.Stopping != nil && s.Stopping() {
			return problem{Status: http.StatusServiceUnavailable, Code: "STOPPING", Detail: "The server finishes what it began and takes nothing new."}
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			s.Log.Warn("not ready", "error", err)
			return problem{Status: http.StatusServiceUnavailable, Code: "NOT_READY", Detail: "The database cannot be reached."}
		}
		return c.JSON(http.StatusOK, map[string]string{"status": "ready"})
	})
	if !s.MetricsApart {
		e.GET("/metrics", echo.WrapHandler(s.Metrics.Handler()))
	}
	describe(e)
	quickstarts(e, s.API.Addresses.Public)
	return e
}
