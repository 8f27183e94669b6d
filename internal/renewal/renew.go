package renewal

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// Request is what a body asks of a renewal. Zero members are taken from the
// certificate before, or left to the rule.
type Request struct {
	DecidedAt   time.Time // zero: now
	ValidUntil  time.Time // not after what the rule grants
	ExternalID  string
	Level       string
	Evidence    []issue.Evidence
	Examiner    string
	Centre      string
	Batch       string
	Claim       *bool
	Publication issue.Publication
	LatePath    string // the way back that the holder went: exam or fee
}

// Renew issues the certificate of the next cycle if the rule in force at the
// decision before is met: early without losing time, late in the grace,
// reinstated after it with the gap told. It supersedes the one before when it
// is sealed. A repeat under the same key finishes what a crash interrupted.
// *fault.Refusal with code RECERTIFICATION_INCOMPLETE and what is missing.
func (d *Desk) Renew(ctx context.Context, body, number string, r Request, key string) (rec issue.Record, replayed bool, err error) {
	print, err := printOf("renewal", body, number, r)
	if err != nil {
		return issue.Record{}, false, err
	}
	// 1. What an earlier try began is finished, whatever has changed since.
	key = keyOf("renewal", number, key)
	if begun, err := d.begun(ctx, body, key); err != nil {
		return issue.Record{}, false, err
	} else if begun {
		return d.Issuer.Succeed(ctx, body, issue.Request{}, key, print)
	}
	// 2. May anything follow this certificate?
	previous, err := d.followed(ctx, body, number)
	if err != nil {
		return issue.Record{}, false, err
	}
	now := d.Now().UTC().Truncate(time.Second)
	decided := r.DecidedAt.UTC().Truncate(time.Second)
	if r.DecidedAt.IsZero() {
		decided = now
	}
	if err := dates(previous, decided, now); err != nil {
		return issue.Record{}, false, err
	}
	// 3. Is the rule met, as of the decision, and what does it grant?
	s, err := d.sheet(ctx, previous, decided)
	if err != nil {
		return issue.Record{}, false, err
	}
	grant, err := cpd.Renew(s.Rule, s.Cycle, s.Standing, decided, r.LatePath)
	if err != nil {
		return issue.Record{}, false, err
	}
	req, err := next(previous, r, decided, grant)
	if err != nil {
		return issue.Record{}, false, err
	}
	// 4. Issue.
	return d.Issuer.Succeed(ctx, body, req, key, print)
}

func (d *Desk) begun(ctx context.Context, body, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	_, err := d.Store.ByKey(ctx, body, key)
	if errors.Is(err, issue.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func dates(previous issue.Record, decided, now time.Time) error {
	var f fault.Invalid
	if decided.After(now.Add(leeway)) {
		f.Add("/decided_at", "lies in the future: a certificate is renewed after the decision")
	}
	if decided.Before(previous.Request.DecidedAt) {
		f.Add("/decided_at", "lies before the decision on the certificate that is renewed")
	}
	return f.Err()
}

// next is what is issued for the cycle granted.
func next(previous issue.Record, r Request, decided time.Time, g cpd.Grant) (issue.Request, error) {
	q, p := previous.Request, previous.Place()
	out := issue.Request{Scheme: q.Scheme, ExternalID: q.ExternalID, Holder: q.Holder, DecidedAt: decided, ValidFrom: decided, ValidUntil: g.Until.Truncate(time.Second),
		Level: q.Level, Evidence: r.Evidence, Examiner: q.Examiner, Centre: q.Centre, Batch: r.Batch, Claim: q.Claim, Publication: q.Publication,
		Competence: issue.Competence{ExaminerCertificate: q.Competence.ExaminerCertificate}, Lineage: issue.Lineage{First: p.First, Previous: previous.Number, Kind: g.Kind, Cycle: p.Cycle + 1, Granted: p.Granted, From: g.From, Earns: decided}}
	if !decided.Before(q.ValidUntil) {
		out.Lineage.Lapsed = q.ValidUntil
	}
	for to, given := range map[*string]string{&out.ExternalID: r.ExternalID, &out.Level: r.Level, &out.Examiner: r.Examiner, &out.Centre: r.Centre} {
		if given != "" { // who assessed the holder stays known until somebody assesses anew
			*to = given
		}
	}
	if r.Claim != nil {
		out.Claim = *r.Claim
	}
	if r.Publication != "" {
		out.Publication = r.Publication
	}
	if !r.ValidUntil.IsZero() {
		if r.ValidUntil.After(g.Until) {
			return out, fault.Invalid{{Pointer: "/valid_until", Detail: "is later than the rule grants: " + g.Until.Format(time.RFC3339)}}
		}
		out.ValidUntil = r.ValidUntil
	}
	return out, nil
}

// Correction is the holder's right name.
type Correction struct {
	Name     string
	HidesOld bool   // the former name is shown no more
	Reason   string // may be shown to anyone
	Note     string // for the issuer's file
}

// Correct issues the certificate again under the holder's right name: the same
// decision, the same dates, no new cycle. The one before is superseded and
// keeps the event.
func (d *Desk) Correct(ctx context.Context, body, number string, c Correction, key string) (rec issue.Record, replayed bool, err error) {
	print, err := printOf("correction", body, number, c)
	if err != nil {
		return issue.Record{}, false, err
	}
	key = keyOf("correction", number, key)
	if begun, err := d.begun(ctx, body, key); err != nil {
		return issue.Record{}, false, err
	} else if begun {
		return d.Issuer.Succeed(ctx, body, issue.Request{}, key, print)
	}
	previous, err := d.followed(ctx, body, number)
	if err != nil {
		return issue.Record{}, false, err
	}
	req := previous.Request
	var f fault.Invalid
	if d := issue.NameFault(c.Name); d != "" {
		f.Add("/name", d)
	} else if issue.SameName(req.Holder.Name, c.Name) {
		f.Add("/name", "is the name on the certificate")
	}
	for pointer, s := range map[string]string{"/public_reason": c.Reason, "/reason": c.Note} {
		if d := issue.TextFault(s, maxText); d != "" {
			f.Add(pointer, d)
		}
	}
	if err := f.Err(); err != nil {
		return issue.Record{}, false, err
	}
	req.Holder.Name = c.Name
	l := previous.Place()
	l.Previous, l.Kind, l.HidesName, l.Reason, l.Note = previous.Number, issue.Corrected, c.HidesOld, c.Reason, c.Note
	req.Lineage = l
	return d.Issuer.Succeed(ctx, body, req, key, print)
}

// keyOf keeps the keys of one call and certificate apart from all others; none
// stays none.
func keyOf(call, number, key string) string {
	if key == "" {
		return ""
	}
	return call + " " + number + " " + key
}

// followed is a certificate of the body that another may follow.
func (d *Desk) followed(ctx context.Context, body, number string) (issue.Record, error) {
	previous, err := d.find(ctx, body, number)
	if err != nil {
		return issue.Record{}, err
	}
	return previous, issue.MayFollow(previous)
}
