package renewal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// Limits of an entry.
const (
	maxText    = 1000
	maxName    = 200
	maxUnits   = 10_000 // more than any cycle asks for
	maxEntries = 2000   // of a lineage: a judgement reads them all
)

// Enter appends an entry to the ledger of the certificate's cycle and tells
// whether it was there already under the key. Category, step and day are
// checked against the rule; a Counter takes an entry of the same cycle back,
// once. Nothing is entered under a certificate that was renewed or withdrawn.
func (d *Desk) Enter(ctx context.Context, body, number string, e cpd.Entry, key string) (entry cpd.Entry, existing bool, err error) {
	rec, err := d.find(ctx, body, number)
	if err != nil {
		return cpd.Entry{}, false, err
	}
	print, err := printOf(body, number, e)
	if err != nil {
		return cpd.Entry{}, false, err
	}
	view, err := d.Registrar.View(ctx)
	if err != nil {
		return cpd.Entry{}, false, err
	}
	scheme, _ := view.Scheme(rec.Scheme) // the store keeps the reference
	rule, _ := ruleOf(scheme, rec)
	now := d.Now().UTC().Truncate(time.Microsecond)
	id, err := uuid.NewRandomFromReader(d.Rand)
	if err != nil {
		return cpd.Entry{}, false, fmt.Errorf("drawing an entry's id: %w", err)
	}
	e.ID, e.Lineage, e.Cycle, e.Certificate, e.LearntAt = id.String(), rec.Root(), rec.Place().Cycle, rec.Number, now
	if e.Kind == "" {
		e.Kind = cpd.Activity
	}
	if e.Status == "" {
		e.Status = cpd.Accepted
	}
	if e.Kind != cpd.Counter {
		if err := valid(rule, e, now); err != nil {
			return cpd.Entry{}, false, err
		}
	}
	return d.Store.Enter(ctx, e, key, print, func(rec issue.Record, ledger []cpd.Entry) error {
		if err := open(rec); err != nil {
			return err
		}
		if len(ledger) >= maxEntries {
			return &fault.Refusal{Kind: fault.Unprocessable, Code: "LEDGER_FULL", Detail: fmt.Sprintf("A ledger takes %d entries.", maxEntries)}
		}
		return counters(e, ledger)
	})
}

// TakeBack is the entry that takes another back: the same with its units
// reversed. The text says why.
func (d *Desk) TakeBack(ctx context.Context, body, number, corrects, why, reviewer string) (cpd.Entry, error) {
	rec, err := d.find(ctx, body, number)
	if err != nil {
		return cpd.Entry{}, err
	}
	all, err := d.Store.Ledger(ctx, rec.Root())
	if err != nil {
		return cpd.Entry{}, err
	}
	var f fault.Invalid
	f = append(f, texts(why, "", reviewer)...)
	if strings.TrimSpace(why) == "" {
		f.Add("/description", "is missing: say why the entry is taken back")
	}
	for _, e := range all {
		if e.ID == corrects && e.Cycle == rec.Place().Cycle && e.Kind != cpd.Counter {
			return cpd.Entry{Kind: cpd.Counter, Category: e.Category, Units: -e.Units, EarnedOn: e.EarnedOn, Description: why,
				Reviewer: reviewer, Status: cpd.Accepted, Corrects: e.ID}, f.Err()
		}
	}
	f.Add("/corrects", "is not an entry of this cycle that could be taken back")
	return cpd.Entry{}, f.Err()
}

// open refuses entries where no cycle runs any more. A suspended or expired
// certificate may still be worked for.
func open(rec issue.Record) error {
	err := issue.MayFollow(rec)
	if refusal, ok := err.(*fault.Refusal); ok && refusal.Extra["status"] == "suspended" { //nolint:errorlint // MayFollow wraps nothing
		return nil
	}
	return err
}

func counters(e cpd.Entry, ledger []cpd.Entry) error {
	if e.Kind != cpd.Counter {
		return nil
	}
	for _, x := range ledger {
		if x.Corrects == e.Corrects {
			return &fault.Refusal{Kind: fault.Conflict, Code: "TAKEN_BACK", Pointer: "/corrects", Detail: "The entry was taken back already.", Extra: map[string]any{"id": x.ID}}
		}
	}
	return nil
}

func valid(rule registry.Recertification, e cpd.Entry, now time.Time) error {
	f := texts(e.Description, e.EvidenceURL, e.Reviewer)
	if strings.TrimSpace(e.Description) == "" {
		f.Add("/description", "is missing")
	}
	if !(e.Units > 0 && e.Units <= maxUnits) {
		f.Add("/units", fmt.Sprintf("must be more than 0 and at most %d; a wrong entry is taken back with corrects", maxUnits))
	} else if step := stepOf(rule, e.Category); math.Abs(e.Units/step-math.Round(e.Units/step)) > 1e-6 {
		f.Add("/units", fmt.Sprintf("must be a multiple of %g", step))
	}
	f = append(f, categoryFault(rule, e)...)
	switch {
	case e.EarnedOn.IsZero():
		f.Add("/earned_on", "is missing or not a day such as 2026-03-01")
	case e.EarnedOn.Year() < 1900:
		f.Add("/earned_on", "is implausibly early")
	case e.EarnedOn.After(now.Add(14 * time.Hour)): // it is that day nowhere yet
		f.Add("/earned_on", "lies in the future")
	}
	if e.Kind != cpd.Activity && e.Kind != cpd.Waiver {
		f.Add("/kind", "must be activity or waiver")
	}
	if e.Kind == cpd.Waiver && rule.WaivableUnits == 0 {
		f.Add("/kind", "is no waiver: the rule of the scheme lets none be given")
	}
	if e.Kind == cpd.Waiver && e.Reviewer == "" {
		f.Add("/reviewer", "is missing: somebody answers for a waiver")
	}
	if e.Status != cpd.Accepted && e.Status != cpd.Submitted && e.Status != cpd.Rejected {
		f.Add("/status", "must be accepted, submitted or rejected")
	}
	return f.Err()
}

// stepOf is the step of the rule; what is counted apart is counted in pieces.
func stepOf(rule registry.Recertification, category string) float64 {
	for _, k := range rule.Categories {
		if k.Name == category && k.Apart {
			return 1
		}
	}
	if rule.Step > 0 {
		return rule.Step
	}
	return 0.001
}

func categoryFault(rule registry.Recertification, e cpd.Entry) (f fault.Invalid) {
	if len(rule.Categories) == 0 {
		if d := issue.TextFault(e.Category, maxName); d != "" {
			f.Add("/category", d)
		}
		return f
	}
	if e.Kind == cpd.Waiver && e.Category == "" {
		return nil
	}
	var names []string
	for _, k := range rule.Categories {
		if k.Name == e.Category {
			return nil
		}
		names = append(names, k.Name)
	}
	f.Add("/category", "must be one of the scheme's: "+strings.Join(names, ", "))
	return f
}

func texts(description, evidence, reviewer string) (f fault.Invalid) {
	if d := issue.TextFault(description, maxText); d != "" {
		f.Add("/description", d)
	}
	if d := issue.TextFault(reviewer, maxName); d != "" {
		f.Add("/reviewer", d)
	}
	if u, err := url.Parse(evidence); evidence != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(evidence) > maxText) {
		f.Add("/evidence_url", "must be an https address")
	}
	return f
}

// printOf is SHA-256 over what a caller asked for.
func printOf(parts ...any) ([]byte, error) {
	data, err := json.Marshal(parts)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}
