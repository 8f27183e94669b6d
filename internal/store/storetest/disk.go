package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Disk is a small disk of its own with a database on it.
type Disk struct {
	DSN    string
	folder string
}

// SmallDisk mounts a disk of so many bytes and makes an empty database on it.
// Where this process may not mount, it skips and says so: that is a right of
// the machine, not a program that could be installed.
func SmallDisk(t testing.TB, engine string, bytes int) *Disk {
	t.Helper()
	d := &Disk{folder: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): A FULL DISK IS NOT TESTED", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(d.folder, syscall.MNT_DETACH)) })
	if engine == "sqlite" {
		d.DSN = "sqlite:" + filepath.Join(d.folder, "bonafide.db")
		return d
	}
	d.DSN = d.onTablespace(t, DSN(t, engine))
	return d
}

// onTablespace moves the empty database of the address onto the disk.
func (d *Disk) onTablespace(t testing.TB, dsn string) string {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), os.Getenv(Admin))
	require.NoError(t, err)
	var data string
	require.NoError(t, admin.QueryRow(t.Context(), "SHOW data_directory").Scan(&data))
	info, err := os.Stat(data)
	require.NoError(t, err, "the server runs on this machine")
	owner := info.Sys().(*syscall.Stat_t)
	inside := filepath.Join(d.folder, "space")
	require.NoError(t, os.Mkdir(inside, 0o700))
	require.NoError(t, os.Chown(inside, int(owner.Uid), int(owner.Gid)))
	for dir := d.folder; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // the server's user passes through
	}
	database := dsn[strings.LastIndex(dsn, "/")+1:]
	database, _, _ = strings.Cut(database, "?")
	space := "small_" + database
	for _, q := range []string{
		fmt.Sprintf("CREATE TABLESPACE %s LOCATION '%s'", space, inside),
		fmt.Sprintf("ALTER DATABASE %s SET TABLESPACE %s", database, space),
	} {
		_, err = admin.Exec(t.Context(), q)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		for _, q := range []string{fmt.Sprintf("ALTER DATABASE %s SET TABLESPACE pg_default", database), "DROP TABLESPACE " + space} {
			_, err := admin.Exec(context.Background(), q)
			require.NoError(t, err)
		}
		require.NoError(t, admin.Close(context.Background()))
	})
	return dsn
}

// Fill leaves no more than so many bytes free.
func (d *Disk) Fill(t testing.TB, leave int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.folder, "filler"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	page := make([]byte, os.Getpagesize())
	for {
		var fs syscall.Statfs_t
		require.NoError(t, syscall.Statfs(d.folder, &fs))
		if int(fs.Bavail)*int(fs.Bsize) <= leave {
			break
		}
		if _, err := f.Write(page); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			break
		}
	}
	require.NoError(t, f.Close())
}

// Free gives back what Fill took.
func (d *Disk) Free(t testing.TB) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(d.folder, "filler")))
}
