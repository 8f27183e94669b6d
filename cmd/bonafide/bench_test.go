package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// The settings of a run. Rounds are interleaved with the floor's, so that a
// machine whose speed drifts slows both; the median of the ratios within one
// round is what counts.
//
//	BONAFIDE_BENCH_ROUNDS        rounds, 9
//	BONAFIDE_BENCH_SECONDS       seconds a window, 1
//	BONAFIDE_BENCH_CERTIFICATES  certificates in the register, 10000
//	BONAFIDE_BENCH_CLIENTS       requests at once, 64
type benchSettings struct {
	rounds       int
	window       time.Duration
	certificates int
	clients      int
}

func settings(b *testing.B) benchSettings {
	get := func(name string, fallback float64) float64 {
		v := os.Getenv("BONAFIDE_BENCH_" + name)
		if v == "" {
			return fallback
		}
		f, err := strconv.ParseFloat(v, 64)
		require.NoError(b, err, name)
		return f
	}
	return benchSettings{rounds: int(get("ROUNDS", 9)), window: time.Duration(get("SECONDS", 1) * float64(time.Second)),
		certificates: int(get("CERTIFICATES", 10_000)), clients: int(get("CLIENTS", 64))}
}

// job is one operation beside its floor.
type job struct {
	name, floorName string
	must, aim       float64
	ours, floor     load
	statements      func() int64 // sent to the database so far; nil: none
}

// result is the medians of a job's rounds.
type result struct {
	job
	ratios      []float64
	ours, floor sample
	perRequest  float64 // statements
}

// measure interleaves the job with its floor, and both with a fixed piece of
// work that shows how steady the machine was.
func (s benchSettings) measure(b *testing.B, j job, noise *[]time.Duration) result {
	run := func(l load) sample {
		x, err := l.run(s.window)
		require.NoError(b, err, j.name)
		return x
	}
	run(j.floor) // warm up
	run(j.ours)
	r := result{job: j}
	var ours, floor []sample
	for range s.rounds {
		*noise = append(*noise, fixedWork(b))
		f := run(j.floor)
		var before int64
		if j.statements != nil {
			before = j.statements()
		}
		o := run(j.ours)
		if j.statements != nil {
			r.perRequest = float64(j.statements()-before) / float64(o.sent)
		}
		r.ratios, ours, floor = append(r.ratios, o.rate/f.rate), append(ours, o), append(floor, f)
	}
	slices.Sort(r.ratios)
	r.ours, r.floor = medians(ours), medians(floor)
	return r
}

func medians(all []sample) sample {
	by := func(f func(sample) float64) float64 {
		x := make([]float64, len(all))
		for i, s := range all {
			x[i] = f(s)
		}
		return median(x)
	}
	return sample{rate: by(func(s sample) float64 { return s.rate }), allocs: by(func(s sample) float64 { return s.allocs }),
		p50: time.Duration(by(func(s sample) float64 { return float64(s.p50) })), p99: time.Duration(by(func(s sample) float64 { return float64(s.p99) }))}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// fixedWork is how long a fixed piece of work takes now: the least of a few
// tries, so that it tells of the machine and not of one interruption.
func fixedWork(b *testing.B) time.Duration {
	key, err := jws.GenerateES256(zeros{})
	require.NoError(b, err)
	signer := jws.Signer{KeyID: "did:web:example.org#k", Key: key}
	least := time.Hour
	for range 3 {
		start := time.Now()
		for range 100 {
			_, err := signer.SignInput("e30.e30")
			require.NoError(b, err)
		}
		least = min(least, time.Since(start)/100)
	}
	return least
}

// zeros is a source of anything but chance.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); p[0] = 1; return len(p), nil }

// BenchmarkFloors measures every job beside the least work that could answer,
// in the same run, and prints one table.
func BenchmarkFloors(b *testing.B) {
	s := settings(b)
	var noise []time.Duration
	var results []result
	for _, group := range []struct {
		name string
		jobs func(*testing.B, benchSettings) []job
	}{{"lookup", lookupJobs}, {"issue", issueJobs}, {"batch", batchJobs}, {"verify", verifyJobs}, {"list", listJobs}} {
		b.Run(group.name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			for _, j := range group.jobs(b, s) {
				if only := os.Getenv("BONAFIDE_BENCH_ONLY"); only != "" && !strings.Contains(j.name, only) {
					continue
				}
				results = append(results, s.measure(b, j, &noise))
			}
		})
	}
	fmt.Print(table(s, results, noise))
}

func table(s benchSettings, results []result, noise []time.Duration) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d certificates, %d clients, %d rounds of %s beside the floor; x is the median ratio within a round\n\n", s.certificates, s.clients, s.rounds, s.window)
	w := tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "job\tx floor\tfrom\tto\tmust\taim\t/s\tp50 ms\tp99 ms\tallocs\tstatements\tfloor\t/s\tp50 ms\tp99 ms\tallocs")
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
	for _, r := range results {
		verdict := ""
		if median(r.ratios) < r.must {
			verdict = " MISSED"
		}
		fmt.Fprintf(w, "%s\t%.2f%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%s\t%s\t%.0f\t%.2f\t%s\t%.0f\t%s\t%s\t%.0f\n", r.name, median(r.ratios), verdict, r.ratios[0], r.ratios[len(r.ratios)-1], r.must, r.aim,
			r.ours.rate, ms(r.ours.p50), ms(r.ours.p99), r.ours.allocs, r.perRequest, r.floorName, r.floor.rate, ms(r.floor.p50), ms(r.floor.p99), r.floor.allocs)
	}
	_ = w.Flush() // to memory
	slices.Sort(noise)
	if n := len(noise); n > 0 {
		fmt.Fprintf(&out, "\nmachine: one ES256 signature took %s at best, %s in the middle, %s at worst (quiet: middle below 1.3 x best)\n\n", noise[0], noise[n/2], noise[n-1])
	}
	return out.String()
}
