package v1

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// condition is a prerequisite that is checked when a certificate is issued.
// Conditions of one group hold together, and one group of several is enough; a
// condition without a group always counts.
type condition struct {
	Kind       string `json:"kind" enums:"education,experience,certificate"`
	Group      string `json:"group,omitempty"`
	Level      string `json:"level,omitempty" enums:"secondary,bachelor,master,doctorate"` // education: at least
	Months     int    `json:"months,omitempty"`                                            // experience: at least
	Scheme     string `json:"scheme,omitempty"`                                            // certificate: an earlier one of this scheme
	Accredited bool   `json:"accredited,omitempty"`                                        // certificate: and bona fide
}

func conditions(all []condition) []registry.Condition {
	var out []registry.Condition
	for _, c := range all {
		out = append(out, registry.Condition(c))
	}
	return out
}

func conditionsOf(all []registry.Condition) []condition {
	var out []condition
	for _, c := range all {
		out = append(out, condition(c))
	}
	return out
}

// prerequisite is a fact that the body checked before its decision.
type prerequisite struct {
	Kind        string `json:"kind" enums:"education,experience,certificate"`
	Level       string `json:"level" enums:"secondary,bachelor,master,doctorate"`
	Months      int    `json:"months"`
	Certificate string `json:"certificate"` // number of an earlier certificate of the holder in this register
	Checked     string `json:"checked" enums:"self_declared,reference,document"`
}

// training is who trained the holder; the examiner must be somebody else.
type training struct {
	Trainer string `json:"trainer"`
	EndedOn string `json:"ended_on"` // a day; without it the training counts as lately
}

func competence(f *fault.Invalid, examiner string, facts []prerequisite, trained []training) issue.Competence {
	out := issue.Competence{ExaminerCertificate: examiner}
	for _, p := range facts {
		out.Prerequisites = append(out.Prerequisites, issue.Prerequisite(p))
	}
	for i, t := range trained {
		ended, ok := dayOrInstant(t.EndedOn)
		if t.EndedOn != "" && !ok {
			f.Add(fmt.Sprintf("/training/%d/ended_on", i), "must be a day such as 2026-03-01")
		}
		out.Training = append(out.Training, issue.Training{Trainer: t.Trainer, EndedOn: ended})
	}
	return out
}
