package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServersLimitTogether: two processes on one PostgreSQL count a stranger as
// one would, and the database never learns an address.
func TestServersLimitTogether(t *testing.T) {
	dsn := demo(t, "postgres")
	variables := []string{"BONAFIDE_SEED=none", "BONAFIDE_DATABASE=" + dsn, "BONAFIDE_KEY_ENCRYPTION_KEY=" + demoConfig("").KEK, "BONAFIDE_RATE_LIMIT=100"}
	one, two := serving(t, variables...), serving(t, variables...)
	if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); left < 5*time.Second {
		time.Sleep(left) // the minute of the test is one
	}
	for range 60 { // of 100: neither alone would refuse
		require.NotZero(t, answers(one.url+"/v1/red-flags"))
		require.NotZero(t, answers(two.url+"/v1/red-flags"))
	}
	require.Eventually(t, func() bool { return answers(one.url+"/v1/red-flags") == 429 && answers(two.url+"/v1/red-flags") == 429 }, 3*time.Second, 200*time.Millisecond, "75 of each alone would be let through")
	h := &house{t: t, dsn: dsn}
	require.NotContains(t, h.everything(t), "127.0.0.1")
}
