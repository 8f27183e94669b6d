package verify

import (
	"fmt"
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Demand is what an asker requires of a report beside its verdict. The zero
// Demand requires nothing. It never changes the report, only answers to it.
type Demand struct {
	BlockFlags    []string         // ids of rules that must not have fired, at any severity
	BlockSeverity redflag.Severity // no flag so severe, or worse
	Verdicts      []Verdict        // one of these; empty: any
	Checks        []CheckID        // must have passed
}

// PolicyAnswer is how a report stands to the asker's demands.
type PolicyAnswer struct {
	Outcome string         `json:"outcome"` // pass, fail, or unknown where a demanded check could not be made
	Reasons []PolicyReason `json:"reasons"`
}

// PolicyReason is one demand that is not met.
type PolicyReason struct {
	Demand string `json:"demand"` // block_flags, block_severity, verdicts or checks
	About  string `json:"about"`  // the flag, verdict or check
	Detail string `json:"detail"`
}

// answer judges the report; nil if nothing was demanded.
func (d Demand) answer(r *Report) *PolicyAnswer {
	if len(d.BlockFlags) == 0 && d.BlockSeverity == redflag.None && len(d.Verdicts) == 0 && len(d.Checks) == 0 {
		return nil
	}
	a := &PolicyAnswer{Outcome: trust.Pass.String(), Reasons: []PolicyReason{}}
	miss := func(outcome trust.Outcome, demand, about, detail string) {
		if outcome == trust.Fail || a.Outcome == trust.Pass.String() {
			a.Outcome = outcome.String()
		}
		a.Reasons = append(a.Reasons, PolicyReason{demand, about, detail})
	}
	for _, f := range r.RedFlags {
		switch {
		case slices.Contains(d.BlockFlags, f.ID):
			miss(trust.Fail, "block_flags", f.ID, f.Title)
		case d.BlockSeverity != redflag.None && redflag.Severity(f.Severity).Rank() >= d.BlockSeverity.Rank():
			miss(trust.Fail, "block_severity", f.ID, fmt.Sprintf("%s (%s)", f.Title, f.Severity))
		}
	}
	if len(d.Verdicts) > 0 && !slices.Contains(d.Verdicts, r.Verdict) {
		outcome := trust.Fail
		if r.Verdict == Undetermined {
			outcome = trust.Unknown
		}
		miss(outcome, "verdicts", string(r.Verdict), "The verdict is none of those demanded.")
	}
	for _, c := range r.Checks {
		if !slices.Contains(d.Checks, c.ID) || c.Outcome == trust.Pass.String() {
			continue
		}
		outcome := trust.Unknown
		if c.Outcome == trust.Fail.String() {
			outcome = trust.Fail
		}
		miss(outcome, "checks", string(c.ID), c.Detail)
	}
	return a
}
