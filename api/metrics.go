package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Metrics are what machines watch. Labels are route patterns, never addresses,
// which may name a certificate. Make them with NewMetrics.
type Metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
	verdicts *prometheus.CounterVec
}

// Reading is a figure that is read when it is asked for.
type Reading struct {
	Name  string // without the prefix bonafide_
	Help  string
	Total bool // it only rises
	Value func() float64
}

// NewMetrics makes the metrics of a process, with further figures.
func NewMetrics(version string, more ...Reading) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bonafide_http_request_duration_seconds", Help: "Time to answer, by route, method and status class.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"}), verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bonafide_verdicts_total", Help: "Reports given, by verdict and by how the certificate was asked for: lookup or submitted.",
	}, []string{"verdict", "way"})}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "bonafide_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.seconds, m.verdicts, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Add(more...)
	return m
}

// Add adds further figures.
func (m *Metrics) Add(more ...Reading) {
	for _, r := range more {
		if name := "bonafide_" + r.Name; r.Total {
			m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: r.Help}, r.Value))
		} else {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: r.Help}, r.Value))
		}
	}
}

// Judged counts a report.
func (m *Metrics) Judged(r *verify.Report, way string) {
	m.verdicts.WithLabelValues(string(r.Verdict), way).Inc()
}

// Handler serves the metrics in the text format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) measure(next echo.HandlerFunc) echo.HandlerFunc {
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
