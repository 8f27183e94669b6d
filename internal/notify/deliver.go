package notify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// Run serves endpoints, watches and the daily job until ctx ends, then finishes
// what is on its way. tell hears of every fault that is new.
func (o *Office) Run(ctx context.Context, tell func(error)) {
	if _, err := o.Rewrap(ctx); err != nil && ctx.Err() == nil {
		tell(err)
	}
	var daily sync.WaitGroup
	daily.Go(func() { o.runDaily(ctx, tell) })
	defer daily.Wait()
	var last string
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := o.bounded(ctx)
		switch {
		case err == nil:
			last = ""
		case ctx.Err() == nil && err.Error() != last:
			last = err.Error()
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Bounds on what a database that never answers may keep from being tried again;
// a message whose outcome could not be kept is sent again, under its id.
const (
	roundTime   = 5 * time.Minute // longer than all waves of a turn to receivers that are slow
	releaseTime = 10 * time.Second
)

func (o *Office) bounded(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	return o.Round(ctx)
}

// Round does once what there is to do.
func (o *Office) Round(ctx context.Context) error {
	o.turn.Lock()
	defer o.turn.Unlock()
	watched := o.watch(ctx)
	_, err := o.deliver(ctx)
	return errors.Join(watched, err)
}

// deliver serves every endpoint that has something to do and that nobody else
// serves. It returns how many attempts were made.
func (o *Office) deliver(ctx context.Context) (int, error) {
	ready, err := o.Store.Ready(ctx, o.now(), endpointsOnce)
	if err != nil {
		return 0, err
	}
	var running sync.WaitGroup
	attempts, faults := make([]int, len(ready)), make([]error, len(ready))
	for i, id := range ready {
		running.Go(func() { attempts[i], faults[i] = o.serve(ctx, id) })
	}
	running.Wait()
	total := 0
	for _, n := range attempts {
		total += n
	}
	return total, errors.Join(faults...)
}

// serve is one turn of an endpoint.
func (o *Office) serve(ctx context.Context, id string) (attempts int, err error) {
	// 1. Is it ours? Nobody else serves it until the lease is given up or ends.
	e, ok, err := o.claim(ctx, id)
	if err != nil || !ok {
		return 0, err
	}
	defer func() { // also when told to stop: another may go on at once
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
		defer cancel()
		err = errors.Join(err, o.Store.Release(ctx, id, o.Server))
	}()
	keys, err := o.unseal(e)
	if err != nil {
		return 0, fmt.Errorf("webhook %s: %w", id, err)
	}
	for range wavesInTurn {
		// 2. What happened since? Each message is kept before the place in the
		// journal moves on.
		more, err := o.intake(ctx, e)
		if err != nil {
			return attempts, err
		}
		// 3. Send what is due, of different things, side by side.
		due, err := o.Store.Due(ctx, id, o.now(), sendsAtOnce)
		if err != nil {
			return attempts, err
		}
		if len(due) == 0 && !more {
			return attempts, nil
		}
		failed, err := o.wave(ctx, e, keys, due)
		attempts += len(due)
		if err != nil || ctx.Err() != nil || failed == len(due) && failed > 0 {
			return attempts, err // one that takes nothing has its next turn later
		}
		// 4. Still ours, still enabled?
		if e, ok, err = o.claim(ctx, id); err != nil || !ok {
			return attempts, err
		}
	}
	return attempts, nil
}

func (o *Office) claim(ctx context.Context, id string) (Endpoint, bool, error) {
	now := o.now()
	return o.Store.Claim(ctx, id, o.Server, now, now.Add(leaseTime))
}

// intake moves on in the journal, by one page at most, unless too much waits.
func (o *Office) intake(ctx context.Context, e Endpoint) (more bool, err error) {
	if e.Watch != "" {
		return false, nil
	}
	waiting, err := o.Store.Queued(ctx, e.ID, maxWaiting)
	if err != nil || waiting >= maxWaiting {
		return false, err
	}
	if r := e.Replay; r.Next < r.Until {
		notes, upTo, err := o.Store.Notes(ctx, e.Owner, r.Next-1, notesAhead, notesAtOnce)
		if err != nil {
			return false, err
		}
		within := notes[:0]
		for _, n := range notes {
			if n.Index < r.Until && !n.At.Before(r.From) && n.At.Before(r.Before) {
				within = append(within, n)
			}
		}
		return true, o.enqueue(ctx, e, within, true, func(x *Endpoint) {
			if x.Replay.Next == r.Next {
				x.Replay.Next = min(upTo+1, r.Until)
			}
		})
	}
	notes, upTo, err := o.Store.Notes(ctx, e.Owner, e.Cursor, notesAhead, notesAtOnce)
	if err != nil || upTo == e.Cursor {
		return false, err
	}
	since := notes[:0] // what was written before the endpoint was made may have got its place later
	for _, n := range notes {
		if !n.At.Before(e.CreatedAt) {
			since = append(since, n)
		}
	}
	return true, o.enqueue(ctx, e, since, false, func(x *Endpoint) { x.Cursor = max(x.Cursor, upTo) })
}

func (o *Office) enqueue(ctx context.Context, e Endpoint, notes []journal.Kept, again bool, moved func(*Endpoint)) error {
	var issued []string
	for _, n := range notes {
		if n.Kind == journal.CertificateIssued {
			issued = append(issued, numberOf(n))
		}
	}
	follows, err := o.Store.Successions(ctx, issued)
	if err != nil {
		return err
	}
	var all []Delivery
	for _, n := range notes {
		d, ok, err := o.tell(e, n, follows[numberOf(n)])
		if err != nil {
			return err
		}
		if ok {
			all = append(all, d)
		}
	}
	return o.Store.Enqueue(ctx, e.ID, all, o.now(), again, moved)
}

// wave sends some at once and notes what became of each. What was begun is
// finished also when ctx ends: the receiver may have taken it.
func (o *Office) wave(ctx context.Context, e Endpoint, keys secrets, due []Delivery) (failed int, err error) {
	ctx = context.WithoutCancel(ctx)
	type attempt struct {
		outcome string
		status  int
		wait    time.Duration
	}
	made := make([]attempt, len(due))
	var sending sync.WaitGroup
	for i, d := range due {
		sending.Go(func() { made[i].outcome, made[i].status, made[i].wait = o.send(ctx, e, keys, d) })
	}
	sending.Wait()
	h := Health{FailingSince: e.FailingSince, Streak: e.Streak, PausedUntil: e.PausedUntil}
	for i, d := range due {
		m, now := made[i], o.now()
		d, h = after(d, h, m.outcome, m.status, m.wait, o.Jitter(), now)
		o.counts.add(m.outcome, d.State)
		if m.outcome != taken {
			failed++
		}
		if err := o.Store.Settle(ctx, d, h, now); err != nil {
			return failed, err // it is sent again, under the same id
		}
		if h.Disabled != "" {
			return failed, nil
		}
	}
	return failed, nil
}

func (o *Office) send(ctx context.Context, e Endpoint, keys secrets, d Delivery) (outcome string, status int, wait time.Duration) {
	at := o.now()
	header := map[string]string{"webhook-id": d.ID, "webhook-timestamp": strconv.FormatInt(at.Unix(), 10), "webhook-signature": keys.sign(d.ID, at, d.Payload)}
	status, wait, err := o.Post(ctx, e.URL, header, d.Payload)
	switch {
	case errors.Is(err, fetch.ErrAddress):
		return forbidden, 0, 0
	case errors.Is(err, fetch.ErrLate):
		return late, 0, 0
	case err != nil:
		return unreachable, 0, 0
	case status >= 200 && status < 300:
		return taken, status, 0
	case status >= 300 && status < 400:
		return redirected, status, 0
	}
	return refused, status, wait
}

// numberOf is the certificate's that the note is about.
func numberOf(n journal.Kept) string {
	_, number, _ := strings.Cut(n.Thing, " ")
	return number
}
