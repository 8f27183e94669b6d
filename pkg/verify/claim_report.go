package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// judgePaper answers the checks that a claim on paper leaves open.
func (s *claimSheet) judgePaper() {
	c := s.claim.Claim
	s.set(CheckFormat, trust.NotApplicable, "", "This is a claim, not a credential.", "paper.format")
	s.set(CheckSignature, trust.Unknown, "", "The certificate was seen on paper alone; paper carries no signature that could be checked.", "paper.signature")
	s.set(CheckTransparency, trust.NotApplicable, "", "A claim is in no log.", "paper.log")
	s.set(CheckClaimsMatch, trust.Unknown, "", "The issuer's own record was not seen.", "paper.not_seen")
	s.set(CheckStatus, trust.Unknown, StatusUnavailable, "Whether it was suspended or withdrawn only its issuer can tell.", "paper.status")
	s.set(CheckSupersession, trust.Unknown, StatusUnavailable, "Whether a newer one has replaced it only its issuer can tell.", "paper.supersession")
	s.set(CheckHolderMatch, trust.Unknown, "", "The issuer's own record was not seen.", "paper.not_seen")
	like := s.facts.Issuer.Like
	switch {
	case like != "" && s.facts.Issuer.LikeConflict:
		s.set(CheckIssuerKey, trust.Unknown, Lookalike, "The issuer's name or address resembles that of "+like+", and is not it.", "paper.like", "like", like)
	case c.Issuer == "":
		s.set(CheckIssuerKey, trust.Unknown, IssuerUnknown, "This register does not know the issuer named.", "paper.issuer_unknown")
	default:
		s.set(CheckIssuerKey, trust.Unknown, "", "The register knows the issuer; that the issuer made this certificate only the issuer can tell.", "paper.issuer_known")
	}
	switch {
	case !c.Expires.IsZero() && !s.at.Before(c.Expires):
		s.currency = Expired
		s.set(CheckValidity, trust.Fail, CodeExpired, "By its own dates it expired on "+day(c.Expires.Add(-time.Second))+".", "paper.expired", "until", c.Expires.Add(-time.Second))
	case !c.Decided.IsZero() && c.Decided.After(s.at.Add(24*time.Hour)):
		s.currency = NotYetValid
		s.set(CheckValidity, trust.Fail, CodeNotYetValid, "It is dated "+day(c.Decided)+", which is yet to come.", "paper.future", "day", c.Decided)
	case !c.Expires.IsZero():
		s.set(CheckValidity, trust.Unknown, "", "By its own dates it runs until "+day(c.Expires.Add(-time.Second))+"; the issuer's record was not seen.", "paper.runs", "until", c.Expires.Add(-time.Second))
	default:
		s.set(CheckValidity, trust.Unknown, "", "No date of expiry was given.", "paper.no_end")
	}
	if s.claim.Numbered && s.claim.Record == nil {
		s.facts.Record.Asked, s.facts.Record.Complete = true, s.claim.Registered
		if s.claim.Registered {
			s.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The issuer's register here is complete, and this number is not in it.", "paper.not_listed")
		}
	}
}

// finish fills the facts that only the register knows, and applies the rules.
func (s *claimSheet) flags() []RedFlag {
	c, f := s.claim.Claim, &s.facts
	f.Issuer.Said, f.Issuer.Known = c.Understood.Issuer.Name, c.Issuer != ""
	if f.Issuer.Known {
		b := s.body(c.Issuer)
		f.Issuer.Said = b.Name
		f.Warnings = append(f.Warnings, s.p.warnings(b.ID)...)
	}
	for _, a := range c.Links {
		if a.Body != "" {
			f.Warnings = append(f.Warnings, s.p.warnings(s.body(a.Body).ID)...)
		}
	}
	f.Scheme.Name = c.Understood.CredentialName
	if c.Scheme != nil {
		f.Scheme = c.Scheme.facts()
		if person, certification := kindAnswers(c.Scheme.Kind); f.Certificate.Person == redflag.Unknown && person == redflag.Yes {
			f.Certificate.Person = redflag.Yes
		} else if f.Certificate.Certification == redflag.Unknown {
			f.Certificate.Certification = certification
		}
	}
	return s.p.flags(f)
}

func (s *claimSheet) verdict() Verdict {
	switch {
	case s.claim.Numbered && s.claim.Registered:
		return NotFound
	case s.contradicted:
		return Misrepresented
	default:
		return Undetermined
	}
}

func (s *claimSheet) report() *Report {
	r := s.evaluation.report(s.verdict())
	r.Certificate = s.certificate()
	s.dress(r)
	r.Summary = s.summary(r.Verdict)
	r.Policy = s.p.Demand.answer(r)
	return r
}

// dress adds what only a claim's report has.
func (s *claimSheet) dress(r *Report) {
	u := s.claim.Claim.Understood
	r.Understood, r.Claims = &u, s.links
	if r.Claims == nil {
		r.Claims = []ClaimedLink{}
	}
	r.RedFlags = joinFlags(r.RedFlags, s.flags())
}

// joinFlags keeps each flag once, at its gravest, the gravest first.
func joinFlags(a, b []RedFlag) []RedFlag {
	out := slices.Clone(a)
	for _, f := range b {
		i := slices.IndexFunc(out, func(o RedFlag) bool { return o.ID == f.ID })
		switch {
		case i < 0:
			out = append(out, f)
		case redflag.Severity(f.Severity).Rank() > redflag.Severity(out[i].Severity).Rank():
			out[i] = f
		}
	}
	slices.SortStableFunc(out, func(x, y RedFlag) int {
		return cmp.Compare(redflag.Severity(y.Severity).Rank(), redflag.Severity(x.Severity).Rank())
	})
	if out == nil {
		return []RedFlag{}
	}
	return out
}

// certificate is what the claim says, never what a record does: the number is
// not one of ours, so it has no id.
func (s *claimSheet) certificate() *Certificate {
	c := s.claim.Claim
	out := &Certificate{Number: c.Understood.CertificateNumber, Holder: Holder{Name: c.Understood.HolderName}, Issuer: s.issuer(),
		Scheme: Scheme{Name: c.Understood.CredentialName}, DecidedAt: instant(c.Decided), ValidUntil: instant(c.Expires)}
	if c.Scheme != nil {
		out.Scheme = Scheme{ID: c.Scheme.ID, Name: c.Scheme.Name, Kind: c.Scheme.Kind}
	}
	return out
}

func (s *claimSheet) what() string {
	u := s.claim.Claim.Understood
	what := u.CredentialName
	if c := s.claim.Claim.Scheme; c != nil {
		what = c.Name
	}
	if what == "" {
		what = "this certificate"
	}
	if name := s.issuer().Name; name != "" {
		what += " of " + name
	}
	return what
}

func (s *claimSheet) summary(v Verdict) string {
	switch v {
	case NotFound:
		return "The register of " + s.issuer().Name + " held here is complete, and it holds no certificate under that number."
	case Misrepresented:
		for _, l := range s.links {
			if l.Outcome == Contradicted {
				return "What is claimed for " + s.what() + " is not so: " + strings.TrimSuffix(l.Detail, ".") + "."
			}
		}
	}
	paper := "Seen only on paper, so whether " + s.what() + " is authentic could not be established"
	if k := s.kindSentence(); k != "" {
		paper += "; " + k
	}
	confirmed := 0
	for _, l := range s.links {
		if l.Outcome == Confirmed {
			confirmed++
		}
	}
	switch {
	case len(s.links) == 0:
		return paper + "; no accreditation is claimed."
	case confirmed == len(s.links):
		return paper + "; the accreditation claimed is confirmed for " + day(s.day) + "."
	case confirmed > 0:
		return paper + fmt.Sprintf("; of the %d links claimed %d are confirmed and none is contradicted.", len(s.links), confirmed)
	default:
		return paper + "; the accreditation claimed is neither confirmed nor contradicted."
	}
}

func (s *claimSheet) kindSentence() string {
	c := s.claim.Claim.Scheme
	switch {
	case c == nil:
		return ""
	case taught(c.Kind):
		return "it attests attendance or study, not certified competence"
	case c.Kind == "certification_of_organisations":
		return "it is given to organisations, not to people"
	default:
		return ""
	}
}
