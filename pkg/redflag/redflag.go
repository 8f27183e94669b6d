// Package redflag owns the red flags: deterministic rules, one to a file, each
// with its severity, the sentence an employer reads, its source, its condition
// and its guard. A flag states evidence, never a conclusion, and it never
// changes a verdict. The package knows neither reports nor registers: package
// verify hands it Facts. RULES.md beside this file is written from the rules.
package redflag

import (
	"cmp"
	"slices"
	"time"
)

// Severity is how much a flag matters. The zero Severity is none: no flag.
type Severity string

const (
	None     Severity = ""
	Info     Severity = "info"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists them, mildest first.
func Severities() []Severity { return []Severity{Info, Low, Medium, High, Critical} }

// Rank orders severities; what is not one ranks below Info.
func (s Severity) Rank() int { return slices.Index(Severities(), s) + 1 }

// Answer is yes, no, or not known, which is the zero value.
type Answer int

const (
	Unknown Answer = iota
	Yes
	No
)

// Evidence is what a flag rests on: short names and plain values, fit for JSON.
type Evidence map[string]any

// Relief is what a guard makes of a flag whose condition holds.
type Relief struct {
	To    Severity // None: no flag at all
	Title string   // instead of the rule's own, if not empty
	Say   string   // the sentence instead of the rule's own, if not empty
	Key   string   // tells this sentence from others of the same rule
}

// Rule is one red flag.
type Rule struct {
	ID        string
	Title     string
	Severity  Severity
	Sentence  string // for an employer; neutral
	Citation  string
	Reference string    // address of the citation
	Effective time.Time // certificates decided earlier are not judged by it; zero: always
	Secondary bool
	Absence   bool   // concludes from absence: above info only where the register is complete
	When      string // the condition in words
	Unless    string // the guard in words

	Condition func(*Facts) (Evidence, bool)
	Guard     func(*Facts) (Relief, bool)
}

// Flag is a rule that fired.
type Flag struct {
	ID          string
	Severity    Severity
	Title       string
	Explanation string
	Evidence    Evidence
	Reference   string
	Key         string // which sentence it tells: the rule's id, and after a dot what the guard made of it
}

// Eased is what follows the id in the key of a flag whose rule has one relief.
const Eased = "eased"

// Find applies the rule: the condition, then the guard.
func (r Rule) Find(f *Facts) (Flag, bool) {
	if !r.Effective.IsZero() && (f.Decided.IsZero() || f.Decided.Before(r.Effective)) {
		return Flag{}, false
	}
	evidence, ok := r.Condition(f)
	if !ok {
		return Flag{}, false
	}
	flag := Flag{ID: r.ID, Severity: r.Severity, Title: r.Title, Explanation: r.Sentence, Evidence: evidence, Reference: r.Reference, Key: r.ID}
	if relief, holds := r.Guard(f); holds {
		flag.Severity = relief.To
		if relief.Title != "" {
			flag.Title = relief.Title
		}
		if relief.Say != "" {
			flag.Explanation, flag.Key = relief.Say, r.ID+"."+cmp.Or(relief.Key, Eased)
		}
	}
	if flag.Evidence == nil {
		flag.Evidence = Evidence{}
	}
	return flag, flag.Severity != None
}

// Find applies the rules: the gravest flags first.
func Find(f *Facts, rules []Rule) []Flag {
	var out []Flag
	for _, r := range rules {
		if flag, ok := r.Find(f); ok {
			out = append(out, flag)
		}
	}
	slices.SortStableFunc(out, func(a, b Flag) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	return out
}

// Known tells whether id is a rule's.
func Known(id string) bool {
	return slices.ContainsFunc(All(), func(r Rule) bool { return r.ID == id })
}

// Without returns every rule but those switched off.
func Without(off []string) []Rule {
	return slices.DeleteFunc(All(), func(r Rule) bool { return slices.Contains(off, r.ID) })
}

// All returns every rule, in order of its id.
func All() []Rule {
	return []Rule{
		issuerNotFound(), accreditorUnlisted(), accreditorNotRecognised(), recognitionEnded(), notAccredited(),
		decidedWhileSuspended(), accreditedForElse(), schemeOutOfScope(), numberNotTheirs(), notInRegister(),
		numberOfAnother(), contentMissing(), noExpiry(), tooLong(), expired(), notInForce(), impossibleDates(),
		oldEdition(), isoWording(), organisationStandard(), attendance(), listing(), accreditsNobody(), inProcess(),
		samePeople(), parallelChain(), lookalike(), wrongMark(), accreditorUnnamed(), sellersPage(), guaranteed(),
		warned(), membersOnly(), withdrawnSince(), enteredLong(),
	}
}

func day(year int, month time.Month, date int) time.Time {
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

// written is a day as evidence tells it; null if it is not known.
func written(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.DateOnly)
}

// tolerance is what dates written in different time zones may differ by.
const tolerance = 24 * time.Hour
