package redflag

func numberOfAnother() Rule {
	return Rule{
		ID: "RF-11", Title: "Number belongs to another person", Severity: Critical,
		Sentence:  "The issuer's record for this number shows a different name.",
		Citation:  "ISO/IEC 17024:2012, 9.4.8 b: each certificate is identified uniquely",
		Reference: "https://www.scribd.com/document/436982805/",
		When:      "the issuer's record of the number is another person's",
		Unless:    "the name may be the same person's (changed, shortened, in another script): info, ask for a second identifier",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Record.Found && f.Record.Holder == No {
				return Evidence{}, true // neither name is told
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			return Relief{To: Info, Say: "The name given differs from the one on record, but may be the same person's: ask for a second identifier."}, f.Record.Near
		},
	}
}
