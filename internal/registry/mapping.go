package registry

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Mapping says how to read an accreditor's directory of the bodies it has
// accredited (FORMAT.md, "directories").
type Mapping struct {
	Format     string `json:"format"` // bonafide-mapping
	Version    int    `json:"version"`
	Name       string `json:"name"`       // of the directory, for people
	Accreditor string `json:"accreditor"` // body id
	Source     struct {
		URL     string `json:"url"`
		Locator string `json:"locator"`
	} `json:"source"`
	Grade string `json:"grade"` // of the source: A, B or C
	Input struct {
		Type      string `json:"type"`      // csv or json
		Delimiter string `json:"delimiter"` // of csv; default a comma
		Encoding  string `json:"encoding"`  // utf-8 (default), windows-1252 or utf-16
		Records   string `json:"records"`   // of json: pointer to the list; empty: the whole
	} `json:"input"`
	// Fields names the column (csv) or pointer (json) of each field.
	Fields map[string]string `json:"fields"`
	// Values translates what a directory writes: field, its word, ours.
	Values    map[string]map[string]string `json:"values"`
	Separator string                       `json:"separator"` // between several in one field; default a semicolon
	Dates     []string                     `json:"dates"`     // forms such as DD.MM.YYYY; default YYYY-MM-DD
	Defaults  struct {
		Activity trust.Activity `json:"activity"`
		Standard string         `json:"standard"`
		Country  string         `json:"country"`
		Roles    []Role         `json:"roles"`
	} `json:"defaults"`
	UntilExclusive bool `json:"until_exclusive"` // the last day named is no longer covered
	// Complete: the directory lists every accreditation that the accreditor has
	// granted and that is not over. Only then does an entry that vanished mean
	// anything.
	Complete            bool `json:"complete"`
	PromisedRefreshDays int  `json:"promised_refresh_days"`
}

const (
	mappingName    = "bonafide-mapping"
	mappingVersion = 1
	maxMapping     = 1 << 20
)

// Fields that a mapping may name; name is needed.
const (
	fieldName, fieldNumber, fieldAcronym, fieldAliases    = "name", "number", "acronym", "aliases"
	fieldCountry, fieldWebsite, fieldDomains, fieldStatus = "country", "website", "domains", "status"
	fieldSince, fieldFrom, fieldUntil                     = "status_since", "valid_from", "valid_until"
	fieldStandard, fieldSubScopes, fieldNote              = "standard", "sub_scopes", "note"
)

func fields() []string {
	return []string{fieldName, fieldNumber, fieldAcronym, fieldAliases, fieldCountry, fieldWebsite, fieldDomains, fieldStatus, fieldSince, fieldFrom, fieldUntil,
		fieldStandard, fieldSubScopes, fieldNote}
}

// ReadMapping reads a mapping strictly; its faults are fault.Invalid.
func ReadMapping(file NamedReader) (Mapping, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxMapping))
	if err != nil {
		return Mapping{}, fmt.Errorf("reading %s: %w", file.Name, err)
	}
	var m Mapping
	if err := ijson.Decode(data, &m); err != nil {
		return Mapping{}, located(err, file.Name, "")
	}
	var f fault.Invalid
	bad := func(pointer, detail string) { f.Add(pointer, file.Name+": "+detail) }
	if m.Format != mappingName || m.Version != mappingVersion {
		bad("/format", fmt.Sprintf("must be %q with version %d", mappingName, mappingVersion))
	}
	if m.Name == "" {
		bad("/name", "is needed")
	}
	if m.Accreditor == "" {
		bad("/accreditor", "is needed: the id of a registered accreditation body")
	}
	if m.Grade == "" {
		bad("/grade", "is needed: A, B or C")
	}
	if m.Source.URL == "" && m.Source.Locator == "" {
		bad("/source", "needs an address or a locator")
	}
	switch m.Input.Type {
	case "csv", "json":
	default:
		bad("/input/type", "must be csv or json")
	}
	if d := []rune(m.Input.Delimiter); len(d) > 1 {
		bad("/input/delimiter", "must be one character")
	}
	switch m.Input.Encoding {
	case "", "utf-8", "windows-1252", "utf-16":
	default:
		bad("/input/encoding", "must be utf-8, windows-1252 or utf-16")
	}
	for name := range m.Fields {
		if !slices.Contains(fields(), name) {
			bad("/fields/"+name, "is no field; there are "+strings.Join(fields(), ", "))
		}
	}
	if m.Fields[fieldName] == "" {
		bad("/fields/name", "is needed")
	}
	for word, ours := range m.Values[fieldStatus] {
		if ours != string(trust.LinkInForce) && ours != string(trust.LinkSuspended) && ours != string(trust.LinkWithdrawn) {
			bad("/values/status/"+word, "must be in_force, suspended or withdrawn")
		}
	}
	if !knownActivity(m.Defaults.Activity) {
		bad("/defaults/activity", activities)
	}
	if m.Separator == "" {
		m.Separator = ";"
	}
	if len(m.Defaults.Roles) == 0 {
		m.Defaults.Roles = []Role{CertificationBody}
	}
	if len(m.Dates) == 0 {
		m.Dates = []string{"YYYY-MM-DD"}
	}
	for i, d := range m.Dates {
		if !strings.Contains(d, "YYYY") || !strings.Contains(d, "MM") || !strings.Contains(d, "DD") {
			bad(fmt.Sprintf("/dates/%d", i), "must have YYYY, MM and DD")
		}
	}
	return m, f.Err()
}
