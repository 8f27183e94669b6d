package redflag

func accreditedForElse() Rule {
	return Rule{
		ID: "RF-07", Title: "Accredited for something else", Severity: Critical, Absence: true,
		Sentence:  "The body is accredited to assess companies, products or inspections, not to certify people.",
		Citation:  "Main scopes are separate: ISO/IEC 17021-1, 17065, 17024",
		Reference: "https://iaf.nu/en/signatories-to-the-iaf-mla-2023/",
		When:      "a person's certificate claims accreditation and the body's accreditations on that day are all for other activities",
		Unless:    "no accreditation is claimed: no flag; the register is not complete for that day: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if len(f.Held.OtherOnly) > 0 && f.Certificate.Person != No && f.Held.Then != Yes {
				return Evidence{"issuer": f.Issuer.Said, "accredited_for": f.Held.OtherOnly}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if !f.Certificate.Accredited {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "The accreditations on record for this body are for other work than certifying people; whether it holds one for people is not confirmed."}, !f.Held.Complete
		},
	}
}
