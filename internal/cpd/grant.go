package cpd

import (
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// Grant is what a renewal gives.
type Grant struct {
	Kind  string    // Renewed, Late or Reinstated
	From  time.Time // begin of the new cycle; the new certificate is valid from the decision
	Until time.Time // its end
}

// Kinds of renewal.
const (
	Renewed    = "renewed"    // in time
	Late       = "late"       // after the end, in the grace
	Reinstated = "reinstated" // after the grace, or after the end where there is none
)

// Renew decides what renewing on the day of the decision grants. path is the
// way back that the holder went where the rule asks for one. The error is a
// *fault.Refusal with what is missing or when it opens.
func Renew(rule registry.Recertification, c Cycle, s Standing, decided time.Time, path string) (Grant, error) {
	refuse := func(code, detail string, extra map[string]any) (Grant, error) {
		return Grant{}, &fault.Refusal{Kind: fault.Unprocessable, Code: code, Detail: detail, Extra: extra}
	}
	switch {
	case c.Until.IsZero():
		return refuse("NOTHING_TO_RENEW", "The certificate names no end, so there is nothing to renew.", nil)
	case len(s.Missing) > 0:
		return refuse("RECERTIFICATION_INCOMPLETE", "The requirements for renewing are not met; missing tells what is left.",
			map[string]any{"missing": Wire(s.Missing), "required": s.Required, "earned": s.Earned})
	case !s.OpensAt.IsZero() && decided.Before(s.OpensAt):
		return refuse("RENEWAL_NOT_OPEN", "Renewing opens on "+s.OpensAt.Format(time.DateOnly)+".", map[string]any{"opens_at": s.OpensAt})
	}
	g := Grant{Kind: Renewed, From: c.Until}
	switch {
	case decided.Before(c.Until):
		if rule.Anchor == registry.AnchorDecision {
			g.From = decided
		}
	case decided.Before(s.GraceUntil):
		g.Kind = Late // the time is not given twice: the cycle began when the last one ended
		if rule.Anchor == registry.AnchorDecision {
			g.From = decided
		}
	default:
		g.Kind, g.From = Reinstated, decided
		closes := addMonths(c.Until, rule.GraceMonths+rule.LateMonths)
		switch {
		case rule.Late == registry.LateClosed || rule.LateMonths > 0 && !decided.Before(closes):
			return refuse("RENEWAL_CLOSED", "The time for renewing is over; certification begins anew.", map[string]any{"ended_at": c.Until})
		case rule.Late != "" && path != rule.Late:
			return refuse("LATE_PATH_NEEDED", fmt.Sprintf("After the grace the rule asks for: %s. Name it in late_path once it is done.", rule.Late),
				map[string]any{"late_path": rule.Late})
		}
	}
	g.Until = addMonths(g.From, rule.CycleMonths)
	if !g.Until.After(decided) {
		return refuse("RENEWAL_CLOSED", "The cycle that renewing would grant is over already.", map[string]any{"ended_at": c.Until})
	}
	return g, nil
}

// CarryOver is what the cycle leaves to the next: units beyond those needed,
// as far as the rule lets them count twice over the end.
func CarryOver(rule registry.Recertification, c Cycle, ledger []Entry, renewed time.Time) float64 {
	o := rule.CarryOver
	if o == nil || c.Until.IsZero() || rule.Frees(c.Granted) {
		return 0
	}
	t := tally(rule, c, ledger, renewed)
	over := t.total + amountOf(c.Carried) - max(0, amountOf(rule.Units)-min(t.waivedAll, amountOf(rule.WaivableUnits)))
	tail := c
	tail.Earns = addMonths(c.Until, -o.LastMonths)
	if day(tail.Earns).Before(day(c.Earns)) {
		tail.Earns = c.Earns
	}
	n := min(over, tally(rule, tail, ledger, renewed).total)
	if most := amountOf(o.Max); most > 0 {
		n = min(n, most)
	}
	return max(0, n).units()
}

// Wire is the public form of what is missing.
func Wire(all []Missing) []map[string]any {
	out := []map[string]any{}
	for _, m := range all {
		x := map[string]any{"units": m.Units}
		switch {
		case m.Category != "":
			x["category"] = m.Category
		case m.Year != 0:
			x["year"] = m.Year
		case m.Categories != 0:
			x["categories"] = m.Categories
		}
		out = append(out, x)
	}
	return out
}
