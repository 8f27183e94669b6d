package verify

import (
	"strings"
	"time"
	"unicode"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// claimSheet is the working sheet of one claim's report.
type claimSheet struct {
	*evaluation
	claim *ClaimEvidence
	day   time.Time // the day the links are judged for
	links []ClaimedLink
	facts redflag.Facts
}

func newClaimSheet(ev *ClaimEvidence, p Policy) *claimSheet {
	c := ev.Claim
	s := &claimSheet{claim: ev, day: c.Decided, facts: c.Facts, evaluation: &evaluation{
		ev: &Evidence{Register: ev.Register}, p: p, at: p.instant(), checks: unchecked()}}
	if s.day.IsZero() {
		s.day = s.at
	}
	s.cert = credential.Certificate{Issuer: credential.Party{DID: c.Issuer}, DecidedAt: s.day, ValidUntil: c.Expires, Claim: len(c.Links) > 0}
	s.facts.Now, s.facts.Decided = s.at, c.Decided
	s.facts.Certificate.Accredited = len(c.Links) > 0
	s.facts.Certificate.Effective, s.facts.Certificate.Expires = c.Decided, c.Expires
	if !c.Expires.IsZero() {
		s.facts.Certificate.Ends = redflag.Yes
	}
	return s
}

func (s *claimSheet) issuer() Body {
	if s.claim.Claim.Issuer != "" {
		return s.body(s.claim.Claim.Issuer)
	}
	return Body{Name: s.claim.Claim.Understood.Issuer.Name}
}

// judgeLink compares one claimed accreditation, and the recognition claimed
// for its accreditor, with the register.
func (s *claimSheet) judgeLink(a AccreditationClaim) {
	l := ClaimedLink{Kind: string(trust.Accreditation), Issuer: Body{Name: a.Said}, Subject: s.issuer(), Number: a.Number,
		Standard: a.Standard, At: instant(s.day), Sources: []Citation{}}
	if a.Body != "" {
		l.Issuer = s.body(a.Body)
	}
	if a.Arrangement != nil {
		l.Arrangement = a.Arrangement.Said
	}
	f := a.Facts
	f.Said, f.Known, f.Sector, f.Number = l.Issuer.Name, a.Body != "", a.Sector, a.Number
	f.Nobody, f.Signatory = a.Nobody != nil, a.Signatory
	if a.Nobody != nil && a.Signatory {
		s.facts.Accreditors = append(s.facts.Accreditors, f)
		return // named beside an accreditor: its recognition is judged with that one
	}
	s.judgeAccreditor(&l, a)
	s.judgeNumber(&l, &f, a)
	s.links = append(s.links, l)
	s.recognition(a, &f)
	s.facts.Accreditors = append(s.facts.Accreditors, f)
}

func (l *ClaimedLink) settle(outcome string, code, detail string, sources ...Citation) {
	l.Outcome, l.Detail, l.Problem = outcome, detail, nil
	if code != "" {
		l.Problem = &code
	}
	l.Sources = append(l.Sources, sources...)
}

func (s *claimSheet) judgeAccreditor(l *ClaimedLink, a AccreditationClaim) {
	issuer, incomplete := l.Subject.Name, string(trust.RegisterIncomplete)
	if issuer == "" {
		issuer = "the issuer"
	}
	switch {
	case a.Nobody != nil:
		l.settle(Contradicted, AccreditationUnheld, a.Nobody.Why, a.Nobody.Source)
	case a.Excluded != nil:
		l.settle(Contradicted, string(trust.AccreditationOutOfScope), "A source says that this title is not among those for which "+l.Issuer.Name+" accredits "+issuer+".", *a.Excluded)
	case a.Said == "":
		s.unnamed(l)
	case a.Body == "" && s.claim.Claim.Issuer != "" && s.complete("", trust.Scope{}, s.day):
		l.settle(Contradicted, AccreditationUnheld, "The register of accreditations held by "+issuer+" is complete for "+day(s.day)+", and none by "+a.Said+" is in it.")
	case a.Body == "":
		l.settle(NotConfirmed, incomplete, a.Said+" is not on this service's list of accreditation bodies. The list is not complete, so this is neither confirmed nor contradicted.")
	case s.claim.Claim.Issuer == "" && a.Complete:
		l.settle(Contradicted, AccreditationUnheld, "The register of accreditations granted by "+l.Issuer.Name+" is complete for "+day(s.day)+", and a body of this name is not in it.")
	case s.claim.Claim.Issuer == "":
		l.settle(NotConfirmed, IssuerUnknown, "This register does not know "+issuer+", so an accreditation by "+l.Issuer.Name+" is neither confirmed nor contradicted. Ask "+l.Issuer.Name+".")
	default:
		s.compare(l, a)
	}
}

// unnamed: accreditation is claimed and nobody is named who gave it.
func (s *claimSheet) unnamed(l *ClaimedLink) {
	f := s.ask(s.day)
	switch {
	case s.claim.Claim.Issuer == "":
		l.settle(NotConfirmed, IssuerUnknown, "It says that it is accredited and names neither an accreditation body nor an issuer that this register knows.")
	case f.InScope == trust.Pass:
		l.Issuer = s.body(f.Path[0].Statement.Issuer)
		l.settle(Confirmed, "", l.Subject.Name+" was accredited by "+l.Issuer.Name+" on "+day(s.day)+".", citations(f.Path[0].Statement)...)
	case s.complete("", trust.Scope{}, s.day):
		s.facts.Held.Then, s.facts.Held.Complete = redflag.No, true
		l.settle(Contradicted, AccreditationUnheld, "The register is complete for "+day(s.day)+", and no accreditation of "+l.Subject.Name+" for this is in it.")
	default:
		l.settle(NotConfirmed, string(trust.RegisterIncomplete), "It says that it is accredited and does not say by whom; no accreditation for this is confirmed.")
	}
}

// compare looks for the accreditor's word about the issuer. The best answer of
// several statements counts: confirmed, else contradicted by the accreditor's
// own word, else not confirmed.
func (s *claimSheet) compare(l *ClaimedLink, a AccreditationClaim) {
	h := &s.facts.Held
	rank := map[string]int{Confirmed: 3, Contradicted: 2, NotConfirmed: 1}
	var other []string
	same := false
	for _, st := range s.claim.Statements {
		if st.Kind != trust.Accreditation || st.Issuer != a.Body || st.Subject != s.claim.Claim.Issuer {
			continue
		}
		link := trust.At(st, s.day, s.p.KnownAt)
		if link.Scope.Activity != s.claim.Claim.Activity {
			if link.Status == trust.LinkInForce && !st.Unconfirmed {
				other = append(other, string(link.Scope.Activity))
			}
			continue
		}
		same = true
		got := *l
		s.weigh(&got, a, link)
		if rank[got.Outcome] > rank[l.Outcome] {
			*l = got
		}
	}
	complete := a.Complete || s.complete("", trust.Scope{}, s.day)
	switch {
	case l.Outcome == Confirmed:
		h.Then = redflag.Yes
	case l.Outcome == Contradicted:
		h.Then = redflag.No
	case !same && complete:
		h.Then = redflag.No
		l.settle(Contradicted, AccreditationUnheld, "The register is complete for "+day(s.day)+", and no accreditation of "+l.Subject.Name+" by "+l.Issuer.Name+" for this is in it.")
	case !same:
		l.settle(NotConfirmed, string(trust.RegisterIncomplete), "No accreditation of "+l.Subject.Name+" by "+l.Issuer.Name+" is on record here. The register is not complete, so there may be one: ask "+l.Issuer.Name+".")
	}
	if h.Complete = complete; !same {
		h.OtherOnly = other
	}
}

// weigh judges one statement of the accreditor about the issuer.
func (s *claimSheet) weigh(l *ClaimedLink, a AccreditationClaim, link trust.Link) {
	st, h := link.Statement, &s.facts.Held
	sources := citations(st)
	word := st.Assurance == trust.Signed || a.Complete || s.complete("", trust.Scope{}, s.day)
	switch {
	case st.Unconfirmed:
		l.settle(NotConfirmed, string(trust.RegisterIncomplete), "An accreditation is reported by a source too weak to confirm it.", sources...)
	case link.Status == trust.LinkSuspended:
		h.Suspended, h.On = link.Since, st.ID
		l.settle(Contradicted, string(trust.AccreditationSuspended), l.Issuer.Name+" had suspended the accreditation since "+day(link.Since)+".", sources...)
	case link.Status == trust.LinkWithdrawn, link.Status == trust.LinkExpired:
		if s.claim.LastSeen[st.ID] {
			l.settle(NotConfirmed, string(trust.RegisterIncomplete), "An accreditation was last seen on record on "+day(link.Since)+"; what followed is not known here.", sources...)
			return
		}
		h.Ended, h.On = link.Since, st.ID
		l.settle(Contradicted, string(trust.AccreditationWithdrawn), "The accreditation on record ended on "+day(link.Since)+", before the decision.", sources...)
	case link.Status == trust.LinkNotYetValid:
		if h.Began.IsZero() || st.ValidFrom.Before(h.Began) {
			h.Began = st.ValidFrom
		}
		outcome := NotConfirmed
		if word {
			outcome = Contradicted
		}
		l.settle(outcome, string(trust.NotAccredited), "An accreditation is on record from "+day(st.ValidFrom)+" on; that it held on "+day(s.day)+" is not.", sources...)
	case link.Status != trust.LinkInForce:
		l.settle(NotConfirmed, string(trust.RegisterIncomplete), "The accreditation on record was replaced by another.", sources...)
	case a.Standard != "" && link.Scope.Standard != "" && a.Standard != link.Scope.Standard:
		l.settle(NotConfirmed, string(trust.AccreditationOutOfScope), "An accreditation is on record for "+link.Scope.Standard+", not for "+a.Standard+".", sources...)
	case !link.Scope.Covers(s.need()):
		h.OutOfScope, h.ScopeKnown, h.On = true, word, st.ID
		outcome := NotConfirmed
		if word {
			outcome = Contradicted
		}
		l.settle(outcome, string(trust.AccreditationOutOfScope), l.Subject.Name+" was accredited by "+l.Issuer.Name+" on "+day(s.day)+"; this title is not among those on record.", sources...)
	default:
		l.settle(Confirmed, "", l.Subject.Name+" was accredited by "+l.Issuer.Name+" on "+day(s.day)+".", sources...)
	}
}

func (s *claimSheet) judgeNumber(l *ClaimedLink, f *redflag.Accreditor, a AccreditationClaim) {
	if a.Number == "" || a.Nobody != nil || a.Body == "" {
		return
	}
	f.NumberChecked = a.Complete
	switch {
	case a.NumberOf != "" && a.NumberOf == s.claim.Claim.Issuer:
		return
	case a.NumberOf != "":
		holder := s.body(a.NumberOf)
		f.NumberOf, f.NumberMoved = holder.Name, s.claim.Claim.Issuer == "" && !a.Complete
		if s.claim.Claim.Issuer == "" && !a.Complete {
			l.settle(NotConfirmed, AccreditationUnheld, "The accreditation number "+a.Number+" is on record for "+holder.Name+". Whether the issuer named is that body is not confirmed: ask "+l.Issuer.Name+".")
			return
		}
		s.facts.Held.Then = redflag.No
		l.settle(Contradicted, AccreditationUnheld, "The accreditation number "+a.Number+" is on record for "+holder.Name+", not for "+l.Subject.Name+".", s.numberSource(a)...)
	case a.Complete:
		f.NumberWrong = true
		s.facts.Held.Then = redflag.No
		l.settle(Contradicted, AccreditationUnheld, "The register of "+l.Issuer.Name+" is complete for "+day(s.day)+", and the accreditation number "+a.Number+" is not in it.")
	case l.Outcome == Confirmed:
		if s.numberOnRecord(a) != "" {
			f.NumberWrong = true
			l.Detail += " The number on record is " + s.numberOnRecord(a) + ", not " + a.Number + ": ask " + l.Issuer.Name + "."
		}
	}
}

// numberOnRecord is the number the accreditor gave the issuer, if one is known.
func (s *claimSheet) numberOnRecord(a AccreditationClaim) string {
	for _, st := range s.claim.Statements {
		if st.Kind == trust.Accreditation && st.Issuer == a.Body && st.Subject == s.claim.Claim.Issuer && st.Number != "" {
			return st.Number
		}
	}
	return ""
}

func (s *claimSheet) numberSource(a AccreditationClaim) []Citation {
	for _, st := range s.claim.Statements {
		if st.Kind == trust.Accreditation && st.Issuer == a.Body && st.Subject == a.NumberOf && SameNumber(st.Number, a.Number) {
			return citations(st)
		}
	}
	return nil
}

// SameNumber compares accreditation numbers without what is printed around
// them: spaces, punctuation, case, leading zeros, and an accreditor's letters
// in front that one of the two leaves out.
func SameNumber(a, b string) bool {
	lettersA, digitsA := plainNumber(a)
	lettersB, digitsB := plainNumber(b)
	return digitsA != "" && digitsA == digitsB && (lettersA == lettersB || lettersA == "" || lettersB == "")
}

// plainNumber parts letters and groups of digits.
func plainNumber(s string) (letters, digits string) {
	var groups []string
	for _, group := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) {
		groups = append(groups, strings.TrimLeft(group, "0"))
	}
	letters = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
	return letters, strings.Join(groups, "-")
}

func citations(st trust.Statement) []Citation {
	out := []Citation{}
	for _, x := range st.Sources {
		out = append(out, Citation{URL: x.URL, Locator: x.Locator, SourceDate: x.SourceDate, RetrievedAt: instant(x.RetrievedAt), Says: x.Says})
	}
	return out
}
