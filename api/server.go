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
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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
	metrics := newMetrics()
	e.Use(s.identify, metrics.measure, s.recovered, s.headers, cors, s.limit(), bodyLimit)
	s.API.Register(e)
	s.Site.Register(e)
	s.Interop.Explain = explain
	s.Interop.Register(e)
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	e.GET("/readyz", func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			s.Log.Warn("not ready", "error", err)
			return problem{Status: http.StatusServiceUnavailable, Code: "NOT_READY", Detail: "The database cannot be reached."}
		}
		return c.JSON(http.StatusOK, map[string]string{"status": "ready"})
	})
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(metrics.registry, promhttp.HandlerOpts{})))
	describe(e)
	return e
}

// metrics count requests by route pattern: never by address, which may name a certificate.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bonafide_http_request_duration_seconds", Help: "Time to answer, by route, method and status class.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})}
	m.registry.MustRegister(m.seconds)
	return m
}

func (m *metrics) measure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // answered here, so that the status is known
		}
		route := c.Path()
		if route == "" {
			route = "none"
		}
		class := string(rune('0'+c.Response().Status/100)) + "xx"
		m.seconds.WithLabelValues(route, c.Request().Method, class).Observe(time.Since(start).Seconds())
		return nil
	}
}
