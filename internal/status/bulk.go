package status

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Selection names certificates of one body by how they came about. Zero members
// do not narrow.
type Selection struct {
	Examiner    string
	Centre      string
	Batch       string
	Key         string    // kid, or the thumbprint in it
	DecidedFrom time.Time // at this instant or later
	DecidedTo   time.Time // at this instant or earlier
}

// Bulk is one event of many certificates at once.
type Bulk struct {
	ID        string
	Body      string
	Selection Selection
	Event     trust.Event // Reason may be shown to anyone
	Reason    string      // for the issuer's file alone
	Undoes    string      // id of the Bulk that this one takes back
	Count     int         // certificates it happened to
	Skipped   int         // selected, but their status did not allow it
	Sample    []issue.Record
	// Of a preview: how many of each scheme and of each centre; of no centre
	// under the empty name.
	Schemes, Centres map[string]int
}

// MaxBulk is how many certificates one call may select: they are judged in one
// transaction, in memory. A larger selection is cut by decision dates.
const MaxBulk = 50_000

// sample is how many certificates an answer names, so that a person can see
// whether the selection is the one meant.
const sample = 20

// Bulks keeps bulk events.
type Bulks interface {
	// Select returns at most most of the body's sealed certificates that the
	// selection names, in order of number, with number, request and history.
	Select(ctx context.Context, body string, s Selection, most int) ([]issue.Record, error)
	// Sweep does, in one transaction, what pick decides: it hands pick the
	// selected certificates (or, if b.Undoes is set, those that bulk happened
	// to), locked, at most most of them, and appends b.Event to those pick
	// returns. Under a key of the body that is used already it returns the Bulk
	// of then with existing true, or issue.ErrKeyReused. ErrUndone if b.Undoes
	// was undone already.
	Sweep(ctx context.Context, b Bulk, key string, fingerprint []byte, most int, pick func([]issue.Record) (chosen []issue.Record, skipped int, err error)) (done Bulk, existing bool, err error)
	// Bulk returns what was done; issue.ErrNotFound if the body did no such thing.
	Bulk(ctx context.Context, body, id string) (Bulk, error)
}

// ErrUndone says that a bulk event was undone already.
var ErrUndone = &fault.Refusal{Kind: fault.Conflict, Code: "ALREADY_UNDONE", Detail: "The bulk event was undone already."}

// Sweeper acts on everything from one examiner, exam centre, batch, key or
// period.
type Sweeper struct {
	Bulks Bulks
	Now   func() time.Time
	Rand  io.Reader
}

// Preview tells what Apply would do now: how many, and a sample of whose.
func (s *Sweeper) Preview(ctx context.Context, b Bulk) (Bulk, error) {
	if err := s.prepare(&b, false); err != nil {
		return Bulk{}, err
	}
	found, err := s.Bulks.Select(ctx, b.Body, b.Selection, MaxBulk+1)
	if err != nil {
		return Bulk{}, err
	}
	chosen, skipped, err := pick(found, b.Event)
	if err != nil {
		return Bulk{}, err
	}
	b.Count, b.Skipped, b.Sample = len(chosen), skipped, chosen[:min(len(chosen), sample)]
	b.Schemes, b.Centres = map[string]int{}, map[string]int{}
	for _, r := range chosen {
		b.Schemes[r.Request.Scheme]++
		b.Centres[r.Request.Centre]++
	}
	return b, nil
}

// Apply records the event of every selected certificate whose status allows
// it, all or nothing. A repeat under the same key does nothing more.
func (s *Sweeper) Apply(ctx context.Context, b Bulk, key string) (Bulk, bool, error) {
	print, err := printOf(b)
	if err != nil {
		return Bulk{}, false, err
	}
	if err := s.prepare(&b, true); err != nil {
		return Bulk{}, false, err
	}
	return s.Bulks.Sweep(ctx, b, key, print, MaxBulk+1, func(found []issue.Record) ([]issue.Record, int, error) { return pick(found, b.Event) })
}

// Undo restores exactly what a bulk suspension suspended: not what was
// suspended before it, and not what has been restored, withdrawn or suspended
// anew since.
func (s *Sweeper) Undo(ctx context.Context, body, id, reason, key string) (Bulk, bool, error) {
	print, err := printOf([]string{"undo", body, id, reason})
	if err != nil {
		return Bulk{}, false, err
	}
	done, err := s.Bulks.Bulk(ctx, body, id)
	if err != nil {
		return Bulk{}, false, err
	}
	if done.Event.Kind != trust.Suspended {
		return Bulk{}, false, &fault.Refusal{Kind: fault.Conflict, Code: "NOT_UNDOABLE", Detail: "Only a suspension can be undone: " + string(done.Event.Kind) + " stands."}
	}
	b := Bulk{Body: body, Event: trust.Event{Kind: trust.Restored, Reason: done.Event.Reason}, Reason: reason, Undoes: id}
	if err := s.prepare(&b, true); err != nil {
		return Bulk{}, false, err
	}
	return s.Bulks.Sweep(ctx, b, key, print, MaxBulk+1, func(found []issue.Record) (chosen []issue.Record, skipped int, err error) {
		for _, r := range found {
			if suspendedBy(r, done.Event) && allowed(r, b.Event) == nil {
				chosen = append(chosen, r)
			}
		}
		return chosen, len(found) - len(chosen), nil
	})
}

// suspendedBy tells whether the last that happened to the certificate is this
// very event.
func suspendedBy(r issue.Record, e trust.Event) bool {
	if len(r.Events) == 0 {
		return false
	}
	last := r.Events[len(r.Events)-1]
	return last.Kind == e.Kind && last.LearntAt.Equal(e.LearntAt) && last.EffectiveAt.Equal(e.EffectiveAt)
}

// pick chooses the certificates whose status allows the event.
func pick(found []issue.Record, e trust.Event) (chosen []issue.Record, skipped int, err error) {
	if len(found) > MaxBulk {
		return nil, 0, &fault.Refusal{Kind: fault.Unprocessable, Code: "TOO_MANY", Pointer: "/select", Detail: fmt.Sprintf("More than %d certificates are selected; narrow by decided_from and decided_to.", MaxBulk)}
	}
	for _, r := range found {
		if allowed(r, e) == nil {
			chosen = append(chosen, r)
		}
	}
	return chosen, len(found) - len(chosen), nil
}

// prepare checks and completes a Bulk.
func (s *Sweeper) prepare(b *Bulk, real bool) error {
	var f fault.Invalid
	now := s.Now().UTC().Truncate(time.Microsecond)
	b.Event.LearntAt = now
	if b.Event.EffectiveAt.IsZero() {
		b.Event.EffectiveAt = now
	}
	b.Event.EffectiveAt = b.Event.EffectiveAt.UTC().Truncate(time.Microsecond)
	if b.Event.EffectiveAt.After(now.Add(leeway)) {
		f.Add("/effective_at", "lies in the future; an event is recorded when it happens")
	}
	switch b.Event.Kind {
	case trust.Suspended, trust.Restored, trust.Withdrawn:
	default:
		f.Add("/event", "must be suspended, restored or withdrawn")
	}
	if b.Undoes == "" && b.Selection == (Selection{}) {
		f.Add("/select", "is empty: name an examiner, a centre, a batch, a key or a period")
	}
	if t := b.Selection.DecidedTo; !t.IsZero() && t.Before(b.Selection.DecidedFrom) {
		f.Add("/select/decided_to", "lies before decided_from")
	}
	if real && strings.TrimSpace(b.Reason) == "" {
		f.Add("/reason", "is missing: it is kept in the file of every certificate")
	}
	for pointer, text := range map[string]string{"/reason": b.Reason, "/public_reason": b.Event.Reason} {
		if d := issue.TextFault(text, maxText); d != "" {
			f.Add(pointer, d)
		}
	}
	id, err := uuid.NewRandomFromReader(s.Rand)
	if err != nil {
		return fmt.Errorf("drawing an id: %w", err)
	}
	if b.ID = ""; real {
		b.ID = id.String()
	}
	return f.Err()
}

func printOf(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}
