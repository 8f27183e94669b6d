package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Refusal counts how often a body was refused a certificate, on one day,
// because it did not hold the accreditation that it claimed.
type Refusal struct {
	Scheme string
	Code   string
	Day    string // 2026-03-01, in UTC
	Count  int
	LastAt time.Time
}

// lookBack is how far the accreditor's view reaches: a year of issuing.
const lookBack = 366 * daylong

// Accreditor is what an accreditation body sees of the bodies that it has
// accredited: claims of accreditation that were refused, how many certificates
// were issued under its own accreditation, by scheme and week, and how current
// the register is. Counts alone: no certificate, no holder, no examiner.
func (d *Desk) Accreditor(ctx context.Context, accreditor string) (*Report, error) {
	v, err := d.Registrar.View(ctx)
	if err != nil {
		return nil, err
	}
	now := d.now()
	b, ok := v.Body(accreditor)
	if !ok || !slices.Contains(b.Roles, registry.AccreditationBody) {
		return nil, &fault.Refusal{Kind: fault.Forbidden, Code: "NO_ACCREDITATION_BODY", Detail: "The report is for accreditation bodies."}
	}
	o := overseer{desk: d, view: v, self: b, now: now}
	return &Report{Name: "accreditor", Body: accreditor, AsOf: now,
		About: []string{
			"Bodies about which an accreditation of yours is on record, whatever its status. Counts alone; no certificate and no person is named.",
			"refused_claims: attempts of the last 366 days to issue with a claim of accreditation that was not held, suspended, or does not cover the scheme. A repeated attempt counts again.",
			"issuing: certificates of the last 366 days that claim accreditation, for schemes whose chain leads to you now. busiest_week_is: modified z-score (Iglewicz and Hoaglin) of the busiest week among the weeks with certificates; marked above 3.5, from 10 certificates a week on, and at least twice the median week. Fewer than 10 weeks are too few. A mark is a reason to look, not a finding.",
			"synchronisation: what the register promises to be refreshed, for you and for them; overdue_days counts days begun since the promise was missed.",
		},
		Tables: []Table{
			{"bodies", []string{"body", "name", "accreditation", "number", "status"}, o.bodies},
			{"refused_claims", []string{"body", "scheme", "code", "attempts", "days", "last_at"}, o.refused},
			{"issuing", []string{"body", "scheme", "certificates", "last_30_days", "weeks", "certificates_a_week", "busiest_week", "busiest_week_from", "score", "busiest_week_is"}, o.issuing},
			{"synchronisation", []string{"body", "of", "register", "synchronised_at", "promised_refresh_days", "due_at", "overdue_days"}, o.synchronised},
		}}, nil
}

type overseer struct {
	desk *Desk
	view *registry.View
	self registry.Body
	now  time.Time
}

func (o overseer) bodies(_ context.Context, row func(...any) error) error {
	for _, s := range o.accreditations() {
		b, _ := o.view.Body(s.Subject) // the store keeps the reference
		status := trust.At(trust.Statement{ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, Events: s.Events, Scope: s.Scope}, o.now, time.Time{}).Status
		if err := row(s.Subject, b.Name, s.ID, s.Number, string(status)); err != nil {
			return err
		}
	}
	return nil
}

func (o overseer) accreditations() []registry.Statement {
	var out []registry.Statement
	for _, s := range o.view.By(o.self.DID) {
		if s.Kind == trust.Accreditation {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b registry.Statement) int { return strings.Compare(a.Subject, b.Subject) })
	return out
}

// subjects are the ids of the accredited bodies, each once.
func (o overseer) subjects() []string {
	var out []string
	for _, s := range o.accreditations() {
		if !slices.Contains(out, s.Subject) {
			out = append(out, s.Subject)
		}
	}
	return out
}

func (o overseer) refused(ctx context.Context, row func(...any) error) error {
	for _, body := range o.subjects() {
		found, err := o.desk.Store.Refusals(ctx, body, o.now.Add(-lookBack))
		if err != nil {
			return err
		}
		type kind struct{ scheme, code string }
		type sum struct {
			count, days int
			last        time.Time
		}
		sums := map[kind]sum{}
		for _, r := range found {
			k := kind{r.Scheme, r.Code}
			s := sums[k]
			s.count, s.days = s.count+r.Count, s.days+1
			if r.LastAt.After(s.last) {
				s.last = r.LastAt
			}
			sums[k] = s
		}
		for _, k := range sortedKeys(sums, func(k kind) []string { return []string{k.scheme, k.code} }) {
			if err := row(body, k.scheme, k.code, sums[k].count, sums[k].days, sums[k].last); err != nil {
				return err
			}
		}
	}
	return nil
}

// leads tells whether the body's chain for the scheme begins with a statement
// of this accreditor: one that states about a stranger sees nothing.
func (o overseer) leads(scheme registry.Scheme) (bool, error) {
	f, err := o.desk.Registrar.ChainIn(o.view, scheme.Owner, o.desk.Need(scheme), o.now, time.Time{})
	if err != nil {
		return false, err
	}
	return f.InScope == trust.Pass && len(f.Path) > 0 && f.Path[0].Statement.Issuer == o.self.DID, nil
}

func (o overseer) issuing(ctx context.Context, row func(...any) error) error {
	for _, body := range o.subjects() {
		found, err := o.desk.Store.Claimed(ctx, body, o.now.Add(-lookBack))
		if err != nil {
			return err
		}
		for len(found) > 0 {
			n := slices.IndexFunc(found, func(t Tally) bool { return t.Scheme != found[0].Scheme })
			if n < 0 {
				n = len(found)
			}
			of := found[:n]
			found = found[n:]
			scheme, _ := o.view.Scheme(of[0].Scheme) // the store keeps the reference
			ours, err := o.leads(scheme)
			if err != nil {
				return err
			}
			if !ours {
				continue
			}
			cells, err := weekly(of, o.now)
			if err != nil {
				return err
			}
			if err := row(append([]any{body, scheme.ID}, cells...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// weekly adds up days of one scheme, which come in order, by weeks from Monday.
func weekly(days []Tally, now time.Time) ([]any, error) {
	var counts []float64
	var starts []time.Time
	all, recent := 0, 0
	for _, t := range days {
		day, err := time.Parse(time.DateOnly, t.Day)
		if err != nil {
			return nil, fmt.Errorf("reading a day: %w", err)
		}
		all += t.Passed
		if now.Sub(day) < 31*daylong {
			recent += t.Passed
		}
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		if len(starts) == 0 || !starts[len(starts)-1].Equal(monday) {
			starts, counts = append(starts, monday), append(counts, 0)
		}
		counts[len(counts)-1] += float64(t.Passed)
	}
	largest, middle, score, judged := burstOf(counts)
	return []any{all, recent, len(counts), middle, int(largest), starts[slices.Index(counts, largest)].Format(time.DateOnly), rounded(score, 2), judged}, nil
}

func (o overseer) synchronised(_ context.Context, row func(...any) error) error {
	for _, body := range append([]string{o.self.ID}, o.subjects()...) {
		for _, c := range o.view.Coverage(body) {
			var due time.Time
			var overdue any
			if c.PromisedRefreshDays > 0 {
				due = c.SynchronisedAt.AddDate(0, 0, c.PromisedRefreshDays)
				overdue = max(0, daysTo(due, o.now))
			}
			if err := row(body, c.Of, c.Register, c.SynchronisedAt, c.PromisedRefreshDays, due, overdue); err != nil {
				return err
			}
		}
	}
	return nil
}
