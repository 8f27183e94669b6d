package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

type importDirectoryCmd struct {
	File           string `arg:"" help:"CSV or JSON export of an accreditor's directory."`
	Mapping        string `required:"" help:"File that says which column or member is which field (internal/registry/FORMAT.md)."`
	AsOf           string `help:"Day or instant of the export; default now." placeholder:"RFC3339"`
	DryRun         bool   `help:"Show the difference and write nothing."`
	AcceptLikeness bool   `help:"Register bodies whose name could be taken for a registered one's."`
	JSON           bool   `help:"Print the difference as JSON."`
}

// Run compares the directory with the registry and records the difference.
func (c importDirectoryCmd) Run(e *environment) error {
	o := registry.DirectoryOptions{DryRun: c.DryRun, AcceptLikeness: c.AcceptLikeness, Progress: progress(e.errOut, "importing")}
	if c.AsOf != "" {
		var err error
		if o.AsOf, err = time.Parse(time.RFC3339, c.AsOf); err != nil {
			if o.AsOf, err = time.Parse(time.DateOnly, c.AsOf); err != nil {
				return &exitError{exitUsage, fmt.Errorf("--as-of: %q is neither a day nor an instant with zone", c.AsOf)}
			}
		}
	}
	m, err := readMapping(c.Mapping)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	return withApp(e, func(a *app) error {
		d, err := a.registrar.ImportDirectory(e.ctx, m, registry.NamedReader{Name: c.File, Reader: f}, o)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(e.out).Encode(differenceOf(d, c.DryRun))
		}
		return printDifference(e.out, d, c.DryRun)
	})
}

func readMapping(path string) (registry.Mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return registry.Mapping{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	return registry.ReadMapping(registry.NamedReader{Name: path, Reader: f})
}

type differenceJSON struct {
	AsOf      time.Time    `json:"as_of"`
	DryRun    bool         `json:"dry_run"`
	Complete  bool         `json:"complete"`
	Unchanged int          `json:"unchanged"`
	Changes   []changeJSON `json:"changes"`
	Added     int          `json:"added"`
	Changed   int          `json:"changed"`
}

type changeJSON struct {
	Kind   string     `json:"kind"`
	Number string     `json:"number,omitempty"`
	Body   string     `json:"body,omitempty"`
	Name   string     `json:"name"`
	What   string     `json:"what"`
	At     *time.Time `json:"at,omitempty"`
}

func differenceOf(d registry.Difference, dry bool) differenceJSON {
	out := differenceJSON{AsOf: d.AsOf, DryRun: dry, Complete: d.Complete, Unchanged: d.Unchanged, Changes: []changeJSON{}, Added: d.Added, Changed: d.Changed}
	for _, c := range d.Changes {
		x := changeJSON{Kind: c.Kind, Number: c.Number, Body: c.Body, Name: c.Name, What: c.What}
		if !c.At.IsZero() {
			x.At = &c.At
		}
		out.Changes = append(out.Changes, x)
	}
	return out
}

func printDifference(out io.Writer, d registry.Difference, dry bool) error {
	count := map[string]int{}
	for _, c := range d.Changes {
		count[c.Kind]++
		when := ""
		if !c.At.IsZero() {
			when = " (" + c.At.Format(time.DateOnly) + ")"
		}
		if _, err := fmt.Fprintf(out, "%-9s %-14s %s [%s]: %s%s\n", c.Kind, c.Number, c.Name, c.Body, c.What, when); err != nil {
			return err
		}
	}
	how := "recorded"
	if dry {
		how = "nothing written: dry run"
	}
	register := "partial"
	if d.Complete {
		register = "complete"
	}
	_, err := fmt.Fprintf(out, "%d new, %d changed, %d vanished, %d held back, %d unchanged; register %s as of %s; %s\n",
		count["new"], count["changed"], count["vanished"], count["held_back"], d.Unchanged, register, d.AsOf.Format(time.DateOnly), how)
	return err
}
