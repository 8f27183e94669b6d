package verify

import (
	"unicode"

	"github.com/agext/levenshtein"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// judgeExpectations compares the certificate with what the asker holds and
// with the register's word about the scheme.
func (e *evaluation) judgeExpectations() {
	c := e.cert
	e.set(CheckClaimsMatch, trust.Pass, "", "The record agrees with itself and with the register.", "claims.agree")
	if s, ok := e.scheme(); ok && s.Owner != c.Issuer.DID {
		e.authenticity = Inauthentic
		e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The scheme "+s.Name+" belongs to "+e.body(s.Owner).Name+", not to the issuer.", "claims.scheme_of_other", "scheme", s.Name, "owner", e.body(s.Owner).Name)
	}
	if h := e.ev.Register.Histories[c.ID]; h.Recorded != "" && !sameContent(h.Recorded, e.ev.Certificate.raw) {
		e.authenticity = Inauthentic
		e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The register holds another record under this number.", "claims.other_record")
	} else if h.Recorded != "" && respelled(h.Recorded, e.ev.Certificate.raw) {
		e.authenticity = Inauthentic
		e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The register holds this record with another signature: the text was changed without changing what it says.", "claims.other_signature")
	}
	issuer := e.body(c.Issuer.DID)
	if x := e.p.Expect.Issuer; x != "" && x != c.Issuer.DID && x != issuer.ID {
		e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The record was issued by "+issuer.Name+", not by the body you expect.", "claims.other_issuer", "issuer", issuer.Name)
	}
	if x := e.p.Expect.Scheme; x != "" && x != c.Scheme.Address {
		if s, ok := e.scheme(); !ok || s.ID != x {
			e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The record is for "+c.Scheme.Name+", not for the scheme you expect.", "claims.other_scheme", "scheme", c.Scheme.Name)
		}
	}
	e.judgeHolder()
}

// judgeHolder answers yes, near or no without telling the name; where the
// issuer lets nobody compare, it answers nothing.
func (e *evaluation) judgeHolder() {
	x := e.p.Expect
	switch {
	case !x.Holder():
		e.set(CheckHolderMatch, trust.NotApplicable, "", "No name or e-mail address was given to compare.", "holder.not_asked")
		return
	case e.ev.Holder.Hidden || e.withheld().Compare && !e.ev.Holder.Own:
		e.set(CheckHolderMatch, trust.Unknown, "", "The issuer publishes nothing of this certificate's holder, so no name or address is compared. Ask the holder or the issuer.", "holder.hidden")
		return
	}
	name, email := trust.NotApplicable, trust.NotApplicable
	near := false
	if x.Name != "" {
		name, near = e.nameMatch(x.Name)
	}
	if x.Email != "" {
		email = trust.Unknown
		if h := e.cert.Holder; h.EmailHash != "" {
			email = trust.Fail
			if credential.Hash(credential.NormalEmail(x.Email), h.Salt) == h.EmailHash {
				email = trust.Pass
			}
		}
	}
	switch {
	case name == trust.Fail || email == trust.Fail:
		e.set(CheckHolderMatch, trust.Fail, HolderMismatch, "The certificate belongs to somebody else than the person named.", "holder.other")
	case near:
		e.set(CheckHolderMatch, trust.Unknown, HolderMismatch, "Near: the name may be the holder's, but it is not written as on record.", "holder.near")
	case name == trust.Unknown && e.corrected():
		e.set(CheckHolderMatch, trust.Unknown, "", "The holder's name was corrected since; ask of the certificate that follows this one.", "holder.corrected")
	case name == trust.Unknown || email == trust.Unknown:
		e.set(CheckHolderMatch, trust.Unknown, "", "The certificate does not carry what would have to be compared.", "holder.not_carried")
	case x.BirthDate != "":
		e.set(CheckHolderMatch, trust.Unknown, "", "Dates of birth are not on record, so none was compared."+map[bool]string{true: " What else you gave matches the holder."}[x.Name+x.Email != ""])
	default:
		e.set(CheckHolderMatch, trust.Pass, "", "What you gave matches the certificate's holder.", "holder.matches")
	}
}

// nearName tells whether two normalised names differ by little more than a
// slip of the pen: one edit in six characters, at least one.
func nearName(a, b string) bool {
	most := max(1, len([]rune(a))/6)
	return levenshtein.Distance(a, b, nil) <= most
}

// otherScript tells whether two names are written in alphabets that share no
// letter: then nobody can say here whether they are one.
func otherScript(a, b string) bool {
	x, y := scriptOf(a), scriptOf(b)
	return x != nil && y != nil && x != y
}

// scriptOf is the one script of all letters; nil if there is none, or several.
func scriptOf(name string) *unicode.RangeTable {
	var found *unicode.RangeTable
	for _, r := range name {
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Han,
			unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Devanagari, unicode.Thai, unicode.Armenian, unicode.Georgian} {
			if !unicode.Is(script, r) {
				continue
			}
			if found != nil && found != script {
				return nil
			}
			found = script
		}
	}
	return found
}
