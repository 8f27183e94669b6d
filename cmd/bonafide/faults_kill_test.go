package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
)

// own is a PostgreSQL server that goes with the test. It may be killed.
func own(t *testing.T, settings ...string) *server.Server {
	dir, err := os.MkdirTemp("", "bonafide-own-") // the server's user must be able to enter it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	s, err := server.Init(dir, settings...)
	if errors.Is(err, server.ErrNone) && os.Getenv("CI") == "" {
		t.Skip("PostgreSQL IS NOT TESTED:", err)
	}
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// TestFaultKilled kills the service, its database, or both, at random moments
// of mixed work, and starts them anew.
func TestFaultKilled(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			random, dsn := dice(t), ""
			var db *server.Server
			if engine == "postgres" {
				db = own(t)
				dsn = db.Address("postgres")
			} else {
				dsn = demo(t, engine)
			}
			h := open(t, dsn)
			before := h.intact(t)
			start := func() *process {
				return serving(t, "BONAFIDE_DATABASE="+dsn, "BONAFIDE_KEY_ENCRYPTION_KEY="+demoConfig(dsn).KEK, "BONAFIDE_RATE_LIMIT=0")
			}
			p := start()
			c := newCrew(h, p.url)
			c.begin(4, 3)
			for range 6 {
				time.Sleep(300*time.Millisecond + time.Duration(random.IntN(700))*time.Millisecond)
				what := random.IntN(3)
				if db != nil && what > 0 {
					db.Kill()
				}
				if db == nil || what < 2 {
					require.NoError(t, p.cmd.Process.Kill())
					<-p.done
				}
				if db != nil && what > 0 {
					require.NoError(t, db.Run())
				}
				if db == nil || what < 2 {
					p = start()
					c.where.Store(&p.url)
				}
			}
			c.done(t)
			require.NoError(t, p.cmd.Process.Kill())
			<-p.done
			require.Eventually(t, func() bool { return h.do("GET", "/readyz", "", "").status == 200 }, 20*time.Second, 50*time.Millisecond)
			c.kept(t, before)
		})
	}
}
