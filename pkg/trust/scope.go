package trust

import (
	"slices"
	"strings"
)

// Activity is what a body is accredited or recognised for.
type Activity string

const (
	CertificationOfPersons           Activity = "certification_of_persons"
	CertificationOfManagementSystems Activity = "certification_of_management_systems"
	CertificationOfProducts          Activity = "certification_of_products"
	Education                        Activity = "education"
)

// Scope bounds a statement, or says what a certificate needs. An empty member
// restricts nothing in a parent; in a need it asks for nothing.
type Scope struct {
	Activity  Activity
	Standard  string   // without edition: "ISO/IEC 17024"
	Edition   string   // "2012"
	SubScopes []string // level 4 and 5 of the IAF MLA structure
	Schemes   []string // scheme addresses
	Countries []string // ISO 3166-1 alpha-2, upper case
}

// Includes reports whether a child's scope lies inside the parent's: whatever
// the parent restricts, the child restricts at least as much.
func (s Scope) Includes(child Scope) bool {
	return s.Activity == child.Activity &&
		(s.Standard == "" || s.Standard == child.Standard) &&
		(s.Edition == "" || s.Edition == child.Edition) &&
		within(child.SubScopes, s.SubScopes) && within(child.Schemes, s.Schemes) && within(child.Countries, s.Countries)
}

// Covers reports whether the scope grants what the need asks for. An empty
// member of the need asks nothing.
func (s Scope) Covers(need Scope) bool {
	return s.Activity == need.Activity &&
		(s.Standard == "" || need.Standard == "" || s.Standard == need.Standard) &&
		(s.Edition == "" || need.Edition == "" || s.Edition == need.Edition) &&
		asked(need.SubScopes, s.SubScopes) && asked(need.Schemes, s.Schemes) && asked(need.Countries, s.Countries)
}

// narrow is what is left of a scope for one need: the need's members where it
// names any.
func (s Scope) narrow(need Scope) Scope {
	if need.Standard != "" {
		s.Standard = need.Standard
	}
	if need.Edition != "" {
		s.Edition = need.Edition
	}
	if len(need.SubScopes) > 0 {
		s.SubScopes = need.SubScopes
	}
	if len(need.Schemes) > 0 {
		s.Schemes = need.Schemes
	}
	if len(need.Countries) > 0 {
		s.Countries = need.Countries
	}
	return s
}

// within: an unrestricted parent holds everything, a restricted one only what
// a restricted child names.
func within(child, parent []string) bool {
	return len(parent) == 0 || len(child) > 0 && asked(child, parent)
}

func asked(need, granted []string) bool {
	if len(granted) == 0 {
		return true
	}
	for _, n := range need {
		if !slices.Contains(granted, n) {
			return false
		}
	}
	return true
}

// Need is what a body must be accredited for to certify under a scheme: its
// activity (certification of persons, if none is given) and its address; the
// standard, if it is one for bodies, is what they are accredited to, and any
// other is one that they certify against, a sub-scope.
func Need(activity Activity, standard, scheme string) Scope {
	n := Scope{Activity: activity, Schemes: []string{scheme}}
	if n.Activity == "" {
		n.Activity = CertificationOfPersons
	}
	name, edition := ParseStandard(standard)
	switch {
	case ForBodies(name):
		n.Standard, n.Edition = name, edition
	case name != "":
		n.SubScopes = []string{standard}
	}
	return n
}

// ForBodies tells whether a standard is one that bodies are accredited to.
func ForBodies(standard string) bool { return strings.HasPrefix(standard, "ISO/IEC 170") }

// ParseStandard splits "ISO/IEC 17024:2012" into standard and edition.
func ParseStandard(s string) (standard, edition string) {
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.LastIndexByte(s, ':'); i >= 0 && len(s)-i == 5 && strings.Trim(s[i+1:], "0123456789") == "" {
		return strings.TrimSpace(s[:i]), s[i+1:]
	}
	return s, ""
}
