package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// web is a network of one real TLS server: every public address leads to it.
type web struct {
	server *httptest.Server
	client *fetch.Client
	asked  atomic.Int32 // requests that arrived
	now    atomic.Pointer[time.Time]

	mu     sync.Mutex
	names  map[string][]string // what the resolver says, one answer after the other
	dialed []string
}

func open(t *testing.T, loopback bool, h http.HandlerFunc) *web {
	w := &web{names: map[string][]string{}}
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	w.now.Store(&start)
	w.server = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		h(rw, r)
	}))
	t.Cleanup(w.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	var err error
	w.client, err = fetch.New(fetch.Options{Loopback: loopback, Agent: "bonafide test", Roots: roots, Resolve: w.resolve, Dial: w.dial,
		Now: func() time.Time { return *w.now.Load() }})
	require.NoError(t, err)
	return w
}

func (w *web) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	answers, ok := w.names[host]
	if !ok {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
	}
	first := answers[0]
	if len(answers) > 1 {
		w.names[host] = answers[1:]
	}
	var out []netip.Addr
	for _, a := range strings.Fields(first) {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// dial connects every public address to the server, and others to themselves.
func (w *web) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, address)
	w.mu.Unlock()
	var d net.Dialer
	if strings.HasPrefix(address, "127.") {
		return d.DialContext(ctx, network, address)
	}
	return d.DialContext(ctx, network, w.server.Listener.Addr().String())
}

func (w *web) get(address string) (fetch.Answer, error) {
	return w.client.For("").Get(context.Background(), address, fetch.Data)
}

func document(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "application/did+json; charset=utf-8")
	fmt.Fprint(rw, `{"id":"did:web:example.com"}`)
}

// refused asserts that nothing came, and that the error tells nothing.
func refused(t *testing.T, w *web, address string, contacts int32) {
	t.Helper()
	answer, err := w.get(address)
	require.ErrorIs(t, err, verify.ErrUnobtainable, address)
	require.Zero(t, answer)
	require.Equal(t, contacts, w.asked.Load(), address)
	for _, leak := range []string{"example.com", "127.0.0.1", "169.254", "refused", "secret", "lookup", "dial"} {
		require.NotContains(t, strings.ReplaceAll(err.Error(), "could not be reached", ""), leak)
	}
}

func TestGet(t *testing.T) {
	w := open(t, false, func(rw http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Referer"))
		require.Empty(t, r.Header.Get("Cookie"))
		require.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
		require.Equal(t, "bonafide test", r.Header.Get("User-Agent"))
		http.SetCookie(rw, &http.Cookie{Name: "a", Value: "b"})
		if r.URL.Path == "/old" {
			http.Redirect(rw, r, "https://www.example.com/new", http.StatusFound)
			return
		}
		document(rw, r)
	})
	answer, err := w.get("https://example.com/did.json#key")
	require.NoError(t, err)
	require.Equal(t, fetch.Answer{Address: "https://example.com/did.json", Type: "application/did+json", Body: []byte(`{"id":"did:web:example.com"}`)}, answer)
	answer, err = w.get("https://example.com/old")
	require.NoError(t, err)
	require.Equal(t, "https://www.example.com/new", answer.Address)
	require.Equal(t, []string{"93.184.216.34:443", "93.184.216.34:443"}, w.dialed, "one connection a host, to the address that was checked")
}

func TestAddressesThatAreNeverAsked(t *testing.T) {
	w := open(t, false, document)
	for _, address := range []string{
		"", "x", "http://example.com/", "HTTP://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "data:application/json,{}",
		"https://", "https:example.com", "https://user@example.com/", "https://user:pass@example.com/", "https://example.com:8443/", "https://example.com:22/",
		"https://127.0.0.1/", "https://localhost/", "https://a.localhost/", "http://localhost:8080/", "https://[::1]/", "https://[fe80::1%25lo]/", "https://[::ffff:127.0.0.1]/",
		"https://93.184.216.34/", "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://intranet/", "https://example.com./",
		"https://exa mple.com/", "https://ex\u00e4mple.com/", "https://\u2460\u2461\u2466.example/", "https://example.com/" + strings.Repeat("a", 3000), "//example.com/", "https://example..com/",
	} {
		refused(t, w, address, 0)
	}
	require.Empty(t, w.dialed)
}

func TestAddressesThatAreNotPublic(t *testing.T) {
	w := open(t, false, document)
	for i, a := range []string{
		"127.0.0.1", "127.255.0.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.192",
		"198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.88.99.1", "203.0.113.5", "::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
		"fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
		"2001:db8::1", "100::1", "5f00::1", "3fff::1", "93.184.216.34 10.0.0.1", "2606:2800:220:1::1 ::1", "",
	} {
		host := fmt.Sprintf("h%d.example.com", i)
		w.names[host] = []string{a}
		refused(t, w, "https://"+host+"/", 0)
	}
	require.Empty(t, w.dialed)
	for i, a := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"} {
		host := fmt.Sprintf("p%d.example.com", i)
		w.names[host] = []string{a}
		_, err := w.get("https://" + host + "/")
		require.NoError(t, err, a)
	}
}

// TestRebinding: a name that is public when first asked and local when asked
// again. It is asked once for each connection, and what is dialled is what was
// checked.
func TestRebinding(t *testing.T) {
	w := open(t, false, document)
	w.names["a.example.com"] = []string{"93.184.216.34", "127.0.0.1"}
	_, err := w.get("https://a.example.com/1")
	require.NoError(t, err)
	w.client, err = fetch.New(fetch.Options{Resolve: w.resolve, Dial: w.dial}) // no open connection, no cache
	require.NoError(t, err)
	refused(t, w, "https://a.example.com/2", 1)
	require.Equal(t, []string{"93.184.216.34:443"}, w.dialed)
}

func TestRedirects(t *testing.T) {
	for target, contacts := range map[string]int32{
		"http://example.com/": 1, "https://169.254.169.254/latest/meta-data/": 1, "http://169.254.169.254/latest/meta-data/": 1, "https://metadata.example.com/": 1,
		"https://localhost/": 1, "file:///etc/passwd": 1, "https://user@example.com/": 1, "https://example.com:8443/": 1, "/again": 3, "https://h" + strings.Repeat("a", 3000) + ".com/": 1,
	} {
		w := open(t, false, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, target, http.StatusFound) })
		w.names["metadata.example.com"] = []string{"169.254.169.254"}
		refused(t, w, "https://example.com/secret", contacts)
	}
}

func TestAnswersThatAreNotTaken(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := z.Write(make([]byte, 50<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, answer := range map[string]http.HandlerFunc{
		"not there":   func(rw http.ResponseWriter, r *http.Request) { http.Error(rw, "secret", http.StatusNotFound) },
		"no content":  func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) },
		"a page":      func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Content-Type", "text/html") },
		"no type":     func(rw http.ResponseWriter, _ *http.Request) { rw.Header()["Content-Type"] = nil },
		"an odd type": func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Content-Type", "application/json;;") },
		"executable": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/octet-stream")
		},
		"compressed": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			document(rw, r)
		},
		"too large": func(rw http.ResponseWriter, r *http.Request) { document(rw, r); _, _ = rw.Write(make([]byte, 2<<20)) },
		"a bomb": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write(bomb.Bytes())
		},
		"headers too long": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X", strings.Repeat("a", 1<<20))
			document(rw, r)
		},
		"cut off": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Length", "1000")
			document(rw, r)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, open(t, false, answer), "https://example.com/", 1) })
	}
	w := open(t, false, document)
	w.client, err = fetch.New(fetch.Options{Resolve: w.resolve, Dial: w.dial}) // the system's authorities
	require.NoError(t, err)
	refused(t, w, "https://example.com/", 0) // a certificate nobody vouches for
}

// TestSlow: a host that sends a byte now and then holds nobody up for long.
func TestSlow(t *testing.T) {
	w := open(t, false, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			fmt.Fprint(rw, " ")
			_ = http.NewResponseController(rw).Flush() // the caller may be gone
			time.Sleep(20 * time.Millisecond)
		}
	})
	start := time.Now()
	refused(t, w, "https://example.com/", 1)
	require.Less(t, time.Since(start), 8*time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start = time.Now()
	_, err := w.client.For("").Get(ctx, "https://example.com/2", fetch.Data)
	require.ErrorIs(t, err, verify.ErrUnobtainable)
	require.Less(t, time.Since(start), 2*time.Second, "whoever leaves does not wait")
}

func TestPages(t *testing.T) {
	w := open(t, false, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = rw.Write(bytes.Repeat([]byte(" "), 2<<20))
	})
	answer, err := w.client.For("").Get(context.Background(), "https://example.com/", fetch.Page)
	require.NoError(t, err)
	require.Equal(t, "text/html", answer.Type)
}

// TestKept: answers and failures are kept, and many who ask at once are one.
func TestKept(t *testing.T) {
	w := open(t, false, func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		if r.URL.Path == "/missing" {
			http.NotFound(rw, r)
			return
		}
		document(rw, r)
	})
	for _, path := range []string{"/", "/missing"} {
		w.asked.Store(0)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				_, err := w.get("https://example.com" + path)
				if path == "/missing" != errors.Is(err, verify.ErrUnobtainable) {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		all.Wait()
		_, _ = w.get("https://EXAMPLE.com" + path + "#x")
		require.EqualValues(t, 1, w.asked.Load())
	}
}

// TestAtOnce: however many ask, the service has few connections open, and few
// to one host.
func TestAtOnce(t *testing.T) {
	var now, most atomic.Int32
	w := open(t, false, func(rw http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
		document(rw, r)
	})
	ask := func(address func(int) string) {
		most.Store(0)
		var all sync.WaitGroup
		for i := range 39 {
			all.Go(func() {
				if _, err := w.get(address(i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	ask(func(i int) string { return fmt.Sprintf("https://h%d.example.com/", i) })
	require.LessOrEqual(t, most.Load(), int32(16))
	require.Greater(t, most.Load(), int32(2))
}

// TestAllowance: nobody can make this service ask for them without end, and
// one host is not asked without end by many.
func TestAllowance(t *testing.T) {
	w := open(t, false, document)
	ask := func(asker string, from, n int, host string) (answered int) {
		for i := range n {
			_, err := w.client.For(asker).Get(context.Background(), fmt.Sprintf("https://%s/%d", host, from+i), fetch.Data)
			if err == nil {
				answered++
				continue
			}
			require.ErrorIs(t, err, fetch.ErrBudget)
			require.ErrorIs(t, err, verify.ErrUnobtainable)
		}
		return answered
	}
	require.Equal(t, 30, ask("198.51.100.7", 0, 40, "a.example.com"))
	require.Equal(t, 40, ask("198.51.100.7", 0, 30, "a.example.com")+10, "what is kept costs nothing")
	require.Equal(t, 0, ask("198.51.100.7", 0, 1, "b.example.com"))
	require.Equal(t, 10, ask("198.51.100.8", 100, 30, "a.example.com"), "the host's share is used up")
	require.Equal(t, 20, ask("2001:db8:0:1::1", 0, 20, "b.example.com"))
	require.Equal(t, 10, ask("2001:db8:0:1:ffff::2", 0, 20, "c.example.com"), "the same customer")
	later := w.now.Load().Add(10 * time.Second)
	w.now.Store(&later)
	require.Equal(t, 5, ask("198.51.100.7", 200, 9, "d.example.com"))
	require.Equal(t, 40, ask("", 0, 50, "e.example.com"), "the operator is limited by the host alone")
}

// TestLoopback: the setting opens this machine and nothing else.
func TestLoopback(t *testing.T) {
	w := open(t, true, document)
	_, port, err := net.SplitHostPort(w.server.Listener.Addr().String())
	require.NoError(t, err)
	_, err = w.get("https://127.0.0.1:" + port + "/")
	require.NoError(t, err)
	plain := httptest.NewServer(http.HandlerFunc(document))
	defer plain.Close()
	_, port, err = net.SplitHostPort(plain.Listener.Addr().String())
	require.NoError(t, err)
	_, err = w.get("http://localhost:" + port + "/")
	require.NoError(t, err)
	w.names["a.example.com"] = []string{"127.0.0.1"}
	refused(t, w, "https://a.example.com/", 1)
	refused(t, w, "http://a.example.com/", 1)
	refused(t, w, "http://10.0.0.1/", 1)
}
