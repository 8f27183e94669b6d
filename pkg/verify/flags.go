package verify

import (
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Warning is a public authority's word about a body, read at the authority.
type Warning struct {
	Body string // register id of its subject
	redflag.Warning
}

// redFlags applies the policy's rules to what was found. Flags never change a verdict.
func (e *evaluation) redFlags() []RedFlag {
	if !e.parsed || e.auth == nil {
		return []RedFlag{}
	}
	f := e.facts()
	return e.p.flags(&f)
}

func (p Policy) flags(f *redflag.Facts) []RedFlag {
	rules := p.Flags
	if rules == nil {
		rules = redflag.All()
	}
	out := []RedFlag{}
	for _, x := range redflag.Find(f, rules) {
		out = append(out, RedFlag{ID: x.ID, Severity: string(x.Severity), Title: x.Title, Explanation: x.Explanation, Evidence: x.Evidence, Reference: x.Reference, Key: x.Key})
	}
	return out
}

// facts is the evaluation as the rules see it. What was not asked stays unknown.
func (e *evaluation) facts() redflag.Facts {
	c := e.cert
	f := redflag.Facts{Now: e.at, Decided: e.decision(), Wording: redflag.Wording{Current: true},
		Certificate: redflag.Certificate{Accredited: c.Claim || c.RecognizedIn != "", Effective: c.ValidFrom, Expires: c.ValidUntil, Ends: redflag.Yes}}
	if c.ValidUntil.IsZero() {
		f.Certificate.Ends = redflag.No
	}
	f.Certificate.Person, f.Certificate.Certification = kindAnswers(e.kind)
	f.Certificate.AfterRevoked = e.decidedAfterRevocation()
	if issuer := e.body(c.Issuer.DID); e.ev.Register.Registrar != "" && e.ev.Certificate != nil {
		f.Issuer = redflag.Issuer{Said: issuer.Name, Known: issuer.ID != ""}
		f.Warnings = e.p.warnings(issuer.ID)
	}
	f.Held = e.held()
	f.Scheme = redflag.Scheme{Name: c.Scheme.Name, Taught: taught(e.kind), ForOrganisations: e.kind == "certification_of_organisations" && f.Certificate.Person == redflag.Yes}
	if s, ok := e.scheme(); ok {
		f.Scheme = s.facts()
		f.Scheme.ForOrganisations = false // a signed record of its owner says who may hold it
	}
	f.Accreditors = e.accreditors()
	f.Record = e.record()
	return f
}

func taught(kind string) bool { return kind == "attendance" || kind == "academic" }

func kindAnswers(kind string) (person, certification redflag.Answer) {
	switch kind {
	case "certification_of_persons":
		return redflag.Yes, redflag.Yes
	case "certification_of_organisations":
		return redflag.No, redflag.Yes
	case "attendance", "academic":
		return redflag.Yes, redflag.No
	default:
		return redflag.Unknown, redflag.Unknown
	}
}

// facts is the scheme as the rules see it.
func (s RegisteredScheme) facts() redflag.Scheme {
	out := redflag.Scheme{Known: true, Name: s.Name, ForOrganisations: s.Kind == "certification_of_organisations", Taught: taught(s.Kind),
		Months: s.ValidityMonths, EarlyDays: s.EarlyDays, GraceDays: s.GraceDays}
	if s.NoExpiry {
		out.NoExpiry = redflag.Yes
	} else if s.ValidityMonths > 0 {
		out.NoExpiry = redflag.No
	}
	if s.EndlessBefore != nil {
		out.EndlessBefore = *s.EndlessBefore
	}
	return out
}

// decidedAfterRevocation: the day it gives for its decision lies after its key was revoked.
func (e *evaluation) decidedAfterRevocation() bool {
	u := e.ev.Certificate
	if u == nil {
		return false
	}
	for _, k := range e.auth.keys[e.cert.Issuer.DID] {
		mark, ok := e.auth.marks[k.Thumbprint()]
		if ok && mark.RevokedAt != nil && e.decision().After(*mark.RevokedAt) &&
			slices.ContainsFunc(u.signatures, func(s secured) bool { return s.names(k) }) {
			return true
		}
	}
	return false
}

// held tells the issuer's accreditation from what the chain was found to be.
func (e *evaluation) held() redflag.Held {
	h := redflag.Held{Then: answer(e.then.InScope), Complete: e.complete("", trust.Scope{}, e.decision()),
		OutOfScope: e.then.Accredited == trust.Pass && e.then.InScope == trust.Fail, ScopeKnown: true}
	for _, p := range e.then.Problems {
		if p.Statement != "" {
			switch p.Code {
			case trust.AccreditationSuspended:
				h.Suspended, h.On = p.Since, p.Statement
			case trust.AccreditationWithdrawn, trust.AccreditationExpired:
				h.Ended, h.On = p.Since, p.Statement
			case trust.AccreditationOutOfScope:
				h.On = p.Statement
			}
		}
	}
	for _, l := range e.lapse.broken {
		if l.Statement.Kind != trust.Accreditation {
			continue
		}
		switch l.Cause {
		case trust.Withdrawn:
			h.WithdrawnAt = l.Since
		case trust.Suspended:
			h.SuspendedAt = l.Since
		}
	}
	for _, x := range e.lapse.excuses {
		h.StandsByRule = h.StandsByRule || x.Of == trust.Accreditation
	}
	e.others(&h)
	return h
}

// others finds what the issuer was accredited for beside the activity asked.
func (e *evaluation) others(h *redflag.Held) {
	if h.Then == redflag.Yes {
		return
	}
	activity := e.need().Activity
	var other []string
	for _, s := range e.statementsAt(e.decision()) {
		if s.Subject != e.cert.Issuer.DID || s.Kind != trust.Accreditation || s.Unconfirmed {
			continue
		}
		link := trust.At(s, e.decision(), e.p.KnownAt)
		switch {
		case link.Scope.Activity == activity && link.Status == trust.LinkNotYetValid && (h.Began.IsZero() || s.ValidFrom.Before(h.Began)):
			h.Began = s.ValidFrom
		case link.Scope.Activity == activity:
			return // it is, or was, accredited for this too
		case link.Status == trust.LinkInForce && !slices.Contains(other, string(link.Scope.Activity)):
			other = append(other, string(link.Scope.Activity))
		}
	}
	h.OtherOnly = other
}

// accreditors is who stands behind the issuer, by the best chain found.
func (e *evaluation) accreditors() []redflag.Accreditor {
	if len(e.then.Path) == 0 {
		return nil
	}
	b := e.body(e.then.Path[0].Statement.Issuer)
	a := redflag.Accreditor{Said: b.Name, Known: true, ChainKnown: true}
	if e.then.Recognised == trust.Pass {
		a.Recognised = redflag.Yes
		return []redflag.Accreditor{a}
	}
	for _, p := range e.then.Problems {
		switch p.Code {
		case trust.RecognitionEnded:
			a.Ended, a.EndedHow = p.Since, p.Detail
		case trust.ChainLoop:
			a.Loop = true
		}
	}
	return []redflag.Accreditor{a}
}

// record is what the register's own record of this certificate says.
func (e *evaluation) record() redflag.Record {
	r := redflag.Record{}
	if _, ok := e.ev.Register.Histories[e.cert.ID]; ok {
		r.Asked, r.Found = true, true
	}
	switch e.currency {
	case Suspended, Withdrawn:
		r.Status = string(e.currency)
		r.Since = trust.At(trust.Statement{ValidFrom: e.cert.ValidFrom, Events: e.events}, e.at, e.p.KnownAt).Since
	}
	if e.log != nil && e.log.LoggedAt != nil {
		r.Logged, r.Imported = *e.log.LoggedAt, e.log.Imported
	}
	c := e.checks[CheckHolderMatch]
	if c.Problem != nil && *c.Problem == HolderMismatch {
		r.Holder, r.Near = redflag.No, c.Outcome != trust.Fail.String()
		r.Found = r.Found || e.authenticity == Authentic
	}
	return r
}

func (p Policy) warnings(body string) []redflag.Warning {
	var out []redflag.Warning
	for _, w := range p.Warnings {
		if body != "" && w.Body == body {
			out = append(out, w.Warning)
		}
	}
	return out
}

func answer(o trust.Outcome) redflag.Answer {
	switch o {
	case trust.Pass:
		return redflag.Yes
	case trust.Fail:
		return redflag.No
	default:
		return redflag.Unknown
	}
}
