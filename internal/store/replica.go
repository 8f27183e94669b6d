package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Read replicas answer lookups, and no replica is believed further than it can
// be shown to have come. Every process writes a heartbeat to the primary, its
// own clock's reading; an answer of a replica brings along the heartbeat that
// the replica has seen, in the same snapshot. What is older than maxStale, or
// older than the last write of this very process, is thrown away and the primary is
// asked. No two clocks are ever compared.
const (
	maxStale     = time.Second
	beatEvery    = 200 * time.Millisecond
	replicaTime  = 250 * time.Millisecond // for one read, then the primary is asked
	asideTime    = time.Second            // a replica that failed or lags is left alone
	beatTime     = 2 * time.Second
	heartbeatOld = 24 * time.Hour // of a process that is gone
)

// replicas are the read replicas of a primary. The zero value has none.
type replicas struct {
	all    []*replica
	server string    // name of this process
	start  time.Time // of its clock
	wrote  atomic.Int64
	next   atomic.Uint64
	served atomic.Int64 // answers that were given
	stale  atomic.Int64 // answers that were thrown away, and failures
	stop   context.CancelFunc
	done   chan struct{}
}

type replica struct {
	pool  *pgxpool.Pool
	aside atomic.Int64 // until when, by the process's clock
}

// elapsed is the process's clock, which nobody sets.
func (r *replicas) elapsed() int64 { return int64(time.Since(r.start)) }

// Follow opens the replicas and begins to write heartbeats; call it once, after
// migrating. A replica that cannot be reached is tried again later.
func (d *DB) Follow(ctx context.Context, addresses []string) error {
	if len(addresses) == 0 {
		return nil
	}
	if d.pool == nil {
		return errors.New("read replicas belong to PostgreSQL")
	}
	r := &d.replicas
	r.server, r.start, r.done = rand.Text(), time.Now(), make(chan struct{})
	for _, a := range addresses {
		config, err := poolConfig(a)
		if err != nil {
			return fmt.Errorf("reading the address of a replica: %w", err)
		}
		p, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return fmt.Errorf("opening a replica: %w", err)
		}
		r.all = append(r.all, &replica{pool: p})
	}
	if _, err := d.pool.Exec(ctx, "DELETE FROM heartbeats WHERE at < $1", micros(d.now().Add(-heartbeatOld))); err != nil {
		return fmt.Errorf("clearing heartbeats: %w", err)
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(r.done)
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			d.beat(ctx)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return nil
}

// beat writes the clock as it is before the write: whoever sees it has seen all
// that was committed by then. A beat that fails only leaves replicas unused.
func (d *DB) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, beatTime)
	defer cancel()
	_, _ = d.pool.Exec(ctx, "INSERT INTO heartbeats (server, beat, at) VALUES ($1, $2, $3) ON CONFLICT (server) DO UPDATE SET beat = excluded.beat, at = excluded.at",
		d.replicas.server, d.replicas.elapsed(), micros(d.now()))
}

func (r *replicas) close() {
	if r.stop == nil {
		return
	}
	r.stop()
	<-r.done
	for _, x := range r.all {
		x.pool.Close()
	}
}

// changed notes that this process has committed something: what it reads from
// now on is not older.
func (r *replicas) changed() {
	if len(r.all) > 0 {
		r.wrote.Store(r.elapsed())
	}
}

// ask reads one row from a replica. It answers false if none has come far
// enough; into is then to be filled by the primary.
func (r *replicas) ask(ctx context.Context, into []any, statement string, args ...any) bool {
	for range r.all {
		x := r.all[r.next.Add(1)%uint64(len(r.all))]
		if r.elapsed() < x.aside.Load() {
			continue
		}
		if r.read(ctx, x, into, statement, args) {
			r.served.Add(1)
			return true
		}
		r.stale.Add(1)
		x.aside.Store(r.elapsed() + int64(asideTime))
	}
	return false
}

func (r *replicas) read(ctx context.Context, x *replica, into []any, statement string, args []any) bool {
	ctx, cancel := context.WithTimeout(ctx, replicaTime)
	defer cancel()
	var beat *int64
	err := x.pool.QueryRow(ctx, numbered("SELECT (SELECT beat FROM heartbeats WHERE server = ?), x.* FROM ("+statement+") x"), append([]any{r.server}, args...)...).
		Scan(append([]any{&beat}, into...)...)
	return err == nil && beat != nil && *beat >= r.wrote.Load() && r.elapsed()-*beat <= int64(maxStale)
}

// Followed tells how often replicas answered, and how often the primary was
// asked because they were behind or away.
func (d *DB) Followed() (served, stale int64) {
	return d.replicas.served.Load(), d.replicas.stale.Load()
}
