package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

type logCmd struct {
	Check       logCheckCmd       `cmd:"" help:"Read a log and hold it to what it showed before; without an address, audit the own database."`
	Follow      logFollowCmd      `cmd:"" help:"Check a log again and again, and tell what is new."`
	DeclareLoss logDeclareLossCmd `cmd:"" name:"declare-loss" help:"End the open log because published entries are gone, and begin another."`
}

// watching is what the two ways of watching a log have in common.
type watching struct {
	URL   string `arg:"" optional:"" help:"Address of the register, or of one of its logs (…/log/2026)."`
	State string `help:"File that keeps what was seen; made on the first check." type:"path"`
	From  string `help:"File with a checkpoint seen before, to which the log is held." type:"path"`
	Key   string `help:"Verifier key of the log; without it the key that the log itself gives is taken the first time, and kept in the state."`
	Body  string `help:"Tell the entries by or about this body: its id or DID."`
	JSON  bool   `name:"json" help:"Tell entries as JSON, one a line."`
}

type logCheckCmd struct{ watching }

// Run exits with 0 if the log agrees with itself and with what was seen, 1 if
// it contradicts, 2 if it could not be read.
func (c logCheckCmd) Run(e *environment) error {
	if c.URL == "" {
		return withApp(e, func(a *app) error {
			n, err := a.log.Audit(e.ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.out, "%d entries, each in its place; tiles, checkpoints and what was published agree\n", n)
			return err
		})
	}
	return c.once(e)
}

type logFollowCmd struct {
	watching
	Every time.Duration `help:"How often." default:"30s"`
}

// Run goes on until it is stopped, or the log contradicts itself.
func (c logFollowCmd) Run(e *environment) error {
	if c.URL == "" || c.State == "" {
		return &exitError{exitUsage, errors.New("log follow needs an address, and --state for what it has seen")}
	}
	for {
		err := c.once(e)
		var exit *exitError
		if errors.As(err, &exit) && exit.code == exitUndetermined { // it may be there again the next time
			fmt.Fprintln(e.errOut, "bonafide:", exit.err)
		} else if err != nil {
			return err
		}
		select {
		case <-e.ctx.Done():
			return nil
		case <-time.After(c.Every):
		}
	}
}

type logDeclareLossCmd struct {
	Checkpoint string `help:"File with the checkpoint that was seen, if it is not in BONAFIDE_LOG_DIR." type:"path"`
}

// Run begins another log, whose entries tell what was lost.
func (c logDeclareLossCmd) Run(e *environment) error {
	var seen []byte
	if c.Checkpoint != "" {
		var err error
		if seen, err = os.ReadFile(c.Checkpoint); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	return withApp(e, func(a *app) error {
		t, err := a.log.DeclareLoss(e.ctx, seen)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%s\nits key: %s\n", t.Origin, t.Key)
		return err
	})
}
