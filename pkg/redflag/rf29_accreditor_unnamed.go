package redflag

func accreditorUnnamed() Rule {
	return Rule{
		ID: "RF-29", Title: "Accredited, but accreditor not named", Severity: Low, Secondary: true, Effective: day(2020, 10, 30),
		Sentence:  "An accredited personal certificate should name the accreditor; this one does not.",
		Citation:  "IAF resolution 2017-19",
		Reference: "https://naau.org.ua/do-uvagy-akredytovanyh-organiv-z-sertyfikatsiyi-personalu/?lang=en",
		When:      "the whole document was read, it claims accreditation, was decided on or after 30 October 2020, and names no accreditor",
		Unless:    "it is a letter or card that leads to the full record: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			_, named := f.accreditor(func(a Accreditor) bool { return a.Said != "" })
			if f.Certificate.Whole && f.Certificate.Accredited && !named {
				return Evidence{"decided": written(f.Decided)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Certificate.Letter },
	}
}
