package registry

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Answer to one of the four questions a careful buyer asks of a scheme: yes,
// no or not_known. No is said only where a record says so; what is missing
// from the register is not known.
type Answer struct {
	ID       string
	Question string
	Answer   string
	Because  string
	Sources  []trust.Source
	AsOf     time.Time // of the sources; zero: not dated
}

// Answers of a question.
const (
	Yes      = "yes"
	No       = "no"
	NotKnown = "not_known"
)

// Answers answers the four questions by what the register holds now.
func (r *Registrar) Answers(ctx context.Context, s Scheme) ([]Answer, error) {
	need := trust.Scope{Activity: s.Activity, Schemes: []string{s.ID}}
	need.Standard, need.Edition = trust.ParseStandard(s.Standard)
	f, err := r.Chain(ctx, s.Owner, need, r.now(), time.Time{})
	if err != nil {
		return nil, err
	}
	v, err := r.View(ctx)
	if err != nil {
		return nil, err
	}
	rules, _ := s.RulesAt(r.now())
	out := []Answer{applied(s, rules), v.accredited(s, f), beyondClassroom(s, rules), renewed(s, rules)}
	for i := range out {
		if out[i].Sources == nil {
			out[i].Sources = s.Sources
		}
		out[i].AsOf = latest(out[i].Sources)
	}
	return out, nil
}

func applied(s Scheme, rules RuleSet) Answer {
	a := Answer{ID: "applied_competence", Question: "Is applied competence assessed?", Answer: NotKnown, Because: "How competence is assessed is not on record."}
	modes := strings.Join(rules.Assessment.Modes, ", ")
	switch {
	case s.Kind == KindAttendance:
		a.Answer, a.Because = No, "It is a certificate of attendance: nothing is assessed."
	case slices.ContainsFunc(rules.Assessment.Modes, showsWork):
		a.Answer, a.Because = Yes, "Assessment on record: "+modes+"."
	case len(rules.Assessment.Modes) > 0 && !slices.ContainsFunc(rules.Assessment.Modes, func(m string) bool { return !testsKnowledge(m) }):
		a.Answer, a.Because = No, "The assessment on record tests knowledge: "+modes+"."
	case modes != "":
		a.Because = "Assessment on record: " + modes + ". Whether that shows applied competence is not on record."
	}
	return a
}

// showsWork: modes of assessment in which the candidate does the work.
func showsWork(mode string) bool {
	return containsAny(mode, "practical", "performance", "portfolio", "simulation", "observ", "work sample", "project", "role play", "case", "audit", "demonstration", "lab")
}

func testsKnowledge(mode string) bool {
	return containsAny(mode, "test", "exam", "quiz", "multiple choice", "knowledge") && !showsWork(mode) && !containsAny(mode, "oral", "interview")
}

func (v *View) accredited(s Scheme, f trust.Finding) Answer {
	a := Answer{ID: "accredited_standard", Question: "Is it aligned with a standard, and accredited to it?", Answer: NotKnown}
	standard := ""
	if s.Standard != "" {
		standard = "It is on record as aligned with " + s.Standard + ". "
	}
	switch f.InScope {
	case trust.Pass:
		link := f.Path[0].Statement
		issuer, _ := v.ByDID(link.Issuer)
		to := link.Scope.Standard
		if link.Scope.Edition != "" {
			to += ":" + link.Scope.Edition
		}
		a.Answer, a.Sources = Yes, link.Sources
		a.Because = strings.TrimSpace(fmt.Sprintf("%sAccredited by %s to %s, since %s.", standard, issuer.Name, to, link.ValidFrom.Format("2 January 2006")))
		if f.Recognised != trust.Pass {
			a.Because += " Recognition of that accreditor for this activity is not confirmed."
		}
	case trust.Fail:
		a.Answer, a.Because = No, standard+"No accreditation covers it, and the register is complete enough to say so."
	default:
		a.Because = standard + "An accreditation that covers it is not confirmed."
	}
	return a
}

func beyondClassroom(s Scheme, rules RuleSet) Answer {
	a := Answer{ID: "practical_evidence", Question: "Is practical evidence asked for, beyond the classroom?", Answer: NotKnown, Because: "What evidence of practice is asked for is not on record."}
	var evidence []string
	for _, e := range append(slices.Clone(rules.AppliedEvidence), rules.Prerequisites...) {
		for _, part := range strings.Split(e, ";") {
			if part = strings.TrimSpace(part); part != "" && !denies(part) && (slices.Contains(rules.AppliedEvidence, e) || containsAny(part, "experience", "years", "employed", "practice", "work")) {
				evidence = append(evidence, part)
			}
		}
	}
	switch {
	case len(evidence) > 0:
		a.Answer, a.Because = Yes, "Asked for: "+strings.Join(evidence, "; ")+"."
	case s.Kind == KindAttendance:
		a.Answer, a.Because = No, "It is a certificate of attendance."
	}
	return a
}

// denies reports a note that something was not found.
func denies(s string) bool {
	s = strings.ToLower(s)
	return strings.HasPrefix(s, "no ") || strings.HasPrefix(s, "none") || strings.HasPrefix(s, "not ") || strings.Contains(s, "not found")
}

func renewed(s Scheme, rules RuleSet) Answer {
	a := Answer{ID: "renewal", Question: "Must it be renewed, with continuing professional development?", Answer: NotKnown, Because: "Whether and how it is renewed is not on record."}
	c := rules.Recertification
	switch {
	case c != nil && c.Units > 0:
		a.Answer, a.Because = Yes, fmt.Sprintf("Renewed every %d months with %s units of continuing development (%s).", c.CycleMonths, strconv.FormatFloat(c.Units, 'g', -1, 64), orUnits(c.Unit))
	case c != nil:
		a.Answer, a.Because = Yes, fmt.Sprintf("Renewed every %d months; how much continuing development that takes is not on record.", c.CycleMonths)
	case s.ValidityMonths > 0:
		a.Because = fmt.Sprintf("It holds for %d months; how it is renewed is not on record.", s.ValidityMonths)
	}
	return a
}

func orUnits(unit string) string {
	if unit == "" {
		return "unit not named"
	}
	return unit
}

func containsAny(s string, parts ...string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}
