package redflag

func accreditorNotRecognised() Rule {
	return Rule{
		ID: "RF-03", Title: "Accreditor not recognised for persons on the date", Severity: Medium, Absence: true,
		Sentence:  "The accreditor is genuine, but we found no international recognition of its person-certification work on the date of the decision.",
		Citation:  "IAF MLA table by main scope: recognition is given scope by scope",
		Reference: "https://iaf.nu/en/signatories-to-the-iaf-mla-2023/",
		When:      "the accreditor is known and no recognition of it for this activity covers the day of the decision",
		Unless:    "recognition is not known rather than denied, or the accreditor works outside the arrangements by its own standards: info",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(func(a Accreditor) bool { return a.Known && a.Recognised != Yes && a.Ended.IsZero() })
			if !ok {
				return nil, false
			}
			return Evidence{"accreditor": a.Said, "on": written(f.Decided)}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(func(a Accreditor) bool { return a.Known && a.Recognised != Yes && a.Ended.IsZero() })
			switch {
			case a.Sector:
				return Relief{To: Info, Key: "sector", Say: "The accreditor is genuine and works by standards of its own, outside the international arrangement for ISO/IEC 17024."}, true
			case a.Recognised == Unknown || !a.ListComplete:
				return Relief{To: Info, Key: "open", Say: "The accreditor is genuine; whether its person-certification work was internationally recognised on the date of the decision is not confirmed."}, true
			}
			return Relief{}, false
		},
	}
}
