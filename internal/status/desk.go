package status

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Certificates is what the desk needs of the certificate store.
type Certificates interface {
	Certificate(ctx context.Context, number string) (issue.Record, error)
	// AppendEvent inserts; check sees the record with its events inside the
	// transaction and refuses by returning an error.
	AppendEvent(ctx context.Context, number string, e trust.Event, reason string, check func(issue.Record) error) error
}

// Desk changes the status of certificates.
type Desk struct {
	Certificates Certificates
	Now          func() time.Time
}

// leeway is how far a caller's clock may run ahead.
const leeway = 5 * time.Minute

// maxText bounds reasons, in characters.
const maxText = 500

// Certificate records an event of one of the body's own certificates and
// returns the record with it. Withdrawn and superseded are final (ISO/IEC
// 17000:2020, 8.3); restoring is for what was suspended. Another body's
// certificate is issue.ErrNotFound. e.Reason may be shown to anyone; reason is
// for the issuer's file alone.
func (d *Desk) Certificate(ctx context.Context, body, number string, e trust.Event, reason string) (issue.Record, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return issue.Record{}, issue.ErrNotFound
	}
	now := d.Now().UTC().Truncate(time.Microsecond)
	e.LearntAt = now
	if e.EffectiveAt.IsZero() {
		e.EffectiveAt = now
	}
	e.EffectiveAt = e.EffectiveAt.UTC().Truncate(time.Microsecond)
	if err := d.valid(ctx, body, string(n), &e, reason, now); err != nil {
		return issue.Record{}, err
	}
	err = d.Certificates.AppendEvent(ctx, string(n), e, reason, func(r issue.Record) error {
		if r.Body != body || r.State != issue.Sealed {
			return issue.ErrNotFound
		}
		return allowed(r, e)
	})
	if err != nil {
		return issue.Record{}, err
	}
	return d.Certificates.Certificate(ctx, string(n))
}

func (d *Desk) valid(ctx context.Context, body, number string, e *trust.Event, reason string, now time.Time) error {
	var f fault.Invalid
	switch e.Kind {
	case trust.Suspended, trust.Restored, trust.Withdrawn:
		if e.Successor != "" {
			f.Add("/successor", "belongs to superseded alone")
		}
	case trust.Superseded:
		if e.Successor != "" {
			e.Successor = d.successor(ctx, body, number, e.Successor, &f)
		}
	default:
		f.Add("/event", "must be suspended, restored, withdrawn, superseded or name_corrected")
	}
	if e.EffectiveAt.After(now.Add(leeway)) {
		f.Add("/effective_at", "lies in the future; an event is recorded when it happens")
	}
	for pointer, text := range map[string]string{"/public_reason": e.Reason, "/reason": reason} {
		lines := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(text) // a reason may have several
		if fault := issue.TextFault(lines, maxText); fault != "" {
			f.Add(pointer, fault)
		}
	}
	return f.Err()
}

func (d *Desk) successor(ctx context.Context, body, number, typed string, f *fault.Invalid) string {
	n, err := credential.ParseNumber(typed)
	if err != nil {
		f.Add("/successor", err.Error())
		return ""
	}
	r, err := d.Certificates.Certificate(ctx, string(n))
	if err != nil && !errors.Is(err, issue.ErrNotFound) {
		f.Add("/successor", "could not be looked up; try again")
	} else if err != nil || r.Body != body || r.State != issue.Sealed || string(n) == number {
		f.Add("/successor", "must be another certificate of the same body")
	}
	return string(n)
}

// allowed is the life of a certificate.
func allowed(r issue.Record, e trust.Event) error {
	if e.EffectiveAt.Before(r.Request.DecidedAt) {
		return fault.Invalid{{Pointer: "/effective_at", Detail: "lies before the decision"}}
	}
	latest := e.EffectiveAt
	for _, x := range r.Events {
		if x.EffectiveAt.After(latest) {
			latest = x.EffectiveAt
		}
	}
	if latest.After(e.EffectiveAt) && e.Kind == trust.Restored {
		return &fault.Refusal{Kind: fault.Conflict, Code: "EVENT_ORDER", Pointer: "/effective_at", Detail: "A later event is already on record."}
	}
	l := trust.At(trust.Statement{Events: r.Events}, latest, time.Time{})
	refuse := func(detail string) error {
		return &fault.Refusal{Kind: fault.Conflict, Code: "STATUS_CONFLICT", Detail: detail, Extra: map[string]any{"status": string(l.Status)}}
	}
	switch {
	case l.Status == trust.LinkWithdrawn || l.Status == trust.LinkSuperseded:
		return refuse("The certificate is " + string(l.Status) + ", which is final.")
	case e.Kind == trust.Suspended && l.Status == trust.LinkSuspended:
		return refuse("The certificate is suspended already.")
	case e.Kind == trust.Restored && l.Status != trust.LinkSuspended:
		return refuse("Only a suspended certificate can be restored.")
	}
	return nil
}
