package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// clock is one that can be set wrong.
type clock struct{ off atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().UTC().Add(time.Duration(c.off.Load())) }

func (c *clock) set(off time.Duration) { c.off.Store(int64(off)) }

// openBy is open by a clock of the test's own.
func openBy(t *testing.T, dsn string, c *clock) *house {
	h := &house{t: t, pages: map[verify.Verdict]string{}, lite: strings.HasPrefix(dsn, "sqlite:"), dsn: dsn}
	settings := demoConfig(dsn)
	settings.Documents = t.TempDir()
	var err error
	h.app, err = openAppAt(t.Context(), settings, store.Options{}, c.now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.app.close()) })
	var guide bytes.Buffer
	require.NoError(t, seed(&environment{ctx: t.Context(), out: &guide, errOut: io.Discard}, h.app, settings))
	server := httptest.NewServer(h.app.handler(settings, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// TestFaultClockJumps sets the clock of one service a day on and a day back,
// while another on the same database has the right time. What was withdrawn is
// withdrawn for everybody, tokens end, claims and leases of another day hold
// nobody up, and the log goes on, without a gap.
func TestFaultClockJumps(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn, c := demo(t, engine), &clock{}
			h, right := openBy(t, dsn, c), open(t, dsn)
			code := func(h *house, id string) string { return h.do("GET", "/v1/certificates/"+id, "", "").code() }
			for _, off := range []time.Duration{24 * time.Hour, -24 * time.Hour, 0} {
				c.set(0)
				old := h.certifier()
				id, other := h.issueTo("Ada Before"), h.issueTo("Eve Before")
				c.set(off)
				if off > 0 {
					require.Equal(t, 401, h.do("POST", "/v1/certificates", old, request("Ada")).status, "a token ends")
				}
				if off < 0 {
					require.Equal(t, 401, h.do("POST", "/v1/certificates", old, request("Ada")).status, "a token of tomorrow is none")
				}
				token := h.certifier()
				a := h.do("POST", "/v1/certificates/"+id+"/events", token, `{"event":"withdrawn","reason":"a test"}`)
				if off < 0 { // before it was decided, says this clock
					require.Contains(t, []int{201, 422}, a.status, "%s", a.raw)
				} else {
					require.Equal(t, 201, a.status, "%s", a.raw)
				}
				if a.status == 201 {
					require.Equal(t, string(verify.NotInForce), code(h, id), "%s", off)
					require.Equal(t, string(verify.NotInForce), code(right, id), "%s off, seen by who has the right time", off)
				}
				_, err := h.app.log.Sequence(t.Context())
				require.NoError(t, err, "%s", off)
				c.set(0)
				if a.status == 201 {
					require.Equal(t, string(verify.NotInForce), code(h, id), "%s, set right", off)
				}
				require.Equal(t, string(verify.BonaFide), code(h, other), "%s, set right", off)
				// A claim left behind by a request that died then.
				behind(t, dsn, "UPDATE idempotency SET status = 0, started_at = started_at + 86400000000")
				token = h.certifier()
				h.must(201, "POST", "/v1/certificates/"+other+"/events", token, `{"event":"suspended","reason":"a test"}`, "Idempotency-Key", "clock "+off.String())
				require.Equal(t, string(verify.NotInForce), code(right, other))
				behind(t, dsn, "UPDATE idempotency SET status = 0, started_at = started_at + 86400000000")
				again := h.do("POST", "/v1/certificates/"+other+"/events", token, `{"event":"suspended","reason":"a test"}`, "Idempotency-Key", "clock "+off.String())
				require.NotEqual(t, "IN_PROGRESS", again.code(), "a claim of tomorrow holds nobody up")
				_, err = h.app.log.Sequence(t.Context())
				require.NoError(t, err)
				entries, err := h.app.log.Audit(t.Context())
				require.NoError(t, err)
				require.Positive(t, entries)
			}
		})
	}
}
