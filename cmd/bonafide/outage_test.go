package main

import (
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// cable is a connection to a database that can be cut: while it is, nobody
// listens, and what was connected is reset.
type cable struct {
	t        *testing.T
	to       string
	address  string
	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	silent   atomic.Bool  // takes connections and all that is said, and hands nothing on
	delay    atomic.Int64 // nanoseconds that each piece takes
}

// pump hands on what is said on one side.
func (w *cable) pump(to, from net.Conn) {
	defer to.Close()
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		time.Sleep(time.Duration(w.delay.Load()))
		for w.silent.Load() {
			time.Sleep(10 * time.Millisecond)
		}
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wired puts a cable in front of the database of the address.
func wired(t *testing.T, dsn string) (*cable, string) {
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	w := &cable{t: t, to: u.Host, address: "127.0.0.1:0", open: map[net.Conn]bool{}}
	w.mend()
	t.Cleanup(w.cut)
	u.Host = w.address
	return w, u.String()
}

func (w *cable) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", w.address)
	require.NoError(w.t, err)
	w.listener, w.address = l, l.Addr().String()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // cut
			}
			far, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial("tcp", w.to)
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			w.open[near], w.open[far] = true, true
			w.mu.Unlock()
			go w.pump(far, near)
			go w.pump(near, far)
		}
	}()
}

func (w *cable) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener.Close()
	for c := range w.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // a reset, as when a server dies
		}
		c.Close()
	}
	clear(w.open)
}

// TestDatabaseGoesAndComesBack: while it is away every request is told so, at
// once and in one form; when it is back the service goes on without a restart,
// and a request that was cut off is finished by its repeat.
func TestDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	w, dsn := wired(t, demo(t, "postgres"))
	h := open(t, dsn)
	token, page := h.certifier(), "/v1/certificates/"+h.pages[verify.BonaFide]
	require.Equal(t, 200, h.do("GET", "/readyz", "", "").status)
	before := h.intact(t)
	for round := range 3 {
		w.cut()
		for _, x := range []struct{ method, path, token, body string }{
			{"GET", page, "", ""}, {"GET", page + "/bundle", "", ""}, {"GET", "/v1/bodies/" + mine, "", ""}, {"GET", "/bodies/" + mine + "/did.json", "", ""},
			{"GET", "/v1/certificates", token, ""}, {"POST", "/v1/certificates", token, request("Ada")}, {"POST", page + "/events", token, `{"event":"suspended"}`},
		} {
			start := time.Now()
			a := h.do(x.method, x.path, x.token, x.body, "Idempotency-Key", "cut off")
			require.Equal(t, 503, a.status, "%s %s: %s", x.method, x.path, a.raw)
			require.Equal(t, "DATABASE_UNAVAILABLE", a.code(), x.path)
			require.NotEmpty(t, a.header.Get("Retry-After"), x.path)
			require.NotContains(t, string(a.raw), "127.0.0.1", "where the database is, is nobody's business")
			require.Less(t, time.Since(start), 10*time.Second, x.path)
		}
		people := h.do("GET", "/c/"+h.pages[verify.BonaFide], "", "", "Accept", "text/html")
		require.Equal(t, 503, people.status)
		require.Contains(t, people.header.Get("Content-Type"), "text/html")
		require.Equal(t, "no-store", people.header.Get("Cache-Control"))
		ready := h.do("GET", "/readyz", "", "")
		require.Equal(t, 503, ready.status)
		require.Equal(t, "NOT_READY", ready.code())
		require.Equal(t, 200, h.do("GET", "/healthz", "", "").status, "the process itself is well")
		w.mend()
		require.Eventually(t, func() bool { return h.do("GET", "/readyz", "", "").status == 200 }, 20*time.Second, 50*time.Millisecond)
		require.Eventually(t, func() bool { return h.do("GET", page, "", "").status == 200 }, 20*time.Second, 50*time.Millisecond)
		require.Eventually(t, func() bool {
			return h.do("POST", "/v1/certificates", token, request("Ada"), "Idempotency-Key", "cut off").status == 201
		}, 20*time.Second, 100*time.Millisecond, "round %d", round)
	}
	before.Certificates++ // one, however often it was tried
	require.Equal(t, before, h.intact(t))
}

// TestCutWhileIssuing cuts the cable in the middle of issuing, each
// certificate under a key of its own; in the end each was issued once.
func TestCutWhileIssuing(t *testing.T) {
	t.Parallel()
	w, dsn := wired(t, demo(t, "postgres"))
	h := open(t, dsn)
	token, before := h.certifier(), h.intact(t)
	const wanted = 24
	answers := make([]answer, wanted)
	var all sync.WaitGroup
	for i := range wanted {
		all.Go(func() {
			time.Sleep(time.Duration(i) * 15 * time.Millisecond)
			key := fmt.Sprint("cut ", i)
			for range 300 { // longer than the lease of a key whose release was cut off
				answers[i] = h.do("POST", "/v1/certificates", token, request("Ada "+key), "Idempotency-Key", key)
				if answers[i].status != 503 && answers[i].status != 409 {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	for range 8 {
		time.Sleep(45 * time.Millisecond)
		w.cut()
		time.Sleep(10 * time.Millisecond)
		w.mend()
	}
	all.Wait()
	numbers := map[any]bool{}
	for _, a := range answers {
		require.Equal(t, 201, a.status, "%s", a.raw)
		numbers[a.json["id"]] = true
	}
	require.Len(t, numbers, wanted)
	for range 64 { // connections that were cut while idle are found out before the census
		all.Go(func() { _ = h.app.db.Ping(t.Context()) })
	}
	all.Wait()
	before.Certificates += wanted
	require.Equal(t, before, h.intact(t))
}
