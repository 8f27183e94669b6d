package main

import (
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// impatient serves the house with another patience.
func (h *house) impatient(patience time.Duration) {
	s := h.app.server(demoConfig(h.dsn), slog.New(slog.DiscardHandler))
	s.Patience = patience
	server := httptest.NewServer(s.Handler())
	h.t.Cleanup(server.Close)
	h.url = server.URL
}

// TestFaultHalfOpen: the database takes connections and every question, and
// answers nothing. Everybody is told so in bounded time, also when many ask;
// when it speaks again the service goes on, with the same connections or new.
func TestFaultHalfOpen(t *testing.T) {
	t.Parallel()
	w, dsn := wired(t, demo(t, "postgres"))
	h := open(t, dsn)
	h.impatient(time.Second)
	token, page, before := h.certifier(), "/v1/certificates/"+h.pages[verify.BonaFide], h.intact(t)
	for _, cut := range []bool{false, true} {
		w.silent.Store(true)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				start := time.Now()
				var a answer
				switch i % 4 {
				case 0:
					a = h.do("GET", page, "", "")
				case 1:
					a = h.do("POST", "/v1/certificates", token, request("Ada Half"), "Idempotency-Key", "half open")
				case 2:
					a = h.do("POST", page+"/events", token, `{"event":"suspended"}`, "Idempotency-Key", "half open event")
				default:
					a = h.do("GET", "/c/"+h.pages[verify.BonaFide], "", "", "Accept", "text/html")
				}
				if a.status != 503 || a.header.Get("Retry-After") == "" {
					t.Errorf("%d: %d %s", i, a.status, a.raw)
				}
				if took := time.Since(start); took > 15*time.Second {
					t.Errorf("%d took %s", i, took)
				}
			})
		}
		all.Wait()
		require.Equal(t, 503, h.do("GET", "/readyz", "", "").status)
		require.Equal(t, 200, h.do("GET", "/healthz", "", "").status)
		if cut {
			w.cut()
		}
		w.silent.Store(false)
		if cut {
			w.mend()
		}
		require.Eventually(t, func() bool { return h.do("GET", page, "", "").status == 200 }, 15*time.Second, 50*time.Millisecond, "soon after it speaks again")
	}
	require.Eventually(t, func() bool {
		return h.do("POST", "/v1/certificates", token, request("Ada Half"), "Idempotency-Key", "half open").status == 201
	}, 90*time.Second, 100*time.Millisecond)
	require.Equal(t, string(verify.BonaFide), h.do("GET", page, "", "").code(), "what was refused did not happen")
	before.Certificates++
	require.Equal(t, before, h.intact(t))
}

// TestFaultSlow: every exchange with the database takes long, as on a disk or a
// network that is overloaded. All is answered, and rightly.
func TestFaultSlow(t *testing.T) {
	t.Parallel()
	w, dsn := wired(t, demo(t, "postgres"))
	h := open(t, dsn)
	before := h.intact(t)
	c := newCrew(h, h.url)
	w.delay.Store(int64(25 * time.Millisecond))
	c.begin(4, 3)
	time.Sleep(3 * time.Second)
	w.delay.Store(int64(100 * time.Millisecond))
	time.Sleep(2 * time.Second)
	c.done(t)
	w.delay.Store(0)
	c.kept(t, before)
}

// TestFaultTooFewConnections: the database gives fewer connections than the
// service would have, and others take them too.
func TestFaultTooFewConnections(t *testing.T) {
	db := own(t, "max_connections=8", "superuser_reserved_connections=1", "fsync=off")
	h := open(t, db.Address("postgres")+"&pool_max_conns=16")
	before := h.intact(t)
	c := newCrew(h, h.url)
	c.begin(12, 12)
	time.Sleep(4 * time.Second)
	c.done(t)
	require.Eventually(t, func() bool { return h.do("GET", "/readyz", "", "").status == 200 }, 10*time.Second, 50*time.Millisecond)
	c.kept(t, before)
}
