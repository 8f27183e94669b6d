package verify

// title is the check's question in words.
func (id CheckID) title() string {
	switch id {
	case CheckFormat:
		return "Is it a well-formed record?"
	case CheckSignature:
		return "Is it unaltered?"
	case CheckIssuerKey:
		return "Did its issuer sign it?"
	case CheckClaimsMatch:
		return "Does it agree with the issuer's record?"
	case CheckValidity:
		return "Is it within its dates?"
	case CheckStatus:
		return "Was it suspended or withdrawn?"
	case CheckSupersession:
		return "Has a newer one replaced it?"
	case CheckHolderMatch:
		return "Does it belong to the person named?"
	case CheckAccreditedAtDecision:
		return "Was the issuer accredited for this scheme at decision?"
	case CheckAccreditedNow:
		return "Is the issuer accredited for this scheme now?"
	case CheckRecognisedAtDecision:
		return "Was the accreditor recognised at decision?"
	case CheckRecognisedNow:
		return "Is the accreditor recognised now?"
	case CheckScope:
		return "Does the accreditation cover this scheme?"
	case CheckAccreditationClaim:
		return "Is the accreditation it claims held?"
	case CheckTransparency:
		return "Is it in the transparency log?"
	default:
		return string(id)
	}
}

// summary is the report in one sentence. It states what was found; it accuses nobody.
func (e *evaluation) summary(r *Report) string {
	if r.Certificate == nil {
		if r.Verdict == NotFound {
			return "This register holds no certificate under that number; it speaks only for certificates issued through it."
		}
		return "This is not a credential that could be read, so nothing can be said for it."
	}
	what := r.Certificate.Scheme.Name + " issued by " + r.Certificate.Issuer.Name
	decided := day(e.decision())
	switch r.Verdict {
	case BonaFide:
		if e.lapse.excused {
			return what + " is authentic and in force; its issuer was accredited for this scheme on " + decided + ", and by the rules in force the certificate stands although the accreditation does not hold today."
		}
		return what + " is authentic and in force; its issuer was accredited for this scheme on " + decided + " and is on " + e.judged() + ", by a recognised accreditor."
	case NotAuthentic:
		return "This record contradicts what its supposed issuer, " + r.Certificate.Issuer.Name + ", has on record."
	case Misrepresented:
		return what + " claims an accreditation that was not held for this scheme on " + decided + "."
	case NotInForce:
		return what + " is authentic but not in force: it is " + words(r.Currency) + "."
	case NotCertification:
		return what + " is authentic and in force, but attests attendance or study, not certified competence."
	case AccreditationLapsed:
		return what + " is authentic and in force; its issuer was accredited by a recognised accreditor on " + decided + ", but this no longer holds on " + e.judged() + "."
	case AccreditedElsewhere:
		return what + " is authentic and in force; its issuer was accredited on " + decided + ", but recognition of the accreditor for this activity is not confirmed."
	case Unaccredited:
		return what + " is authentic and in force; its issuer held no accreditation for this scheme on " + decided + ", and the certificate claims none."
	}
	switch {
	case r.Authenticity == AuthenticityUnknown:
		return "Whether " + what + " is authentic could not be established."
	case r.Currency == CurrencyUnknown:
		return what + " is authentic, but whether it is in force could not be established."
	default:
		return what + " is authentic and in force; whether its issuer was accredited for this scheme is not confirmed."
	}
}

func words(c Currency) string {
	switch c {
	case NotYetValid:
		return "not yet valid"
	default:
		return string(c)
	}
}
