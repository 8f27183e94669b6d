package api

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// maxDiscarded bounds what a form may send in vain, so that whoever chose too
// large a file is told so, and not that the connection was lost.
const maxDiscarded = 256 << 20

// maxBody bounds a request body; what needs more says so itself.
const maxBody = 4 << 20

// identify gives the request an id and logs it by route, never by address.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		c.SetRequest(c.Request().WithContext(journal.By(c.Request().Context(), journal.Caller{Address: c.RealIP(), Request: id})))
		start := time.Now()
		err := next(c)
		s.Log.Debug("request", "request_id", id, "method", c.Request().Method, "route", c.Path(), "status", c.Response().Status, "seconds", time.Since(start).Seconds())
		return err
	}
}

func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// headers keep browsers from doing more than showing what we send.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		if p := c.Request().URL.Path; p == "/docs" || strings.HasPrefix(p, "/docs/") {
			policy = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
		}
		if c.Request().URL.Path == "/check" { // its script sends the list and shows the answers as they come
			policy += "; connect-src 'self'"
		}
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.TLS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// cors lets any page read what is public and ask for a verification; no
// credentials are involved.
func cors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, h := c.Request(), c.Response().Header()
		public := r.Method == http.MethodGet || r.Method == http.MethodHead || open(r.URL.Path) && r.URL.Path != "/oauth2/token"
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
			h.Set("Access-Control-Allow-Headers", "Content-Type, Accept, If-None-Match")
			h.Set("Access-Control-Max-Age", "86400")
			return c.NoContent(http.StatusNoContent)
		}
		if public && r.Header.Get("Authorization") == "" {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Expose-Headers", "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id")
		}
		return next(c)
	}
}

func bodyLimit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.URL.Path == "/v1/verifications/batch" || r.URL.Path == "/v1/certificates/batch" { // bounds itself, inside and out of gzip
			return next(c)
		}
		if r.Header.Get("Content-Encoding") != "" {
			return problem{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Detail: "Compressed bodies are not accepted; send it as it is."}
		}
		most := int64(maxBody)
		if r.URL.Path == "/check" {
			most = web.MaxListForm
		}
		if r.ContentLength > most {
			if r.URL.Path == "/check" { // a browser reads an answer only when all is sent
				_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded)
			}
			return &http.MaxBytesError{Limit: most}
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		return next(c)
	}
}

// open tells whether anybody may post to the path: there a token, real or made
// up, buys nothing.
func open(path string) bool {
	for _, p := range []string{"/oauth2/token", "/check", "/claims", "/v1/verifications", "/v1/receipts/", "/v1/claims", "/trqp/", "/credentials/", "/presentations/verify"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return strings.HasSuffix(path, "/federation/trust_mark_status")
}

// limit counts requests of strangers by network in fixed windows. A write with a
// valid token is no stranger's; a token made up is found out before the body is
// read, and counts.
func (s *Server) limit() echo.MiddlewareFunc {
	k := newCrowd(s.Now)
	s.crowd = k
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			then := next
			if s.bearer(c.Request()) {
				_, refused := v1.Caller(c, s.API.Gate)
				if refused == nil {
					return next(c)
				}
				if !errors.Is(refused, access.ErrToken) {
					return refused // who is calling could not be found out
				}
				then = func(echo.Context) error { return refused }
			}
			if s.RateLimit == 0 {
				return then(c)
			}
			left, reset := k.take(fetch.Network(c.RealIP()), s.RateLimit)
			h := c.Response().Header()
			h.Set("RateLimit-Policy", fmt.Sprintf(`"anonymous";q=%d;w=%d`, s.RateLimit, int(window.Seconds())))
			h.Set("RateLimit", fmt.Sprintf(`"anonymous";r=%d;t=%d`, max(left, 0), reset))
			if left < 0 {
				h.Set("Retry-After", strconv.Itoa(reset))
				return problem{Status: http.StatusTooManyRequests, Code: "RATE_LIMITED", Detail: fmt.Sprintf("More than %d requests in a minute from this address; wait %d seconds.", s.RateLimit, reset)}
			}
			return then(c)
		}
	}
}

// bearer tells whether a request is a write under an access token. The calls of
// other platforms carry keys of another form there: package interop checks them
// before it reads anything, and they are counted.
func (s *Server) bearer(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !open(r.URL.Path) && !strings.HasPrefix(r.URL.Path, "/compat/") &&
		strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
}
