package dataintegrity_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
)

func TestWorkers(t *testing.T) {
	var none *dataintegrity.Workers
	fault := errors.New("fault")
	require.ErrorIs(t, none.Do(func() error { return fault }), fault)
	synctest.Test(t, func(t *testing.T) {
		w := dataintegrity.NewWorkers(1, 1, func() <-chan time.Time { return time.After(3 * time.Second) })
		require.NoError(t, w.Do(func() error { return nil }))
		require.ErrorIs(t, w.Do(func() error { return fault }), fault)
		results := make(chan error, 3)
		slow := func() error { time.Sleep(10 * time.Second); return nil }
		go func() { results <- w.Do(slow) }()
		synctest.Wait()
		go func() { results <- w.Do(func() error { return nil }) }()
		synctest.Wait()
		require.ErrorIs(t, w.Do(func() error { return nil }), dataintegrity.ErrBusy, "one runs, one waits")
		time.Sleep(4 * time.Second)
		require.ErrorIs(t, <-results, dataintegrity.ErrUnsupported, "the first takes too long")
		require.ErrorIs(t, <-results, dataintegrity.ErrUnsupported, "the second never got a place")
		require.ErrorIs(t, w.Do(func() error { return nil }), dataintegrity.ErrBusy, "the first still has its place")
		time.Sleep(10 * time.Second)
		require.NoError(t, w.Do(func() error { return nil }), "and gives it back")
	})
}
