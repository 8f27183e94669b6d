package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// AddRules gives a scheme another rule set, in force from its From on. Earlier
// sets stay: what was decided under them is judged by them. ErrNotFound if
// there is no such scheme.
func (r *Registrar) AddRules(ctx context.Context, scheme string, rules RuleSet) (Scheme, error) {
	var faults fault.Invalid
	rules.From = instant(rules.From)
	if rules.From.IsZero() {
		faults.Add("/valid_from", "is needed: from when the rules hold")
	}
	checkRules(&faults, "", rules)
	if err := faults.Err(); err != nil {
		return Scheme{}, err
	}
	var after Scheme
	err := r.Store.AppendRules(ctx, scheme, rules, func(s Scheme) error {
		if n := len(s.Rules); n > 0 && !rules.From.After(s.Rules[n-1].From) {
			return fault.Invalid{{Pointer: "/valid_from", Detail: "must be later than " + s.Rules[n-1].From.Format(time.RFC3339) + ", when the last rule set begins"}}
		}
		var f fault.Invalid
		if checkLength(&f, "", len(s.Rules)+1); len(f) > 0 {
			return f
		}
		after = s
		after.Rules = append(slices.Clone(s.Rules), rules)
		return nil
	})
	var invalid fault.Invalid
	if errors.As(err, &invalid) {
		return Scheme{}, invalid
	}
	if err != nil {
		return Scheme{}, fmt.Errorf("adding rules to scheme %q: %w", scheme, err)
	}
	return after, nil
}

// RulesAt returns the rule set in force at t: the last whose From has come.
func (s Scheme) RulesAt(t time.Time) (RuleSet, bool) {
	for _, rules := range slices.Backward(s.Rules) {
		if !t.Before(rules.From) {
			return rules, true
		}
	}
	return RuleSet{}, false
}

// MonthsAt returns how many months a certificate decided at t is valid: by
// the rule set then in force if that says, else by the scheme; 0 if neither does.
func (s Scheme) MonthsAt(t time.Time) int {
	if rules, ok := s.RulesAt(t); ok && rules.ValidityMonths > 0 {
		return rules.ValidityMonths
	}
	return s.ValidityMonths
}
