package v1

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// policyRequest is what an asker demands of the report beside its verdict,
// which it never changes.
type policyRequest struct {
	BlockFlags    []string `json:"block_flags,omitempty" example:"RF-23"` // rules that must not fire
	BlockSeverity string   `json:"block_severity,omitempty" enums:"info,low,medium,high,critical"`
	Verdicts      []string `json:"verdicts,omitempty"`     // the verdict must be one of these
	Checks        []string `json:"checks,omitempty"`       // these checks must pass
	Arrangements  []string `json:"arrangements,omitempty"` // body ids or DIDs: the chain, then and now, must end in one of these
	// Elsewhere demands the verdict bona_fide, or, if accepted, accredited_elsewhere instead of it.
	Elsewhere string   `json:"elsewhere,omitempty" enums:"accepted,refused"`
	Levels    []string `json:"levels,omitempty"` // the level must be one of these, in the issuer's words or the register's
	// StatusMaxAgeHours and CoverageMaxAgeDays bound the age of what the report rests on; 0: any.
	StatusMaxAgeHours  int  `json:"status_max_age_hours,omitempty"`
	CoverageMaxAgeDays int  `json:"coverage_max_age_days,omitempty"`
	Transparency       bool `json:"transparency,omitempty"` // a proof of the transparency log must have been checked
}

// wording is the policy as a receipt repeats it; nil if it demands nothing.
func (p policyRequest) wording() json.RawMessage {
	data, err := json.Marshal(p)
	if err != nil || string(data) == "{}" { // it came from JSON
		return nil
	}
	return data
}

// demand reads the policy and names every word in it that means nothing.
func (p policyRequest) demand(f *fault.Invalid) verify.Demand {
	d := verify.Demand{BlockFlags: p.BlockFlags, BlockSeverity: redflag.Severity(p.BlockSeverity)}
	for i, id := range p.BlockFlags {
		if !redflag.Known(id) {
			f.Add(fmt.Sprintf("/policy/block_flags/%d", i), "is no rule of the catalogue at /v1/red-flags")
		}
	}
	if p.BlockSeverity != "" && d.BlockSeverity.Rank() == 0 {
		f.Add("/policy/block_severity", "must be info, low, medium, high or critical")
	}
	for i, v := range p.Verdicts {
		if !slices.Contains(verify.Verdicts(), verify.Verdict(v)) {
			f.Add(fmt.Sprintf("/policy/verdicts/%d", i), "is no verdict")
		}
		d.Verdicts = append(d.Verdicts, verify.Verdict(v))
	}
	for i, c := range p.Checks {
		if !slices.Contains(verify.CheckIDs(), verify.CheckID(c)) {
			f.Add(fmt.Sprintf("/policy/checks/%d", i), "is no check")
		}
		d.Checks = append(d.Checks, verify.CheckID(c))
	}
	d.Arrangements, d.Levels, d.Elsewhere = p.Arrangements, p.Levels, verify.Elsewhere(p.Elsewhere)
	if !slices.Contains([]verify.Elsewhere{"", verify.ElsewhereAccepted, verify.ElsewhereRefused}, d.Elsewhere) {
		f.Add("/policy/elsewhere", "must be accepted or refused")
	}
	if p.StatusMaxAgeHours < 0 || p.StatusMaxAgeHours > maxAgeHours {
		f.Add("/policy/status_max_age_hours", fmt.Sprintf("must be between 0 and %d", maxAgeHours))
	}
	if p.CoverageMaxAgeDays < 0 || p.CoverageMaxAgeDays > maxAgeHours/24 {
		f.Add("/policy/coverage_max_age_days", fmt.Sprintf("must be between 0 and %d", maxAgeHours/24))
	}
	d.StatusAge, d.CoverageAge = time.Duration(p.StatusMaxAgeHours)*time.Hour, time.Duration(p.CoverageMaxAgeDays)*24*time.Hour
	if p.Transparency && !slices.Contains(d.Checks, verify.CheckTransparency) {
		d.Checks = append(d.Checks, verify.CheckTransparency)
	}
	for pointer, list := range map[string][]string{"block_flags": p.BlockFlags, "verdicts": p.Verdicts, "checks": p.Checks, "arrangements": p.Arrangements, "levels": p.Levels} {
		if len(list) > maxDemands {
			f.Add("/policy/"+pointer, fmt.Sprintf("has more than %d entries", maxDemands))
		}
	}
	return d
}

// maxDemands bounds each list of a policy: there are not so many rules,
// arrangements or levels.
const maxDemands = 100

// maxAgeHours is ten years: older evidence is no evidence of anything today.
const maxAgeHours = 10 * 365 * 24
