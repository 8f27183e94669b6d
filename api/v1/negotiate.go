package v1

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// prefers returns which of the media types offered the request prefers (RFC
// 9110, 12.5.1): the one with the highest weight, of equals the first offered.
// Who accepts none of them gets the first, as who says nothing does.
func prefers(c echo.Context, offered ...string) string {
	accept := strings.Join(c.Request().Header.Values("Accept"), ",")
	best, weight := offered[0], 0.0
	for _, kind := range offered {
		if q := weightOf(accept, kind); q > weight {
			best, weight = kind, q
		}
	}
	return best
}

// weightOf is the weight that an Accept header gives a media type, by its most
// specific range. Parameters other than q are not looked at.
func weightOf(accept, kind string) float64 {
	major, _, _ := strings.Cut(kind, "/")
	weight, precision := 0.0, 0
	for _, item := range strings.Split(accept, ",") {
		ranged, parameters, _ := strings.Cut(item, ";")
		p := map[string]int{kind: 3, major + "/*": 2, "*/*": 1}[strings.ToLower(strings.TrimSpace(ranged))]
		if p <= precision {
			continue
		}
		weight, precision = 1, p
		for _, x := range strings.Split(parameters, ";") {
			if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(x)), "q="); ok {
				if f, err := strconv.ParseFloat(q, 64); err == nil && f >= 0 && f <= 1 {
					weight = f
				}
			}
		}
	}
	return weight
}
