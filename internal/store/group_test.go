package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGroupWritesTogetherWhatWaits(t *testing.T) {
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	var sizes []int
	g := group[int]{writers: 1, write: func(_ context.Context, facts []int) ([]error, error) {
		sizes = append(sizes, len(facts))
		select {
		case entered <- struct{}{}:
		default:
		}
		<-gate
		return make([]error, len(facts)), nil
	}}
	var wait sync.WaitGroup
	failed := make(chan error, 2*groupMost+1)
	do := func(i int) { wait.Go(func() { failed <- g.do(t.Context(), i) }) }
	do(0)
	<-entered // it is being written: what comes now waits
	for i := range 2 * groupMost {
		do(i + 1)
	}
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.waiting) == 2*groupMost
	}, 30*time.Second, time.Millisecond)
	close(gate)
	wait.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, groupMost, groupMost}, sizes)
	total := 0
	for _, n := range sizes {
		total += n
		require.LessOrEqual(t, n, groupMost)
	}
	require.Equal(t, 2*groupMost+1, total, "each fact is written once")
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.running == 0
	}, 5*time.Second, time.Millisecond, "whoever wrote has ended")
}

// TestGroupKeepsAFaultWithItsFact: what cannot be written spoils nothing that
// was to be written with it, and an outcome goes to whoever asked for it.
func TestGroupKeepsAFaultWithItsFact(t *testing.T) {
	broken, refused := errors.New("broken"), errors.New("refused")
	written := map[int]bool{}
	g := group[int]{writers: 1, write: func(_ context.Context, facts []int) ([]error, error) {
		outcomes := make([]error, len(facts))
		for i, f := range facts {
			switch {
			case f%7 == 0:
				return nil, broken // nothing of this transaction holds
			case f%5 == 0:
				outcomes[i] = refused
			}
		}
		for i, f := range facts {
			if outcomes[i] == nil {
				written[f] = true
			}
		}
		return outcomes, nil
	}}
	var wait sync.WaitGroup
	for i := 1; i <= 60; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			err := g.do(t.Context(), i)
			switch {
			case i%7 == 0:
				require.ErrorIs(t, err, broken)
			case i%5 == 0:
				require.ErrorIs(t, err, refused)
			default:
				require.NoError(t, err)
			}
		}()
	}
	wait.Wait()
	for i := 1; i <= 60; i++ {
		require.Equal(t, i%7 != 0 && i%5 != 0, written[i], "%d", i)
	}
}

func TestGroupLetsWhoeverGivesUpGo(t *testing.T) {
	gate := make(chan struct{})
	g := group[int]{writers: 1, write: func(_ context.Context, facts []int) ([]error, error) {
		<-gate
		return make([]error, len(facts)), nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- g.do(ctx, 1) }()
	stays := make(chan error, 1)
	go func() { stays <- g.do(t.Context(), 2) }()
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(gate)
	require.NoError(t, <-stays, "the others' transaction does not end with it")
}

func TestNumbered(t *testing.T) {
	require.Equal(t, "SELECT $1, $2::int WHERE a = $3", numbered("SELECT ?, ?::int WHERE a = ?"))
	require.Equal(t, "SELECT 1", numbered("SELECT 1"))
}
