package verify

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// need is what the issuer must be accredited for. The register's word about
// the scheme goes before the certificate's own.
func (e *evaluation) need() trust.Scope {
	s := e.cert.Scheme
	e.kind = s.Kind
	activity, standard := s.Activity, ""
	if r, ok := e.scheme(); ok {
		e.kind, standard = r.Kind, r.Standard
		if r.Activity != "" {
			activity = trust.Activity(r.Activity)
		}
	}
	return trust.Need(activity, standard, s.Address)
}

func (e *evaluation) scheme() (RegisteredScheme, bool) {
	for _, s := range e.ev.Register.Schemes {
		if s.Address == e.cert.Scheme.Address {
			return s, true
		}
	}
	return RegisteredScheme{}, false
}

// statementsAt gives the authenticated statements with their histories. One
// whose status at t nobody can tell is kept as unconfirmed, so that it never
// supports an answer.
func (e *evaluation) statementsAt(t time.Time) []trust.Statement {
	out := make([]trust.Statement, 0, len(e.auth.statements))
	for _, c := range e.auth.statements {
		s := c.Statement
		events, known := e.timeline(listedFor{s.ID, e.speakers(c.SignedBy.DID), c.Listings, c.PartialStatus}, s.ValidFrom, t)
		s.Events = events
		h := e.ev.Register.Histories[s.ID]
		s.LearntAt = h.RecordedAt
		if sources := e.ev.Register.Sources[s.ID]; len(sources) > 0 {
			s.Sources = sources
		}
		s.Unconfirmed = s.Unconfirmed || !known || h.Grade == "C"
		out = append(out, s)
	}
	return out
}

func (e *evaluation) trustPolicy() trust.Policy {
	p := trust.Policy{Effects: e.ev.Register.Effects, Complete: e.complete, Anchors: make([]trust.Anchor, 0, len(e.p.Anchors))}
	for _, a := range e.p.Anchors {
		p.Anchors = append(p.Anchors, a.Anchor)
	}
	return p
}

func (e *evaluation) decision() time.Time { return decided(e.cert) }

// decided is the date that counts (ISO/IEC 17024 certification is decided
// once); older credentials that do not tell it are judged by their start.
func decided(c credential.Certificate) time.Time {
	if c.DecidedAt.IsZero() {
		return c.ValidFrom
	}
	return c.DecidedAt
}

// lapse is how an accreditation recognised at decision stands now.
type lapse struct {
	broken  []trust.Link
	excuses []trust.Effect
	excused bool
}

func (e *evaluation) judgeAccreditation() {
	need, p := e.need(), e.trustPolicy()
	ask := func(t time.Time) trust.Finding {
		f := trust.Evaluate(trust.Question{Body: e.cert.Issuer.DID, Need: need, At: t, KnownAt: e.p.KnownAt}, e.statementsAt(t), p)
		if e.ev.Register.cut && f.InScope == trust.Fail { // what was withheld may be what is missing
			f.InScope, f.Accredited, f.Recognised, f.State = trust.Unknown, trust.Unknown, trust.Unknown, trust.StateUnknown
		}
		return f
	}
	e.then, e.now = ask(e.decision()), ask(e.at)
	if e.then.State == trust.StateRecognised && e.now.State != trust.StateRecognised {
		e.lapse = e.judgeLapse(need, p)
	}
	e.accredited(CheckAccreditedAtDecision, e.then, "on the day of the decision, "+day(e.decision()), e.decision())
	e.accredited(CheckAccreditedNow, e.now, "on "+e.judged(), e.at)
	if e.lapse.excused {
		c := e.checks[CheckAccreditedNow]
		for _, x := range e.lapse.excuses {
			c.Detail += " " + x.Note + " (" + x.Source + ")"
			c.Said.More += " " + x.Note + " (" + x.Source + ")"
		}
	}
	e.recognised(CheckRecognisedAtDecision, e.then)
	e.recognised(CheckRecognisedNow, e.now)
	e.inScope()
	e.tell(e.then)
	e.tell(e.now)
}

// withoutScheme stands for judgeAccreditation where the credential names no
// scheme: an accreditation is for one (ISO/IEC 17011), so nothing follows from
// those that its issuer may hold.
func (e *evaluation) withoutScheme() {
	for _, id := range []CheckID{CheckAccreditedAtDecision, CheckAccreditedNow, CheckRecognisedAtDecision, CheckRecognisedNow, CheckScope} {
		e.set(id, trust.Unknown, "", "The credential names no scheme for which its issuer could be accredited.", "accredited.no_scheme")
	}
}

// judgeLapse asks of every link that carried the decision how it stands now,
// and whether a dated rule lets the earlier certificate stand.
func (e *evaluation) judgeLapse(need trust.Scope, p trust.Policy) lapse {
	var l lapse
	for _, old := range e.then.Path {
		link := trust.At(e.current(old.Statement), e.at, e.p.KnownAt)
		if link.Status == trust.LinkInForce && (link.Statement.Kind != trust.Accreditation || link.Scope.Covers(need)) &&
			(link.Statement.Kind != trust.Recognition || link.Scope.Covers(trust.Scope{Activity: need.Activity, Standard: need.Standard})) {
			continue
		}
		l.broken = append(l.broken, link)
		if x, ok := p.Excuse(link, e.at); ok {
			l.excuses = append(l.excuses, x)
		}
	}
	l.excused = len(l.broken) > 0 && len(l.excuses) == len(l.broken)
	return l
}

func (e *evaluation) current(s trust.Statement) trust.Statement {
	for _, x := range e.statementsAt(e.at) {
		if x.ID == s.ID {
			return x
		}
	}
	return s
}

// judgeClaim compares what the certificate claims with what is held.
func (e *evaluation) judgeClaim() {
	switch {
	case !e.cert.Claim && e.cert.RecognizedIn == "":
		e.set(CheckAccreditationClaim, trust.NotApplicable, "", "The certificate claims no accreditation.", "claim.none")
	case e.then.InScope == trust.Pass:
		e.set(CheckAccreditationClaim, trust.Pass, "", "The accreditation it claims was held on the day of the decision.", "claim.held")
	case e.then.InScope == trust.Fail || e.then.Accredited == trust.Fail:
		e.contradicted = true
		e.set(CheckAccreditationClaim, trust.Fail, AccreditationUnheld, "It claims an accreditation that its issuer did not hold for this scheme on "+day(e.decision())+".", "claim.not_held", "day", e.decision())
	default:
		e.set(CheckAccreditationClaim, trust.Unknown, string(trust.RegisterIncomplete), "Whether the accreditation it claims was held could not be confirmed.", "claim.open")
	}
}

// verdict is the table of the design, first row that applies.
func (e *evaluation) verdict() Verdict {
	switch {
	case e.authenticity == Inauthentic:
		return NotAuthentic
	case e.contradicted:
		return Misrepresented
	case e.authenticity != Authentic || e.currency == CurrencyUnknown:
		return Undetermined
	case e.currency != InForce:
		return NotInForce
	case e.kind == "attendance" || e.kind == "academic":
		return NotCertification
	}
	switch e.then.State {
	case trust.StateRecognised:
		switch {
		case e.now.State == trust.StateRecognised || e.lapse.excused:
			return BonaFide
		case e.now.State == trust.StateUnknown && len(e.lapse.broken) == 0:
			return Undetermined
		}
		return AccreditationLapsed
	case trust.StateElsewhere:
		return AccreditedElsewhere
	case trust.StateNone:
		return Unaccredited
	default:
		return Undetermined
	}
}
