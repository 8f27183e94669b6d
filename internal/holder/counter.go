package holder

import (
	"context"
	"sync"
	"time"
)

// maxCounted bounds what a process holds before it writes; certificates beyond
// it are counted after the next writing.
const maxCounted = 20_000

// flushEvery is how long a look may go unwritten.
const flushEvery = time.Minute

// Counter counts looks at certificates: per certificate and day, and nothing
// else. Who looked, from where and when within the day is not kept.
type Counter struct {
	Store interface {
		AddLooks(ctx context.Context, day string, counts map[string]int64) error
	}
	Now func() time.Time

	mu     sync.Mutex // guards the rest
	day    string
	counts map[string]int64
	older  map[string]map[string]int64 // by day: what waits to be written
}

// Look counts one look.
func (c *Counter) Look(number string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if today := c.Now().UTC().Format(time.DateOnly); today != c.day {
		c.keep(c.day, c.counts)
		c.day, c.counts = today, map[string]int64{}
	}
	if _, ok := c.counts[number]; ok || len(c.counts) < maxCounted {
		c.counts[number]++
	}
}

// Flush writes what was counted. What cannot be written is kept for the next time.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	c.keep(c.day, c.counts)
	all := c.older
	c.older, c.counts = nil, map[string]int64{}
	c.mu.Unlock()
	for day, counts := range all {
		if err := c.Store.AddLooks(ctx, day, counts); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			for day, counts := range all {
				c.keep(day, counts)
			}
			return err
		}
		delete(all, day)
	}
	return nil
}

// keep adds counts to those that wait; mu is held.
func (c *Counter) keep(day string, counts map[string]int64) {
	if len(counts) == 0 {
		return
	}
	if c.older == nil {
		c.older = map[string]map[string]int64{}
	}
	have := c.older[day]
	if have == nil {
		have = map[string]int64{}
		c.older[day] = have
	}
	for n, x := range counts {
		have[n] += x
	}
}

// Run writes the counts from time to time, and once more when ctx ends.
func (c *Counter) Run(ctx context.Context, failed func(error)) {
	t := time.NewTicker(flushEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := c.Flush(last); err != nil {
				failed(err)
			}
			return
		case <-t.C:
			if err := c.Flush(ctx); err != nil {
				failed(err)
			}
		}
	}
}
