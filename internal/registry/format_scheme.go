package registry

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func (r *reader) scheme(j schemeJSON) Scheme {
	s := Scheme{
		ID: j.ID, Owner: j.Owner, Name: j.Name, Acronym: j.Acronym, Kind: j.Kind, Activity: j.Activity, Level: j.Level, ServiceLevel: j.ServiceLevel, Standard: j.Standard,
		Duplicates: j.Duplicates, ValidityMonths: j.ValidityMonths, Grade: j.Grade, Note: j.Note, Sources: r.sources(j.Sources),
	}
	for i, w := range j.Rules {
		rules := RuleSet{From: r.time(fmt.Sprintf("/rules/%d/from", i), w.From), ValidityMonths: w.ValidityMonths, AppliedEvidence: w.AppliedEvidence, Prerequisites: w.Prerequisites}
		for _, c := range w.Conditions {
			rules.Conditions = append(rules.Conditions, Condition(c))
		}
		if a := w.Assessment; a != nil {
			rules.Assessment = Assessment{Modes: a.Modes, Proctored: a.Proctored, Hours: a.Hours}
		}
		if c := w.Recertification; c != nil {
			rules.Recertification = r.recertification(fmt.Sprintf("/rules/%d/recertification", i), *c)
		}
		s.Rules = append(s.Rules, rules)
	}
	return s
}

func writtenScheme(s Scheme) schemeJSON {
	j := schemeJSON{
		ID: s.ID, Owner: s.Owner, Name: s.Name, Acronym: s.Acronym, Kind: s.Kind, Activity: s.Activity, Level: s.Level, ServiceLevel: s.ServiceLevel, Standard: s.Standard,
		Duplicates: s.Duplicates, ValidityMonths: s.ValidityMonths, Grade: s.Grade, Note: s.Note, Sources: writtenSources(s.Sources),
	}
	for _, rules := range s.Rules {
		w := rulesJSON{From: written(rules.From), ValidityMonths: rules.ValidityMonths, AppliedEvidence: rules.AppliedEvidence, Prerequisites: rules.Prerequisites}
		for _, c := range rules.Conditions {
			w.Conditions = append(w.Conditions, conditionJSON(c))
		}
		if a := rules.Assessment; len(a.Modes) > 0 || a.Proctored != nil || a.Hours != 0 {
			w.Assessment = &assessmentJSON{Modes: a.Modes, Proctored: a.Proctored, Hours: a.Hours}
		}
		if c := rules.Recertification; c != nil {
			w.Recertification = writtenRecertification(*c)
		}
		j.Rules = append(j.Rules, w)
	}
	return j
}

func (r *reader) statement(j statementJSON) Statement {
	s := Statement{
		ID: j.ID, Kind: j.Kind, Issuer: j.Issuer, Subject: j.Subject, Number: j.Number, Scope: trust.Scope(j.Scope),
		ValidFrom: r.time("/valid_from", j.ValidFrom), ValidUntil: r.time("/valid_until", j.ValidUntil), LearntAt: r.time("/learnt_at", j.LearntAt),
		Assurance: j.Assurance, Grade: j.Grade, Start: j.Start, Note: j.Note, Sources: r.sources(j.Sources),
	}
	if s.Assurance == "" {
		s.Assurance = trust.Recorded
	}
	for i, w := range j.Events {
		p := fmt.Sprintf("/events/%d", i)
		s.Events = append(s.Events, trust.Event{
			Kind: w.Event, EffectiveAt: r.time(p+"/effective_at", w.EffectiveAt), LearntAt: r.time(p+"/learnt_at", w.LearntAt),
			Scope: (*trust.Scope)(w.Scope), Reason: w.Reason, Successor: w.Successor,
		})
	}
	return s
}

func writtenStatement(s Statement) statementJSON {
	j := statementJSON{
		ID: s.ID, Kind: s.Kind, Issuer: s.Issuer, Subject: s.Subject, Number: s.Number, Scope: scopeJSON(s.Scope),
		ValidFrom: written(s.ValidFrom), ValidUntil: written(s.ValidUntil), Start: s.Start, LearntAt: written(s.LearntAt),
		Assurance: s.Assurance, Grade: s.Grade, Note: s.Note, Sources: writtenSources(s.Sources),
	}
	for _, e := range s.Events {
		j.Events = append(j.Events, eventJSON{
			Event: e.Kind, EffectiveAt: written(e.EffectiveAt), LearntAt: written(e.LearntAt),
			Reason: e.Reason, Scope: (*scopeJSON)(e.Scope), Successor: e.Successor,
		})
	}
	return j
}
