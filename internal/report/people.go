package report

import (
	"context"
	"math"
	"time"
)

// By is who decisions are counted by.
type By string

const (
	Examiner By = "examiner"
	Centre   By = "centre"
)

// Tallied narrows Store.Tally.
type Tallied struct {
	By   By
	From time.Time // decided at this instant or later
	To   time.Time // … or earlier
}

// Tally counts what one examiner or centre decided for one scheme on one day.
type Tally struct {
	Who    string // empty: none was named
	Scheme string
	Day    string // 2026-03-01, in UTC
	Passed int
	Failed int
}

// work is what one examiner or centre did for one scheme.
type work struct {
	who, scheme    string
	passed, failed int
	first, last    string
	days           []float64
	// The others of the scheme, and the comparison with them.
	otherPassed, otherFailed int
	p                        float64
}

// People compares the examiners or the centres of a body, each within one
// scheme: their pass rates with all others of the scheme, and their busiest day
// with their other days.
func (d *Desk) People(body string, by By, o Options) *Report {
	name := string(by) + "s"
	columns := []string{string(by), "scheme", "assessed", "passed", "failed", "pass_rate", "pass_rate_of_others", "p_value", "pass_rate_is",
		"days", "certificates_a_day", "busiest_day", "score", "busiest_day_is", "first", "last"}
	return &Report{Name: name, Body: body, AsOf: d.now(),
		About: []string{
			"Passed: certificates decided, without renewals and reissues, whatever became of them. Failed: recorded assessments with outcome fail. " +
				"A pass rate is told where failures of the scheme are on record at all; else only passes are known.",
			"pass_rate_is: Fisher's exact test, two-sided, against all others of the same scheme; marked where the p-value times the number of comparisons made is below 0.01 (Bonferroni). " +
				"Fewer than 20 assessments, of one or of the others, are too few.",
			"busiest_day_is: modified z-score (Iglewicz and Hoaglin) of the busiest day among the days with certificates; marked above 3.5, from 10 certificates a day on, and at least twice the median day. Fewer than 10 days are too few.",
			"A mark is a reason to look, not a finding.",
		},
		Tables: []Table{{name, columns, func(ctx context.Context, row func(...any) error) error {
			found, err := d.Store.Tally(ctx, body, Tallied{by, o.From, o.To})
			if err != nil {
				return err
			}
			all, compared := compare(found)
			for _, w := range all {
				if err := row(w.cells(compared)...); err != nil {
					return err
				}
			}
			return nil
		}}}}
}

// compare adds up tallies, which come ordered by who and scheme, and compares
// each with the others of its scheme.
func compare(found []Tally) (all []work, compared int) {
	type sum struct{ passed, failed int }
	sums := map[string]sum{}
	for _, t := range found {
		s := sums[t.Scheme]
		sums[t.Scheme] = sum{s.passed + t.Passed, s.failed + t.Failed}
		if n := len(all); n == 0 || all[n-1].who != t.Who || all[n-1].scheme != t.Scheme {
			all = append(all, work{who: t.Who, scheme: t.Scheme, first: t.Day})
		}
		w := &all[len(all)-1]
		w.passed, w.failed, w.last = w.passed+t.Passed, w.failed+t.Failed, t.Day
		if t.Passed > 0 {
			w.days = append(w.days, float64(t.Passed))
		}
	}
	for i := range all {
		w := &all[i]
		s := sums[w.scheme]
		w.otherPassed, w.otherFailed = s.passed-w.passed, s.failed-w.failed
		if w.comparable() {
			compared++
			w.p = fisher(w.passed, w.failed, w.otherPassed, w.otherFailed)
		}
	}
	return all, compared
}

func (w work) comparable() bool {
	return w.who != "" && w.failed+w.otherFailed > 0 && w.passed+w.failed >= fewest && w.otherPassed+w.otherFailed >= fewest
}

func (w work) cells(compared int) []any {
	out := []any{w.who, w.scheme, w.passed + w.failed, w.passed, w.failed}
	rate := func(passed, failed int) any {
		if w.failed+w.otherFailed == 0 || passed+failed == 0 {
			return nil
		}
		return rounded(float64(passed)/float64(passed+failed), 4)
	}
	mine, others := rate(w.passed, w.failed), rate(w.otherPassed, w.otherFailed)
	switch {
	case w.failed+w.otherFailed == 0:
		out = append(out, nil, nil, nil, passesOnly)
	case !w.comparable():
		out = append(out, mine, others, nil, tooFew)
	default:
		judged := usual
		if w.p*float64(compared) < rare {
			judged = low
			if w.passed*(w.otherPassed+w.otherFailed) > w.otherPassed*(w.passed+w.failed) {
				judged = high
			}
		}
		out = append(out, mine, others, w.p, judged)
	}
	largest, middle, score, judged := burstOf(w.days)
	return append(out, len(w.days), middle, int(largest), rounded(score, 2), judged, w.first, w.last)
}

func rounded(f float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(f*scale) / scale
}
