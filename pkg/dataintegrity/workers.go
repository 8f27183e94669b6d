package dataintegrity

import (
	"fmt"
	"time"
)

// ErrBusy is an ErrUnsupported: too many documents are being checked already.
var ErrBusy = fmt.Errorf("%w: too many documents are being checked at once", ErrUnsupported)

// Workers bounds the work on documents of strangers, so that it cannot starve
// other work: so many are checked at once, so many may wait, and nobody waits
// longer than the limit for one. What runs over the limit keeps its place until
// it ends; each document's own work is bounded beforehand, so it does end. A nil
// *Workers does the work at once. It is safe for concurrent use.
type Workers struct {
	places  chan struct{}
	waiting chan struct{}
	limit   func() <-chan time.Time
}

// NewWorkers checks at most places documents at once and lets at most queue more
// wait. limit starts the clock of one check (time.After); nil: there is none.
func NewWorkers(places, queue int, limit func() <-chan time.Time) *Workers {
	if limit == nil {
		limit = func() <-chan time.Time { return nil }
	}
	return &Workers{places: make(chan struct{}, places), waiting: make(chan struct{}, places+queue), limit: limit}
}

// Do runs the check and returns its error, ErrBusy if there is no place for it,
// or ErrCostly if it took longer than the limit.
func (w *Workers) Do(check func() error) error {
	if w == nil {
		return check()
	}
	select {
	case w.waiting <- struct{}{}:
		defer func() { <-w.waiting }()
	default:
		return ErrBusy
	}
	expired := w.limit()
	select {
	case w.places <- struct{}{}:
	case <-expired:
		return ErrBusy
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-w.places }()
		done <- check()
	}()
	select {
	case err := <-done:
		return err
	case <-expired:
		return ErrCostly
	}
}
