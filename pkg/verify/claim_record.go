package verify

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// againstRecord answers with the register's own report on the number, if what
// is claimed agrees with it. What does not agree contradicts the issuer's
// record: the paper was altered, or is another's.
func (s *claimSheet) againstRecord() *Report {
	r := *s.claim.Record
	r.Checks = append([]Check{}, r.Checks...)
	set := func(id CheckID, o trust.Outcome, code, detail string) {
		for i := range r.Checks {
			if r.Checks[i].ID == id {
				s.set(id, o, code, detail)
				r.Checks[i] = *s.checks[id]
			}
		}
	}
	if difference := s.difference(&r); difference != "" {
		set(CheckClaimsMatch, trust.Fail, ClaimMismatch, difference)
		r.Authenticity, r.Verdict = Inauthentic, NotAuthentic
		r.Summary = "The issuer's record of this number differs from what is claimed: " + difference
	}
	if c := check(&r, CheckHolderMatch); c.Outcome == trust.Fail.String() {
		s.facts.Record.Holder = redflag.No
		r.Authenticity, r.Verdict = Inauthentic, NotAuthentic
		r.Summary = "The issuer's record of this number is another person's."
	}
	s.facts.Record.Asked, s.facts.Record.Found = true, true
	if s.contradicted {
		if c := s.checks[CheckAccreditationClaim]; c.Problem != nil {
			set(CheckAccreditationClaim, trust.Fail, *c.Problem, c.Detail)
		}
		if r.Verdict != NotAuthentic {
			r.Verdict, r.Summary = Misrepresented, s.summary(Misrepresented)
			r.Accreditation.AtDecision = trust.StateContradicted.String()
		}
	}
	s.dress(&r)
	r.Policy = s.p.Demand.answer(&r)
	return &r
}

func check(r *Report, id CheckID) Check {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return Check{}
}

// difference is how the claim departs from the record; empty if it does not.
// Nothing the record withholds is told.
func (s *claimSheet) difference(r *Report) string {
	c, rec := s.claim.Claim, r.Certificate
	if rec == nil {
		return ""
	}
	apart := func(a time.Time, b *time.Time) bool {
		return !a.IsZero() && b != nil && a.Sub(*b).Abs() > 48*time.Hour
	}
	switch {
	case c.Issuer != "" && rec.Issuer.DID != "" && c.Issuer != rec.Issuer.DID:
		return "it was issued by another body than the one named."
	case c.Scheme != nil && rec.Scheme.ID != "" && c.Scheme.ID != rec.Scheme.ID && c.Scheme.Address != rec.Scheme.ID:
		return "it is of another scheme than the one named."
	case apart(c.Expires, rec.ValidUntil):
		return "its date of expiry is another than the one on the paper."
	case rec.ValidUntil == nil && !c.Expires.IsZero():
		return "" // the paper names an end, the record none: nothing is gained by it
	case apart(c.Decided, rec.DecidedAt) && apart(c.Decided, rec.ValidFrom):
		return "its date is another than the one on the paper."
	}
	return ""
}
