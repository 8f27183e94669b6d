package issue

import (
	"context"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Lineage is where a certificate stands among those of one holder for one
// scheme. The zero Lineage is that of a first certificate.
type Lineage struct {
	First     string    `json:",omitzero"` // number of the first certificate
	Previous  string    `json:",omitzero"` // number of the certificate this one follows
	Kind      string    `json:",omitzero"` // renewed, late, reinstated (package cpd) or Corrected
	Cycle     int       `json:",omitzero"` // from 1; 0 reads 1
	Granted   time.Time `json:",omitzero"` // decision on the first certificate
	From      time.Time `json:",omitzero"` // begin of the cycle
	Earns     time.Time `json:",omitzero"` // units count in the cycle from then on
	Lapsed    time.Time `json:",omitzero"` // since when, until ValidFrom, none was in force
	HidesName bool      `json:",omitzero"` // Corrected only: the former name is shown no more
	Reason    string    `json:",omitzero"` // Corrected only: may be shown to anyone
	Note      string    `json:",omitzero"` // Corrected only: for the issuer's file
}

// Corrected is the kind of a certificate that repeats another under the
// holder's right name: the same decision, no new cycle.
const Corrected = "corrected"

// Root is the number of the holder's first certificate.
func (r Record) Root() string {
	if r.Request.Lineage.First == "" {
		return r.Number
	}
	return r.Request.Lineage.First
}

// Place is the record's lineage with every member filled in.
func (r Record) Place() Lineage {
	l, q := r.Request.Lineage, r.Request
	l.First = r.Root()
	l.Cycle = max(l.Cycle, 1)
	if l.Granted.IsZero() {
		l.Granted = q.DecidedAt
	}
	if l.From.IsZero() {
		l.From = q.ValidFrom
	}
	if l.Earns.IsZero() {
		l.Earns = q.DecidedAt
	}
	return l
}

// Successor is the number of the certificate that superseded this one, if any.
func (r Record) Successor() string {
	for _, e := range r.Events {
		if e.Kind == trust.Superseded && e.Successor != "" {
			return e.Successor
		}
	}
	return ""
}

// Succeed issues a certificate that follows another of the body and supersedes
// it in the moment in which it is sealed. It is Issue in everything else, under
// a fingerprint of what the caller asked for. Of two that follow the same
// certificate one is sealed; the other is refused as MayFollow says.
func (i *Issuer) Succeed(ctx context.Context, body string, req Request, key string, print []byte) (Record, bool, error) {
	normalise(&req)
	return i.issue(ctx, 0, body, req, key, print)
}

// MayFollow refuses to let anything follow a certificate that is suspended,
// withdrawn or superseded, whatever its dates. An expired one may be followed.
func MayFollow(previous Record) error {
	latest := previous.Request.ValidFrom
	for _, e := range previous.Events {
		if e.EffectiveAt.After(latest) {
			latest = e.EffectiveAt
		}
	}
	s := trust.At(trust.Statement{ValidFrom: previous.Request.ValidFrom, Events: previous.Events}, latest, time.Time{}).Status
	switch s {
	case trust.LinkSuspended, trust.LinkWithdrawn, trust.LinkSuperseded:
		extra := map[string]any{"status": string(s)}
		detail := "The certificate is " + string(s) + "; "
		switch n := previous.Successor(); {
		case n != "":
			extra["successor"] = n
			detail += "go on with its successor."
		case s == trust.LinkSuspended:
			detail += "restore it first."
		default:
			detail += "which is final."
		}
		return &fault.Refusal{Kind: fault.Conflict, Code: "STATUS_CONFLICT", Detail: detail, Extra: extra}
	}
	return nil
}

// Withheld refuses to hand out a credential whose holder's name was corrected
// and is to be shown no more: the signed bytes carry it. The report on it stays.
func Withheld(events []trust.Event) error {
	for _, e := range events {
		if e.Kind == trust.NameCorrected && e.HidesName {
			return &fault.Refusal{Kind: fault.Missing, Code: "NAME_CORRECTED", Detail: "The credential carries a former name and is given out no more; its successor carries the right one.",
				Extra: map[string]any{"successor": e.Successor}}
		}
	}
	return nil
}

// Replaced is what happens to an earlier certificate of the holder when the
// one with the number is sealed, under the duplicate policy "replace".
func Replaced(number string, now time.Time) trust.Event {
	return trust.Event{Kind: trust.Superseded, EffectiveAt: now, LearntAt: now, Successor: number, Reason: "Replaced by a newer certificate"}
}

// Events are what happens to the certificate before when the one with the
// number is sealed.
func (l Lineage) Events(number string, now time.Time) map[string][]trust.Event {
	if l.Previous == "" {
		return map[string][]trust.Event{}
	}
	e := trust.Event{Kind: trust.Superseded, EffectiveAt: now, LearntAt: now, Successor: number, Reason: "Renewed"}
	if l.Kind != Corrected {
		return map[string][]trust.Event{l.Previous: {e}}
	}
	c := trust.Event{Kind: trust.NameCorrected, EffectiveAt: now, LearntAt: now, Successor: number, HidesName: l.HidesName, Reason: l.Reason}
	e.Reason = "Issued again under the holder’s corrected name"
	return map[string][]trust.Event{l.Previous: {c, e}}
}

// written is the lineage as the credential tells it.
func (l Lineage) written(at credential.Addresses) credential.Lineage {
	if l.Previous == "" {
		return credential.Lineage{}
	}
	return credential.Lineage{Previous: at.Certificate(credential.Number(l.Previous)), Succession: l.Kind, Cycle: l.Cycle, FirstDecidedAt: l.Granted, LapsedFrom: l.Lapsed}
}
