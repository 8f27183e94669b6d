package redflag

func issuerNotFound() Rule {
	return Rule{
		ID: "RF-01", Title: "Issuer not found", Severity: Medium, Absence: true,
		Sentence:  "We could not find this certification body in the registers we hold, so we can neither confirm nor rule out the certificate.",
		Citation:  "UKAS guidance on counterfeit certificates: check the accreditor, then the body, then the certificate",
		Reference: "https://ukas.com/resources/latest-news/counterfeit-ms-certificates",
		When:      "an issuer is named and no register held knows it",
		Unless:    "the register is not complete for the accreditor named: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Issuer.Said != "" && !f.Issuer.Known {
				return Evidence{"issuer": f.Issuer.Said}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			return Relief{To: Info, Say: "This register does not know the issuer. It is not complete, so that says nothing about the issuer."}, !f.Issuer.Complete
		},
	}
}
