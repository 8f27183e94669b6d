// Package renewal keeps certificates going from cycle to cycle: it enters
// continuing education in the ledger, tells how a cycle stands, renews when the
// scheme's dated rule is met, and issues again under a corrected name. What the
// rule asks is judged in package cpd; the new certificate goes through the very
// issuing cycle of package issue.
package renewal

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// Store keeps ledgers. Every method is one transaction.
type Store interface {
	// Enter appends to the ledger. check sees the entry's certificate and the
	// ledger of its lineage inside the transaction and refuses by returning an
	// error. Under a key that the lineage already used it returns the entry of
	// then with existing true if the fingerprint is the same, else
	// issue.ErrKeyReused.
	Enter(ctx context.Context, e cpd.Entry, key string, fingerprint []byte, check func(issue.Record, []cpd.Entry) error) (entry cpd.Entry, existing bool, err error)
	// Ledger returns every entry of the lineage, in the order of entering.
	Ledger(ctx context.Context, lineage string) ([]cpd.Entry, error)
	// Certificate returns the record in any state; issue.ErrNotFound if there is none.
	Certificate(ctx context.Context, number string) (issue.Record, error)
	// Ledgers returns every entry of each of the lineages, in the order of entering.
	Ledgers(ctx context.Context, lineages []string) (map[string][]cpd.Entry, error)
	// ByKey returns the record that the body began under the idempotency key.
	ByKey(ctx context.Context, body, key string) (issue.Record, error)
}

// Desk renews.
type Desk struct {
	Store     Store
	Issuer    *issue.Issuer
	Registrar *registry.Registrar
	Now       func() time.Time
	Rand      io.Reader
}

// leeway is how far a caller's clock may run ahead.
const leeway = 5 * time.Minute

// Sheet is a cycle with everything that bears on it.
type Sheet struct {
	Record   issue.Record
	Cycle    cpd.Cycle
	Rule     registry.Recertification
	Ruled    bool // the scheme has a rule; else the certificate's own length stands for one
	Entries  []cpd.Entry
	Standing cpd.Standing
	Sample   cpd.Sample
	// Grant is what renewing now would give; Refused says why it would not.
	Grant   cpd.Grant
	Refused error
}

// Sheet tells how the cycle of a certificate stands now. The certificate of
// another body is issue.ErrNotFound; an empty body asks for any.
func (d *Desk) Sheet(ctx context.Context, body, number string) (Sheet, error) {
	rec, err := d.find(ctx, body, number)
	if err != nil {
		return Sheet{}, err
	}
	now := d.Now().UTC()
	s, err := d.sheet(ctx, rec, now)
	if err != nil {
		return Sheet{}, err
	}
	if s.Refused = issue.MayFollow(rec); s.Refused == nil {
		s.Grant, s.Refused = cpd.Renew(s.Rule, s.Cycle, s.Standing, now, s.Rule.Late)
	}
	return s, nil
}

func (d *Desk) find(ctx context.Context, body, number string) (issue.Record, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return issue.Record{}, err
	}
	rec, err := d.Store.Certificate(ctx, string(n))
	if err != nil {
		return issue.Record{}, err
	}
	if body != "" && rec.Body != body || rec.State != issue.Sealed {
		return issue.Record{}, issue.ErrNotFound
	}
	return rec, nil
}

// Sheets tells how the cycles of the records stand at an instant, without what
// renewing would give. It reads all their ledgers at once.
func (d *Desk) Sheets(ctx context.Context, recs []issue.Record, at time.Time) ([]Sheet, error) {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return nil, err
	}
	lineages := make([]string, len(recs))
	for i, r := range recs {
		lineages[i] = r.Root()
	}
	ledgers, err := d.Store.Ledgers(ctx, lineages)
	if err != nil {
		return nil, err
	}
	out := make([]Sheet, len(recs))
	for i, r := range recs {
		if out[i], err = d.judged(ctx, view, r, ledgers[r.Root()], at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sheet judges the record's cycle at an instant.
func (d *Desk) sheet(ctx context.Context, rec issue.Record, at time.Time) (Sheet, error) {
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return Sheet{}, err
	}
	all, err := d.Store.Ledger(ctx, rec.Root())
	if err != nil {
		return Sheet{}, err
	}
	return d.judged(ctx, view, rec, all, at)
}

func (d *Desk) judged(ctx context.Context, view *registry.View, rec issue.Record, all []cpd.Entry, at time.Time) (s Sheet, err error) {
	scheme, _ := view.Scheme(rec.Scheme) // the store keeps the reference
	s = Sheet{Record: rec, Cycle: cycleOf(rec)}
	s.Rule, s.Ruled = ruleOf(scheme, rec)
	if s.Cycle.Carried, err = d.carried(ctx, scheme, rec, all); err != nil {
		return Sheet{}, err
	}
	s.Entries = ofCycle(all, s.Cycle.Number)
	s.Standing = cpd.Judge(s.Rule, s.Cycle, s.Entries, at)
	s.Sample = cpd.Audit(s.Rule.AuditPercent, s.Entries)
	return s, nil
}

func cycleOf(rec issue.Record) cpd.Cycle {
	p := rec.Place()
	return cpd.Cycle{Number: p.Cycle, Granted: p.Granted, Earns: p.Earns, From: p.From, Until: rec.Request.ValidUntil}
}

func ofCycle(all []cpd.Entry, cycle int) []cpd.Entry {
	out := []cpd.Entry{}
	for _, e := range all {
		if e.Cycle == cycle {
			out = append(out, e)
		}
	}
	return out
}

// ruleOf is the rule in force when the certificate was decided. A scheme
// without one renews for as long as it certifies, or as the certificate ran.
func ruleOf(scheme registry.Scheme, rec issue.Record) (rule registry.Recertification, ruled bool) {
	if r := scheme.RulesFor(rec.Request.DecidedAt); r != nil {
		return *r, true
	}
	months := scheme.MonthsAt(rec.Request.DecidedAt)
	if months == 0 && !rec.Request.ValidUntil.IsZero() {
		months = monthsBetween(rec.Place().From, rec.Request.ValidUntil)
	}
	return registry.Recertification{CycleMonths: months}, false
}

// monthsBetween counts whole months, at least one.
func monthsBetween(from, until time.Time) int {
	n := (until.Year()-from.Year())*12 + int(until.Month()) - int(from.Month())
	if from.AddDate(0, n, 0).After(until) {
		n--
	}
	return max(1, n)
}

// carried is what the cycle before leaves to this one.
func (d *Desk) carried(ctx context.Context, scheme registry.Scheme, rec issue.Record, all []cpd.Entry) (float64, error) {
	if !slices.ContainsFunc(scheme.Rules, func(r registry.RuleSet) bool { return r.Recertification != nil && r.Recertification.CarryOver != nil }) {
		return 0, nil
	}
	this := rec.Place().Cycle
	decided := rec.Request.DecidedAt
	for rec.Place().Cycle == this {
		previous := rec.Request.Lineage.Previous
		if previous == "" {
			return 0, nil
		}
		var err error
		if rec, err = d.Store.Certificate(ctx, previous); err != nil {
			return 0, err
		}
	}
	before, _ := ruleOf(scheme, rec)
	if before.CarryOver == nil {
		return 0, nil
	}
	c := cycleOf(rec)
	var err error
	if c.Carried, err = d.carried(ctx, scheme, rec, all); err != nil {
		return 0, err
	}
	return cpd.CarryOver(before, c, ofCycle(all, c.Number), decided), nil
}
