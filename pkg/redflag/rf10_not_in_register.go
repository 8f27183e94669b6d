package redflag

func notInRegister() Rule {
	return Rule{
		ID: "RF-10", Title: "Certificate not in the issuer's register", Severity: High, Absence: true,
		Sentence:  "The issuer keeps a complete register and this number is not in it.",
		Citation:  "ISO/IEC 17024:2012, 7.2.1: on request a body confirms whether a person holds a current, valid certification",
		Reference: "https://myhspa.org/certification/program-policies/certification-program-confidentiality/",
		When:      "the issuer's register is complete, was asked for the number, and does not hold it",
		Unless:    "the number was mistyped: no flag; the register is not complete: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Record.Asked && !f.Record.Found && f.Issuer.Known {
				return Evidence{"issuer": f.Issuer.Said}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if f.Record.Mistyped {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "The number is not in the part of the issuer's register that is held here, which proves nothing."}, !f.Record.Complete
		},
	}
}
