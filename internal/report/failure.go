package report

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// Failure is an assessment that ended without a certificate. It names no
// person: it is kept for pass rates alone (ISO/IEC 17024:2012, 7.1 and 9.3,
// leave the candidate's own record to the body).
type Failure struct {
	ID        string
	Body      string
	Scheme    string
	DecidedAt time.Time
	LearntAt  time.Time
	Examiner  string
	Centre    string
	Batch     string
}

// Limits of a record.
const (
	maxName = 200
	leeway  = 5 * time.Minute // a caller's clock may run ahead
)

// RecordFailure keeps that somebody was assessed for a scheme of the body and
// did not pass. Under a key of the body it is kept once.
func (d *Desk) RecordFailure(ctx context.Context, x Failure, key string) (Failure, bool, error) {
	data, err := json.Marshal(x)
	if err != nil {
		return Failure{}, false, fmt.Errorf("reading request: %w", err)
	}
	print := sha256.Sum256(data)
	v, err := d.Registrar.View(ctx)
	if err != nil {
		return Failure{}, false, err
	}
	var f fault.Invalid
	x.LearntAt = d.now()
	x.DecidedAt = x.DecidedAt.UTC().Truncate(time.Second)
	switch s, ok := v.Scheme(x.Scheme); {
	case !ok:
		f.Add("/scheme", "is not a scheme of this register")
	case s.Owner != x.Body:
		return Failure{}, false, &fault.Refusal{Kind: fault.Forbidden, Code: "SCHEME_OF_ANOTHER_BODY", Pointer: "/scheme",
			Detail: "The scheme belongs to another body; record assessments for a scheme of your own."}
	}
	switch {
	case x.DecidedAt.Year() < 1900:
		f.Add("/decided_at", "is missing or implausibly early: give the day and time of the decision with zone")
	case x.DecidedAt.After(x.LearntAt.Add(leeway)):
		f.Add("/decided_at", "lies in the future")
	}
	for pointer, s := range map[string]string{"/examiner": x.Examiner, "/centre": x.Centre, "/batch": x.Batch} {
		if t := issue.TextFault(s, maxName); t != "" {
			f.Add(pointer, t)
		}
	}
	slices.SortFunc(f, func(a, b fault.Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	if err := f.Err(); err != nil {
		return Failure{}, false, err
	}
	id, err := uuid.NewRandomFromReader(rand.Reader)
	if err != nil {
		return Failure{}, false, fmt.Errorf("drawing an id: %w", err)
	}
	x.ID = id.String()
	return d.Store.AddFailure(ctx, x, key, print[:])
}
