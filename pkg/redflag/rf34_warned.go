package redflag

func warned() Rule {
	return Rule{
		ID: "RF-34", Title: "Body or accreditor has an official warning", Severity: Critical,
		Sentence:  "A public authority has published an action or warning about this body.",
		Citation:  "Warnings on record, each with its authority and address",
		Reference: "https://ukas.com/customer-area/sanctions/organisations-under-sanction",
		When:      "a warning read at the authority itself names the issuer or accreditor and is not dated in the future",
		Unless:    "it is about another legal entity of like name: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			w, ok := f.warning()
			if !ok {
				return nil, false
			}
			return Evidence{"subject": w.Subject, "authority": w.Authority, "date": written(w.Date), "wording": w.Wording, "source": w.Source}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			w, _ := f.warning()
			return Relief{To: None}, w.Other
		},
	}
}

// warning is the first that is not about another entity, or else the first.
func (f *Facts) warning() (Warning, bool) {
	var found Warning
	ok := false
	for _, w := range f.Warnings {
		if !w.Date.After(f.Now) && (!ok || found.Other && !w.Other) {
			found, ok = w, true
		}
	}
	return found, ok
}
