package main

import (
	"bufio"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkReports writes reports of 100,000 certificates and tells the highest
// heap on the way beyond what the house holds at rest.
func BenchmarkReports(b *testing.B) {
	const certificates = 100_000
	for _, engine := range []string{"sqlite", "postgres"} {
		x := newBench(b, engine, certificates)
		token := x.reporter(mine)
		x.numbers = nil
		for _, path := range []string{"status", "status?format=csv", "status?format=xlsx", "expiring?within=3660", "cpd?all=true", "examiners"} {
			b.Run(engine+"/"+path, func(b *testing.B) {
				var most, rest uint64
				var bytes int64
				for range b.N {
					runtime.GC()
					rest = heap()
					stop, done := make(chan bool), make(chan uint64)
					go watch(stop, done)
					r, err := http.NewRequestWithContext(b.Context(), "GET", x.url+"/v1/reports/"+path, nil)
					require.NoError(b, err)
					r.Header.Set("Authorization", "Bearer "+token)
					resp, err := http.DefaultClient.Do(r)
					require.NoError(b, err)
					bytes, err = io.Copy(io.Discard, bufio.NewReader(resp.Body))
					require.NoError(b, err)
					require.NoError(b, resp.Body.Close())
					require.Equal(b, 200, resp.StatusCode)
					close(stop)
					most = max(most, <-done)
				}
				b.ReportMetric(float64(most-min(most, rest))/(1<<20), "MiB-heap")
				b.ReportMetric(float64(bytes)/(1<<20), "MiB-answer")
			})
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func watch(stop <-chan bool, done chan<- uint64) {
	most := uint64(0)
	for {
		select {
		case <-stop:
			done <- most
			return
		case <-time.After(5 * time.Millisecond):
			most = max(most, heap())
		}
	}
}
