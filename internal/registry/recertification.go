package registry

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Recertification is a scheme's rule for renewing (ISO/IEC 17024:2012, 9.6).
// Package cpd applies it. Numbers of units are whole thousandths.
type Recertification struct {
	CycleMonths     int
	Units           float64 // needed in a cycle, all categories together
	Unit            string
	OpensDaysBefore int // renewing is possible so many days before the end; 0: at any time
	Categories      []Category
	Step            float64 // an entry is a whole multiple of it; 0: of a thousandth
	PerYear         float64 // needed in every year of the cycle
	MinCategories   int     // in how many categories there must be units
	Anchor          string  // where a cycle begins that is renewed in time; "": AnchorExpiry
	CarryOver       *CarryOver
	Exempt          []Exemption
	WaivableUnits   float64 // so many units of a cycle the body may waive, with a reason
	GraceMonths     int     // after the end, in which renewing is late but not lost
	GraceStatus     string  // of the certified person in the meantime: GraceActive, GraceSuspended, or "" if nobody says
	Late            string  // the way back after the grace; see Late…
	LateMonths      int     // for how long after the grace that way is open; 0: for good
	AuditPercent    float64 // of ledgers whose proofs are asked for
	ProofMonths     int     // for which proofs are kept after the cycle
}

// Category bounds the units of one kind of activity.
type Category struct {
	Name   string
	Min    *float64
	Max    *float64 // what goes beyond it does not count
	Within string   // another category, in which the units count too
	Apart  bool     // counted in pieces and not towards the units: an essay, a work sample, a confirmation
}

// Anchors of a cycle renewed in time.
const (
	AnchorExpiry   = "expiry"   // the end of the cycle before: renewing early loses no time
	AnchorDecision = "decision" // the day of the new decision
)

// What a certified person is in the grace.
const (
	GraceActive    = "active"
	GraceSuspended = "suspended"
)

// Ways back after the grace. Where the rule names none, the body decides.
const (
	LateExam   = "exam"
	LateFee    = "fee"
	LateClosed = "closed" // certification begins anew
)

// CarryOver lets units beyond those needed count in the next cycle.
type CarryOver struct {
	LastMonths int     // only units earned in the last months of the cycle
	Max        float64 // 0: as many as there are
}

// Exemption frees those first certified early enough from renewing.
type Exemption struct{ GrantedBefore time.Time }

// RulesFor is the rule for renewing what was decided then, nil if there is none.
func (s Scheme) RulesFor(decided time.Time) *Recertification {
	rules, _ := s.RulesAt(decided)
	return rules.Recertification
}

// Frees tells whether somebody first certified then need not renew.
func (c *Recertification) Frees(granted time.Time) bool {
	for _, e := range c.Exempt {
		if granted.Before(e.GrantedBefore) {
			return true
		}
	}
	return false
}

// Ends is where a certificate ends by rule that was first decided then and is
// valid from then on; zero if it has no end.
func (s Scheme) Ends(decided, from time.Time) time.Time {
	months := s.MonthsAt(decided)
	if rule := s.RulesFor(decided); rule != nil {
		if rule.Frees(decided) {
			return time.Time{}
		}
		if months == 0 {
			months = rule.CycleMonths
		}
	}
	if months == 0 {
		return time.Time{}
	}
	return from.AddDate(0, months, 0)
}

func checkRecertification(f *fault.Invalid, at string, c Recertification) {
	if c.CycleMonths == 0 {
		f.Add(at+"/cycle_months", "is needed")
	}
	for name, n := range map[string]int{"/cycle_months": c.CycleMonths, "/grace_months": c.GraceMonths, "/late_months": c.LateMonths, "/proof_months": c.ProofMonths} {
		checkRange(f, at+name, float64(n), maxMonths)
	}
	checkRange(f, at+"/opens_days_before", float64(c.OpensDaysBefore), maxDays)
	for name, n := range map[string]float64{"/units": c.Units, "/step": c.Step, "/per_year": c.PerYear, "/waivable_units": c.WaivableUnits} {
		checkUnits(f, at+name, n)
	}
	checkRange(f, at+"/audit_percent", c.AuditPercent, 100)
	cleanText(f, at+"/unit", c.Unit, maxID)
	oneOf(f, at+"/anchor", c.Anchor, AnchorExpiry, AnchorDecision)
	oneOf(f, at+"/grace_status", c.GraceStatus, GraceActive, GraceSuspended)
	oneOf(f, at+"/late", c.Late, LateExam, LateFee, LateClosed)
	if c.CarryOver != nil {
		checkRange(f, at+"/carry_over/last_months", float64(c.CarryOver.LastMonths), float64(c.CycleMonths))
		checkUnits(f, at+"/carry_over/max", c.CarryOver.Max)
	}
	checkLength(f, at+"/exempt", len(c.Exempt))
	for i, e := range c.Exempt {
		if e.GrantedBefore.IsZero() {
			f.Add(fmt.Sprintf("%s/exempt/%d/granted_before", at, i), "is needed: a day or an instant")
		}
	}
	checkCategories(f, at, c)
}

func checkCategories(f *fault.Invalid, at string, c Recertification) {
	checkLength(f, at+"/categories", len(c.Categories))
	checkRange(f, at+"/min_categories", float64(c.MinCategories), maxUnits)
	if n := len(c.Categories); n > 0 && c.MinCategories > n {
		f.Add(at+"/min_categories", "is more than there are categories")
	}
	seen := map[string]bool{}
	for i, k := range c.Categories {
		p := fmt.Sprintf("%s/categories/%d", at, i)
		if cleanText(f, p+"/name", k.Name, maxName) == "" {
			f.Add(p+"/name", "is needed")
		}
		if seen[k.Name] {
			f.Add(p+"/name", "is the name of a category in front of it")
		}
		switch { // only what stands in front: so no circle can arise
		case k.Within != "" && !seen[k.Within]:
			f.Add(p+"/within", "must be the name of a category in front of it")
		case k.Within != "" && k.Apart:
			f.Add(p+"/apart", "does not go with within")
		}
		seen[k.Name] = true
		if k.Min != nil {
			checkUnits(f, p+"/min", *k.Min)
		}
		if k.Max != nil {
			checkUnits(f, p+"/max", *k.Max)
		}
		if k.Min != nil && k.Max != nil && *k.Max < *k.Min {
			f.Add(p+"/max", "must not be less than min")
		}
	}
}

// checkUnits takes thousandths only: sums of them are exact.
func checkUnits(f *fault.Invalid, at string, n float64) {
	checkRange(f, at, n, maxUnits)
	if math.Abs(n*1000-math.Round(n*1000)) > 1e-6 {
		f.Add(at, "has more than three decimals")
	}
}

func oneOf(f *fault.Invalid, at, s string, allowed ...string) {
	for _, a := range allowed {
		if s == a {
			return
		}
	}
	if s != "" {
		f.Add(at, "must be "+strings.Join(allowed, " or "))
	}
}
