package redflag

func oldEdition() Rule {
	return Rule{
		ID: "RF-18", Title: "Edition no longer accredited", Severity: Medium, Secondary: true, Effective: day(2015, 7, 1),
		Sentence:  "The certificate claims accreditation to an edition that accreditors had already stopped recognising.",
		Citation:  "ISO/IEC 17024:2003 ended on 1 July 2015, three years after the edition of 2012; UKAS: older versions no longer recognised",
		Reference: "https://www.ukas.com/customer-area/transition-to-new-standards/",
		When:      "accreditation to ISO/IEC 17024:2003 is claimed for a decision after 1 July 2015",
		Unless:    "the edition is of the scheme's document, not of the standard for accreditation: no flag (the end of 2012 is not known and not applied)",
		Condition: func(f *Facts) (Evidence, bool) {
			c := f.Certificate
			if c.Edition == "2003" {
				return Evidence{"standard": c.Standard + ":" + c.Edition, "decided": written(f.Decided)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Certificate.Standard != "ISO/IEC 17024" },
	}
}
