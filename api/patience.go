package api

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// DefaultPatience is how long a request may take before it is told to come
// again: longer than all work of one that goes well, less than the server's
// time to write and than what balancers wait. What holds a request up that long
// is a database, or a host, that takes connections and does not answer.
const DefaultPatience = 30 * time.Second

// patient gives every request an end, but for those that answer piece by piece
// and bound each piece: lists and reports.
func (s *Server) patient(next echo.HandlerFunc) echo.HandlerFunc {
	patience := s.Patience
	if patience == 0 {
		patience = DefaultPatience
	}
	return func(c echo.Context) error {
		if p := c.Path(); p == "/v1/verifications/batch" || p == "/check" || strings.HasPrefix(p, "/v1/reports/") {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}
