// Package idempotency remembers the answers to creating calls, so that a
// repeat under the same Idempotency-Key gets the first answer again.
package idempotency

import (
	"context"
	"errors"
	"time"
)

// Answer is a call and, once finished, what it was answered.
type Answer struct {
	Client      string
	Route       string
	Key         string
	Fingerprint []byte // SHA-256 of the request body
	StartedAt   time.Time
	Status      int // HTTP; zero while it is running
	Header      map[string]string
	Body        []byte
}

// Errors that callers branch on.
var (
	ErrKeyReused  = errors.New("the idempotency key was used for another request")
	ErrInProgress = errors.New("the first request under this key is still running")
)

// Store keeps answers. Every method is one transaction.
type Store interface {
	// Begin claims the key. prior is the finished answer, or nil if the call is
	// the caller's to run. ErrKeyReused if the fingerprint differs;
	// ErrInProgress while another's claim is younger than lease.
	Begin(ctx context.Context, a Answer, lease time.Duration) (prior *Answer, err error)
	// Finish keeps the answer.
	Finish(ctx context.Context, a Answer) error
	// Abandon frees the key of a call that was not carried out.
	Abandon(ctx context.Context, a Answer) error
}
