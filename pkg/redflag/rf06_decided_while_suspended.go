package redflag

func decidedWhileSuspended() Rule {
	return Rule{
		ID: "RF-06", Title: "Decided while the body was suspended", Severity: Critical,
		Sentence:  "The certificate was granted while the body's accreditation was suspended; it could not issue accredited certificates then.",
		Citation:  "French ministerial order (one sector): no new certificates or renewals during suspension, earlier ones stay valid",
		Reference: "https://legal.tricoteuses.fr/articles/JORFARTI000049739371",
		When:      "the body's accreditation for the scheme was suspended on the day of the decision",
		Unless:    "the certificate claims no accreditation: no flag; decided on the very day of the suspension: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if !f.Held.Suspended.IsZero() && f.Held.Then != Yes {
				return Evidence{"issuer": f.Issuer.Said, "on": written(f.Decided), "suspended_since": written(f.Held.Suspended), "statement": f.Held.On}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if !f.Certificate.Accredited {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "The certificate was decided on the day on which the body's accreditation was suspended; which came first is not known."},
				written(f.Decided) == written(f.Held.Suspended)
		},
	}
}
