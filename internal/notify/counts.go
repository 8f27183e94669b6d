package notify

import "sync/atomic"

// counts are what this process has done since its start.
type counts struct{ delivered, failed, dead atomic.Int64 }

func (c *counts) add(outcome string, s State) {
	if outcome == taken {
		c.delivered.Add(1)
	} else {
		c.failed.Add(1)
	}
	if s == Dead {
		c.dead.Add(1)
	}
}

// Sent is what this process has sent since its start.
type Sent struct{ Delivered, Failed, GivenUp int64 }

// Sent tells of the attempts of this process.
func (o *Office) Sent() Sent {
	return Sent{o.counts.delivered.Load(), o.counts.failed.Load(), o.counts.dead.Load()}
}
