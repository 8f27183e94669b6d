// Package server runs PostgreSQL servers of its own for tests, from the
// installed programs and as an unprivileged user.
package server

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
	"strings"
	"syscall"
	"time"
)

// ErrNone says that PostgreSQL's programs were not found.
var ErrNone = errors.New("PostgreSQL's programs were not found")

// Server is a running PostgreSQL server on a folder.
type Server struct {
	Data string // folder
	Port int
	bin  string
	as   *syscall.SysProcAttr
	cmd  *exec.Cmd
}

// Programs is the folder of PostgreSQL's programs, of the newest version.
func Programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1]), nil
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", ErrNone
}

// As is who PostgreSQL runs as: it refuses to run as root. The folder becomes
// theirs.
func As(folder string) (*syscall.SysProcAttr, error) {
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
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(folder, int(uid), int(gid))
}

// Init makes a cluster in the folder data of dir, which the server must be able
// to enter, and starts it with the settings, each NAME=VALUE.
func Init(dir string, settings ...string) (*Server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	as, err := As(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:gosec // an installed program
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return Start(data, settings...)
}

// Start runs a server on a folder that holds a cluster, and waits until it
// takes connections.
func Start(data string, settings ...string) (*Server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	as, err := As(data)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Data: data, Port: port, bin: bin, as: as}
	return s, s.Run(settings...)
}

// Run starts the server again, on its port, after Stop or Kill.
func (s *Server) Run(settings ...string) error {
	flags := []string{"-D", s.Data, "-p", strconv.Itoa(s.Port), "-h", "127.0.0.1", "-k", filepath.Dir(s.Data), "-c", "log_min_messages=panic"}
	for _, x := range settings {
		flags = append(flags, "-c", x)
	}
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), flags...) //nolint:gosec // an installed program
	s.cmd.Dir, s.cmd.SysProcAttr, s.cmd.Stderr = filepath.Dir(s.Data), s.as, os.Stderr
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for range 400 {
		ready := exec.Command(filepath.Join(s.bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port)) //nolint:gosec // an installed program
		if ready.Run() == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Stop()
	return errors.New("PostgreSQL did not start within twenty seconds")
}

// Address is where to connect, to the database of the name.
func (s *Server) Address(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

// Stop ends the server in order, cutting its connections.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server at once, as a loss of power would.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

func (s *Server) end(how os.Signal) {
	_ = s.cmd.Process.Signal(how) // already gone: nothing to end
	_ = s.cmd.Wait()              // its exit code says nothing to us
}

// Program runs one of PostgreSQL's programs as the server's user.
func (s *Server) Program(name string, args ...string) (says string, err error) {
	c := exec.Command(filepath.Join(s.bin, name), args...) //nolint:gosec // an installed program
	return s.run(c)
}

// Script runs a program with PostgreSQL's in its path, as the server's user.
func (s *Server) Script(name string, args ...string) (says string, err error) {
	c := exec.Command(name, args...) //nolint:gosec // the test names it
	c.Env = append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"))
	return s.run(c)
}

// Ask has psql carry out a statement on the database postgres, and returns what
// it answers, bare.
func (s *Server) Ask(statement string) (string, error) {
	return s.Program("psql", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-U", "postgres", "-Atqc", statement)
}

func (s *Server) run(c *exec.Cmd) (string, error) {
	c.Dir, c.SysProcAttr = filepath.Dir(s.Data), s.as
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", c.Path, err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
