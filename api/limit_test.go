package api

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCrowdForgivesNobody: with more networks than are remembered, one that asked
// much stays counted.
func TestCrowdForgivesNobody(t *testing.T) {
	now := time.Unix(1_000_020, 0)
	k := newCrowd(func() time.Time { return now })
	for range 50 {
		k.take("much", 10)
	}
	for i := range maxAddresses + 1000 {
		k.take(fmt.Sprint(i), 10)
	}
	require.LessOrEqual(t, len(k.count), maxAddresses)
	require.LessOrEqual(t, len(k.more), maxAddresses)
	left, _ := k.take("much", 10)
	require.Negative(t, left)
	now = now.Add(window)
	left, reset := k.take("much", 10)
	require.Equal(t, 9, left)
	require.LessOrEqual(t, reset, 60)
}

// TestServersCountTogether, lose nothing when the exchange fails, and do not
// carry counts into the next minute.
func TestServersCountTogether(t *testing.T) {
	now := time.Unix(1_000_020, 0)
	clock := func() time.Time { return now }
	held := map[string]int{}
	var away error
	share := func(_ context.Context, at time.Time, more map[string]int) (map[string]int, error) {
		if away != nil {
			return nil, away
		}
		for a, n := range more {
			held[fmt.Sprint(at.Unix(), a)] += n
			more[a] = held[fmt.Sprint(at.Unix(), a)]
		}
		return more, nil
	}
	one, two := newCrowd(clock), newCrowd(clock)
	for range 6 {
		one.take("a", 10)
		two.take("a", 10)
	}
	away = errors.New("away")
	require.Error(t, one.exchange(t.Context(), share))
	away = nil
	require.NoError(t, one.exchange(t.Context(), share))
	require.NoError(t, two.exchange(t.Context(), share))
	left, _ := two.take("a", 10)
	require.Equal(t, -3, left, "12 were asked of both, and one more")
	one.take("a", 10)
	require.NoError(t, one.exchange(t.Context(), share))
	left, _ = one.take("a", 10)
	require.Equal(t, -4, left, "13 that are known to all, and one more")
	now = now.Add(window)
	left, _ = one.take("a", 10)
	require.Equal(t, 9, left)
}
