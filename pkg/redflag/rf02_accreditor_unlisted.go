package redflag

func accreditorUnlisted() Rule {
	return Rule{
		ID: "RF-02", Title: "Accreditor not in any recognised arrangement", Severity: High, Absence: true,
		Sentence:  "The organisation named as accreditor is not one we can trace to a recognised international arrangement or a listed sector accreditor.",
		Citation:  "Global ACI: recognition needs a signatory of the arrangement",
		Reference: "https://global-aci.org/en/faq/can-global-aci-accredit-my-facility-or-body/",
		When:      "an accreditor is named that is neither a signatory on record nor a listed sector accreditor",
		Unless:    "it is a known accreditor outside the arrangements (then RF-03); the list of signatories is not complete for the day: info",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(func(a Accreditor) bool { return a.Said != "" && !a.Nobody && !a.Known })
			if !ok {
				return nil, false
			}
			return Evidence{"accreditor": a.Said}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(func(a Accreditor) bool { return a.Said != "" && !a.Nobody && !a.Known })
			if a.Sector {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "The organisation named as accreditor is not on this service’s list. The list is not complete, so this is not confirmed, and no more than that."}, !a.ListComplete
		},
	}
}
