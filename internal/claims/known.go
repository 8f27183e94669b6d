package claims

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

//go:embed reference/known.json
var knownFile []byte

//go:embed reference/warnings.json
var warningsFile []byte

// known is what a reader of claims knows beside the registry.
type known struct {
	OtherNames map[string]string   `json:"other_names"` // folded name: body id
	Titles     map[string][]string `json:"titles"`      // scheme id: folded titles
	Nobody     []general           `json:"nobody"`
	Never      []general           `json:"never_persons"`
	Excluded   []exclusion         `json:"excluded"`
	Endless    []endless           `json:"endless"`
	Grace      []struct {
		Scheme string `json:"scheme"`
		Days   int    `json:"days"`
	} `json:"grace"`
	Namesakes   []namesake          `json:"namesakes"`
	NotOnPeople map[string][]string `json:"not_on_people"` // arrangement whose mark: accreditors
	Verifiers   []string            `json:"verifiers"`
}

// namesake is an organisation that shares its acronym with another, and the
// words by which it is told apart.
type namesake struct {
	Acronym string   `json:"acronym"`
	Name    string   `json:"name"`
	Words   []string `json:"words"`
}

// general is a fact about an organisation that holds always.
type general struct {
	ID    string   `json:"id"`
	Names []string `json:"names"`
	Why   string   `json:"why"`
	URL   string   `json:"url"`
}

// exclusion is a source that says which titles are not accredited.
type exclusion struct {
	Body       string   `json:"body"`
	Accreditor string   `json:"accreditor"`
	Titles     []string `json:"titles"`
	URL        string   `json:"url"`
	Locator    string   `json:"locator"`
	Says       string   `json:"says"`
}

// endless is a scheme whose rule gives, or gave before a day, no end.
type endless struct {
	Scheme string `json:"scheme"`
	Always bool   `json:"always"`
	Before string `json:"before"`
}

func readKnown() (known, error) {
	var k known
	if err := json.Unmarshal(knownFile, &k); err != nil {
		return k, fmt.Errorf("reading what claims are compared with: %w", err)
	}
	return k, nil
}

func (g general) organisation() *verify.Organisation {
	return &verify.Organisation{Name: g.name(), Why: g.Why, Source: verify.Citation{URL: g.URL}}
}

// name is the first name, or the id.
func (g general) name() string {
	if len(g.Names) > 0 {
		return g.Names[0]
	}
	return g.ID
}

// scheme is a registered scheme as reports know it, with what is known of its
// validity.
func (k known) scheme(s registry.Scheme, ownerDID, address string) verify.RegisteredScheme {
	out := verify.RegisteredScheme{Address: address, ID: s.ID, Name: s.Name, Kind: s.Kind, Owner: ownerDID, Activity: string(s.Activity),
		Standard: s.Standard, ValidityMonths: s.LongestMonths()}
	for _, r := range s.Rules {
		if c := r.Recertification; c != nil {
			out.EarlyDays = max(out.EarlyDays, c.OpensDaysBefore)
		}
	}
	for _, e := range k.Endless {
		if e.Scheme != s.ID {
			continue
		}
		out.NoExpiry = e.Always
		if t, err := time.Parse(time.DateOnly, e.Before); err == nil {
			out.EndlessBefore = &t
		}
	}
	for _, g := range k.Grace {
		if g.Scheme == s.ID {
			out.GraceDays = g.Days
		}
	}
	return out
}
