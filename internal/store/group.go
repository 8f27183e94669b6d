package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Facts of one kind that arrive while others are being made durable wait and
// are written together, each with an outcome of its own: under load a commit
// carries many of them, and a lone one waits for nobody.
const (
	groupMost = 500              // facts in one transaction: a few megabytes of log
	groupTime = 30 * time.Second // for one transaction, whoever asked for it may have gone
)

// group writes facts together. Fill write and writers, then call do.
type group[T any] struct {
	// write makes all of them durable in one transaction, or none and answers
	// with err. Its outcomes are one for each fact, nil where it holds.
	write   func(ctx context.Context, facts []T) (outcomes []error, err error)
	writers int // transactions at once

	mu      sync.Mutex
	waiting []fact[T] // guarded by mu
	running int       // guarded by mu
}

type fact[T any] struct {
	what T
	done chan error // has room for its outcome
}

// do returns once the fact is durable, with its outcome. If ctx ends before,
// whether the fact will hold is unknown, as with any commit that is not
// answered.
func (g *group[T]) do(ctx context.Context, what T) error {
	f := fact[T]{what, make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, f)
	if g.running < g.writers {
		g.running++
		go g.run(context.WithoutCancel(ctx))
	}
	g.mu.Unlock()
	select {
	case err := <-f.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run writes until nothing waits.
func (g *group[T]) run(ctx context.Context) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), groupMost)
		if n == 0 {
			g.running--
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		g.settle(ctx, batch)
	}
}

// settle writes the facts together or, if they cannot be written together,
// each by itself, so that one fault stays with the fact that has it.
func (g *group[T]) settle(ctx context.Context, batch []fact[T]) {
	facts := make([]T, len(batch))
	for i, f := range batch {
		facts[i] = f.what
	}
	outcomes, err := g.attempt(ctx, facts)
	for i, f := range batch {
		switch {
		case err == nil:
			f.done <- outcomes[i]
		case len(batch) == 1, errors.Is(err, context.DeadlineExceeded): // a database that hangs is waited for once
			f.done <- err
		default:
			g.settle(ctx, batch[i:i+1])
		}
	}
}

func (g *group[T]) attempt(ctx context.Context, facts []T) (outcomes []error, err error) {
	ctx, cancel := context.WithTimeout(ctx, groupTime)
	defer cancel()
	err = retried(ctx, func() error { outcomes, err = g.write(ctx, facts); return err })
	return outcomes, err
}
