package registry

import (
	"fmt"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// The reference format, specified in FORMAT.md. Instants are written as a day
// where they are midnight UTC, else in RFC 3339.
const (
	formatName    = "bonafide-registry"
	formatVersion = 1
)

// fileJSON is a whole file. Records are read one by one (readFile).
type fileJSON struct {
	Format     string          `json:"format"`
	Version    int             `json:"version"`
	Bodies     []bodyJSON      `json:"bodies"`
	Schemes    []schemeJSON    `json:"schemes"`
	Statements []statementJSON `json:"statements"`
	Coverage   []coverageJSON  `json:"coverage"`
	Effects    []effectJSON    `json:"effects"`
}

type bodyJSON struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Acronym    string       `json:"acronym,omitempty"`
	Roles      []Role       `json:"roles"`
	Country    string       `json:"country,omitempty"`
	Website    string       `json:"website,omitempty"`
	Domains    []string     `json:"domains,omitempty"`
	Aliases    []string     `json:"aliases,omitempty"`
	LinkedInID string       `json:"linkedin_organization_id,omitempty"`
	Status     string       `json:"status,omitempty"`
	Grade      string       `json:"grade,omitempty"`
	Note       string       `json:"note,omitempty"`
	Kind       string       `json:"kind,omitempty"`
	ValidFrom  string       `json:"valid_from,omitempty"`
	ValidUntil string       `json:"valid_until,omitempty"`
	Successor  string       `json:"successor,omitempty"`
	Sources    []sourceJSON `json:"sources,omitempty"`
}

type sourceJSON struct {
	URL         string `json:"url,omitempty"`
	Locator     string `json:"locator,omitempty"`
	SourceDate  string `json:"source_date,omitempty"`
	RetrievedAt string `json:"retrieved_at,omitempty"`
	Says        string `json:"says,omitempty"`
}

type schemeJSON struct {
	ID             string         `json:"id"`
	Owner          string         `json:"owner"`
	Name           string         `json:"name"`
	Acronym        string         `json:"acronym,omitempty"`
	Kind           string         `json:"kind"`
	Activity       trust.Activity `json:"activity,omitempty"`
	Level          string         `json:"level,omitempty"`
	ServiceLevel   string         `json:"service_level,omitempty"`
	Standard       string         `json:"standard,omitempty"`
	Duplicates     string         `json:"duplicates,omitempty"`
	ValidityMonths int            `json:"validity_months,omitempty"`
	Grade          string         `json:"grade,omitempty"`
	Note           string         `json:"note,omitempty"`
	Sources        []sourceJSON   `json:"sources,omitempty"`
	Rules          []rulesJSON    `json:"rules,omitempty"`
}

type rulesJSON struct {
	From            string               `json:"from,omitempty"`
	ValidityMonths  int                  `json:"validity_months,omitempty"`
	Assessment      *assessmentJSON      `json:"assessment,omitempty"`
	AppliedEvidence []string             `json:"applied_evidence,omitempty"`
	Prerequisites   []string             `json:"prerequisites,omitempty"`
	Conditions      []conditionJSON      `json:"prerequisite_rules,omitempty"`
	Recertification *recertificationJSON `json:"recertification,omitempty"`
}

type conditionJSON struct {
	Kind       string `json:"kind"`
	Group      string `json:"group,omitempty"`
	Level      string `json:"level,omitempty"`
	Months     int    `json:"months,omitempty"`
	Scheme     string `json:"scheme,omitempty"`
	Accredited bool   `json:"accredited,omitempty"`
}

type assessmentJSON struct {
	Modes     []string `json:"modes,omitempty"`
	Proctored *bool    `json:"proctored,omitempty"`
	Hours     float64  `json:"hours,omitempty"`
}

type scopeJSON struct {
	Activity  trust.Activity `json:"activity,omitempty"`
	Standard  string         `json:"standard,omitempty"`
	Edition   string         `json:"edition,omitempty"`
	SubScopes []string       `json:"sub_scopes,omitempty"`
	Schemes   []string       `json:"schemes,omitempty"`
	Countries []string       `json:"countries,omitempty"`
}

type statementJSON struct {
	ID         string          `json:"id"`
	Kind       trust.Kind      `json:"kind"`
	Issuer     string          `json:"issuer"`
	Subject    string          `json:"subject"`
	Number     string          `json:"number,omitempty"`
	Scope      scopeJSON       `json:"scope"`
	ValidFrom  string          `json:"valid_from"`
	ValidUntil string          `json:"valid_until,omitempty"`
	Start      string          `json:"start,omitempty"`
	LearntAt   string          `json:"learnt_at,omitempty"`
	Assurance  trust.Assurance `json:"assurance,omitempty"`
	Grade      string          `json:"grade,omitempty"`
	Note       string          `json:"note,omitempty"`
	Sources    []sourceJSON    `json:"sources,omitempty"`
	Events     []eventJSON     `json:"events,omitempty"`
}

type eventJSON struct {
	Event       trust.EventKind `json:"event"`
	EffectiveAt string          `json:"effective_at"`
	LearntAt    string          `json:"learnt_at,omitempty"`
	Reason      string          `json:"reason,omitempty"`
	Scope       *scopeJSON      `json:"scope,omitempty"`
	Successor   string          `json:"successor,omitempty"`
}

type coverageJSON struct {
	Body                string `json:"body"`
	Of                  string `json:"of"`
	Register            string `json:"register"`
	SynchronisedAt      string `json:"synchronised_at,omitempty"`
	PromisedRefreshDays int    `json:"promised_refresh_days,omitempty"`
	Declared            *int   `json:"declared,omitempty"`
	Published           *int   `json:"published,omitempty"`
	CheckURL            string `json:"check_url,omitempty"`
	LastAskedAt         string `json:"last_asked_at,omitempty"`
	LearntAt            string `json:"learnt_at,omitempty"`
}

// written is t as the format writes it; empty for the zero time.
func written(t time.Time) string {
	switch t = t.UTC(); {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	default:
		return t.Format(time.RFC3339Nano)
	}
}

// reader turns written records back and notes their faults.
type reader struct {
	faults fault.Invalid
	at     string // pointer to the record
	name   string // of the record, for people
}

func (r *reader) fault(pointer, detail string) { r.faults.Add(r.at+pointer, r.name+": "+detail) }

// adopt takes over faults that were found with full pointers.
func (r *reader) adopt(all fault.Invalid) {
	for _, f := range all {
		r.faults.Add(f.Pointer, r.name+": "+f.Detail)
	}
}

func (r *reader) time(pointer, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	layout := time.RFC3339Nano
	if !strings.Contains(s, "T") {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1800 {
		r.fault(pointer, "must be a day (2006-01-02) or an instant in RFC 3339")
		return time.Time{}
	}
	return instant(t)
}

func (r *reader) sources(all []sourceJSON) []trust.Source {
	var out []trust.Source
	for i, s := range all {
		out = append(out, trust.Source{URL: s.URL, Locator: s.Locator, SourceDate: s.SourceDate, Says: s.Says,
			RetrievedAt: r.time(fmt.Sprintf("/sources/%d/retrieved_at", i), s.RetrievedAt)})
	}
	return out
}

func writtenSources(all []trust.Source) []sourceJSON {
	var out []sourceJSON
	for _, s := range all {
		out = append(out, sourceJSON{URL: s.URL, Locator: s.Locator, SourceDate: s.SourceDate, RetrievedAt: written(s.RetrievedAt), Says: s.Says})
	}
	return out
}

func (r *reader) body(j bodyJSON) Body {
	return Body{
		ID: j.ID, Name: j.Name, Acronym: j.Acronym, Roles: j.Roles, Country: j.Country, Website: j.Website, Domains: j.Domains,
		Aliases: j.Aliases, LinkedInID: j.LinkedInID, Status: j.Status, Grade: j.Grade, Note: j.Note, Kind: j.Kind,
		ValidFrom: r.time("/valid_from", j.ValidFrom), ValidUntil: r.time("/valid_until", j.ValidUntil),
		Successor: j.Successor, Sources: r.sources(j.Sources),
	}
}

func writtenBody(b Body) bodyJSON {
	return bodyJSON{
		ID: b.ID, Name: b.Name, Acronym: b.Acronym, Roles: b.Roles, Country: b.Country, Website: b.Website, Domains: b.Domains,
		Aliases: b.Aliases, LinkedInID: b.LinkedInID, Status: b.Status, Grade: b.Grade, Note: b.Note, Kind: b.Kind,
		ValidFrom: written(b.ValidFrom), ValidUntil: written(b.ValidUntil), Successor: b.Successor, Sources: writtenSources(b.Sources),
	}
}

func (r *reader) coverage(j coverageJSON) Coverage {
	return Coverage{
		Body: j.Body, Of: j.Of, Register: j.Register, SynchronisedAt: r.time("/synchronised_at", j.SynchronisedAt),
		PromisedRefreshDays: j.PromisedRefreshDays, LearntAt: r.time("/learnt_at", j.LearntAt),
		Declared: j.Declared, Published: j.Published, CheckURL: j.CheckURL, AskedAt: r.time("/last_asked_at", j.LastAskedAt),
	}
}

func writtenCoverage(c Coverage) coverageJSON {
	return coverageJSON{
		Body: c.Body, Of: c.Of, Register: c.Register, SynchronisedAt: written(c.SynchronisedAt),
		PromisedRefreshDays: c.PromisedRefreshDays, LearntAt: written(c.LearntAt),
		Declared: c.Declared, Published: c.Published, CheckURL: c.CheckURL, LastAskedAt: written(c.AskedAt),
	}
}
