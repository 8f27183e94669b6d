package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/client"
)

// service is a scripted server: it answers each path with the answers listed,
// one after the other, the last of them for ever.
type service struct {
	mu    sync.Mutex
	plan  map[string][]reply
	calls map[string]int
	keys  []string // idempotency keys, in order
	token int      // tokens given out
	valid string   // the one accepted; empty: any
}

type reply struct {
	status int
	body   string
	header map[string]string
}

func start(t *testing.T, plan map[string][]reply) (*service, *client.Client) {
	s := &service{plan: plan, calls: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, &client.Client{Base: server.URL + "/", ID: "c-1", Secret: "s", HTTP: server.Client(), Pause: time.Millisecond}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/oauth2/token" {
		id, secret, _ := r.BasicAuth()
		if id != "c-1" || secret != "s" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"no"}`)
			return
		}
		s.token++
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":900}`, s.token)
		return
	}
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		s.keys = append(s.keys, k)
	}
	w.Header().Set("Content-Type", "application/json")
	if s.valid != "" && r.Header.Get("Authorization") != "Bearer "+s.valid {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code":"UNAUTHENTICATED","status":401}`)
		return
	}
	name := r.Method + " " + r.URL.RequestURI()
	n := s.calls[name]
	s.calls[name]++
	all := s.plan[name]
	if len(all) == 0 {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, `{"code":"UNPLANNED","detail":%q}`, name)
		return
	}
	x := all[min(n, len(all)-1)]
	for k, v := range x.header {
		w.Header().Set(k, v)
	}
	if x.status == 0 { // the line breaks
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(x.status)
	_, _ = io.WriteString(w, x.body)
}

// What the server saw, and what it is to accept: a handler may still be running
// when the client has its answer.

func (s *service) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name]
}

func (s *service) tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *service) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys)
}

func (s *service) accept(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.valid = token
}

const issued = `{"id":"A","number":"A","status":"in_force"}`

func TestWritesAreRepeatedUnderOneKey(t *testing.T) {
	for name, first := range map[string]reply{
		"line breaks": {},
		"unavailable": {503, `{"code":"TIMEOUT"}`, nil},
		"too many":    {429, `{"code":"RATE_LIMITED"}`, nil},
		"in progress": {409, `{"code":"IN_PROGRESS"}`, nil},
		"no JSON":     {502, `<html>`, nil},
	} {
		s, c := start(t, map[string][]reply{"POST /v1/certificates": {first, first, {201, issued, nil}}})
		got, err := c.Issue(t.Context(), client.IssueRequest{Scheme: "x"})
		require.NoError(t, err, name)
		require.Equal(t, "A", got.Number, name)
		keys := s.sent()
		require.Len(t, keys, 3, name)
		require.Equal(t, keys[0], keys[2], name)
		require.Equal(t, 1, s.tokens(), "one token for all")
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	refusal := `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"No.","code":"INVALID_INPUT","request_id":"r","errors":[{"pointer":"/scheme","detail":"is unknown"}],"more":7}`
	s, c := start(t, map[string][]reply{"POST /v1/certificates": {{422, refusal, nil}}})
	_, err := c.Issue(t.Context(), client.IssueRequest{})
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, []any{422, "INVALID_INPUT", "r", 7.0}, []any{p.Status, p.Code, p.RequestID, p.Members["more"]})
	require.Equal(t, []client.Field{{Pointer: "/scheme", Detail: "is unknown"}}, p.Fields)
	require.ErrorContains(t, err, "/scheme is unknown")
	require.Equal(t, 1, s.count("POST /v1/certificates"))
}

// TestVerifyIsMadeOnce: a call without an idempotency key is never repeated,
// whatever happened to it.
func TestVerifyIsMadeOnce(t *testing.T) {
	s, c := start(t, map[string][]reply{"POST /v1/verifications": {{}, {200, `{"verdict":"bona_fide"}`, nil}}})
	_, err := c.Verify(t.Context(), client.VerifyRequest{Credential: "a.b.c"})
	require.Error(t, err)
	require.Equal(t, 1, s.count("POST /v1/verifications"))
	require.Zero(t, s.tokens(), "a public call asks for no token")
}

func TestRetryAfterIsObeyedAndTheContextToo(t *testing.T) {
	_, c := start(t, map[string][]reply{"GET /v1/bodies/a": {{429, `{"code":"RATE_LIMITED"}`, map[string]string{"Retry-After": "20"}}}})
	ctx, cancel := contextWith(t, 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := c.Body(ctx, "a")
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, 20*time.Second, p.RetryAfter)
	require.ErrorIs(t, err, ctx.Err())
	require.Less(t, time.Since(begun), 10*time.Second)
}

func TestAttemptsEnd(t *testing.T) {
	s, c := start(t, map[string][]reply{"GET /v1/bodies/a": {{503, ``, nil}}})
	c.Attempts = 3
	_, err := c.Body(t.Context(), "a")
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, 503, p.Status)
	require.Equal(t, 3, s.count("GET /v1/bodies/a"))
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	s, c := start(t, map[string][]reply{"POST /v1/certificates": {{201, issued, nil}}})
	s.accept("t2") // the first token is not accepted, as after a restart
	_, err := c.Issue(t.Context(), client.IssueRequest{})
	require.NoError(t, err)
	require.Equal(t, 2, s.tokens())
	s.accept("none")
	_, err = c.Issue(t.Context(), client.IssueRequest{})
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, 401, p.Status)
	require.LessOrEqual(t, s.tokens(), 6, "attempts are bounded")
}

func TestWrongSecret(t *testing.T) {
	_, c := start(t, nil)
	c.Secret = "wrong"
	_, err := c.Issue(t.Context(), client.IssueRequest{})
	var refused *client.TokenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "invalid_client", refused.Code)
}

func TestManyCallersShareOneToken(t *testing.T) {
	s, c := start(t, map[string][]reply{"GET /v1/certificates": {{200, `{"data":[],"next_cursor":null}`, nil}}})
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			for _, err := range c.Certificates(t.Context(), client.Filter{}) {
				require.NoError(t, err)
			}
		})
	}
	wait.Wait()
	require.Equal(t, 1, s.tokens())
}

func TestPages(t *testing.T) {
	s, c := start(t, map[string][]reply{
		"GET /v1/bodies?q=x":          {{200, `{"data":[{"id":"a"},{"id":"b"}],"next_cursor":"n"}`, nil}},
		"GET /v1/bodies?cursor=n&q=x": {{200, `{"data":[{"id":"c"}],"next_cursor":null}`, nil}},
		"GET /v1/bodies?q=y":          {{200, `{"data":[{"id":"a"}],"next_cursor":"n"}`, nil}},
		"GET /v1/bodies?cursor=n&q=y": {{400, `{"code":"X"}`, nil}},
	})
	var got []string
	for b, err := range c.Bodies(t.Context(), client.BodyFilter{Query: "x"}) {
		require.NoError(t, err)
		got = append(got, b.ID)
	}
	require.Equal(t, []string{"a", "b", "c"}, got)
	for range c.Bodies(t.Context(), client.BodyFilter{Query: "x"}) {
		break // a caller that has seen enough asks for no more
	}
	require.Equal(t, 1, s.count("GET /v1/bodies?cursor=n&q=x"))
	var last error
	for _, err := range c.Bodies(t.Context(), client.BodyFilter{Query: "y"}) {
		last = err
	}
	var p *client.Problem
	require.True(t, errors.As(last, &p) && p.Code == "X")
}

func TestAnswersAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 40 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := &client.Client{Base: server.URL, Attempts: 1}
	_, err := c.Bundle(t.Context(), "A")
	require.ErrorContains(t, err, "larger than")
}

func TestNotFoundIsAReport(t *testing.T) {
	_, c := start(t, map[string][]reply{
		"GET /v1/certificates/A": {{404, `{"verdict":"not_found","summary":"s"}`, nil}},
		"GET /v1/certificates/B": {{404, `{"code":"CHECK_CHARACTER","status":404}`, nil}},
	})
	r, err := c.Lookup(t.Context(), "A", client.LookupQuery{})
	require.NoError(t, err)
	require.EqualValues(t, "not_found", r.Verdict)
	_, err = c.Lookup(t.Context(), "B", client.LookupQuery{})
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, "CHECK_CHARACTER", p.Code)
}

// TestZeroTimesAreLeftOut: what the scheme decides is not sent.
func TestZeroTimesAreLeftOut(t *testing.T) {
	data, err := json.Marshal(client.IssueRequest{Scheme: "x", Key: "k"})
	require.NoError(t, err)
	require.NotContains(t, string(data), "valid_until")
	require.NotContains(t, string(data), "k\"")
}

func contextWith(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
