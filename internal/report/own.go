package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
)

// Status tells where the body's certificates stand: each of them, and how many
// by scheme, status, level and month of decision.
func (d *Desk) Status(body string) *Report {
	now := d.now()
	type group struct{ scheme, status, level, month string }
	groups, walked := map[group]int{}, false
	walk := func(ctx context.Context, row func(...any) error) error {
		clear(groups)
		walked = true
		return d.Store.Walk(ctx, body, Walk{SealedBy: now}, func(page []issue.Record) error {
			for _, r := range page {
				q, status := r.Request, statusAt(r, now)
				groups[group{r.Scheme, status, q.Level, q.DecidedAt.Format("2006-01")}]++
				err := row(r.Number, q.ExternalID, q.Holder.Name, r.Scheme, q.Level, status, q.DecidedAt, q.ValidFrom, q.ValidUntil, r.Place().Cycle, q.Examiner, q.Centre, q.Batch)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return &Report{Name: "status", Body: body, AsOf: now,
		About: []string{"Every certificate sealed by the instant of the report, with its own status then. Months are those of the decision, in UTC."},
		Tables: []Table{
			{"certificates", []string{"number", "external_id", "holder", "scheme", "level", "status", "decided_at", "valid_from", "valid_until", "cycle", "examiner", "centre", "batch"}, walk},
			{"counts", []string{"scheme", "status", "level", "month", "certificates"}, func(ctx context.Context, row func(...any) error) error {
				if !walked {
					if err := walk(ctx, func(...any) error { return nil }); err != nil {
						return err
					}
				}
				for _, g := range sortedKeys(groups, func(g group) []string { return []string{g.scheme, g.status, g.level, g.month} }) {
					if err := row(g.scheme, g.status, g.level, g.month, groups[g]); err != nil {
						return err
					}
				}
				return nil
			}},
		}}
}

// sortedKeys are the keys of a map, ordered by what they are made of.
func sortedKeys[K comparable, V any](m map[K]V, parts func(K) []string) []K {
	var out []K
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b K) int { return slices.Compare(parts(a), parts(b)) })
	return out
}

// Windows in days, in which certificates that end are counted.
func windows() []int { return []int{30, 60, 90, 180, 365} }

// Defaults and bounds of Options.Within.
const (
	WithinDays    = 90
	MaxWithinDays = 3660
)

const daylong = 24 * time.Hour

// daysTo counts days begun until then.
func daysTo(now, then time.Time) int { return int((then.Sub(now) + daylong - 1) / daylong) }

// Expiring tells which certificates in force or suspended end within some days.
func (d *Desk) Expiring(body string, o Options) *Report {
	now, within := d.now(), cmp.Or(o.Within, WithinDays)
	type group struct{ scheme, status string }
	counts, walked := map[group][]int{}, false
	walk := func(ctx context.Context, row func(...any) error) error {
		clear(counts)
		walked = true
		ends := now.Add(time.Duration(within) * daylong)
		return d.Store.Walk(ctx, body, Walk{SealedBy: now, EndsAfter: now, EndsBefore: ends.Add(time.Microsecond)}, func(page []issue.Record) error {
			for _, r := range page {
				q, status := r.Request, statusAt(r, now)
				if status != "in_force" && status != "suspended" {
					continue
				}
				left, g := daysTo(now, q.ValidUntil), group{r.Scheme, status}
				if counts[g] == nil {
					counts[g] = make([]int, len(windows())+1)
				}
				window, _ := slices.BinarySearch(windows(), left)
				for i := window; i <= len(windows()); i++ {
					counts[g][i]++
				}
				if err := row(r.Number, q.ExternalID, q.Holder.Name, q.Holder.Email, r.Scheme, q.Level, status, q.ValidUntil, left); err != nil {
					return err
				}
			}
			return nil
		})
	}
	columns := []string{"scheme", "status"}
	for _, days := range windows() {
		columns = append(columns, "in_"+number(float64(days))+"_days")
	}
	return &Report{Name: "expiring", Body: body, AsOf: now,
		About: []string{"Certificates in force or suspended that end within " + number(float64(within)) + " days; those that were renewed are superseded and not named. Each window counts all that end in it."},
		Tables: []Table{
			{"certificates", []string{"number", "external_id", "holder", "email", "scheme", "level", "status", "valid_until", "days_left"}, walk},
			{"windows", append(columns, "in_all"), func(ctx context.Context, row func(...any) error) error {
				if !walked {
					if err := walk(ctx, func(...any) error { return nil }); err != nil {
						return err
					}
				}
				for _, g := range sortedKeys(counts, func(g group) []string { return []string{g.scheme, g.status} }) {
					values := []any{g.scheme, g.status}
					for _, n := range counts[g] {
						values = append(values, n)
					}
					if err := row(values...); err != nil {
						return err
					}
				}
				return nil
			}},
		}}
}

// CPD tells what each holder still has to do for the next renewal, exactly, by
// the rule that binds the certificate (package cpd).
func (d *Desk) CPD(body string, o Options) *Report {
	now := d.now()
	return &Report{Name: "cpd", Body: body, AsOf: now,
		About: []string{"Certificates in force, suspended or expired whose scheme has a rule for renewing. overdue: the certificate has ended, or a year of the cycle ended below its minimum. pending: submitted, not yet accepted."},
		Tables: []Table{
			{"certificates", []string{"number", "external_id", "holder", "scheme", "status", "state", "cycle", "required", "earned", "carried_over", "waived", "pending", "unit", "missing", "opens_at", "valid_until", "grace_until", "audit"},
				func(ctx context.Context, row func(...any) error) error {
					return d.Store.Walk(ctx, body, Walk{SealedBy: now}, func(page []issue.Record) error {
						return d.outstanding(ctx, page, now, o.All, row)
					})
				}},
		}}
}

func (d *Desk) outstanding(ctx context.Context, page []issue.Record, now time.Time, all bool, row func(...any) error) error {
	page = slices.DeleteFunc(page, func(r issue.Record) bool {
		status := statusAt(r, now)
		return status != "in_force" && status != "suspended" && status != "expired"
	})
	found, err := d.Renewals.Sheets(ctx, page, now)
	if err != nil {
		return err
	}
	for _, s := range found {
		t, q := s.Standing, s.Record.Request
		if !s.Ruled || len(t.Missing) == 0 && !all {
			continue
		}
		err := row(s.Record.Number, q.ExternalID, q.Holder.Name, s.Record.Scheme, statusAt(s.Record, now), string(t.State), s.Cycle.Number, t.Required, t.Earned, s.Cycle.Carried,
			t.Waived, t.Pending, s.Rule.Unit, Lacks(t.Missing), t.OpensAt, q.ValidUntil, t.GraceUntil, s.Sample.Selected)
		if err != nil {
			return err
		}
	}
	return nil
}
