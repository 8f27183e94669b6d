package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func sized(t *testing.T, name string, usual int) int {
	v := os.Getenv(name)
	if v == "" {
		return usual
	}
	n, err := strconv.Atoi(v)
	require.NoError(t, err)
	return n
}

// TestKilledWhileIssuing kills the server, as a loss of power does to a process,
// at random moments of a batch, and starts it again; the command that issues
// the list waits for it and goes on. In the end every line is one certificate.
// make torture does it at full size.
func TestKilledWhileIssuing(t *testing.T) {
	count, kills := sized(t, "BONAFIDE_TEST_LINES", 600), sized(t, "BONAFIDE_TEST_KILLS", 3)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dsn := demo(t, engine)
			h := open(t, dsn)
			before := h.intact(t)
			l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // to find a free port
			require.NoError(t, err)
			address := l.Addr().String()
			require.NoError(t, l.Close())
			start := func() *process {
				return serving(t, "BONAFIDE_SEED=none", "BONAFIDE_LISTEN="+address, "BONAFIDE_DATABASE="+dsn, "BONAFIDE_KEY_ENCRYPTION_KEY="+demoConfig("").KEK)
			}
			c, secret, err := h.app.gate.Enrol(t.Context(), access.Client{Body: mine, Scopes: access.Scopes()})
			require.NoError(t, err)
			list := t.TempDir() + "/list.ndjson"
			require.NoError(t, os.WriteFile(list, []byte(many(count, "Tortured")), 0o600))
			p := start()
			var out, says lines
			done := make(chan int)
			go func() {
				done <- run([]string{"issue", list, "--server", "http://" + address, "--client-id", c.ID, "--client-secret", secret}, nil, &out, &says)
			}()
			seed := uint64(time.Now().UnixNano()) // printed, so that a failure can be looked into
			t.Log("seed", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			for k := range kills {
				at := count * (k + 1) / (kills + 2)
				require.Eventually(t, func() bool { return strings.Count(out.String(), "\n") >= at }, 2*time.Minute, 2*time.Millisecond, "%s", says.String())
				time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
				require.NoError(t, p.cmd.Process.Kill())
				<-p.done
				p = start()
			}
			require.Equal(t, 0, <-done, says.String())
			seen := map[string]bool{}
			for text := range strings.Lines(out.String()) {
				var l line
				require.NoError(t, json.Unmarshal([]byte(text), &l))
				require.Empty(t, l.Problem)
				require.Equal(t, len(seen), l.Index)
				seen[l.ID] = true
			}
			require.Len(t, seen, count)
			require.Equal(t, before.Certificates+count, h.intact(t).Certificates, "each once")
			for id := range seen {
				require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+id, "", "").code())
				break
			}
		})
	}
}

// TestIssueCommand prints an outcome for each line, never issues a list twice,
// and says when lines failed.
func TestIssueCommand(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	server := httptest.NewServer(h.app.handler(config{}, slog.New(slog.DiscardHandler)))
	defer server.Close()
	c, secret, err := h.app.gate.Enrol(t.Context(), access.Client{Body: mine, Scopes: access.Scopes()})
	require.NoError(t, err)
	command := func(code int, in string, args ...string) []line {
		var out, says bytes.Buffer
		got := run(append([]string{"issue", "--server", server.URL, "--client-id", c.ID, "--client-secret", secret}, args...), strings.NewReader(in), &out, &says)
		require.Equal(t, code, got, says.String())
		return linesIn(t, out.Bytes())
	}
	first := command(0, many(3, "Command"), "-")
	again := command(0, many(3, "Command"), "-")
	require.Equal(t, first[2].ID, again[2].ID)
	require.True(t, again[2].Replayed)
	got := command(1, "Name\nAda CSV\n\u202e\n", "-", "--map", "Name=holder.name", "--defaults", `{"scheme":"demo-service-lead","decided_at":"2026-03-01T09:00:00Z"}`)
	require.Len(t, got, 2)
	require.Empty(t, got[0].Problem)
	require.NotEmpty(t, got[1].Problem["errors"])
	require.Equal(t, "valid", command(0, many(1, "Trial"), "-", "--dry-run")[0].Status)
	require.Equal(t, 64, run([]string{"issue", "nothing.ndjson", "--client-id", "x", "--client-secret", "y"}, nil, io.Discard, io.Discard))

}
