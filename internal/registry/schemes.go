package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Kinds of schemes.
const (
	KindPersons       = "certification_of_persons"
	KindOrganisations = "certification_of_organisations"
	KindAttendance    = "attendance"
	KindAcademic      = "academic"
)

// Duplicate policies of a scheme: what happens when a holder who has a
// certificate in force is certified again.
const (
	DuplicatesDeny    = "deny"
	DuplicatesReplace = "replace"
	DuplicatesAllow   = "allow"
)

const (
	maxMonths = 600  // fifty years; a longer validity is none
	maxDays   = 3660 // ten years
	maxUnits  = 100_000
)

// AddScheme registers a scheme of a body. Activity defaults by kind,
// duplicates to deny, the id to one made from the acronym or name.
func (r *Registrar) AddScheme(ctx context.Context, s Scheme) (Scheme, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Scheme{}, err
	}
	if s.ID == "" {
		name := s.Acronym
		if strings.Join(foldTokens(name), "") == "" {
			name = s.Name
		}
		s.ID = freeSlug(name, func(id string) bool { _, taken := v.Scheme(id); return taken })
	}
	s, faults := normalScheme(s, "")
	if owner, ok := v.Body(s.Owner); !ok {
		faults.Add("/owner", "is not a registered body")
	} else if !mayOwn(owner) {
		faults.Add("/owner", "must be a scheme owner, certification body or training provider")
	}
	if err := faults.Err(); err != nil {
		return Scheme{}, err
	}
	s.CreatedAt = r.now()
	if err := r.Store.AddScheme(ctx, s); err != nil {
		if errors.Is(err, ErrDuplicate) {
			return Scheme{}, &fault.Refusal{Kind: fault.Conflict, Code: "ALREADY_EXISTS", Pointer: "/id", Detail: fmt.Sprintf("a scheme %q is registered", s.ID)}
		}
		return Scheme{}, fmt.Errorf("registering scheme: %w", err)
	}
	return s, nil
}

// Registered finds the owner's scheme that is s in everything but when it was
// registered and, where s has none, its id: what a repeat of a creating call
// finds that was carried out and whose answer was lost.
func (r *Registrar) Registered(ctx context.Context, s Scheme) (held Scheme, ok bool, err error) {
	v, err := r.View(ctx)
	if err != nil {
		return Scheme{}, false, err
	}
	for _, held := range v.Schemes() {
		if held.Owner != s.Owner || s.ID != "" && s.ID != held.ID {
			continue
		}
		same := s
		same.ID = held.ID
		same, _ = normalScheme(same, "") // one with faults was never registered
		same.CreatedAt = held.CreatedAt
		a, err := json.Marshal(held)
		if err != nil {
			return Scheme{}, false, fmt.Errorf("comparing schemes: %w", err)
		}
		b, err := json.Marshal(same)
		if err != nil {
			return Scheme{}, false, fmt.Errorf("comparing schemes: %w", err)
		}
		if bytes.Equal(a, b) {
			return held, true, nil
		}
	}
	return Scheme{}, false, nil
}

func mayOwn(b Body) bool {
	return slices.ContainsFunc(b.Roles, func(r Role) bool { return r == SchemeOwner || r == CertificationBody || r == TrainingProvider })
}

// LongestMonths is the longest validity that any rule of the scheme allows, so
// that no rule set is held against a certificate of another; 0: none is known.
func (s Scheme) LongestMonths() int {
	months := s.ValidityMonths
	for _, r := range s.Rules {
		if r.Recertification != nil {
			months = max(months, r.Recertification.CycleMonths)
		}
	}
	return months
}

// normalScheme returns s in normal form and its faults, named by JSON Pointers
// below at.
func normalScheme(s Scheme, at string) (Scheme, fault.Invalid) {
	var f fault.Invalid
	checkID(&f, at+"/id", s.ID)
	if s.Owner == "" {
		f.Add(at+"/owner", "is needed")
	}
	s.Name = cleanText(&f, at+"/name", s.Name, maxName)
	if s.Name == "" {
		f.Add(at+"/name", "is needed")
	}
	s.Acronym = cleanText(&f, at+"/acronym", s.Acronym, maxID)
	s.Level = cleanText(&f, at+"/level", s.Level, maxName)
	oneOf(&f, at+"/service_level", s.ServiceLevel, ServiceLevels()...)
	s.Standard = cleanText(&f, at+"/standard", s.Standard, maxName)
	s.Note = cleanText(&f, at+"/note", s.Note, maxNote)
	byKind := map[string]trust.Activity{
		KindPersons: trust.CertificationOfPersons, KindOrganisations: trust.CertificationOfManagementSystems,
		KindAttendance: trust.Education, KindAcademic: trust.Education,
	}
	activity, ok := byKind[s.Kind]
	if !ok {
		f.Add(at+"/kind", "must be certification_of_persons, certification_of_organisations, attendance or academic")
	}
	if s.Activity == "" {
		s.Activity = activity
	} else if !knownActivity(s.Activity) {
		f.Add(at+"/activity", activities)
	}
	switch s.Duplicates {
	case "":
		s.Duplicates = DuplicatesDeny
	case DuplicatesDeny, DuplicatesReplace, DuplicatesAllow:
	default:
		f.Add(at+"/duplicates", "must be deny, replace or allow")
	}
	checkRange(&f, at+"/validity_months", float64(s.ValidityMonths), maxMonths)
	checkGrade(&f, at+"/grade", s.Grade)
	s.Sources = checkSources(&f, at+"/sources", s.Sources)
	checkLength(&f, at+"/rules", len(s.Rules))
	s.Rules = slices.Clone(s.Rules)
	for i, rules := range s.Rules {
		p := fmt.Sprintf("%s/rules/%d", at, i)
		s.Rules[i].From = instant(rules.From)
		if i > 0 && rules.From.Before(s.Rules[i-1].From) {
			f.Add(p+"/from", "must not be before that of the rule set in front of it")
		}
		checkRules(&f, p, rules)
	}
	return s, f
}

func checkRules(f *fault.Invalid, at string, r RuleSet) {
	checkRange(f, at+"/validity_months", float64(r.ValidityMonths), maxMonths)
	checkRange(f, at+"/assessment/hours", r.Assessment.Hours, maxUnits)
	checkTexts(f, at+"/assessment/modes", r.Assessment.Modes)
	checkTexts(f, at+"/applied_evidence", r.AppliedEvidence)
	checkTexts(f, at+"/prerequisites", r.Prerequisites)
	checkConditions(f, at+"/prerequisite_rules", r.Conditions)
	if r.Recertification != nil {
		checkRecertification(f, at+"/recertification", *r.Recertification)
	}
}

func checkTexts(f *fault.Invalid, at string, texts []string) {
	checkLength(f, at, len(texts))
	for i, t := range texts {
		if p := fmt.Sprintf("%s/%d", at, i); cleanText(f, p, t, maxNote) == "" {
			f.Add(p, "must not be empty")
		}
	}
}

// checkRange also refuses what is not a number.
func checkRange(f *fault.Invalid, at string, n, most float64) {
	if !(n >= 0 && n <= most) {
		f.Add(at, fmt.Sprintf("must be between 0 and %g", most))
	}
}

const activities = "must be certification_of_persons, certification_of_management_systems, certification_of_products or education"

func knownActivity(a trust.Activity) bool {
	switch a {
	case trust.CertificationOfPersons, trust.CertificationOfManagementSystems, trust.CertificationOfProducts, trust.Education:
		return true
	default:
		return false
	}
}
