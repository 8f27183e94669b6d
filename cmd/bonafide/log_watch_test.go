package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// logCommand runs bonafide log as its own command line does.
func logCommand(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(append([]string{"log"}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func sequenced(t *testing.T, h *house) {
	t.Helper()
	_, err := h.app.log.Sequence(t.Context())
	require.NoError(t, err)
}

func TestLogIsWatchedOverHTTP(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	sequenced(t, h)
	// What the network answers, with a hand in between.
	target, err := url.Parse(h.url)
	require.NoError(t, err)
	var late atomic.Bool
	var instead atomic.Pointer[http.HandlerFunc]
	proxy := httputil.NewSingleHostReverseProxy(target)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if late.CompareAndSwap(true, false) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if f := instead.Load(); f != nil {
			(*f)(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	state := filepath.Join(t.TempDir(), "seen.json")
	late.Store(true)
	code, out, errOut := logCommand("check", between.URL, "--state", state, "--body", "did:web:localhost%3A8080:bodies:demo-certification")
	require.Equal(t, 0, code, errOut)
	require.Contains(t, errOut, "consistent")
	require.Contains(t, out, "certificate.issued  by demo-certification")
	require.NotContains(t, out, "by demo-independent")

	token := h.certifier()
	sequenced(t, h)
	code, _, errOut = logCommand("check", between.URL, "--state", state)
	require.Equal(t, 0, code, errOut)
	h.do("POST", "/v1/certificates?log=wait", token, request("Ada"))
	code, out, errOut = logCommand("check", between.URL+"/log/", "--state", state, "--body", "demo-certification", "--json")
	require.Equal(t, 0, code, errOut)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 1, "what is new: %s", out)
	var told struct {
		Index int64
		Entry inclusion.Entry
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &told))
	require.Equal(t, "demo-certification", told.Entry.Body)

	// One log of them, and a checkpoint instead of a state.
	old := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, os.WriteFile(old, h.do("GET", "/log/checkpoint", "", "").raw, 0o600))
	tree, err := h.app.log.Tree(t.Context(), "")
	require.NoError(t, err)
	one := between.URL + "/log/" + translog.Shard(tree.Origin)
	code, _, errOut = logCommand("check", one, "--from", old, "--key", tree.Key)
	require.Equal(t, 0, code, errOut)

	// It shows less than it did.
	shorter := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/checkpoint") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	instead.Store(&shorter)
	code, _, _ = logCommand("check", between.URL, "--state", state)
	require.Equal(t, 2, code, "what cannot be read is not known")
	was, err := os.ReadFile(state)
	require.NoError(t, err)
	var kept watched
	require.NoError(t, json.Unmarshal(was, &kept))
	instead.Store(nil)
	h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Bob"))
	code, _, errOut = logCommand("check", between.URL, "--state", state)
	require.Equal(t, 0, code, errOut)
	stale := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/checkpoint") {
			_, _ = w.Write(kept.Logs[0].Seen.Checkpoint)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	instead.Store(&stale)
	code, _, errOut = logCommand("check", between.URL, "--state", state)
	require.Equal(t, 1, code, errOut)
	require.Contains(t, errOut, "entries were lost, or this is an old checkpoint")
	both, err := os.ReadFile(state + ".contradiction")
	require.NoError(t, err)
	require.Contains(t, string(both), string(kept.Logs[0].Seen.Checkpoint))
	require.Equal(t, 2, strings.Count(string(both), tree.Origin+"\n"), "the checkpoints seen, then and now")
	code, _, _ = logCommand("check", "ftp://nowhere", "--state", state)
	require.Equal(t, 2, code)
	code, _, _ = logCommand("follow", between.URL)
	require.Equal(t, 64, code, "following needs a state")
}

// TestTilesAreForGood: C2SP tlog-tiles as a client reads them.
func TestTilesAreForGood(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		sequenced(t, h)
		at, err := inclusion.Peek(h.do("GET", "/log/checkpoint", "", "").raw)
		require.NoError(t, err)
		full := h.do("GET", "/log/tile/0/000", "", "")
		require.Equal(t, at.Size >= 256, full.status == 200, "%d entries", at.Size)
		width := itoa(min(at.Size, 255))
		part := h.do("GET", "/log/tile/0/000.p/"+width, "", "")
		require.Equal(t, 200, part.status)
		require.Len(t, part.raw, int(min(at.Size, 255))*32)
		require.Contains(t, part.header.Get("Cache-Control"), "immutable")
		require.Equal(t, "application/octet-stream", part.header.Get("Content-Type"))
		checkpoint := h.do("GET", "/log/checkpoint", "", "")
		require.NotContains(t, checkpoint.header.Get("Cache-Control"), "immutable")
		require.Contains(t, checkpoint.header.Get("Content-Type"), "text/plain")
		for _, path := range []string{"0/900.p/255", "7/000", "8/000.p/1", "0/000.p/0", "0/000.p/256", "0/0", "0/x000/000.p/1", "entries/999", "entries/../0/000", "-1/000.p/1", "0/000.p/+1"} {
			require.Equal(t, 404, h.do("GET", "/log/tile/"+path, "", "").status, path)
		}
		require.Equal(t, 404, h.do("GET", "/log/1999/checkpoint", "", "").status)
		grown := h.do("GET", "/v1/log/proof?from=3", "", "")
		require.Equal(t, 200, grown.status, "%s", grown.raw)
		require.EqualValues(t, at.Size, grown.json["to"])
		for _, bad := range []string{"", "?index=1&from=2", "?index=x", "?token_sha256=00"} {
			require.Equal(t, 422, h.do("GET", "/v1/log/proof"+bad, "", "").status, bad)
		}
		for _, none := range []string{"?index=99999999", "?from=0", "?from=5&to=4", "?from=5&to=99999999", "?index=1&log=1999"} {
			require.Equal(t, 404, h.do("GET", "/v1/log/proof"+none, "", "").status, none)
		}
	})
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// TestTwoDeploymentsWitnessEachOther, over HTTP, and a bundle that asks for it.
func TestTwoDeploymentsWitnessEachOther(t *testing.T) {
	first, second := open(t, demo(t, "sqlite")), open(t, storetest.DSN(t, "sqlite"), func(c *config) { c.PublicURL = "http://second.example" })
	for _, h := range []*house{first, second} {
		sequenced(t, h)
	}
	key := func(h *house) string { return strings.TrimSpace(string(h.do("GET", "/log/key", "", "").raw)) }
	watching := func(h, other *house, public string) (*house, translog.Witness) {
		w := open(t, h.dsn, func(c *config) { c.PublicURL, c.WitnessLogs = public, []string{key(other)} })
		k := strings.TrimSpace(string(w.do("GET", "/log/witness/key", "", "").raw))
		require.Equal(t, translog.HostOf(public)+"/log/witness", inclusion.KeyName(k))
		parsed, err := translog.ParseWitnesses(k + " " + w.url + "/log/witness")
		require.NoError(t, err)
		return w, parsed[0]
	}
	one, byOne := watching(first, second, "http://localhost:8080")
	two, byTwo := watching(second, first, "http://second.example")
	one.app.log.Witnesses, two.app.log.Witnesses = []translog.Witness{byTwo}, []translog.Witness{byOne}
	for _, x := range []struct {
		h *house
		w translog.Witness
	}{{one, byTwo}, {two, byOne}} {
		a := x.h.do("POST", "/v1/certificates?log=wait", x.h.certifier(), request("Ada"))
		require.Equal(t, "included", a.json["log"].(map[string]any)["state"], "%s", a.raw)
		log := inclusion.Log{Origin: inclusion.KeyName(key(x.h)), Key: key(x.h), Witnesses: []string{x.w.Key}, Quorum: 1}
		_, err := inclusion.Open(x.h.do("GET", "/log/checkpoint", "", "").raw, []inclusion.Log{log})
		require.NoError(t, err)
	}
}

// TestServeSequences: the process as it runs gives what is issued its place, and
// goes on after it was killed.
func TestServeSequences(t *testing.T) {
	dsn := demo(t, "sqlite")
	h := open(t, dsn)
	stop := h.app.sequence(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	a := h.do("POST", "/v1/certificates", h.certifier(), request("Ada"))
	require.Eventually(t, func() bool {
		outcome, _ := transparency(t, h.do("GET", "/v1/certificates/"+a.json["id"].(string), "", ""))
		return outcome == "pass"
	}, 20*time.Second, 50*time.Millisecond)
	stop()
	n, err := h.app.log.Audit(t.Context())
	require.NoError(t, err)
	require.Positive(t, n)
}
