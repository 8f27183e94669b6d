package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/world"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// countLooks writes from time to time how often certificates were looked at;
// what it returns writes the rest, once nothing more is served.
func (a *app) countLooks(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	wait.Go(func() {
		a.holders.Counter.Run(ctx, func(err error) { log.Warn("looks at certificates not counted", "error", err) })
	})
	return func() { cancel(); wait.Wait() }
}

// watchesOn tells a holder that somebody watches, and by what leave.
func (a *app) watchesOn(ctx context.Context, number string) (holder.Watched, error) {
	seen, err := a.db.WatchedBy(ctx, number, a.now().UTC())
	w := holder.Watched{Count: len(seen)}
	for _, s := range seen {
		w.Consents = append(w.Consents, s.Consent)
	}
	return w, err
}

// printHolderLink shows what the holder of a demo certificate would be sent.
func (a *app) printHolderLink(ctx context.Context, out io.Writer, guide *world.Guide) error {
	for _, p := range guide.Pages {
		if p.Verdict != verify.BonaFide {
			continue
		}
		address, _, err := a.holders.Invite(ctx, "", p.Number, 0)
		if err != nil {
			return fmt.Errorf("inviting a demo holder: %w", err)
		}
		_, err = fmt.Fprintf(out, "What its holder may decide (whoever has this link can; 30 days):\n\n  %s\n\n", address)
		return err
	}
	return nil
}
