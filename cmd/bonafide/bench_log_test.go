package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/translog"
)

// recordBytes is the length of the record that the floor hashes.
const recordBytes = 3200

// hashing is the floor: SHA-256 of records, a second.
func hashing() float64 {
	record := make([]byte, recordBytes)
	start, n := time.Now(), 0
	for ; time.Since(start) < 100*time.Millisecond; n++ {
		sum := sha256.Sum256(record)
		record[0] = sum[0]
	}
	return float64(n) / time.Since(start).Seconds()
}

func benchFacts(first, n int) []journal.Fact {
	out := make([]journal.Fact, n)
	for i := range out {
		number := strconv.Itoa(first + i)
		out[i] = journal.Fact{Kind: journal.CertificateIssued, Thing: journal.Thing{What: journal.Certificate, ID: number}, Body: "cb", Scheme: "s",
			Token: journal.HashOf(number), Decided: time.Unix(1_780_000_000, 0), Wrote: []byte(number)}
	}
	return out
}

// BenchmarkLogFloors: entries appended a second, each with its place, tiles and
// signed checkpoint durable, in steps of 1 to 1000, beside hashing as many
// records; auditing them; and the two ways to sequence, with many writers.
func BenchmarkLogFloors(b *testing.B) {
	s := settings(b)
	if only := os.Getenv("BONAFIDE_BENCH_ONLY"); only != "" && !strings.Contains("log", only) {
		return
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "log\tstep\tentries/s\tx SHA-256\tx steps of 1\taudited/s")
	for _, engine := range []string{"postgres", "sqlite"} {
		ones := 0.0
		for _, step := range []int{1, 10, 100, 1000} {
			rate, floor, audited := appending(b, engine, step, s.rounds)
			if step == 1 {
				ones = rate
			}
			fmt.Fprintf(w, "%s\t%d\t%.0f\t%.3f\t%.1f\t%.0f\n", engine, step, rate, rate/floor, rate/ones, audited)
		}
	}
	fmt.Fprintln(w, "\nnotes by many writers, PostgreSQL\tnotes/s\twith no log\t\tratio")
	for _, way := range []string{"batched", "in the transaction"} {
		rate, without := writing(b, s, way == "in the transaction")
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t\t%.2f\n", way, rate, without, rate/without)
	}
	require.NoError(b, w.Flush())
	fmt.Println("\n" + out.String())
	b.ReportMetric(0, "ns/op")
}

// appending gives medians over rounds of entries a second, the floor beside it,
// and the rate of auditing what was appended.
func appending(b *testing.B, engine string, step, rounds int) (rate, floor, audited float64) {
	db := storetest.Open(b, engine, store.Options{})
	c := &keys.Custodian{Store: db, Now: time.Now, Rand: zeros{}}
	l := &translog.Log{Store: db, Keys: keys.LogKeys{Custodian: c, DID: "did:web:bench.example"}, Host: "bench.example", Now: time.Now, Batch: step}
	_, err := l.Sequence(b.Context())
	require.NoError(b, err)
	var rates, floors []float64
	entries := min(max(step*10, 100), 5000)
	for i := range rounds {
		for n := 0; n < entries; n += 1000 {
			require.NoError(b, db.Note(b.Context(), benchFacts(i*entries+n, min(1000, entries-n))...))
		}
		floors = append(floors, hashing())
		start := time.Now()
		n, err := l.Sequence(b.Context())
		require.NoError(b, err)
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	start := time.Now()
	n, err := l.Audit(b.Context())
	require.NoError(b, err)
	return median(rates), median(floors), float64(n) / time.Since(start).Seconds()
}

// writing gives the notes a second of many writers, each a durable transaction
// of its own, beside the same without a log. Sequenced in the transaction, each
// locks the tree, adds its hash to the tile and moves the size: the least that
// such a design must do.
func writing(b *testing.B, s benchSettings, inside bool) (rate, without float64) {
	dsn := storetest.DSN(b, "postgres")
	h := open(b, dsn, func(c *config) { c.Seed = "none" })
	pool, err := pgxpool.New(b.Context(), dsn)
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	_, err = h.app.log.Sequence(b.Context())
	require.NoError(b, err)
	tree, err := h.app.log.Tree(b.Context(), "")
	require.NoError(b, err)
	note := func(ctx context.Context, tx pgx.Tx, i int) error {
		n, err := journal.Write(benchFacts(i, 1)[0], journal.Caller{}, time.Now(), "")
		if err == nil {
			_, err = tx.Exec(ctx, "INSERT INTO journal (kind, thing, body, subject, at, token, leaf, record, after_hash) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
				n.Kind, n.Thing, n.Body, n.Subject, n.At.UnixMicro(), n.Token, n.Leaf, n.Record, n.After)
		}
		return err
	}
	sequenced := func(ctx context.Context, tx pgx.Tx, i int) error {
		if err := note(ctx, tx, i); err != nil {
			return err
		}
		var size int64
		if err := tx.QueryRow(ctx, "SELECT size FROM log_trees WHERE origin = $1 FOR UPDATE", tree.Origin).Scan(&size); err != nil {
			return err
		}
		hash := sha256.Sum256([]byte(strconv.Itoa(i)))
		if _, err := tx.Exec(ctx, "INSERT INTO log_tiles VALUES ($1, 6, $2, $3) ON CONFLICT (origin, level, n) DO UPDATE SET data = log_tiles.data || excluded.data", tree.Origin, size>>8, hash[:]); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE log_trees SET size = size + 1 WHERE origin = $1", tree.Origin)
		return err
	}
	var rates, plain []float64
	next := 0
	for range s.rounds {
		plain = append(plain, writers(b, pool, s, &next, note))
		if inside {
			rates = append(rates, writers(b, pool, s, &next, sequenced))
			continue
		}
		ctx, stop := context.WithCancel(b.Context())
		var sequencer sync.WaitGroup
		sequencer.Go(func() { h.app.log.Run(ctx, func(err error) { b.Error(err) }) })
		rates = append(rates, writers(b, pool, s, &next, note))
		stop()
		sequencer.Wait()
		_, err := h.app.log.Sequence(b.Context())
		require.NoError(b, err)
	}
	slices.Sort(rates)
	return median(rates), median(plain)
}

// writers runs transactions for one window.
func writers(b *testing.B, pool *pgxpool.Pool, s benchSettings, next *int, do func(context.Context, pgx.Tx, int) error) float64 {
	var all sync.WaitGroup
	var mu sync.Mutex
	done, start := 0, time.Now()
	for range s.clients {
		all.Go(func() {
			for time.Since(start) < s.window {
				mu.Lock()
				*next++
				i := *next
				mu.Unlock()
				if err := pgx.BeginFunc(b.Context(), pool, func(tx pgx.Tx) error { return do(b.Context(), tx, i) }); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return float64(done) / time.Since(start).Seconds()
}
