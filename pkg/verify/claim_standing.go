package verify

import (
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// need is what the issuer must be accredited for. A title that the register
// does not know lies in no list of schemes, only in a scope without one.
func (s *claimSheet) need() trust.Scope {
	c := s.claim.Claim
	n := trust.Scope{Activity: c.Activity, Schemes: []string{"title:" + c.Understood.CredentialName}}
	if c.Scheme != nil {
		n.Schemes = []string{c.Scheme.Address}
	}
	return n
}

func (s *claimSheet) ask(t time.Time) trust.Finding {
	return trust.Evaluate(trust.Question{Body: s.claim.Claim.Issuer, Need: s.need(), At: t, KnownAt: s.p.KnownAt}, s.claim.Statements, s.trustPolicy())
}

// recognition judges who recognises the accreditor for this activity: for the
// red flags, and as a link of its own where the claim asserts it.
func (s *claimSheet) recognition(a AccreditationClaim, f *redflag.Accreditor) {
	var found trust.Finding
	if a.Body != "" {
		found = s.climbFrom(a, s.trustPolicy())
		if f.Recognised = answer(found.Recognised); f.Recognised == redflag.No {
			f.Recognised = redflag.Unknown // nothing on record; only a complete list makes that a no
			if f.ListComplete {
				f.Recognised = redflag.No
			}
		}
		for _, p := range found.Problems {
			switch {
			case f.Recognised == redflag.Yes:
			case p.Code == trust.RecognitionEnded && p.Statement != "":
				f.Ended, f.EndedHow = p.Since, p.Detail
			case p.Code == trust.ChainLoop:
				f.Loop = true
			}
		}
	}
	if r := a.Arrangement; r != nil {
		s.judgeArrangement(a, *r, f)
	}
}

// climbFrom asks for the accreditor's recognition as if it had accredited
// somebody for this, to any edition for which it is recognised.
func (s *claimSheet) climbFrom(a AccreditationClaim, p trust.Policy) trust.Finding {
	const asker = "claimed"
	var best trust.Finding
	for i, edition := range s.editions(a.Body) {
		scope := trust.Scope{Activity: s.claim.Claim.Activity, Standard: bodyStandard(s.claim.Claim.Activity), Edition: edition}
		all := append(s.claim.Statements[:len(s.claim.Statements):len(s.claim.Statements)],
			trust.Statement{ID: asker, Kind: trust.Accreditation, Issuer: a.Body, Subject: asker, Scope: scope})
		f := trust.Evaluate(trust.Question{Body: asker, Need: scope, At: s.day, KnownAt: s.p.KnownAt}, all, p)
		_, ended := firstProblem(f, trust.RecognitionEnded)
		if i == 0 || f.Recognised == trust.Pass || ended && best.Recognised != trust.Pass {
			best = f
		}
	}
	return best
}

// editions are those of the standard that recognitions of the body name.
func (s *claimSheet) editions(body string) []string {
	out := []string{""}
	for _, st := range s.claim.Statements {
		if st.Kind == trust.Recognition && st.Subject == body && st.Scope.Activity == s.claim.Claim.Activity && !slices.Contains(out, st.Scope.Edition) {
			out = append(out, st.Scope.Edition)
		}
	}
	return out
}

// bodyStandard is the standard for bodies of that activity.
func bodyStandard(a trust.Activity) string {
	switch a {
	case trust.CertificationOfPersons:
		return "ISO/IEC 17024"
	case trust.CertificationOfManagementSystems:
		return "ISO/IEC 17021-1"
	case trust.CertificationOfProducts:
		return "ISO/IEC 17065"
	default:
		return ""
	}
}

func (s *claimSheet) judgeArrangement(a AccreditationClaim, r ArrangementClaim, f *redflag.Accreditor) {
	l := ClaimedLink{Kind: string(trust.Recognition), Issuer: Body{Name: r.Said}, Subject: Body{Name: a.Said}, Arrangement: r.Said, At: instant(s.day), Sources: []Citation{}}
	if r.Body != "" {
		l.Issuer = s.body(r.Body)
	}
	if a.Body != "" {
		l.Subject = s.body(a.Body)
	}
	who := l.Subject.Name
	if who == "" {
		who = "the accreditor, who is not named,"
	}
	persons := s.claim.Claim.Activity == trust.CertificationOfPersons
	switch {
	case r.Never != nil && persons:
		l.settle(Contradicted, string(trust.NotRecognised), r.Never.Why, r.Never.Source)
	case r.Body == "":
		f.Chain, f.ChainKnown = r.Said, a.Body != "" || s.claim.Claim.Issuer != ""
		l.settle(NotConfirmed, string(trust.NotRecognised), r.Said+" is not on this service's list of recognised arrangements.")
	case !r.From.IsZero() && s.day.Before(r.From.Add(-24*time.Hour)) && !s.claim.Claim.Decided.IsZero():
		l.settle(Contradicted, string(trust.NotRecognised), l.Issuer.Name+" began its work on "+day(r.From)+", after the decision.")
	case a.Body == "" && r.Complete:
		l.settle(Contradicted, string(trust.NotRecognised), "The list of signatories of "+l.Issuer.Name+" is complete for "+day(s.day)+", and a body of this name is not on it.")
	case a.Body == "":
		l.settle(NotConfirmed, string(trust.NotRecognised), "This register does not know "+who+" as recognised by "+l.Issuer.Name+".")
	default:
		s.recognisedBy(&l, a, r)
	}
	s.links = append(s.links, l)
}

// recognisedBy looks for a way from the accreditor up to that arrangement, or
// to one that carries its recognitions on.
func (s *claimSheet) recognisedBy(l *ClaimedLink, a AccreditationClaim, r ArrangementClaim) {
	p := s.trustPolicy()
	for i := range p.Anchors {
		if p.Anchors[i].DID != r.Body && !s.successor(r.Body, p.Anchors[i].DID, p.Anchors) {
			p.Anchors[i].Scopes = nil // trusted for nothing: only the arrangement named counts
		}
	}
	f := s.climbFrom(a, p)
	ended, isEnded := firstProblem(f, trust.RecognitionEnded)
	switch {
	case f.Recognised == trust.Pass:
		var sources []Citation
		for _, x := range f.Path[1:] {
			sources = append(sources, citations(x.Statement)...)
		}
		l.settle(Confirmed, "", l.Issuer.Name+" recognised "+l.Subject.Name+" for this activity on "+day(s.day)+".", sources...)
	case isEnded && ended.Statement != "" && ended.Statement != "claimed":
		l.settle(Contradicted, string(trust.RecognitionEnded), l.Issuer.Name+"'s recognition of "+l.Subject.Name+" for this activity did not hold on "+day(s.day)+".")
	case r.Complete:
		l.settle(Contradicted, string(trust.NotRecognised), "The list of signatories of "+l.Issuer.Name+" is complete for "+day(s.day)+", and "+l.Subject.Name+" is not on it for this activity.")
	default:
		l.settle(NotConfirmed, string(trust.NotRecognised), "That "+l.Issuer.Name+" recognised "+l.Subject.Name+" for this activity on "+day(s.day)+" is not confirmed.")
	}
}

// successor tells whether did carries on for the arrangement.
func (s *claimSheet) successor(arrangement, did string, anchors []trust.Anchor) bool {
	for range anchors { // at most as many steps as there are anchors
		next := ""
		for _, a := range anchors {
			if a.DID == arrangement {
				next = a.Successor
			}
		}
		if next == did {
			return true
		}
		if arrangement = next; next == "" {
			return false
		}
	}
	return false
}

// judgeStanding asks what is known of the issuer beside the claim: whether it
// was accredited for this, on the day and now, by whom and recognised by whom.
func (s *claimSheet) judgeStanding() {
	c := s.claim.Claim
	if c.Issuer == "" {
		for _, id := range []CheckID{CheckAccreditedAtDecision, CheckAccreditedNow, CheckRecognisedAtDecision, CheckRecognisedNow, CheckScope} {
			s.set(id, trust.Unknown, IssuerUnknown, "This register does not know the issuer.", "paper.issuer_unknown")
		}
	} else {
		s.then, s.now = s.ask(s.day), s.ask(s.at)
		s.accredited(CheckAccreditedAtDecision, s.then, "on "+s.dayName(), s.day)
		s.accredited(CheckAccreditedNow, s.now, "on "+day(s.at), s.at)
		s.recognised(CheckRecognisedAtDecision, s.then)
		s.recognised(CheckRecognisedNow, s.now)
		s.inScope()
		if c.Scheme == nil {
			s.withoutTitle()
		}
		s.tell(s.then)
		s.tell(s.now)
		s.lostSince()
	}
	s.judgeClaims()
}

// withoutTitle takes back what an open-ended accreditation seems to say of a
// title that the register does not know: it is held for certification of that
// kind, and which titles it covers is not on record.
func (s *claimSheet) withoutTitle() {
	for id, when := range map[CheckID]string{CheckAccreditedAtDecision: s.dayName(), CheckAccreditedNow: day(s.at)} {
		if s.checks[id].Outcome == trust.Pass.String() {
			s.set(id, trust.Pass, "", s.body(s.claim.Claim.Issuer).Name+" held an accreditation for certification of this kind on "+when+".")
		}
	}
	if s.checks[CheckScope].Outcome == trust.Pass.String() {
		s.set(CheckScope, trust.Unknown, string(trust.RegisterIncomplete), "This title is not on record here, so whether the accreditation covers it is not known.", "paper.title_unknown")
	}
}

func (s *claimSheet) dayName() string {
	if s.claim.Claim.Decided.IsZero() {
		return day(s.day) + " (no date of decision was given)"
	}
	return day(s.day)
}

// lostSince notes an accreditation that held on the day and has ended since.
func (s *claimSheet) lostSince() {
	h := &s.facts.Held
	if s.then.InScope != trust.Pass {
		return
	}
	if len(s.claim.Claim.Links) > 0 && h.Then == redflag.Unknown {
		h.Then = redflag.Yes
	}
	st := s.then.Path[0].Statement
	switch link := trust.At(st, s.at, s.p.KnownAt); link.Status {
	case trust.LinkWithdrawn:
		h.WithdrawnAt = link.Since
	case trust.LinkSuspended:
		h.SuspendedAt = link.Since
	}
}

// judgeClaims sums up the links.
func (s *claimSheet) judgeClaims() {
	confirmed := 0
	for _, l := range s.links {
		switch l.Outcome {
		case Contradicted:
			if !s.contradicted {
				s.set(CheckAccreditationClaim, trust.Fail, *l.Problem, l.Detail)
			}
			s.contradicted = true
		case Confirmed:
			confirmed++
		}
	}
	switch {
	case s.contradicted:
	case len(s.links) == 0:
		s.set(CheckAccreditationClaim, trust.NotApplicable, "", "It claims no accreditation.", "claim.none")
	case confirmed == len(s.links):
		s.set(CheckAccreditationClaim, trust.Pass, "", "Every link it claims is confirmed for "+s.dayName()+".", "paper.all_confirmed", "day", s.day)
	default:
		s.set(CheckAccreditationClaim, trust.Unknown, string(trust.RegisterIncomplete), "Not every link it claims is confirmed; none is contradicted.", "paper.not_all")
	}
}
