package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// run is one batch under way.
type run struct {
	*Desk
	body    string
	options Options
	batch   *Batch
	answer  func(Outcome) error
	told    time.Time // when progress was last written

	mu      sync.Mutex
	version int64     // of the registry, guarded by mu
	read    time.Time // when, guarded by mu
}

// known is the registry's version as of just now.
func (r *run) known(ctx context.Context) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version > 0 && time.Since(r.read) < freshness {
		return r.version, nil
	}
	v, err := r.Issuer.Registrar.View(ctx)
	if err != nil {
		return 0, err
	}
	r.version, r.read = v.Version(), time.Now()
	return r.version, nil
}

// each does the lines, many at once, and answers in order.
func (r *run) each(ctx context.Context, next func() (Line, error), do func(ctx context.Context, version int64, index int, req issue.Request) Outcome) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := make(chan chan Outcome, ahead)
	var ended error
	var work sync.WaitGroup
	defer work.Wait() // what was begun is finished or left to a repeat, but never goes on unseen
	go func() {
		defer close(waiting)
		var order order
		for index := 0; ; index++ {
			line, err := next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					ended = err
				}
				return
			}
			done := make(chan Outcome, 1)
			select {
			case waiting <- done: // as many as are ahead, no more
			case <-ctx.Done():
				return
			}
			turn, ended := order.take(line)
			work.Go(func() {
				defer close(ended)
				<-turn
				done <- r.one(ctx, index, line, do)
			})
		}
	}()
	for done := range waiting {
		if err := r.tell(ctx, <-done); err != nil {
			cancel()
			for range waiting { // let the reader see it
			}
			return err
		}
	}
	if ended == nil {
		ended = ctx.Err()
	}
	return ended
}

// order lets the lines of one holder follow each other: what a scheme says of a
// second certificate holds between lines as between calls. Those of different
// holders go side by side.
type order struct {
	last  map[string]chan struct{} // by holder: closed when the last line that was taken is done
	swept int                      // lines since those that are done were forgotten
}

// take gives the line its turn, a channel that is closed when it has come, and
// what the line closes when it is done.
func (o *order) take(line Line) (turn <-chan struct{}, ended chan struct{}) {
	if o.swept++; o.last == nil || o.swept > ahead {
		for holder, done := range o.last {
			select {
			case <-done:
				delete(o.last, holder)
			default:
			}
		}
		o.swept = 0
	}
	if o.last == nil {
		o.last = map[string]chan struct{}{}
	}
	holder := line.Request.Scheme + " " + line.Request.Holder.Key()
	before, ok := o.last[holder]
	if !ok || line.Err != nil {
		before = make(chan struct{})
		close(before)
	}
	ended = make(chan struct{})
	if line.Err == nil {
		o.last[holder] = ended
	}
	return before, ended
}

// one does a line with the registry as it is.
func (r *run) one(ctx context.Context, index int, line Line, do func(context.Context, int64, int, issue.Request) Outcome) (out Outcome) {
	version, err := int64(0), line.Err
	if err == nil {
		version, err = r.known(ctx)
	}
	if err != nil {
		return Outcome{Index: index, Err: err}
	}
	out = do(ctx, version, index, r.marked(line.Request))
	out.Index = index
	return out
}

func (r *run) issue(ctx context.Context, version int64, index int, req issue.Request) (out Outcome) {
	out.Record, out.Replayed, out.Err = r.Issuer.IssueAt(ctx, version, r.body, req, r.key(index))
	return out
}

func (r *run) judge(ctx context.Context, version int64, _ int, req issue.Request) Outcome {
	return Outcome{Err: r.Issuer.Judge(ctx, version, r.body, req)}
}

func (r *run) record(ctx context.Context, version int64, index int, req issue.Request) (out Outcome) {
	out.Record, out.Replayed, out.Err = r.Issuer.RecordAt(ctx, version, r.body, req, r.key(index))
	return out
}

// marked names the batch in the request, unless the body has a name of its own.
func (r *run) marked(req issue.Request) issue.Request {
	if req.Batch == "" {
		req.Batch = r.batch.ID
	}
	return req
}

// key is the idempotency key of a line.
func (r *run) key(index int) string { return fmt.Sprintf("%s#%d", r.batch.ID, index) }

// tell counts an outcome, answers it and, now and then, writes progress.
func (r *run) tell(ctx context.Context, out Outcome) error {
	r.batch.Received++
	if out.Err != nil {
		r.batch.Failed++
	} else if !r.options.DryRun {
		r.batch.Issued++
	}
	if err := r.answer(out); err != nil {
		return err
	}
	if r.options.DryRun || r.now().Sub(r.told) < tellEvery {
		return nil
	}
	r.told = r.now()
	return r.put(ctx, r.batch)
}

// errTooMany ends a batch that is all or nothing and too long to be.
func errTooMany() error {
	return fault.Invalid{{Pointer: "", Detail: fmt.Sprintf("has more than %d lines, which is the most that is all or nothing", MaxAtomic)}}
}

// atomic records every line first, which shows nothing to anybody, and seals
// all of them in one transaction or none.
func (r *run) atomic(ctx context.Context, next func() (Line, error)) error {
	var all []Outcome
	inner := &run{Desk: r.Desk, body: r.body, options: r.options, batch: r.batch, told: r.told}
	inner.answer = func(o Outcome) error { all = append(all, o); return nil }
	begun := 0
	err := inner.each(ctx, func() (Line, error) {
		line, err := next()
		if begun++; err == nil && begun > MaxAtomic {
			err = errTooMany()
		}
		return line, err
	}, r.record)
	if err == nil {
		err = r.sealed(ctx, all)
	}
	if err != nil {
		return errors.Join(err, r.discard(ctx, all))
	}
	*r.batch = Batch{ID: r.batch.ID, Body: r.batch.Body, State: Running, StartedAt: r.batch.StartedAt}
	for _, o := range all {
		if err := r.tell(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// sealed seals every line or, if one cannot be, none; each outcome says so.
func (r *run) sealed(ctx context.Context, all []Outcome) error {
	records := make([]issue.Record, 0, len(all))
	good := true
	for _, o := range all {
		good = good && o.Err == nil
		records = append(records, o.Record)
	}
	var at int
	var err error
	if good {
		if records, at, err = r.Issuer.SealAll(ctx, records); err == nil {
			for i := range all {
				all[i].Record = records[i]
			}
			return nil
		}
		var refusal *fault.Refusal
		var invalid fault.Invalid
		var duplicate *issue.DuplicateError
		if !errors.As(err, &refusal) && !errors.As(err, &invalid) && !errors.As(err, &duplicate) {
			return err // ours: a repeat may do better
		}
		all[at].Err = err
	}
	if err := r.discard(ctx, all); err != nil {
		return err
	}
	for i := range all {
		if all[i].Err == nil {
			all[i] = Outcome{Index: all[i].Index, Err: refused()}
		}
	}
	return nil
}

// discard takes back what was recorded and will not be sealed, so that it
// stands in nobody's way.
func (r *run) discard(ctx context.Context, all []Outcome) error {
	var numbers []string
	for _, o := range all {
		if o.Err == nil && o.Record.State == issue.Recorded {
			numbers = append(numbers, o.Record.Number)
		}
	}
	return r.Issuer.Discard(context.WithoutCancel(ctx), r.body, numbers)
}
