package redflag

func parallelChain() Rule {
	about := func(a Accreditor) bool { return a.Loop || a.Chain != "" }
	return Rule{
		ID: "RF-26", Title: "Circular or parallel chain", Severity: High,
		Sentence:  "The chain of recognition leads back to itself or to an arrangement that is not on this service's list of recognised arrangements.",
		Citation:  "metras: systems parallel to IAF and ILAC",
		Reference: "https://dev.metras.at/faelschungen-von-akkreditierten-berichten-und-zertifikaten",
		When:      "the chain has a loop, or an arrangement is named that is not on the operator's list",
		Unless:    "the bodies below it are known and the arrangement is merely not on the list: info",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(about)
			if !ok {
				return nil, false
			}
			return Evidence{"accreditor": a.Said, "arrangement": a.Chain, "circular": a.Loop}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(about)
			return Relief{To: Info, Say: "The arrangement named is not on this service's list of recognised arrangements."}, a.ChainKnown && !a.Loop
		},
	}
}
