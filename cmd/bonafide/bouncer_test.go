package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// bounced puts PgBouncer, in transaction mode and with few connections, in
// front of the database of the address.
func bounced(t *testing.T, dsn string) string {
	program, err := exec.LookPath("pgbouncer")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("PgBouncer is not installed: IT IS NOT TESTED")
	}
	require.NoError(t, err)
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "bonafide-bouncer-") // its user must be able to enter it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	as, err := server.As(dir)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // to find a free port
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	file := filepath.Join(dir, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s user=postgres\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=%d\nauth_type=any\npool_mode=transaction\ndefault_pool_size=6\nmax_client_conn=200\nunix_socket_dir=\nignore_startup_parameters=extra_float_digits\n",
		u.Port(), port)), 0o644)) // its user reads it
	c := exec.Command(program, "-q", file)
	c.SysProcAttr, c.Dir = as, dir
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable&default_query_exec_mode=exec", port, strings.TrimPrefix(u.Path, "/"))
}

// TestThroughPgBouncer: a pooler that gives every transaction another
// connection changes nothing; prepared statements are turned off in the address.
func TestThroughPgBouncer(t *testing.T) {
	h := open(t, bounced(t, demo(t, "postgres")))
	token := h.certifier()
	var wait sync.WaitGroup
	ids := make([]string, 40)
	for i := range ids {
		wait.Go(func() {
			a := h.do("POST", "/v1/certificates", token, request(fmt.Sprint("Ada ", i)), "Idempotency-Key", fmt.Sprint("pooled-", i/2)) // two race for each key
			if a.status == 201 {
				ids[i] = a.json["id"].(string)
			}
		})
	}
	wait.Wait()
	for i, id := range ids {
		if id != "" {
			require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+id, "", "").code(), i)
		}
	}
	id := h.issueTo("Ada Pooled")
	require.Equal(t, 201, h.do("POST", "/v1/certificates/"+id+"/events", token, `{"event":"suspended","reason":"a test"}`).status)
	require.Equal(t, "suspended", h.do("GET", "/v1/certificates/"+id, "", "").json["currency"])
	h.intact(t)
}

// TestMigratingThroughPgBouncer from nothing.
func TestMigratingThroughPgBouncer(t *testing.T) {
	h := open(t, bounced(t, storetest.DSN(t, "postgres")))
	require.NotEmpty(t, h.pages[verify.BonaFide])
}
