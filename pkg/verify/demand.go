package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

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
	Arrangements  []string         // ids or DIDs; the chain must end in one of these, then and now
	Elsewhere     Elsewhere
	Levels        []string      // the level must be one of these
	StatusAge     time.Duration // the status is known as of no longer ago; 0: any
	CoverageAge   time.Duration // the same of how complete the register is
}

// Elsewhere is what the asker thinks of accreditation by a body that none of
// the arrangements trusted here recognises. The zero Elsewhere demands nothing.
type Elsewhere string

// What may be thought of it.
const (
	ElsewhereAccepted Elsewhere = "accepted" // bona_fide or accredited_elsewhere
	ElsewhereRefused  Elsewhere = "refused"  // bona_fide alone
)

func (d Demand) none() bool {
	return len(d.BlockFlags)+len(d.Verdicts)+len(d.Checks)+len(d.Arrangements)+len(d.Levels) == 0 && d.BlockSeverity == redflag.None && d.Elsewhere == "" && d.StatusAge == 0 && d.CoverageAge == 0
}

// PolicyAnswer is how a report stands to the asker's demands.
type PolicyAnswer struct {
	Outcome string         `json:"outcome"` // pass, fail, or unknown where a demanded check could not be made
	Reasons []PolicyReason `json:"reasons"`
}

// PolicyReason is one demand that is not met.
type PolicyReason struct {
	Demand string `json:"demand"` // the member of the policy
	About  string `json:"about"`  // the flag, verdict, check, body or level
	Detail string `json:"detail"`
}

// answer judges the report; nil if nothing was demanded.
func (d Demand) answer(r *Report) *PolicyAnswer {
	if d.none() {
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
	d.answerElsewhere(r, miss)
	d.answerArrangements(r, miss)
	d.answerLevels(r, miss)
	d.answerAge(r, miss)
	return a
}

// missed notes a demand that is not met.
type missed func(outcome trust.Outcome, demand, about, detail string)

func (d Demand) answerElsewhere(r *Report, miss missed) {
	met := r.Verdict == BonaFide || r.Verdict == AccreditedElsewhere && d.Elsewhere == ElsewhereAccepted
	switch {
	case d.Elsewhere == "" || met:
	case r.Verdict == Undetermined:
		miss(trust.Unknown, "elsewhere", string(r.Verdict), "Whether it is bona fide could not be established.")
	case r.Verdict == AccreditedElsewhere:
		miss(trust.Fail, "elsewhere", string(r.Verdict), "It is accredited, but by a body that no arrangement trusted here is known to recognise.")
	default:
		miss(trust.Fail, "elsewhere", string(r.Verdict), "It is not bona fide.")
	}
}

// answerArrangements looks where the chain ends. What is accepted elsewhere
// needs no arrangement.
func (d Demand) answerArrangements(r *Report, miss missed) {
	if len(d.Arrangements) == 0 || r.Verdict == AccreditedElsewhere && d.Elsewhere == ElsewhereAccepted {
		return
	}
	for _, x := range []struct {
		when  string
		state string
		chain []Link
	}{{"at the decision", r.Accreditation.AtDecision, r.Chain.AtDecision}, {"at the instant judged", r.Accreditation.Now, r.Chain.Now}} {
		top := Body{}
		if n := len(x.chain); n > 0 && x.state == trust.StateRecognised.String() {
			top = x.chain[n-1].Issuer
		}
		switch {
		case top.DID != "" && (slices.Contains(d.Arrangements, top.ID) || slices.Contains(d.Arrangements, top.DID)):
		case top.DID != "":
			miss(trust.Fail, "arrangements", top.Name, "The recognition comes "+x.when+" from "+top.Name+", which is none of those demanded.")
		case x.state == trust.StateUnknown.String():
			miss(trust.Unknown, "arrangements", x.state, "Whose recognition stands behind the issuer "+x.when+" could not be established.")
		default:
			miss(trust.Fail, "arrangements", x.state, "No arrangement's recognition stands behind the issuer "+x.when+".")
		}
	}
}

func (d Demand) answerLevels(r *Report, miss missed) {
	if len(d.Levels) == 0 {
		return
	}
	if r.Certificate == nil {
		miss(trust.Unknown, "levels", "", "No certificate was found whose level could be compared.")
		return
	}
	s := r.Certificate.Scheme
	if slices.ContainsFunc(d.Levels, func(l string) bool {
		return l != "" && (strings.EqualFold(l, s.Level) || strings.EqualFold(l, s.ServiceLevel))
	}) {
		return
	}
	told := cmp.Or(s.Level, s.ServiceLevel)
	if told == "" {
		miss(trust.Fail, "levels", "", "The certificate names no level.")
		return
	}
	miss(trust.Fail, "levels", told, "The level is "+told+", which is none of those demanded.")
}

// answerAge compares the oldest evidence of the kind with what is demanded.
// What tells no age is not fresh enough, and not stale either: unknown.
func (d Demand) answerAge(r *Report, miss missed) {
	if d.StatusAge > 0 {
		outcome := trust.Unknown
		for _, b := range r.Basis() {
			switch {
			case b.Check != CheckStatus || b.AsOf == nil:
			case r.CheckedAt.Sub(*b.AsOf) > d.StatusAge:
				outcome = trust.Fail
			case outcome == trust.Unknown:
				outcome = trust.Pass
			}
		}
		if outcome != trust.Pass {
			miss(outcome, "status_max_age_hours", string(CheckStatus), "The status is not known as of so short a time ago.")
		}
	}
	if d.CoverageAge == 0 {
		return
	}
	if len(r.Coverage) == 0 {
		miss(trust.Unknown, "coverage_max_age_days", "", "Nothing tells how complete the register is for the issuer.")
	}
	for _, c := range r.Coverage {
		switch {
		case c.SynchronisedAt == nil:
			miss(trust.Unknown, "coverage_max_age_days", c.Body, "When the register last compared itself with "+c.Body+" ("+c.Of+") is not told.")
		case r.CheckedAt.Sub(*c.SynchronisedAt) > d.CoverageAge:
			miss(trust.Fail, "coverage_max_age_days", c.Body, "The register last compared itself with "+c.Body+" ("+c.Of+") on "+day(*c.SynchronisedAt)+".")
		}
	}
}
