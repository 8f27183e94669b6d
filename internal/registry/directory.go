package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// DirectoryOptions of ImportDirectory.
type DirectoryOptions struct {
	AsOf           time.Time // when the export was drawn; zero: now
	DryRun         bool      // compare alone
	AcceptLikeness bool      // register bodies that could be taken for registered ones
	Progress       func(done, total int)
}

// Change is one line of the difference between a directory and the registry.
type Change struct {
	Kind   string // new, changed, vanished or held_back
	Number string
	Body   string // id
	Name   string
	What   string
	At     time.Time // of the event, if one is recorded
}

// Difference is what an import of a directory found and did.
type Difference struct {
	Changes   []Change
	Unchanged int
	Complete  bool // the accreditor's register counts as complete as of AsOf
	AsOf      time.Time
	Added     int // records written
	Changed   int
}

// ImportDirectory compares an export of an accreditor's directory with the
// registry and records the difference, all or nothing: new bodies and
// accreditations, events for what changed, and, if the directory is complete,
// an event with its date for what vanished. Nothing is ever removed. A row whose
// body cannot be told for certain is held back and named, and the register does
// then not count as complete. The same export again changes nothing.
func (r *Registrar) ImportDirectory(ctx context.Context, m Mapping, file NamedReader, o DirectoryOptions) (Difference, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Difference{}, err
	}
	if o.AsOf.IsZero() {
		o.AsOf = second(r.now())
	}
	o.AsOf = second(o.AsOf)
	if o.AsOf.After(r.now()) {
		return Difference{}, fault.Invalid{{Detail: "the day of the export lies in the future"}}
	}
	b, ok := v.Body(m.Accreditor)
	if !ok || !slices.Contains(b.Roles, AccreditationBody) {
		return Difference{}, fault.Invalid{{Pointer: "/accreditor", Detail: fmt.Sprintf("%q is no registered accreditation body", m.Accreditor)}}
	}
	rows, err := m.rows(file)
	if err != nil {
		return Difference{}, err
	}
	entries, err := m.entries(file.Name, rows)
	if err != nil {
		return Difference{}, err
	}
	c := comparison{m: m, view: v, o: o, file: fileJSON{Format: formatName, Version: formatVersion}, taken: map[string]bool{}, met: map[string]bool{}, bodies: map[string]int{}, named: map[string]string{}}
	c.compare(entries)
	data, err := json.Marshal(c.file)
	if err != nil {
		return Difference{}, fmt.Errorf("writing the difference: %w", err)
	}
	if o.DryRun {
		return c.diff, r.judge(v, NamedReader{Name: file.Name, Reader: bytes.NewReader(data)})
	}
	c.diff.Added, c.diff.Changed, err = r.Import(ctx, []NamedReader{{Name: file.Name, Reader: bytes.NewReader(data)}}, o.Progress)
	return c.diff, err
}

// judge finds the faults that an import of the file would be refused for.
func (r *Registrar) judge(v *View, file NamedReader) error {
	f, err := readFile(file)
	if err != nil {
		return err
	}
	in := intake{registrar: r, held: v, now: r.now(), addresses: map[string]string{}}
	return in.take([]namedFile{f})
}

// entry is one accreditation in the directory, from one or several rows.
type entry struct {
	at     string
	body   Body
	number string
	scope  trust.Scope
	status trust.LinkStatus
	since  time.Time
	from   time.Time
	until  time.Time
	note   string
}

// entries reads the rows; rows with one number are one accreditation with
// several sub-scopes.
func (m Mapping) entries(file string, rows []row) ([]entry, error) {
	var f fault.Invalid
	var out []entry
	at := map[string]int{}
	for _, x := range rows {
		e, faults := m.entry(x)
		for _, y := range faults {
			f.Add(y.Pointer, fmt.Sprintf("%s, %s: %s", file, x.at, y.Detail))
		}
		if len(f) >= maxRowFaults {
			return nil, f
		}
		key := numberKey(e.number)
		i, again := at[key]
		if key == "" || !again {
			at[key] = len(out)
			out = append(out, e)
			continue
		}
		if !strings.EqualFold(out[i].body.Name, e.body.Name) {
			f.Add("/"+fieldNumber, fmt.Sprintf("%s, %s: number %s is another body's at %s", file, x.at, e.number, out[i].at))
		}
		for _, s := range e.scope.SubScopes {
			if !slices.Contains(out[i].scope.SubScopes, s) {
				out[i].scope.SubScopes = append(out[i].scope.SubScopes, s)
			}
		}
	}
	return out, f.Err()
}

func (m Mapping) entry(x row) (entry, fault.Invalid) {
	var f fault.Invalid
	date := func(field string) time.Time {
		s := x.fields[field]
		t, ok := m.day(s)
		if s != "" && !ok {
			f.Add("/"+field, fmt.Sprintf("%q is no date of the form %s", s, strings.Join(m.Dates, " or ")))
		}
		return t
	}
	word := func(field string) string {
		s, ok := m.word(field, x.fields[field])
		if !ok {
			f.Add("/"+field, fmt.Sprintf("%q is not in the mapping's table of values", s))
		}
		return s
	}
	e := entry{at: x.at, number: x.fields[fieldNumber], note: x.fields[fieldNote], since: date(fieldSince), from: date(fieldFrom), until: date(fieldUntil), status: trust.LinkInForce}
	if !e.until.IsZero() && !m.UntilExclusive {
		e.until = e.until.AddDate(0, 0, 1) // periods are from <= t < until
	}
	if s := word(fieldStatus); s != "" {
		e.status = trust.LinkStatus(s)
		if m.Values[fieldStatus] == nil {
			f.Add("/"+fieldStatus, "needs a table of values in the mapping")
		}
	}
	e.body = Body{Name: x.fields[fieldName], Acronym: x.fields[fieldAcronym], Country: word(fieldCountry), Website: x.fields[fieldWebsite],
		Domains: m.several(x.fields[fieldDomains]), Aliases: m.several(x.fields[fieldAliases]), Roles: m.Defaults.Roles}
	if e.body.Country == "" {
		e.body.Country = m.Defaults.Country
	}
	if e.body.Name == "" {
		f.Add("/"+fieldName, "is empty")
	}
	standard := word(fieldStandard)
	if standard == "" {
		standard = m.Defaults.Standard
	}
	e.scope.Activity = m.Defaults.Activity
	e.scope.Standard, e.scope.Edition = trust.ParseStandard(standard)
	e.scope.SubScopes = m.several(x.fields[fieldSubScopes])
	return e, f
}

// numberKey compares numbers but for spaces, punctuation and case.
func numberKey(s string) string { return strings.Join(foldTokens(s), "") }
