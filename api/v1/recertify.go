package v1

import (
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// recertify is a scheme's rule for renewing; registry/FORMAT.md explains every
// member.
type recertify struct {
	CycleMonths     int         `json:"cycle_months"`
	Units           float64     `json:"units"`
	Unit            string      `json:"unit"`
	OpensDaysBefore int         `json:"opens_days_before"`
	Categories      []category  `json:"categories"`
	Step            float64     `json:"step,omitempty"`
	PerYear         float64     `json:"per_year,omitempty"`
	MinCategories   int         `json:"min_categories,omitempty"`
	Anchor          string      `json:"anchor,omitempty" enums:"expiry,decision"`
	CarryOver       *carryOver  `json:"carry_over,omitempty"`
	Exempt          []exemption `json:"exempt,omitempty"`
	WaivableUnits   float64     `json:"waivable_units,omitempty"`
	GraceMonths     int         `json:"grace_months,omitempty"`
	GraceStatus     string      `json:"grace_status,omitempty" enums:"active,suspended"`
	Late            string      `json:"late,omitempty" enums:"exam,fee,closed"`
	LateMonths      int         `json:"late_months,omitempty"`
	AuditPercent    float64     `json:"audit_percent,omitempty"`
	ProofMonths     int         `json:"proof_months,omitempty"`
}

type category struct {
	Name   string   `json:"name"`
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Within string   `json:"within,omitempty"` // a category in front of it, in which the units count too
	Apart  bool     `json:"apart,omitempty"`  // counted in pieces, not towards the units
}

type carryOver struct {
	LastMonths int     `json:"last_months"`
	Max        float64 `json:"max,omitempty"`
}

type exemption struct {
	GrantedBefore string `json:"granted_before"` // a day or an instant
}

// rule is the domain's form; nil stays nil.
func (r *recertify) rule(pointer string) (*registry.Recertification, error) {
	if r == nil {
		return nil, nil
	}
	out := &registry.Recertification{
		CycleMonths: r.CycleMonths, Units: r.Units, Unit: r.Unit, OpensDaysBefore: r.OpensDaysBefore, Step: r.Step, PerYear: r.PerYear,
		MinCategories: r.MinCategories, Anchor: r.Anchor, CarryOver: (*registry.CarryOver)(r.CarryOver), WaivableUnits: r.WaivableUnits,
		GraceMonths: r.GraceMonths, GraceStatus: r.GraceStatus, Late: r.Late, LateMonths: r.LateMonths, AuditPercent: r.AuditPercent, ProofMonths: r.ProofMonths,
	}
	for _, k := range r.Categories {
		out.Categories = append(out.Categories, registry.Category(k))
	}
	var f fault.Invalid
	for i, e := range r.Exempt {
		t, ok := dayOrInstant(e.GrantedBefore)
		if !ok {
			f.Add(fmt.Sprintf("%s/exempt/%d/granted_before", pointer, i), "must be a day or an instant with zone")
		}
		out.Exempt = append(out.Exempt, registry.Exemption{GrantedBefore: t})
	}
	return out, f.Err()
}

func recertifyOf(x *registry.Recertification) *recertify {
	if x == nil {
		return nil
	}
	out := &recertify{
		CycleMonths: x.CycleMonths, Units: x.Units, Unit: x.Unit, OpensDaysBefore: x.OpensDaysBefore, Step: x.Step, PerYear: x.PerYear,
		MinCategories: x.MinCategories, Anchor: x.Anchor, CarryOver: (*carryOver)(x.CarryOver), WaivableUnits: x.WaivableUnits, GraceMonths: x.GraceMonths,
		GraceStatus: x.GraceStatus, Late: x.Late, LateMonths: x.LateMonths, AuditPercent: x.AuditPercent, ProofMonths: x.ProofMonths, Categories: []category{},
	}
	for _, k := range x.Categories {
		out.Categories = append(out.Categories, category(k))
	}
	for _, e := range x.Exempt {
		out.Exempt = append(out.Exempt, exemption{dayString(e.GrantedBefore)})
	}
	return out
}

// dayOrInstant reads a day (its first instant in UTC) or an instant with zone.
func dayOrInstant(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// dayString writes a day where the instant is the first of one.
func dayString(t time.Time) string {
	switch t = t.UTC(); {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
