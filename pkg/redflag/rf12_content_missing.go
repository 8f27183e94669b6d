package redflag

func contentMissing() Rule {
	return Rule{
		ID: "RF-12", Title: "Mandatory content missing", Severity: Medium,
		Sentence:  "The certificate lacks information that an accredited personal certificate must carry.",
		Citation:  "ISO/IEC 17024:2012, 9.4.8 a to f (checklist)",
		Reference: "https://www.scribd.com/document/436982805/",
		When:      "the whole document was read, it claims accreditation, and person, number, body, scheme, effective date or date of expiry is missing",
		Unless:    "it is a letter or card that leads to the full record: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			c := f.Certificate
			if c.Whole && c.Accredited && len(c.Missing) > 0 {
				return Evidence{"missing": c.Missing}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Certificate.Letter },
	}
}
