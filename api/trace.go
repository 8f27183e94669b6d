package api

import (
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced gives each request a span, named by its route. It tells method, route,
// status and request id, and neither address nor question nor who asked, which
// the usual instrumentation would. A trace that the caller has begun is linked,
// not continued: strangers do not decide what is recorded. Without a tracer
// requests pass as they are.
func (s *Server) traced(next echo.HandlerFunc) echo.HandlerFunc {
	if s.Tracer == nil {
		return next
	}
	tracer := s.Tracer.Tracer("github.com/bonafide-dev/bonafide/api")
	return func(c echo.Context) error {
		r := c.Request()
		theirs := trace.LinkFromContext(propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
		options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", r.Method), attribute.String("http.route", c.Path()),
			attribute.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)))}
		if theirs.SpanContext.IsValid() {
			options = append(options, trace.WithLinks(theirs))
		}
		ctx, span := tracer.Start(r.Context(), r.Method+" "+c.Path(), options...)
		defer span.End()
		c.SetRequest(r.WithContext(ctx))
		err := next(c)
		if err != nil {
			c.Error(err) // answered here, so that the status is known
		}
		status := c.Response().Status
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		return nil
	}
}
