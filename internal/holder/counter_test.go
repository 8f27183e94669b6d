package holder_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/holder"
)

// ledger adds up what a Counter writes; it fails when told to.
type ledger struct {
	broken bool
	days   map[string]map[string]int64
}

func (l *ledger) AddLooks(_ context.Context, day string, counts map[string]int64) error {
	if l.broken {
		return errors.New("out of order")
	}
	if l.days == nil {
		l.days = map[string]map[string]int64{}
	}
	if l.days[day] == nil {
		l.days[day] = map[string]int64{}
	}
	for n, x := range counts {
		l.days[day][n] += x
	}
	return nil
}

// TestNoLookIsLost: not while the store fails, not over midnight, not from many
// at once.
func TestNoLookIsLost(t *testing.T) {
	now := time.Date(2026, 3, 1, 23, 59, 0, 0, time.UTC)
	l := &ledger{broken: true}
	c := &holder.Counter{Store: l, Now: func() time.Time { return now }}
	look := func(n string, times int) {
		var wait sync.WaitGroup
		for range times {
			wait.Go(func() { c.Look(n) })
		}
		wait.Wait()
	}
	require.NoError(t, c.Flush(t.Context()), "nothing to write")
	look("A", 100)
	require.Error(t, c.Flush(t.Context()))
	look("A", 7)
	now = now.Add(2 * time.Minute)
	look("B", 1)
	require.Error(t, c.Flush(t.Context()))
	l.broken = false
	require.NoError(t, c.Flush(t.Context()))
	require.NoError(t, c.Flush(t.Context()))
	look("A", 1)
	require.NoError(t, c.Flush(t.Context()))
	require.Equal(t, map[string]map[string]int64{"2026-03-01": {"A": 107}, "2026-03-02": {"A": 1, "B": 1}}, l.days)
}
