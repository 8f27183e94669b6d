package main

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchLines is how many lines a list has.
const benchLines = 10_000

// listJobs: a list of numbers, and one of credentials, judged over HTTP without
// any memory of bytes verified before, beside bare signature checks of the same
// tokens on all cores.
func listJobs(b *testing.B, s benchSettings) []job {
	x := newBench(b, "postgres", s.certificates)
	numbers := x.numbers[:min(benchLines, len(x.numbers))]
	checks, tokens := make([]func() error, len(numbers)), make([]string, len(numbers))
	for i, n := range numbers {
		var err error
		tokens[i], err = x.app.lookup.Credential(b.Context(), n)
		require.NoError(b, err)
		checks[i], err = bare(tokens[i], x.key)
		require.NoError(b, err)
	}
	floor := load{1, func() (func() error, func()) {
		return func() error {
			var next, failed atomic.Int64
			var wait sync.WaitGroup
			for range runtime.GOMAXPROCS(0) {
				wait.Go(func() {
					for i := next.Add(1) - 1; int(i) < len(checks); i = next.Add(1) - 1 {
						if checks[i]() != nil {
							failed.Add(1)
						}
					}
				})
			}
			wait.Wait()
			require.Zero(b, failed.Load())
			return nil
		}, func() {}
	}}
	cold := x.forgetful(b)
	list := func(lines []string) load {
		body := postRequest("/v1/verifications/batch", "application/x-ndjson", "", strings.Join(lines, "\n"))
		return overHTTP(b, cold, 1, 200, func() []byte { return body })
	}
	return []job{
		{name: "list of numbers", floorName: "bare ES256 checks on all cores", must: .50, aim: .65, ours: list(numbers), floor: floor, statements: x.statements.Load},
		{name: "list of credentials", floorName: "the same", must: .50, aim: .65, ours: list(tokens), floor: floor, statements: x.statements.Load},
	}
}
