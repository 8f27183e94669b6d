package registry

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
	"go.mau.fi/util/confusable"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Likeness is a registered body that a new one could be taken for.
type Likeness struct {
	Body   string // id
	Name   string
	Reason string // which names or domains are alike
}

// minAlias is the length from which an alias counts: shorter ones are
// acronyms, and acronyms are shared by bodies that have nothing in common.
const minAlias = 5

// Lookalikes returns the bodies whose name, alias or domain could be taken for
// one of b's: equal but for company forms and characters that look alike
// (UTS #39), or, for long names, but for a letter or two. Acronyms alone are
// never alike.
func (v *View) Lookalikes(b Body) []Likeness {
	mine := newNameEntry(b)
	var out []Likeness
	for _, other := range v.names {
		if other.body.ID == b.ID {
			continue
		}
		if reason := mine.alike(other); reason != "" {
			out = append(out, Likeness{Body: other.body.ID, Name: other.body.Name, Reason: reason})
		}
	}
	return out
}

func (e nameEntry) alike(other nameEntry) string {
	for i, a := range e.names {
		for j, b := range other.names {
			if i > 0 && len(a.plain) < minAlias || j > 0 && len(b.plain) < minAlias {
				continue
			}
			if a.skeleton == b.skeleton && a.skeleton != "" || slightlyDifferent(a.plain, b.plain) {
				return fmt.Sprintf("the name %q is like %q", a.printed, b.printed)
			}
		}
	}
	for _, a := range e.domains {
		for _, b := range other.domains {
			if a == b || domainSkeleton(a) == domainSkeleton(b) {
				return fmt.Sprintf("the domain %s is like %s", a, b)
			}
		}
	}
	return ""
}

// slightlyDifferent reports an edit or two in a long name. Numbers are what
// tells "Board 7" from "Board 8", so names whose digits differ are different.
func slightlyDifferent(a, b string) bool {
	short := min(len([]rune(a)), len([]rune(b)))
	allowed := 0
	switch {
	case short >= 24:
		allowed = 2
	case short >= 12:
		allowed = 1
	}
	if allowed == 0 || digits(a) != digits(b) {
		return false
	}
	return levenshtein.Distance(a, b, nil) <= allowed
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func domainSkeleton(d string) string { return confusable.Skeleton(unicodeDomain(d)) }

// refuseLookalike refuses b if it could be taken for a registered body.
func (v *View) refuseLookalike(b Body) error {
	found := v.Lookalikes(b)
	if len(found) == 0 {
		return nil
	}
	alike := make([]map[string]string, len(found))
	for i, l := range found {
		alike[i] = map[string]string{"id": l.Body, "name": l.Name, "reason": l.Reason}
	}
	pointer := "/name"
	if !slices.ContainsFunc(found, func(l Likeness) bool { return strings.HasPrefix(l.Reason, "the name") }) {
		pointer = "/domains"
	}
	return &fault.Refusal{
		Kind: fault.Conflict, Code: "LOOKALIKE", Pointer: pointer,
		Detail: fmt.Sprintf("%s of the registered body %q; accept the likeness to register it all the same", found[0].Reason, found[0].Body),
		Extra:  map[string]any{"likeness": alike},
	}
}
