package redflag

func listing() Rule {
	return Rule{
		ID: "RF-22", Title: "Membership, registration or listing offered as certification", Severity: Medium,
		Sentence:  "Being registered with or a member of an organisation is not certification.",
		Citation:  "Global ACI and IAF do not accredit certification bodies",
		Reference: "https://global-aci.org/en/faq/can-global-aci-accredit-my-facility-or-body/",
		When:      "the words rest on registration, listing or membership, and no record of a decision by a known body stands behind them",
		Unless:    "the register is kept by law: no flag (that is a licence, to be asked of the authority)",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Wording.Registered != "" && !f.Issuer.Known && !f.Record.Found {
				return Evidence{"words": f.Wording.Registered}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Wording.Statutory },
	}
}
