package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCrowdForgivesNobody: with more networks than are remembered, one that asked
// much stays counted.
func TestCrowdForgivesNobody(t *testing.T) {
	k, now := &counter{count: map[string]int{}}, time.Unix(1_000_000, 0)
	for range 50 {
		k.take("much", 10, now)
	}
	for i := range maxAddresses + 1000 {
		k.take(fmt.Sprint(i), 10, now)
	}
	require.LessOrEqual(t, len(k.count), maxAddresses)
	left, _ := k.take("much", 10, now)
	require.Negative(t, left)
	left, _ = k.take("much", 10, now.Add(window))
	require.Equal(t, 9, left)
}
