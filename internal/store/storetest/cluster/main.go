// Command cluster runs a command beside a throw-away PostgreSQL cluster made
// from the installed programs, and ends with the command's exit code:
//
//	go run ./internal/store/storetest/cluster -- go test ./...
//
// Without PostgreSQL it says so and runs the command all the same; where CI is
// set it fails.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
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
	dir, err := os.MkdirTemp("", "bonafide-postgres-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder for temporary files
	settings := []string{"max_connections=500"}
	if os.Getenv("BONAFIDE_TEST_DURABLE") == "" { // tests lose nothing with the cluster; benchmarks measure durable writes
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	s, err := server.Init(dir, settings...)
	if errors.Is(err, server.ErrNone) && os.Getenv("CI") == "" {
		fmt.Fprintln(os.Stderr, "cluster: PostgreSQL's programs were not found: POSTGRESQL IS NOT TESTED")
		return command(args)
	}
	if err != nil {
		return 1, err
	}
	defer s.Stop()
	if err := os.Setenv("BONAFIDE_TEST_POSTGRES", s.Address("postgres")); err != nil {
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
