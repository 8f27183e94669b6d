package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// crowdKept is how long counts are kept: longer than servers' clocks differ.
const crowdKept = 10 * time.Minute

// CountTogether adds to the counts of the minute and returns those of the names
// as they are now. On SQLite, where one process counts, it returns more.
func (d *DB) CountTogether(ctx context.Context, minute time.Time, more map[string]int, name func(string) []byte) (map[string]int, error) {
	if d.pool == nil {
		return more, nil
	}
	names, hashes, counts := make([]string, 0, len(more)), make([][]byte, 0, len(more)), make([]int64, 0, len(more))
	at := make(map[string]string, len(more))
	for n, c := range more {
		h := name(n)
		names, hashes, counts = append(names, n), append(hashes, h), append(counts, int64(c))
		at[string(h)] = n
	}
	var b pgx.Batch
	b.Queue("DELETE FROM crowd WHERE start < $1", micros(minute.Add(-crowdKept)))
	// In the order of the key, so that two servers never wait for each other.
	b.Queue("INSERT INTO crowd (start, network, n) SELECT $1, x.h, x.c FROM unnest($2::bytea[], $3::bigint[]) AS x (h, c) ORDER BY x.h "+
		"ON CONFLICT (start, network) DO UPDATE SET n = crowd.n + excluded.n RETURNING network, n", micros(minute), hashes, counts)
	d.counted()
	results := d.pool.SendBatch(ctx, &b)
	defer results.Close() //nolint:errcheck // read to the end below
	if _, err := results.Exec(); err != nil {
		return nil, fmt.Errorf("clearing counts: %w", err)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, fmt.Errorf("counting together: %w", err)
	}
	defer rows.Close()
	all := make(map[string]int, len(names))
	for rows.Next() {
		var h []byte
		var n int64
		if err := rows.Scan(&h, &n); err != nil {
			return nil, fmt.Errorf("counting together: %w", err)
		}
		all[at[string(h)]] = int(n)
	}
	return all, rows.Err()
}
