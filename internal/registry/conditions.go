package registry

import (
	"fmt"
	"slices"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Condition is a prerequisite as a rule that can be checked when a certificate
// is issued. Conditions of one Group hold together, and one group of several is
// enough; a condition without a group always counts.
type Condition struct {
	Kind       string
	Group      string
	Level      string // education only: at least this
	Months     int    // experience only: at least so many
	Scheme     string // certificate only: an earlier certificate of this scheme
	Accredited bool   // certificate only: and it must be bona fide, not merely in force
}

// Kinds of conditions.
const (
	NeedsEducation   = "education"
	NeedsExperience  = "experience"
	NeedsCertificate = "certificate"
)

// EducationLevels are the levels of education, lowest first.
func EducationLevels() []string { return []string{"secondary", "bachelor", "master", "doctorate"} }

// ServiceLevels are this service's own words for the level of a scheme, put
// beside the issuer's, never instead.
func ServiceLevels() []string { return []string{"learner", "practitioner", "leader"} }

func checkConditions(f *fault.Invalid, at string, all []Condition) {
	checkLength(f, at, len(all))
	for i, c := range all {
		p := fmt.Sprintf("%s/%d", at, i)
		cleanText(f, p+"/group", c.Group, maxID)
		needs := map[string]bool{"/level": c.Level != "", "/months": c.Months != 0, "/scheme": c.Scheme != "", "/accredited": c.Accredited}
		switch c.Kind {
		case NeedsEducation:
			if !slices.Contains(EducationLevels(), c.Level) {
				f.Add(p+"/level", "must be secondary, bachelor, master or doctorate")
			}
			delete(needs, "/level")
		case NeedsExperience:
			if c.Months == 0 {
				f.Add(p+"/months", "is needed")
			}
			checkRange(f, p+"/months", float64(c.Months), maxMonths)
			delete(needs, "/months")
		case NeedsCertificate:
			checkID(f, p+"/scheme", c.Scheme)
			delete(needs, "/scheme")
			delete(needs, "/accredited")
		default:
			f.Add(p+"/kind", "must be education, experience or certificate")
			continue
		}
		for pointer, given := range needs {
			if given {
				f.Add(p+pointer, "does not go with "+c.Kind)
			}
		}
	}
}
