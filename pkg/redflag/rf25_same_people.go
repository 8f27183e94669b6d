package redflag

func samePeople() Rule {
	return Rule{
		ID: "RF-25", Title: "Certifier and accreditor are the same people", Severity: Critical,
		Sentence:  "The certifying body and its accreditor appear to be connected, so the check may not be independent.",
		Citation:  "ISO/IEC 17011 asks accreditors to be impartial; FTC, Tested Green, 2011: endorsers owned by the seller",
		Reference: "https://www.newyorkparalegalblog.com/2011/01/ftc-settlement-ends-tested-green.html",
		When:      "certifier and accreditor are one body, or share a domain, an owner or a name",
		Unless:    "they are separate bodies of one government: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(func(a Accreditor) bool { return a.Same != "" })
			if !ok {
				return nil, false
			}
			return Evidence{"issuer": f.Issuer.Said, "accreditor": a.Said, "shared": a.Same}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(func(a Accreditor) bool { return a.Same != "" })
			return Relief{To: None}, a.SameFamily
		},
	}
}
