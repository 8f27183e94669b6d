package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// pair is a primary and a streaming replica of it.
func pair(t *testing.T, settings ...string) (primary, standby *server.Server) {
	dir, err := os.MkdirTemp("", "bonafide-pair-") // the server's user must be able to enter it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	settings = append([]string{"wal_level=replica", "max_connections=100"}, settings...)
	primary, err = server.Init(dir, settings...)
	if errors.Is(err, server.ErrNone) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(primary.Stop)
	folder := filepath.Join(dir, "standby")
	_, err = primary.Program("pg_basebackup", "-D", folder, "-R", "-X", "stream", "--checkpoint=fast", "-h", "127.0.0.1", "-p", port(primary), "-U", "postgres")
	require.NoError(t, err)
	standby, err = server.Start(folder, "hot_standby=on", "max_connections=100", "primary_conninfo=host=127.0.0.1 port="+port(primary)+" user=postgres application_name=standby")
	require.NoError(t, err)
	t.Cleanup(standby.Stop)
	return primary, standby
}

// TestReplicaNeverShowsWhatHeldNoMore: while replaying on the replica stands
// still, what was withdrawn, issued or accredited anew is told as it is; while
// it goes on, replicas answer; when it is gone, nobody notices.
func TestReplicaNeverShowsWhatHeldNoMore(t *testing.T) {
	primary, standby := pair(t, "fsync=off")
	follow := func(c *config) { c.Replicas = []string{standby.Address("postgres")} }
	h := open(t, primary.Address("postgres"), follow)
	other := open(t, primary.Address("postgres"), follow) // another process, which learns of nothing but through the database
	look := func(h *house, id string) string { return h.do("GET", "/v1/certificates/"+id, "", "").code() }
	id := h.issueTo("Ada Replicated")
	answered := func(h *house) int64 { n, _ := h.app.db.Followed(); return n }
	require.Eventually(t, func() bool {
		before := answered(other)
		return look(other, id) == string(verify.BonaFide) && answered(other) > before
	}, 10*time.Second, 20*time.Millisecond, "the replica answers")

	_, err := standby.Ask("SELECT pg_wal_replay_pause()")
	require.NoError(t, err)
	require.Equal(t, 201, h.do("POST", "/v1/certificates/"+id+"/events", h.certifier(), `{"event":"withdrawn","reason":"a test"}`).status)
	require.Equal(t, string(verify.NotInForce), look(h, id), "who wrote it reads it at once")
	fresh := h.issueTo("Ada New")
	require.Equal(t, string(verify.BonaFide), look(h, fresh))
	require.Equal(t, string(verify.BonaFide), look(other, fresh), "what is new is found")
	require.Eventually(t, func() bool { return look(other, id) == string(verify.NotInForce) }, time.Second+500*time.Millisecond, 10*time.Millisecond, "a second later everybody does")
	for range 20 {
		require.Equal(t, string(verify.NotInForce), look(other, id), "and nobody falls back")
		time.Sleep(20 * time.Millisecond)
	}

	_, err = standby.Ask("SELECT pg_wal_replay_resume()")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		before := answered(other)
		return look(other, id) == string(verify.NotInForce) && answered(other) > before
	}, 10*time.Second, 20*time.Millisecond, "it has caught up and answers again")
	standby.Kill()
	for range 20 {
		require.Equal(t, string(verify.NotInForce), look(other, id))
	}
}

// TestPrimaryFailsOver: the primary dies while bodies issue; its synchronous
// replica is promoted, the service goes on without a restart, what was
// acknowledged is there once, and a repeat finishes what was cut off.
func TestPrimaryFailsOver(t *testing.T) {
	primary, standby := pair(t)
	_, err := primary.Ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
	require.NoError(t, err)
	_, err = primary.Ask("SELECT pg_reload_conf()")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		state, err := primary.Ask("SELECT sync_state FROM pg_stat_replication")
		return err == nil && state == "sync"
	}, 10*time.Second, 50*time.Millisecond)
	h := open(t, fmt.Sprintf("postgres://postgres@127.0.0.1:%d,127.0.0.1:%d/postgres?sslmode=disable&target_session_attrs=read-write", primary.Port, standby.Port))
	token := h.certifier()
	issue := func(i int) answer {
		return h.do("POST", "/v1/certificates", token, request(fmt.Sprintf("Ada %d", i)), "Idempotency-Key", fmt.Sprint("failover-", i))
	}
	const many = 120
	acknowledged := make(chan map[int]string)
	go func() {
		ids := map[int]string{}
		for i := range many {
			if a := issue(i); a.status == 201 {
				ids[i] = a.json["id"].(string)
			}
			if i == many/3 {
				primary.Kill()
				if _, err := standby.Program("pg_ctl", "promote", "-w", "-D", standby.Data); err != nil {
					t.Error(err)
				}
			}
		}
		acknowledged <- ids
	}()
	ids := <-acknowledged
	require.Greater(t, len(ids), many/3)
	seen := map[string]int{}
	for i := range many {
		var a answer
		require.Eventually(t, func() bool { a = issue(i); return a.status == 201 }, 20*time.Second, 50*time.Millisecond, "%d", i)
		id := a.json["id"].(string)
		if was, ok := ids[i]; ok {
			require.Equal(t, was, id, "what was acknowledged is there")
		}
		seen[id]++
		require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+id, "", "").code())
	}
	require.Len(t, seen, many)
	h.intact(t)
}
