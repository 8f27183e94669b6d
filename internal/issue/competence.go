package issue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Competence is what stands behind a decision: what the body checked before it,
// who assessed and how that person was qualified, and who trained the holder.
type Competence struct {
	Prerequisites       []Prerequisite `json:",omitzero"`
	ExaminerCertificate string         `json:",omitzero"` // number of the examiner's own certificate
	Training            []Training     `json:",omitzero"`
}

// Prerequisite is one fact that the body checked.
type Prerequisite struct {
	Kind        string // education, experience or certificate
	Level       string `json:",omitzero"` // of education
	Months      int    `json:",omitzero"` // of experience
	Certificate string `json:",omitzero"` // number of an earlier certificate of the holder
	Checked     string `json:",omitzero"` // self_declared, reference or document
}

// Training is who trained the holder, and until when.
type Training struct {
	Trainer string
	EndedOn time.Time `json:",omitzero"` // zero: not told, and so counted as lately
}

// apart is for how long the trainer of a candidate cannot examine them (ISO/IEC
// 17024:2012, 5.2.3).
const apart = 2 // years

// maxFacts bounds lists of a request.
const maxFacts = 20

// Lookup answers for a certificate of this register as it stood, with whether
// the name is its holder's, also of one at publication "hidden" if body issued it.
type Lookup func(ctx context.Context, body, number string, at time.Time, name string) (*verify.Report, error)

func (c *Competence) check(f *fault.Invalid, examiner string, decided time.Time) {
	if len(c.Prerequisites) > maxFacts || len(c.Training) > maxFacts {
		f.Add("/prerequisites", fmt.Sprintf("and training have at most %d items", maxFacts))
		return
	}
	for n, p := range c.Prerequisites {
		at := fmt.Sprintf("/prerequisites/%d", n)
		switch p.Kind {
		case registry.NeedsEducation:
			if !slices.Contains(registry.EducationLevels(), p.Level) {
				f.Add(at+"/level", "must be secondary, bachelor, master or doctorate")
			}
		case registry.NeedsExperience:
			if p.Months < 1 || p.Months > 1200 {
				f.Add(at+"/months", "must be from 1 to 1200")
			}
		case registry.NeedsCertificate:
			c.Prerequisites[n].Certificate = numbered(f, at+"/certificate", p.Certificate)
		default:
			f.Add(at+"/kind", "must be education, experience or certificate")
		}
		if p.Checked != "" && p.Checked != "self_declared" && p.Checked != "reference" && p.Checked != "document" {
			f.Add(at+"/checked", "must be self_declared, reference or document")
		}
	}
	if c.ExaminerCertificate != "" {
		c.ExaminerCertificate = numbered(f, "/examiner_certificate", c.ExaminerCertificate)
	}
	for n, t := range c.Training {
		at := fmt.Sprintf("/training/%d", n)
		if t.Trainer == "" || TextFault(t.Trainer, maxName) != "" {
			f.Add(at+"/trainer", "is missing or not plain text")
		}
		if t.EndedOn.After(decided) {
			f.Add(at+"/ended_on", "lies behind the decision")
		}
		if t.Trainer == examiner && examiner != "" && (t.EndedOn.IsZero() || t.EndedOn.AddDate(apart, 0, 0).After(decided)) {
			f.Add(at+"/trainer", "is the examiner: who trained a candidate in the last two years cannot examine them (ISO/IEC 17024:2012, 5.2)")
		}
	}
}

// numbered is a number in canonical form.
func numbered(f *fault.Invalid, pointer, typed string) string {
	n, err := credential.ParseNumber(typed)
	if err != nil {
		f.Add(pointer, "is not a number of this register: "+err.Error())
	}
	return string(n)
}

// competent refuses a first certificate whose prerequisites are not met or
// whose examiner was not certified on the day. What follows another
// certificate rests on that one's.
func (i *Issuer) competent(ctx context.Context, scheme registry.Scheme, r Request) error {
	if r.Lineage.Previous != "" {
		return nil
	}
	if n := r.Competence.ExaminerCertificate; n != "" {
		report, err := i.Lookup(ctx, scheme.Owner, n, r.DecidedAt, "")
		if err != nil {
			return err
		}
		if !stood(report) {
			return &fault.Refusal{Kind: fault.Unprocessable, Code: "EXAMINER_NOT_QUALIFIED", Pointer: "/examiner_certificate",
				Detail: "The examiner's certificate was not in force on the day of the decision: " + report.Summary}
		}
	}
	rules, _ := scheme.RulesAt(r.DecidedAt)
	missing, err := unmet(rules.Conditions, func(c registry.Condition) (bool, error) { return i.meets(ctx, scheme.Owner, c, r) })
	if err != nil || len(missing) == 0 {
		return err
	}
	list := []map[string]any{}
	for _, c := range missing {
		x := map[string]any{"kind": c.Kind}
		for name, v := range map[string]any{"level": c.Level, "months": c.Months, "scheme": c.Scheme, "accredited": c.Accredited} {
			if v != "" && v != 0 && v != false {
				x[name] = v
			}
		}
		list = append(list, x)
	}
	return &fault.Refusal{Kind: fault.Unprocessable, Code: "PREREQUISITES_NOT_MET", Pointer: "/prerequisites",
		Detail: "The scheme asks for more than was checked; missing tells what.", Extra: map[string]any{"missing": list}}
}

// stood tells whether a certificate was authentic and in force.
func stood(r *verify.Report) bool {
	return r.Authenticity == verify.Authentic && r.Currency == verify.InForce
}

// unmet is what is still needed: of alternatives, the group with the least left.
func unmet(all []registry.Condition, meets func(registry.Condition) (bool, error)) ([]registry.Condition, error) {
	var missing []registry.Condition
	var groups []string
	left := map[string][]registry.Condition{}
	for _, c := range all {
		ok, err := meets(c)
		if err != nil {
			return nil, err
		}
		if c.Group == "" {
			if !ok {
				missing = append(missing, c)
			}
			continue
		}
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
		if !ok {
			left[c.Group] = append(left[c.Group], c)
		}
	}
	if len(groups) > 0 {
		best := slices.MinFunc(groups, func(a, b string) int { return len(left[a]) - len(left[b]) })
		missing = append(missing, left[best]...)
	}
	return missing, nil
}

// meets asks whether any fact of the request fulfils the condition. An earlier
// certificate counts if it is the holder's and stood on the day of the decision.
func (i *Issuer) meets(ctx context.Context, body string, c registry.Condition, r Request) (bool, error) {
	levels, months := registry.EducationLevels(), 0
	for _, p := range r.Competence.Prerequisites {
		if p.Kind != c.Kind {
			continue
		}
		switch p.Kind {
		case registry.NeedsEducation:
			if slices.Index(levels, p.Level) >= slices.Index(levels, c.Level) {
				return true, nil
			}
		case registry.NeedsExperience:
			months += p.Months
			if months >= c.Months {
				return true, nil
			}
		case registry.NeedsCertificate:
			report, err := i.Lookup(ctx, body, p.Certificate, r.DecidedAt, r.Holder.Name)
			if err != nil {
				return false, err
			}
			if stood(report) && report.Certificate.Scheme.ID == c.Scheme && matches(report) && (!c.Accredited || report.Verdict == verify.BonaFide) {
				return true, nil
			}
		}
	}
	return false, nil
}

func matches(r *verify.Report) bool {
	for _, c := range r.Checks {
		if c.ID == verify.CheckHolderMatch {
			return c.Outcome == trust.Pass.String()
		}
	}
	return false
}
