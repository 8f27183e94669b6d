// Package client calls a bonafide service over HTTP: it issues and ends
// certificates, looks them up, verifies what others issued and reads and writes
// the registry. It judges nothing; what a service answers about a certificate
// can be checked without trusting it, by package verify and the bundle.
//
// A call is tried again only where that cannot do anything twice: reads, and
// writes under an Idempotency-Key, which the client makes where the caller gives
// none. Errors of the service are *Problem.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Client calls one service, on behalf of one registered client or of nobody. Its
// methods are safe for concurrent use. Fill the fields before the first call.
type Client struct {
	Base   string // address of the service: https://register.example
	ID     string // client id; empty: only what is public
	Secret string // client secret
	Scope  string // scopes to ask for; empty: all of the client
	HTTP   *http.Client

	// Attempts is how often a call is made that may be repeated; 0 means 4.
	Attempts int
	// Pause is the wait before the second attempt, doubled before each other;
	// 0 means a quarter of a second. Retry-After is obeyed instead.
	Pause time.Duration

	mu      sync.Mutex
	token   string    // guarded by mu
	expires time.Time // guarded by mu
}

// Limits of the client.
const (
	maxAnswer    = 32 << 20         // bytes of an answer; bundles are the largest
	maxPause     = 30 * time.Second // longest that Retry-After is obeyed
	tokenReserve = 30 * time.Second // a token this near to its end is not used
	callTimeout  = 60 * time.Second // of the default HTTP client
)

// call is one request.
type call struct {
	method string
	path   string
	query  url.Values
	body   any         // sent as JSON; or
	form   url.Values  // sent as a form
	header http.Header // further headers
	public bool        // needs no token
	key    string      // idempotency key
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	data   []byte
}

// do makes the call, again where it may, and reads the answer into out unless
// that is nil.
func (c *Client) do(ctx context.Context, r call, out any) (answer, error) {
	a, err := c.try(ctx, r)
	if err != nil {
		return a, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if out == nil {
		return a, nil
	}
	if err := json.Unmarshal(a.data, out); err != nil {
		return a, fmt.Errorf("%s %s: the answer cannot be read: %w", r.method, r.path, err)
	}
	return a, nil
}

func (c *Client) try(ctx context.Context, r call) (answer, error) {
	attempts, pause := c.Attempts, c.Pause
	if attempts == 0 {
		attempts = 4
	}
	if pause == 0 {
		pause = 250 * time.Millisecond
	}
	repeatable := r.method == http.MethodGet || r.method == http.MethodPut || r.key != ""
	for attempt := 1; ; attempt++ {
		a, err := c.once(ctx, r)
		wait, again := worthRepeating(err)
		if !again || !repeatable || attempt >= attempts || ctx.Err() != nil {
			return a, err
		}
		if wait == 0 {
			wait, pause = pause, 2*pause
		}
		select {
		case <-time.After(min(wait, maxPause)):
		case <-ctx.Done():
			return a, errors.Join(err, ctx.Err())
		}
	}
}

// worthRepeating: what may pass by itself, and after how long.
func worthRepeating(err error) (time.Duration, bool) {
	var p *Problem
	var refused *TokenError
	switch {
	case err == nil, errors.As(err, &refused):
		return 0, false
	case !errors.As(err, &p):
		return 0, true // the network
	case p.Status == http.StatusTooManyRequests, p.Status >= http.StatusInternalServerError, p.Code == "IN_PROGRESS":
		return p.RetryAfter, true
	case p.Status == http.StatusUnauthorized && p.renewed:
		return time.Millisecond, true // the token was refused and forgotten: a new one may do
	default:
		return 0, false
	}
}

func (c *Client) once(ctx context.Context, r call) (answer, error) {
	req, err := c.request(ctx, r)
	if err != nil {
		return answer{}, err
	}
	token := ""
	if !r.public && c.ID != "" {
		if token, err = c.bearer(ctx); err != nil {
			return answer{}, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := c.send(req)
	if err != nil || a.status < http.StatusBadRequest {
		return a, err
	}
	p := problemOf(a)
	if a.status == http.StatusUnauthorized && token != "" {
		p.renewed = c.forget(token)
	}
	return a, p
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	address := strings.TrimRight(c.Base, "/") + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	kind := ""
	switch {
	case r.form != nil:
		body, kind = strings.NewReader(r.form.Encode()), "application/x-www-form-urlencoded"
	case r.body != nil:
		data, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("writing the request: %w", err)
		}
		body, kind = bytes.NewReader(data), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", strconv.Quote(r.key))
	}
	return req, nil
}

func (c *Client) send(req *http.Request) (answer, error) {
	h := c.HTTP
	if h == nil {
		h = &http.Client{Timeout: callTimeout}
	}
	resp, err := h.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, fmt.Errorf("reading the answer: %w", err)
	}
	if len(data) > maxAnswer {
		return answer{}, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	return answer{resp.StatusCode, resp.Header, data}, nil
}

// newKey makes an idempotency key where the caller gave none.
func newKey(given string) string {
	if given != "" {
		return given
	}
	return rand.Text()
}
