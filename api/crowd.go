package api

import (
	"context"
	"sync"
	"time"
)

// window is how long a rate limit counts: a minute of the clock, so that
// several servers count the same one.
const window = time.Minute

// maxAddresses bounds the memory of the rate limit. Beyond it a newcomer takes
// the place of who asked least among a few: nobody is forgiven much by a crowd.
const (
	maxAddresses = 100_000
	fewAddresses = 16
)

// Share exchanges counts with the other servers: it adds what each network
// asked here since it was last called, and returns what it asked of all.
type Share func(ctx context.Context, window time.Time, more map[string]int) (all map[string]int, err error)

// shareEvery is how far servers may be behind each other in counting.
const shareEvery = time.Second

// crowd counts what strangers ask, by network.
type crowd struct {
	now func() time.Time

	mu    sync.Mutex
	start time.Time
	count map[string]int // in all
	more  map[string]int // of them those that no other server knows
}

func newCrowd(now func() time.Time) *crowd {
	return &crowd{now: now, count: map[string]int{}, more: map[string]int{}}
}

func (k *crowd) take(address string, most int) (left, reset int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if start := now.Truncate(window); !start.Equal(k.start) {
		k.start, k.count, k.more = start, map[string]int{}, map[string]int{}
	}
	if _, known := k.count[address]; !known && len(k.count) >= maxAddresses {
		k.forget()
	}
	k.count[address]++
	k.more[address]++
	return most - k.count[address], max(1, int((window - now.Sub(k.start)).Seconds()))
}

// forget drops who asked least among a few of those counted, whichever they are.
func (k *crowd) forget() {
	least, looked := "", 0
	for a, n := range k.count {
		if looked == 0 || n < k.count[least] {
			least = a
		}
		if looked++; looked == fewAddresses {
			break
		}
	}
	delete(k.count, least)
	delete(k.more, least)
}

// exchange tells others what was asked here and learns what was asked there. If
// it fails, counting goes on alone until the next time.
func (k *crowd) exchange(ctx context.Context, share Share) error {
	k.mu.Lock()
	start, more := k.start, k.more
	k.more = map[string]int{}
	k.mu.Unlock()
	if len(more) == 0 {
		return nil
	}
	all, err := share(ctx, start, more)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.start.Equal(start) { // the next minute has begun
		return err
	}
	for a, n := range more {
		if err != nil {
			k.more[a] += n
			continue
		}
		if _, known := k.count[a]; known {
			k.count[a] = max(k.count[a], all[a]+k.more[a])
		}
	}
	return err
}

// ShareLimits exchanges the counts of the rate limit until the context ends.
func (s *Server) ShareLimits(ctx context.Context, share Share) {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.crowd.exchange(ctx, share); err != nil && ctx.Err() == nil {
			s.Log.Warn("the rate limit counts alone", "error", err)
		}
	}
}
