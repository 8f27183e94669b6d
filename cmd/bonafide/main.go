// Command bonafide serves the register, verifies certificates offline, and
// administers a deployment. It holds flags, configuration and wiring; the
// logic is in the rooms it wires.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/bonafide-dev/bonafide/internal/journal"
)

// version is set when building a release.
var version = "dev" //nolint:gochecknoglobals // the linker sets it

// exit codes beside 0 and 1.
const (
	exitUndetermined = 2
	exitUsage        = 64
)

type cli struct {
	Serve       serveCmd       `cmd:"" help:"Run the server."`
	Verify      verifyCmd      `cmd:"" help:"Verify a credential, bundle or badge, offline unless given an address."`
	Client      clientCmd      `cmd:"" help:"Administer API clients."`
	Import      importCmd      `cmd:"" help:"Import data."`
	Export      exportCmd      `cmd:"" help:"Export data."`
	Keys        keysCmd        `cmd:"" help:"Rotate and revoke keys."`
	Backup      backupCmd      `cmd:"" help:"Copy a SQLite register that may be in use."`
	Log         logCmd         `cmd:"" help:"Check transparency logs."`
	Anchors     anchorsCmd     `cmd:"" help:"Show whom this deployment trusts."`
	Conformance conformanceCmd `cmd:"" hidden:"" help:"Sign and verify files for the W3C suites."`
	Issue       issueCmd       `cmd:"" help:"Issue a list of certificates through a service."`
	Retain      retainCmd      `cmd:"" help:"Forget the holders of what ended long ago."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// environment is what commands may touch of the world.
type environment struct {
	ctx    context.Context //nolint:containedctx // the life of one command
	in     io.Reader
	out    io.Writer
	errOut io.Writer
}

func run(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := loadDotEnv(".env"); err != nil {
		fmt.Fprintln(errOut, "bonafide:", err)
		return exitUsage
	}
	var c cli
	parser, err := kong.New(&c, kong.Name("bonafide"), kong.Writers(out, errOut),
		kong.Description("Is this certificate bona fide?"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "bonafide:", err)
		return exitUsage
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(errOut, "bonafide:", err)
		return exitUsage
	}
	err = k.Run(&environment{ctx: journal.By(ctx, journal.Caller{Client: "command line"}), in: in, out: out, errOut: errOut})
	var exit *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintln(errOut, "bonafide:", exit.err)
		}
		return exit.code
	default:
		fmt.Fprintln(errOut, "bonafide:", err)
		return 1
	}
}

type versionCmd struct{}

// Run prints the version, and with what and for what it was built.
func (versionCmd) Run(e *environment) error {
	_, err := fmt.Fprintln(e.out, "bonafide", version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return err
}
