package redflag

func notInForce() Rule {
	return Rule{
		ID: "RF-16", Title: "Suspended, withdrawn or reduced by the issuer", Severity: Critical,
		Sentence:  "The issuing body has suspended or withdrawn this certification or narrowed its scope.",
		Citation:  "ISO/IEC 17024:2012, 9.5; ISO/IEC 17000:2020, 8.2 and 8.3",
		Reference: "https://standardsdevelopment.elot.gr/drafts/5078",
		When:      "the issuer's record shows it suspended, withdrawn or reduced on the day judged",
		Unless:    "its effect lies after the day judged: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Record.Status == "" && !f.Record.Reduced {
				return nil, false
			}
			e := Evidence{"status": f.Record.Status, "since": written(f.Record.Since)}
			if f.Record.Reduced {
				e["scope"] = "reduced"
			}
			return e, true
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Record.Since.After(f.Now) },
	}
}
