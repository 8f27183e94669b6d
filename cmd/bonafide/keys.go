package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/rotation"
)

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Give a body a new signing key; the old one stays good for what it signed."`
	Retire keysRetireCmd `cmd:"" help:"Forget the private half of a key that another has followed."`
	Revoke keysRevokeCmd `cmd:"" help:"Revoke a key."`
	Rewrap keysRewrapCmd `cmd:"" help:"Seal every key under the present key encryption key; servers may run."`
}

type keysRotateCmd struct {
	Body      string `required:"" help:"Body id; \"register\" for the service itself."`
	Use       string `enum:"credential,proof" default:"credential" help:"The key for tokens, or the Ed25519 key for embedded proofs."`
	From      string `help:"The key to follow: a repeat never rotates twice." placeholder:"KEY"`
	Custody   string `enum:"database,hsm" default:"database" help:"Where the private half is made and stays."`
	Announced bool   `help:"With --body register: everybody who lists this register has the next key."`
}

// Run prints the key's id; the code is 2 while something is awaited.
func (c keysRotateCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		r := rotation.Request{Body: c.Body, Use: keys.Use(c.Use), From: c.From, Announced: c.Announced}
		if c.Custody == "hsm" {
			r.Custody = keys.CustodyHSM
		}
		out, err := a.rotation.Rotate(e.ctx, r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(e.out, out.Key.ID); err != nil {
			return err
		}
		tell(e, out)
		if len(out.Awaiting) > 0 {
			return &exitError{exitUndetermined, errors.New("the key does not sign yet")}
		}
		return nil
	})
}

// tell says beside the result what was done and what is awaited.
func tell(e *environment, out rotation.Outcome) {
	for _, s := range out.Reissued {
		fmt.Fprintf(e.errOut, "stated anew by %s: %s\n", s.Issuer, s.ID)
	}
	for _, w := range out.Awaiting {
		fmt.Fprintln(e.errOut, "awaited:", w.Detail)
	}
}

type keysRetireCmd struct {
	Body string `required:"" help:"Body id."`
	Key  string `arg:"" help:"Key id."`
}

// Run retires the key.
func (c keysRetireCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error { return a.custodian.Retire(e.ctx, c.Body, c.Key) })
}

type keysRevokeCmd struct {
	Body          string `required:"" help:"Body id."`
	Key           string `arg:"" help:"Key id."`
	Reason        string `required:"" help:"Why, for the record."`
	CompromisedAt string `help:"Since when the key may be in other hands; records made later are not believed." placeholder:"RFC3339"`
}

// Run revokes the key, and has nobody vouch for it any longer.
func (c keysRevokeCmd) Run(e *environment) error {
	var at time.Time
	if c.CompromisedAt != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.CompromisedAt); err != nil {
			return &exitError{exitUsage, fmt.Errorf("--compromised-at: %q is not an instant with zone", c.CompromisedAt)}
		}
	}
	return withApp(e, func(a *app) error {
		out, err := a.rotation.Revoke(e.ctx, c.Body, c.Key, at, c.Reason)
		tell(e, out)
		return err
	})
}

type keysRewrapCmd struct{}

// Run seals every key under the present key encryption key.
func (keysRewrapCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		n, err := a.custodian.Rewrap(e.ctx)
		if _, e := fmt.Fprintf(e.out, "%d keys sealed anew\n", n); e != nil {
			return errors.Join(err, e)
		}
		return err
	})
}

// settleEvery is how soon a rotation goes on that waited or was interrupted.
const settleEvery = time.Minute

// settleKeys goes on with what rotations and revocations left; stop waits for it.
func (a *app) settleKeys(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(settleEvery)
		defer tick.Stop()
		for {
			switched, err := a.rotation.Settle(ctx)
			if err != nil && ctx.Err() == nil {
				log.Error("keys", "error", err)
			}
			if switched > 0 {
				log.Info("keys that waited sign now", "number", switched)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() { cancel(); running.Wait() }
}
