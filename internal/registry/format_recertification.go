package registry

import "fmt"

type recertificationJSON struct {
	CycleMonths     int             `json:"cycle_months"`
	Units           float64         `json:"units,omitempty"`
	Unit            string          `json:"unit,omitempty"`
	OpensDaysBefore int             `json:"opens_days_before,omitempty"`
	Categories      []categoryJSON  `json:"categories,omitempty"`
	Step            float64         `json:"step,omitempty"`
	PerYear         float64         `json:"per_year,omitempty"`
	MinCategories   int             `json:"min_categories,omitempty"`
	Anchor          string          `json:"anchor,omitempty"`
	CarryOver       *carryOverJSON  `json:"carry_over,omitempty"`
	Exempt          []exemptionJSON `json:"exempt,omitempty"`
	WaivableUnits   float64         `json:"waivable_units,omitempty"`
	GraceMonths     int             `json:"grace_months,omitempty"`
	GraceStatus     string          `json:"grace_status,omitempty"`
	Late            string          `json:"late,omitempty"`
	LateMonths      int             `json:"late_months,omitempty"`
	AuditPercent    float64         `json:"audit_percent,omitempty"`
	ProofMonths     int             `json:"proof_months,omitempty"`
}

type categoryJSON struct {
	Name   string   `json:"name"`
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Within string   `json:"within,omitempty"`
	Apart  bool     `json:"apart,omitempty"`
}

type carryOverJSON struct {
	LastMonths int     `json:"last_months"`
	Max        float64 `json:"max,omitempty"`
}

type exemptionJSON struct {
	GrantedBefore string `json:"granted_before"`
}

func (r *reader) recertification(at string, j recertificationJSON) *Recertification {
	c := &Recertification{
		CycleMonths: j.CycleMonths, Units: j.Units, Unit: j.Unit, OpensDaysBefore: j.OpensDaysBefore, Step: j.Step, PerYear: j.PerYear,
		MinCategories: j.MinCategories, Anchor: j.Anchor, CarryOver: (*CarryOver)(j.CarryOver), WaivableUnits: j.WaivableUnits, GraceMonths: j.GraceMonths,
		GraceStatus: j.GraceStatus, Late: j.Late, LateMonths: j.LateMonths, AuditPercent: j.AuditPercent, ProofMonths: j.ProofMonths,
	}
	for _, k := range j.Categories {
		c.Categories = append(c.Categories, Category(k))
	}
	for i, e := range j.Exempt {
		c.Exempt = append(c.Exempt, Exemption{r.time(fmt.Sprintf("%s/exempt/%d/granted_before", at, i), e.GrantedBefore)})
	}
	return c
}

func writtenRecertification(c Recertification) *recertificationJSON {
	j := &recertificationJSON{
		CycleMonths: c.CycleMonths, Units: c.Units, Unit: c.Unit, OpensDaysBefore: c.OpensDaysBefore, Step: c.Step, PerYear: c.PerYear,
		MinCategories: c.MinCategories, Anchor: c.Anchor, CarryOver: (*carryOverJSON)(c.CarryOver), WaivableUnits: c.WaivableUnits, GraceMonths: c.GraceMonths,
		GraceStatus: c.GraceStatus, Late: c.Late, LateMonths: c.LateMonths, AuditPercent: c.AuditPercent, ProofMonths: c.ProofMonths,
	}
	for _, k := range c.Categories {
		j.Categories = append(j.Categories, categoryJSON(k))
	}
	for _, e := range c.Exempt {
		j.Exempt = append(j.Exempt, exemptionJSON{written(e.GrantedBefore)})
	}
	return j
}
