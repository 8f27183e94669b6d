// Command cluster runs a command beside a throw-away PostgreSQL cluster made
// from the installed programs, and ends with the command's exit code:
//
//	go run ./internal/store/storetest/cluster -- go test ./...
//
// Without PostgreSQL it says so and runs the command all the same; where CI is
// set it fails.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 {
		return 64, errors.New("name a command to run")
	}
	bin := programs()
	if bin == "" {
		if os.Getenv("CI") != "" {
			return 1, errors.New("PostgreSQL's programs were not found")
		}
		fmt.Fprintln(os.Stderr, "cluster: PostgreSQL's programs were not found: POSTGRESQL IS NOT TESTED")
		return command(args)
	}
	dir, err := os.MkdirTemp("", "bonafide-postgres-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder for temporary files
	stop, address, err := start(bin, dir)
	if err != nil {
		return 1, err
	}
	defer stop()
	if err := os.Setenv("BONAFIDE_TEST_POSTGRES", address); err != nil {
		return 1, err
	}
	return command(args)
}

func command(args []string) (int, error) {
	c := exec.Command(args[0], args[1:]...) //nolint:gosec // the caller names the command
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func programs() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1])
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	return ""
}

// unprivileged is who PostgreSQL runs as: it refuses to run as root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, int(uid), int(gid))
}

func start(bin, dir string) (stop func(), address string, err error) {
	as, err := unprivileged(dir)
	if err != nil {
		return nil, "", err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:gosec // an installed program
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	flags := []string{"-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir, "-c", "max_connections=500", "-c", "log_min_messages=panic"}
	if os.Getenv("BONAFIDE_TEST_DURABLE") == "" { // tests lose nothing with the cluster; benchmarks measure durable writes
		flags = append(flags, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	server := exec.Command(filepath.Join(bin, "postgres"), flags...) //nolint:gosec // an installed program
	server.Dir, server.SysProcAttr, server.Stderr = dir, as, os.Stderr
	if err := server.Start(); err != nil {
		return nil, "", err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT) // already gone: nothing to stop
		_ = server.Wait()                         // its exit code says nothing to us
	}
	for range 200 {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close() // a probe
			time.Sleep(100 * time.Millisecond)
			return stop, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port), nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, "", errors.New("PostgreSQL did not start within ten seconds")
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
