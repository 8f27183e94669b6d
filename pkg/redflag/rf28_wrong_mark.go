package redflag

func wrongMark() Rule {
	return Rule{
		ID: "RF-28", Title: "Mark that should not be on it", Severity: Medium,
		Sentence:  "A mark is used that this kind of certificate may not carry or that did not exist yet.",
		Citation:  "UKAS on the IAF MLA mark and the Global ACI MRA mark; ACCREDIA: the combined mark not on certificates of professionals",
		Reference: "https://www.ukas.com/resources/technical-bulletins/transition-to-the-global-aci-mra-mark/",
		When:      "a personal certificate shows the ILAC mark, the Global ACI mark, the IAF mark without an accreditor's symbol, or one that its accreditor keeps off such certificates",
		Unless:    "an accreditor's own symbol alone is shown: no flag; whether the mark was already permitted on that day is not known: info",
		Condition: func(f *Facts) (Evidence, bool) {
			m, why := f.badMark()
			if why == "" {
				return nil, false
			}
			return Evidence{"mark": m.Name, "why": why}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			m, _ := f.badMark()
			// Whether the mark was launched after the bulletin of April 2026 is not known.
			return Relief{To: Info, Say: "The Global ACI MRA mark is shown. Whether its use was permitted on that day is not known here."},
				m.Arrangement == "global-aci" && (f.Decided.IsZero() || !f.Decided.Before(day(2026, 4, 26)))
		},
	}
}

// badMark finds a mark that should not be there, and says why.
func (f *Facts) badMark() (Mark, string) {
	if f.Certificate.Person == No {
		return Mark{}, ""
	}
	for _, m := range f.Certificate.Marks {
		switch {
		case m.Arrangement == "ilac":
			return m, "this arrangement never covered certification of persons"
		case m.Arrangement == "global-aci":
			return m, "the mark was not to be used before it was registered and launched"
		case m.Arrangement == "iaf" && m.Accreditor == "":
			return m, "the mark is used only together with an accreditor's symbol"
		case m.Arrangement == "iaf" && m.NotOnPeople:
			return m, m.Accreditor + " does not allow it on certificates of persons"
		}
	}
	return Mark{}, ""
}
