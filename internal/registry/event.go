package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Event records that something happened to a statement; nothing is
// overwritten. What may follow what is judged at the instant the event takes
// effect, which may lie in the past: when the register learnt it is kept
// beside it. Withdrawn and superseded are final.
func (r *Registrar) Event(ctx context.Context, id string, e trust.Event) (Statement, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Statement{}, err
	}
	held, ok := v.Statement(id)
	if !ok {
		return Statement{}, fmt.Errorf("statement %q: %w", id, ErrNotFound)
	}
	e.EffectiveAt, e.LearntAt = instant(e.EffectiveAt), r.now()
	faults := v.checkEvent(e, "")
	e.Reason = cleanText(&faults, "/reason", e.Reason, maxNote)
	if _, known := v.Statement(e.Successor); e.Successor != "" && !known {
		faults.Add("/successor", "is not a statement of this register")
	}
	if e.Scope != nil {
		scope := v.normalScope(&faults, "/scope", *e.Scope)
		e.Scope = &scope
	}
	if err := faults.Err(); err != nil {
		return Statement{}, err
	}
	if e.Scope != nil {
		if err := v.scopeWithin(held.Issuer, *e.Scope, e.EffectiveAt, e.LearntAt); err != nil {
			return Statement{}, err
		}
	}
	var after Statement
	err = r.Store.AppendStatementEvent(ctx, id, e, func(s Statement) error {
		if err := v.mayFollow(s, e); err != nil {
			return err
		}
		after = s
		after.Events = append(after.Events[:len(after.Events):len(after.Events)], e)
		return nil
	})
	var refused *fault.Refusal
	if errors.As(err, &refused) {
		return Statement{}, refused
	}
	if err != nil {
		return Statement{}, fmt.Errorf("recording event of statement %s: %w", id, err)
	}
	return after, nil
}

// checkEvent finds the faults of the event by itself.
func (v *View) checkEvent(e trust.Event, at string) fault.Invalid {
	var f fault.Invalid
	switch e.Kind {
	case trust.Suspended, trust.Restored, trust.Withdrawn, trust.Superseded:
		if e.Scope != nil {
			f.Add(at+"/scope", "belongs to reduced and extended only")
		}
	case trust.Reduced, trust.Extended:
		if e.Scope == nil {
			f.Add(at+"/scope", "is needed: the whole scope that holds from then on")
		}
	default:
		f.Add(at+"/event", "must be suspended, restored, withdrawn, reduced, extended or superseded")
	}
	if e.EffectiveAt.IsZero() {
		f.Add(at+"/effective_at", "is needed")
	}
	if e.Successor != "" && e.Kind != trust.Superseded {
		f.Add(at+"/successor", "belongs to superseded only")
	}
	return f
}

// mayFollow refuses an event that the statement's history does not allow.
func (v *View) mayFollow(s Statement, e trust.Event) error {
	no := func(format string, args ...any) error {
		return &fault.Refusal{Kind: fault.Conflict, Code: "EVENT_NOT_POSSIBLE", Pointer: "/event", Detail: fmt.Sprintf(format, args...)}
	}
	if e.EffectiveAt.Before(s.ValidFrom) {
		return no("the statement only begins at %s", s.ValidFrom.Format(time.RFC3339))
	}
	for _, old := range s.Events {
		final := old.Kind == trust.Withdrawn || old.Kind == trust.Superseded
		if final && (e.Kind == trust.Withdrawn || e.Kind == trust.Superseded || !e.EffectiveAt.Before(old.EffectiveAt)) {
			return no("the statement is %s since %s, which is final", old.Kind, old.EffectiveAt.Format(time.RFC3339))
		}
	}
	link := trust.At(v.trust(s), e.EffectiveAt, time.Time{})
	switch status := link.Status; {
	case over(status):
		return no("the statement is %s at that time", status)
	case e.Kind == trust.Suspended && status != trust.LinkInForce:
		return no("only a statement in force can be suspended; at that time it is %s", status)
	case e.Kind == trust.Restored && status != trust.LinkSuspended:
		return no("only a suspended statement can be restored; at that time it is %s", status)
	}
	if e.Kind == trust.Reduced && !link.Scope.Includes(v.addressed(*e.Scope)) {
		return &fault.Refusal{Code: "SCOPE_EXCEEDS_PARENT", Pointer: "/scope", Detail: "a reduced scope must lie inside the one held before"}
	}
	return nil
}
