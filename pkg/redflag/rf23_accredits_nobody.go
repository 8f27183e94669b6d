package redflag

func accreditsNobody() Rule {
	return Rule{
		ID: "RF-23", Title: "Claims accreditation by IAF, ILAC, Global ACI or ISO", Severity: Critical,
		Sentence:  "None of these organisations accredits certification bodies, so the claim cannot be right as worded.",
		Citation:  "Global ACI does not accredit bodies; it recognises the accreditation bodies that do",
		Reference: "https://global-aci.org/en/faq/can-global-aci-accredit-my-facility-or-body/",
		When:      "the accreditor named is an arrangement, or a maker of standards",
		Unless:    "the words name an accreditation body that is a signatory of that arrangement: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(func(a Accreditor) bool { return a.Nobody })
			if !ok {
				return nil, false
			}
			return Evidence{"accreditor": a.Said}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			_, left := f.accreditor(func(a Accreditor) bool { return a.Nobody && !a.Signatory })
			return Relief{To: None}, !left
		},
	}
}
