package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func drill(t *testing.T, name string) string {
	path, err := filepath.Abs("../../deploy/backup/" + name)
	require.NoError(t, err)
	return path
}

func (h *house) issueTo(name string) (id string) {
	a := h.do("POST", "/v1/certificates", h.certifier(), request(name))
	require.Equal(h.t, 201, a.status, a.raw)
	return a.json["id"].(string)
}

// TestRestoreToAMoment is the drill of deploy/README.md on PostgreSQL: a base
// backup, an archive of the log, a disaster, and the register as it was at a
// moment between.
func TestRestoreToAMoment(t *testing.T) {
	dir, err := os.MkdirTemp("", "bonafide-drill-") // the server's user must be able to enter it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	archive := filepath.Join(dir, "archive")
	require.NoError(t, os.Mkdir(archive, 0o777))
	require.NoError(t, os.Chmod(archive, 0o777)) // whatever the umask
	primary, err := server.Init(dir, "wal_level=replica", "archive_mode=on", "archive_command=cp %p "+archive+"/%f")
	if errors.Is(err, server.ErrNone) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	running := primary
	t.Cleanup(func() { running.Stop() })

	h := open(t, primary.Address("postgres"))
	before := h.issueTo("Ada Before")
	base := filepath.Join(dir, "base")
	_, err = primary.Script(drill(t, "base.sh"), base, "-h", "127.0.0.1", "-p", port(primary), "-U", "postgres")
	require.NoError(t, err)
	after := h.issueTo("Ada After")
	require.Equal(t, 201, h.do("POST", "/v1/certificates/"+before+"/events", h.certifier(), `{"event":"suspended","reason":"a drill"}`).status)
	time.Sleep(20 * time.Millisecond)
	moment := time.Now().UTC()
	time.Sleep(20 * time.Millisecond)
	lost := h.issueTo("Ada Lost")
	segment, err := primary.Ask("SELECT pg_walfile_name(pg_switch_wal())")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		last, err := primary.Ask("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
		return err == nil && last >= segment
	}, 20*time.Second, 50*time.Millisecond, "what was written is archived")
	primary.Kill()

	folder := filepath.Join(dir, "restored")
	_, err = primary.Script(drill(t, "restore.sh"), base, archive, folder, moment.Format("2006-01-02 15:04:05.000000")+"+00")
	require.NoError(t, err)
	running, err = server.Start(folder, "hot_standby=on")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := running.Ask("CREATE TABLE drill (); DROP TABLE drill")
		return err == nil
	}, 20*time.Second, 50*time.Millisecond, "promoted")
	again := open(t, running.Address("postgres"))
	require.Equal(t, "suspended", again.do("GET", "/v1/certificates/"+before, "", "").json["currency"])
	require.Equal(t, string(verify.BonaFide), again.do("GET", "/v1/certificates/"+after, "", "").code())
	require.Equal(t, 404, again.do("GET", "/v1/certificates/"+lost, "", "").status, "what came after the moment")
	again.intact(t)
	again.issueTo("Ada Again")
}

// TestCopyOfARegisterInUse is the drill on SQLite.
func TestCopyOfARegisterInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bonafide.db")
	h := open(t, "sqlite:"+path)
	id := h.issueTo("Ada Kept")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				h.issueTo("Ada Meanwhile")
			}
		}
	}()
	to := filepath.Join(t.TempDir(), "copy.db")
	var says bytes.Buffer
	require.Equal(t, 0, run([]string{"backup", path, to}, nil, io.Discard, &says), says.String())
	close(stop)
	<-stopped
	require.Equal(t, 1, run([]string{"backup", path, to}, nil, io.Discard, io.Discard), "nothing is written over")
	require.Equal(t, 64, run([]string{"backup", path + ".not", to + "2"}, nil, io.Discard, io.Discard))
	info, err := os.Stat(to)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again := open(t, "sqlite:"+to)
	require.Equal(t, string(verify.BonaFide), again.do("GET", "/v1/certificates/"+id, "", "").code())
	again.intact(t)
}
