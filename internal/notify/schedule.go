package notify

import (
	"net/http"
	"time"
)

// Patience with an endpoint.
const (
	disableAfter = 5 * 24 * time.Hour // of failing without one success, it is disabled
	maxWait      = 24 * time.Hour     // however long the host asks to be left alone
	longStreak   = 8                  // failures in a row after which the whole endpoint rests
	rest         = 30 * time.Second
	keepFor      = 30 * 24 * time.Hour // the delivery log
)

// gaps are the pauses after the first, second … attempt that failed: three days
// in all, as Standard Webhooks advises. After the last one the message is given up.
func gaps() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

// outcome of an attempt, in words of the delivery log.
const (
	taken       = "delivered"
	refused     = "status"      // another status than 2xx
	redirected  = "redirect"    // which is not followed
	late        = "timeout"     // no answer in time
	unreachable = "unreachable" // no connection, or none that can be trusted
	forbidden   = "address"     // may not be sent to
)

// after is what becomes of a delivery and of its endpoint by an attempt. wait is
// how long the host asks to be left alone; jitter, from 0 to 1, lengthens each
// gap by up to a fifth, so that what failed together does not come back together.
func after(d Delivery, h Health, outcome string, status int, wait time.Duration, jitter float64, now time.Time) (Delivery, Health) {
	d.Attempts++
	d.LastAt, d.LastOutcome, d.LastStatus = now, outcome, status
	if outcome == taken {
		d.State = Delivered
		return d, Health{}
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	h.Streak++
	if h.Streak >= longStreak {
		h.PausedUntil = now.Add(rest)
	}
	switch all := gaps(); {
	case status == http.StatusGone:
		h.Disabled = Gone
		d.NextAt = now
		d.Attempts = 0
	case d.Attempts > len(all):
		d.State = Dead
	default:
		gap := all[d.Attempts-1]
		gap += time.Duration(float64(gap) * jitter / 5)
		d.NextAt = now.Add(max(gap, min(wait, maxWait)))
	}
	if h.Disabled == "" && now.Sub(h.FailingSince) >= disableAfter {
		h.Disabled = Failing
	}
	return d, h
}
