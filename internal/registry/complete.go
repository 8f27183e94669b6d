package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// What coverage is about.
const (
	OfCertificates = "certificates"
	OfGranted      = "accreditations_granted"
	OfHeld         = "accreditations_held"
)

// How complete a register is.
const (
	RegisterComplete = "complete"
	RegisterPartial  = "partial"
	RegisterNone     = "none"
)

// DefaultRefreshDays is how long after a synchronisation a complete register
// still counts as complete where no refresh was promised. Without any grace no
// register would ever be complete for now; a month is the longest that an
// employer's question can wait for a register that is kept by hand.
const DefaultRefreshDays = 30

// maxRefreshDays bounds a promise: a register refreshed less than yearly
// proves nothing about today.
const maxRefreshDays = 366

// CompleteUntil returns the last instant for which every accreditation of the
// body for the activity in need would be known; zero if absence proves nothing.
//
// Either the register of accreditations held by the body is complete, or the
// register of accreditations granted is complete for every accreditor that an
// anchor, directly or through other arrangements, ever recognised for the
// activity, confirmed or not. A register is complete up to its
// synchronisation and for the promised refresh after it. Of several words
// about the same register the latest learnt counts.
func (v *View) CompleteUntil(anchors []trust.Anchor, body string, need trust.Scope) time.Time {
	b, ok := v.ByDID(body)
	if !ok {
		return time.Time{}
	}
	held, granted := v.until(b.ID, OfHeld), v.grantedUntil(anchors, need)
	if held.Before(granted) {
		return granted
	}
	return held
}

// Complete is CompleteUntil in the form of trust.Policy.Complete.
func (v *View) Complete(anchors []trust.Anchor) func(body string, need trust.Scope, at time.Time) bool {
	return func(body string, need trust.Scope, at time.Time) bool {
		until := v.CompleteUntil(anchors, body, need)
		return !until.IsZero() && !at.After(until)
	}
}

// RegisterUntil returns the last instant for which that one register of the
// body (OfCertificates, OfGranted, OfHeld) is complete, or zero.
func (v *View) RegisterUntil(body, of string) time.Time { return v.until(body, of) }

// until returns the last instant for which that register is complete, or zero.
func (v *View) until(body, of string) time.Time {
	for _, c := range v.coverage[body] {
		if c.Of != of || c.Register != RegisterComplete || c.SynchronisedAt.IsZero() {
			continue
		}
		days := c.PromisedRefreshDays
		if days == 0 {
			days = DefaultRefreshDays
		}
		return c.SynchronisedAt.AddDate(0, 0, days)
	}
	return time.Time{}
}

// grantedUntil is the earliest end among all recognised accreditors'
// registers; zero if one is not complete or there is no accreditor at all.
func (v *View) grantedUntil(anchors []trust.Anchor, need trust.Scope) time.Time {
	asked := trust.Scope{Activity: need.Activity}
	var until time.Time
	seen := map[string]bool{}
	var queue []string
	for _, a := range anchors {
		covers := func(s trust.Scope) bool { return s.Covers(asked) }
		if b, ok := v.ByDID(a.DID); ok && slices.ContainsFunc(a.Scopes, covers) && !seen[b.ID] {
			seen[b.ID] = true
			queue = append(queue, b.ID)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, s := range v.by[queue[0]] {
			if s.Kind != trust.Recognition || seen[s.Subject] || !everCovers(s, asked) {
				continue
			}
			seen[s.Subject] = true
			queue = append(queue, s.Subject)
			subject, _ := v.Body(s.Subject) // the store keeps the reference
			if !slices.Contains(subject.Roles, AccreditationBody) {
				continue
			}
			end := v.until(s.Subject, OfGranted)
			if end.IsZero() {
				return time.Time{}
			}
			if until.IsZero() || end.Before(until) {
				until = end
			}
		}
	}
	return until
}

// everCovers reports whether the statement covers the need by its first scope
// or by one it had later.
func everCovers(s Statement, need trust.Scope) bool {
	return s.Scope.Covers(need) || slices.ContainsFunc(s.Events, func(e trust.Event) bool {
		return e.Scope != nil && e.Scope.Covers(need)
	})
}

// CoverageOf lists what coverage may be about for a body with these roles.
func CoverageOf(roles []Role) []string {
	var certificates, granted, held bool
	for _, r := range roles {
		switch r {
		case Arrangement:
			granted = true
		case AccreditationBody:
			granted, held = true, true
		case CertificationBody, TrainingProvider:
			certificates, held = true, true
		case SchemeOwner, RegisterOperator:
		}
	}
	var out []string
	if certificates {
		out = append(out, OfCertificates)
	}
	if granted {
		out = append(out, OfGranted)
	}
	if held {
		out = append(out, OfHeld)
	}
	return out
}

// SetCoverage records how complete the register is. A Coverage without Of
// stands for all that the body's roles allow. Earlier words stay on record.
func (r *Registrar) SetCoverage(ctx context.Context, all []Coverage) error {
	v, err := r.View(ctx)
	if err != nil {
		return err
	}
	now := r.now()
	var rows []Coverage
	for _, c := range all {
		b, ok := v.Body(c.Body)
		if !ok {
			return fmt.Errorf("body %q: %w", c.Body, ErrNotFound)
		}
		c.LearntAt, c.SynchronisedAt, c.AskedAt = now, instant(c.SynchronisedAt), instant(c.AskedAt)
		if err := checkCoverage(c, b, now, "").Err(); err != nil {
			return err
		}
		of := []string{c.Of}
		if c.Of == "" {
			of = CoverageOf(b.Roles)
		}
		for _, o := range of {
			row := c
			if row.Of = o; o != OfCertificates {
				row.Declared, row.Published, row.CheckURL, row.AskedAt = nil, nil, "", time.Time{}
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := r.Store.PutCoverage(ctx, rows); err != nil {
		return fmt.Errorf("recording coverage: %w", err)
	}
	return nil
}

// checkCoverage finds the faults of one Coverage of the body.
func checkCoverage(c Coverage, b Body, now time.Time, at string) fault.Invalid {
	var f fault.Invalid
	if allowed := CoverageOf(b.Roles); len(allowed) == 0 {
		f.Add(at+"/of", "the body's roles allow no coverage")
	} else if c.Of != "" && !slices.Contains(allowed, c.Of) {
		f.Add(at+"/of", fmt.Sprintf("must be one of %q for this body's roles", allowed))
	}
	switch c.Register {
	case RegisterComplete, RegisterPartial:
		if c.SynchronisedAt.IsZero() {
			f.Add(at+"/synchronised_at", "is needed unless register is none")
		}
	case RegisterNone:
	default:
		f.Add(at+"/register", "must be complete, partial or none")
	}
	if c.SynchronisedAt.After(now) {
		f.Add(at+"/synchronised_at", "must not lie in the future")
	}
	if c.PromisedRefreshDays < 0 || c.PromisedRefreshDays > maxRefreshDays {
		f.Add(at+"/promised_refresh_days", fmt.Sprintf("must be between 0 and %d", maxRefreshDays))
	}
	c.checkFigures(&f, now, at)
	return f
}

// maxCertificates bounds a declared number: nobody has certified more people.
const maxCertificates = 1_000_000_000

// checkFigures finds the faults of what is said of certificates alone.
func (c Coverage) checkFigures(f *fault.Invalid, now time.Time, at string) {
	if c.Of != "" && c.Of != OfCertificates && (c.Declared != nil || c.Published != nil || c.CheckURL != "" || !c.AskedAt.IsZero()) {
		f.Add(at+"/of", "declared, published, check_url and last_asked_at belong to certificates")
	}
	for name, n := range map[string]*int{"declared": c.Declared, "published": c.Published} {
		if n != nil && (*n < 0 || *n > maxCertificates) {
			f.Add(at+"/"+name, fmt.Sprintf("must be between 0 and %d", maxCertificates))
		}
	}
	if c.CheckURL != "" && !httpsAddress(c.CheckURL) {
		f.Add(at+"/check_url", "must be an https address")
	}
	if c.AskedAt.After(now) {
		f.Add(at+"/last_asked_at", "must not lie in the future")
	}
}
