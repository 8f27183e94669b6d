package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
)

// templates are databases with the reference registry and the demo world in
// them, made once and copied for each test: making them takes far longer than
// most tests do.
var templates = struct {
	folder string
	mu     sync.Mutex
	made   map[string]string // address by engine
}{made: map[string]string{}}

func TestMain(m *testing.M) {
	var err error
	if templates.folder, err = os.MkdirTemp("", "bonafide-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(templates.folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// demo is a database of its own for the test, seeded as demoConfig does.
func demo(t testing.TB, engine string) string {
	t.Helper()
	templates.mu.Lock()
	defer templates.mu.Unlock()
	dsn, ok := templates.made[engine]
	if !ok {
		ctx := context.Background() // of all tests, not of this one
		var err error
		dsn, err = storetest.Kept(ctx, engine, templates.folder)
		require.NoError(t, err)
		if dsn == "" {
			return storetest.DSN(t, engine) // skips, or fails where it must not be missing
		}
		c := demoConfig(dsn)
		a, err := openApp(ctx, c, store.Options{})
		require.NoError(t, err)
		require.NoError(t, seed(&environment{ctx: ctx, out: io.Discard, errOut: io.Discard}, a, c))
		require.NoError(t, a.close())
		templates.made[engine] = dsn
	}
	return storetest.Copy(t, dsn)
}
