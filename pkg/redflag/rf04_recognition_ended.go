package redflag

func recognitionEnded() Rule {
	return Rule{
		ID: "RF-04", Title: "Accreditor's recognition suspended or ended on the date", Severity: High,
		Sentence:  "On the date of the decision the accreditor's own recognition was suspended or had ended.",
		Citation:  "Changes of recognition are dated and specific to a scope (NAAU 2021; NAT 2015)",
		Reference: "https://ilac.org/latest_ilac_news/signatory-status-of-naau-ukraine-suspended/",
		When:      "the accreditor's recognition for this activity was suspended, withdrawn or over on the day of the decision",
		Unless:    "the event concerns another scope or is a matter of membership (dues, votes): no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(func(a Accreditor) bool { return !a.Ended.IsZero() })
			if !ok {
				return nil, false
			}
			return Evidence{"accreditor": a.Said, "event": a.EndedHow, "since": written(a.Ended)}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(func(a Accreditor) bool { return !a.Ended.IsZero() })
			return Relief{To: None}, a.OtherScope
		},
	}
}
