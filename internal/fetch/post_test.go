package fetch_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fetch"
)

// TestSenderReachesNothingInside: a name that leads inside, at once or at the
// second look, is not connected to.
func TestSenderReachesNothingInside(t *testing.T) {
	dialled := 0
	inside := map[string][]string{
		"metadata.example.com": {"169.254.169.254"}, "private.example.com": {"10.1.2.3"}, "six.example.com": {"fd00::1"}, "mapped.example.com": {"::ffff:127.0.0.1"},
		"mixed.example.com": {"93.184.216.34", "127.0.0.1"}, "nat64.example.com": {"64:ff9b::a00:1"}, "unspecified.example.com": {"0.0.0.0"},
	}
	s, err := fetch.NewSender(fetch.Options{
		Resolve: func(_ context.Context, host string) (out []netip.Addr, err error) {
			for _, a := range inside[host] {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, nil
		},
		Dial: func(context.Context, string, string) (net.Conn, error) { dialled++; return nil, io.EOF },
	})
	require.NoError(t, err)
	for host := range inside {
		require.True(t, s.May("https://"+host+"/"), "its form says nothing")
		_, _, err := s.Post(t.Context(), "https://"+host+"/", nil, []byte("{}"))
		require.ErrorIs(t, err, fetch.ErrReach, host)
	}
	require.Zero(t, dialled)
	for _, address := range []string{"http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://example.com:22/", "https://a@example.com/", "gopher://example.com/"} {
		require.False(t, s.May(address), address)
		_, _, err := s.Post(t.Context(), address, nil, nil)
		require.ErrorIs(t, err, fetch.ErrAddress, address)
	}
}

func TestSenderIsBounded(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-release
		case "/drip": // says yes and never ends
			w.WriteHeader(200)
			http.NewResponseController(w).Flush()
			<-release
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(429)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	s, err := fetch.NewSender(fetch.Options{Loopback: true, Send: 300 * time.Millisecond})
	require.NoError(t, err)
	_, _, err = s.Post(t.Context(), server.URL+"/hang", nil, nil)
	require.ErrorIs(t, err, fetch.ErrLate)
	status, _, err := s.Post(t.Context(), server.URL+"/drip", nil, nil)
	require.NoError(t, err)
	require.Equal(t, 200, status)
	status, wait, err := s.Post(t.Context(), server.URL+"/busy", nil, nil)
	require.NoError(t, err)
	require.Equal(t, 429, status)
	require.Equal(t, 2*time.Minute, wait)
}
