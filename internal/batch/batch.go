// Package batch issues many certificates in one call: line after line, each with
// an outcome of its own, in bounded memory, and resumable. Every line is issued
// by the issuing cycle (package issue) under a key made of the batch's and its
// place, so that a repeat of the call after a crash or a cut connection issues
// what is missing and nothing twice. Whether a line may be issued is that
// package's to decide.
package batch

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// State of a batch.
type State string

// States.
const (
	Running     State = "running"
	Finished    State = "finished"
	Interrupted State = "interrupted" // repeat it under its key
)

// Batch is how far a call has come.
type Batch struct {
	ID        string
	Body      string
	State     State
	Received  int // lines that were read
	Issued    int // of them those that are certificates now
	Failed    int
	StartedAt time.Time
	UpdatedAt time.Time
}

// Store keeps how far batches have come.
type Store interface {
	// PutBatch inserts the batch, or replaces what is on record of its id.
	PutBatch(ctx context.Context, b Batch) error
	// Batch returns the body's batch; issue.ErrNotFound if there is none.
	Batch(ctx context.Context, body, id string) (Batch, error)
	// Batches returns the body's batches, newest first, after the id.
	Batches(ctx context.Context, body, after string, most int) ([]Batch, error)
}

// Line is one certificate to issue, or why it cannot be read.
type Line struct {
	Request issue.Request
	Err     error
}

// Outcome of a line.
type Outcome struct {
	Index    int
	Record   issue.Record
	Replayed bool // an earlier try issued it
	Err      error
}

// Options of a batch.
type Options struct {
	Key    string // idempotency key; empty: it cannot be resumed
	ID     string // set by ID
	Atomic bool   // all or nothing
	DryRun bool   // judge every line and issue nothing
}

// MaxAtomic bounds what is all or nothing: it is one transaction.
const MaxAtomic = 10_000

// Limits of the work.
const (
	ahead     = 512                    // lines in work at once: memory is this many
	freshness = 200 * time.Millisecond // how old the registry's version may be that lines are judged by
	tellEvery = time.Second            // progress is written
	silence   = 30 * time.Second       // a batch that wrote none for so long was interrupted
)

// Desk issues batches.
type Desk struct {
	Issuer *issue.Issuer
	Store  Store
	Now    func() time.Time
	Rand   io.Reader
}

// Run issues the lines of the body that next gives until io.EOF, and answers
// them in order. It stops at an error of answer, which it returns, and at one of
// next, which spoils what follows but not what was issued.
func (d *Desk) Run(ctx context.Context, body string, o Options, next func() (Line, error), answer func(Outcome) error) (Batch, error) {
	b := Batch{Body: body, State: Running, StartedAt: d.now()}
	var err error
	if b.ID, err = d.ID(body, &o); err != nil {
		return b, err
	}
	if !o.DryRun {
		if err := d.put(ctx, &b); err != nil {
			return b, err
		}
	}
	run := &run{Desk: d, body: body, options: o, batch: &b, answer: answer, told: d.now()}
	switch {
	case o.DryRun:
		err = run.each(ctx, next, run.judge)
	case o.Atomic:
		err = run.atomic(ctx, next)
	default:
		err = run.each(ctx, next, run.issue)
	}
	b.State = Finished
	if err != nil {
		b.State = Interrupted
	}
	if o.DryRun {
		return b, err
	}
	return b, errors.Join(err, d.put(context.WithoutCancel(ctx), &b))
}

// ID is the id that Run with the options gives the batch: the same for the same
// key of a body, random without one.
func (d *Desk) ID(body string, o *Options) (string, error) {
	if o.ID != "" {
		return o.ID, nil
	}
	sum := sha256.Sum256([]byte("batch\x00" + body + "\x00" + o.Key))
	if o.Key == "" {
		if _, err := io.ReadFull(d.Rand, sum[:]); err != nil {
			return "", fmt.Errorf("drawing an id: %w", err)
		}
	}
	o.ID = "b-" + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:10]))
	return o.ID, nil
}

func (d *Desk) put(ctx context.Context, b *Batch) error {
	b.UpdatedAt = d.now()
	return d.Store.PutBatch(ctx, *b)
}

// Batch tells how far one of the body's batches has come.
func (d *Desk) Batch(ctx context.Context, body, id string) (Batch, error) {
	b, err := d.Store.Batch(ctx, body, id)
	return d.as(b), err
}

// Batches tells of the body's batches, newest first.
func (d *Desk) Batches(ctx context.Context, body, after string, most int) ([]Batch, error) {
	all, err := d.Store.Batches(ctx, body, after, most)
	for i := range all {
		all[i] = d.as(all[i])
	}
	return all, err
}

// as is the batch as it must be now: one that says nothing any more has ended.
func (d *Desk) as(b Batch) Batch {
	if b.State == Running && d.now().Sub(b.UpdatedAt) > silence {
		b.State = Interrupted
	}
	return b
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// refused is what becomes of a good line of a batch that is all or nothing.
func refused() error {
	return &fault.Refusal{Kind: fault.Conflict, Code: "BATCH_REFUSED", Detail: "Another line cannot be issued, and the batch is all or nothing: nothing was issued."}
}
