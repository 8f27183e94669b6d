package cpd

import (
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

// noticeDays is how long before the end renewing falls due where the rule names
// no opening: a quarter, in which an exam or a course can still be taken.
const noticeDays = 90

// Judge tells how the cycle stands at the instant. More accepted units never
// make the answer worse, and the order of entries does not matter.
func Judge(rule registry.Recertification, c Cycle, ledger []Entry, at time.Time) Standing {
	s := Standing{State: OnTrack, Missing: []Missing{}}
	if rule.Frees(c.Granted) {
		s.Exempt = true
		return s
	}
	if !c.Until.IsZero() {
		if rule.OpensDaysBefore > 0 {
			s.OpensAt = c.Until.AddDate(0, 0, -rule.OpensDaysBefore)
		}
		if rule.GraceMonths > 0 {
			s.GraceUntil = addMonths(c.Until, rule.GraceMonths)
		}
	}
	t := tally(rule, c, ledger, at)
	s.Pending, s.Categories = t.pending.units(), t.counts(rule)
	waived := min(t.waivedAll, amountOf(rule.WaivableUnits))
	required := max(0, amountOf(rule.Units)-waived)
	earned := t.total + amountOf(c.Carried)
	s.Waived, s.Required, s.Earned = waived.units(), required.units(), earned.units()
	if earned < required {
		s.Missing = append(s.Missing, Missing{Units: (required - earned).units()})
	}
	s.Missing = append(s.Missing, t.missingCategories(rule)...)
	missed := s.judgeYears(rule, c, t, at)
	s.State = stateAt(rule, c, s.OpensAt, missed, at)
	return s
}

func stateAt(rule registry.Recertification, c Cycle, opens time.Time, missed bool, at time.Time) State {
	if opens.IsZero() && !c.Until.IsZero() {
		opens = c.Until.AddDate(0, 0, -noticeDays)
	}
	switch {
	case missed || !c.Until.IsZero() && !at.Before(c.Until):
		return Overdue
	case rule.CycleMonths > 0 && !opens.IsZero() && !at.Before(opens):
		return Due
	default:
		return OnTrack
	}
}

// judgeYears compares the years that have begun with the yearly minimum and
// tells whether one of those that have ended fell short.
func (s *Standing) judgeYears(rule registry.Recertification, c Cycle, t sums, at time.Time) (missed bool) {
	need := amountOf(rule.PerYear)
	if need == 0 {
		return false
	}
	for year := 1; year <= years(rule); year++ {
		if from := addMonths(c.From, 12*(year-1)); year > 1 && at.Before(from) {
			break
		}
		had := t.years[year]
		s.Years = append(s.Years, Count{Year: year, Earned: had.units(), Counted: had.units()})
		if had += t.waivedIn[year]; had >= need {
			continue
		}
		s.Missing = append(s.Missing, Missing{Year: year, Units: (need - had).units()})
		missed = missed || !at.Before(addMonths(c.From, 12*year))
	}
	return missed
}

// years of a cycle; a part of a year is one.
func years(rule registry.Recertification) int { return max(1, (rule.CycleMonths+11)/12) }

// sums of a ledger.
type sums struct {
	own       map[string]amount // accepted, by category as entered
	counted   map[string]amount // what maxima let through, with what lies within
	total     amount
	pending   amount
	years     map[int]amount
	waivedAll amount
	waived    map[string]amount
	waivedIn  map[int]amount
}

// tally adds up the entries that count at the instant.
func tally(rule registry.Recertification, c Cycle, ledger []Entry, at time.Time) sums {
	t := sums{own: map[string]amount{}, counted: map[string]amount{}, years: map[int]amount{}, waived: map[string]amount{}, waivedIn: map[int]amount{}}
	back := map[string]bool{}
	for _, e := range ledger {
		if e.Kind == Counter {
			back[e.Corrects] = true
		}
	}
	waivable := amountOf(rule.WaivableUnits) > 0
	for _, e := range ledger {
		n := amountOf(e.Units)
		switch {
		case e.Kind == Counter || back[e.ID] || !c.Takes(e, at):
		case e.Status == Submitted:
			t.pending += n
		case e.Status == Rejected:
		case e.Kind == Waiver && waivable:
			t.waivedAll += n
			t.waived[e.Category] += n
			t.waivedIn[yearOf(rule, c, e.EarnedOn)] += n
		case e.Kind == Waiver:
		default:
			k, listed := find(rule, e.Category)
			if len(rule.Categories) > 0 && !listed {
				continue
			}
			t.own[e.Category] += n
			if !k.Apart {
				t.years[yearOf(rule, c, e.EarnedOn)] += n
			}
		}
	}
	t.count(rule)
	return t
}

// Takes tells whether the day of an entry lies in the cycle as it has run at
// the instant. What was earned after the end counts too: renewing may be late.
func (c Cycle) Takes(e Entry, at time.Time) bool {
	return !e.EarnedOn.Before(day(c.Earns)) && !e.EarnedOn.After(at.Add(ahead))
}

func yearOf(rule registry.Recertification, c Cycle, on time.Time) int {
	year := 1
	for year < years(rule) && !on.Before(day(addMonths(c.From, 12*year))) {
		year++
	}
	return year
}

func find(rule registry.Recertification, name string) (registry.Category, bool) {
	i := slices.IndexFunc(rule.Categories, func(k registry.Category) bool { return k.Name == name })
	if i < 0 {
		return registry.Category{}, false
	}
	return rule.Categories[i], true
}

// count applies maxima from the innermost category outward: a category stands
// behind the one it lies within.
func (t *sums) count(rule registry.Recertification) {
	if len(rule.Categories) == 0 {
		for name, n := range t.own {
			t.counted[name] = n
			t.total += n
		}
		return
	}
	within := map[string]amount{}
	for _, k := range slices.Backward(rule.Categories) {
		n := t.own[k.Name] + within[k.Name]
		if k.Max != nil {
			n = min(n, amountOf(*k.Max))
		}
		t.counted[k.Name] = n
		switch {
		case k.Within != "":
			within[k.Within] += n
		case !k.Apart:
			t.total += n
		}
	}
}

func (t *sums) missingCategories(rule registry.Recertification) []Missing {
	var out []Missing
	for _, k := range rule.Categories {
		if k.Min == nil {
			continue
		}
		waived := min(t.waived[k.Name], amountOf(rule.WaivableUnits))
		if short := amountOf(*k.Min) - t.counted[k.Name] - waived; short > 0 {
			out = append(out, Missing{Category: k.Name, Units: short.units()})
		}
	}
	used := 0
	for name, n := range t.counted {
		if k, _ := find(rule, name); n > 0 && !k.Apart && k.Within == "" {
			used++
		}
	}
	if used < rule.MinCategories {
		out = append(out, Missing{Categories: rule.MinCategories - used})
	}
	return out
}

// counts lists the categories of the rule, or those entered if it has none.
func (t *sums) counts(rule registry.Recertification) []Count {
	var out []Count
	for _, k := range rule.Categories {
		out = append(out, Count{Category: k.Name, Earned: t.own[k.Name].units(), Counted: t.counted[k.Name].units()})
	}
	if len(rule.Categories) == 0 {
		for name, n := range t.own {
			out = append(out, Count{Category: name, Earned: n.units(), Counted: n.units()})
		}
		slices.SortFunc(out, func(a, b Count) int {
			if a.Category < b.Category {
				return -1
			}
			return 1
		})
	}
	return out
}
