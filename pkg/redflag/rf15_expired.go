package redflag

func expired() Rule {
	return Rule{
		ID: "RF-15", Title: "Presented as current but expired", Severity: High,
		Sentence:  "The certificate was valid once but has expired.",
		Citation:  "Employers need to know active or expired, with dates",
		Reference: "https://help.checkr.com/hc/en-us/articles/9296500364823",
		When:      "the date of expiry is past and the certificate is presented as current",
		Unless:    "within the scheme's documented grace period: info",
		Condition: func(f *Facts) (Evidence, bool) {
			c := f.Certificate
			if f.Wording.Current && !c.Expires.IsZero() && !f.Now.Before(c.Expires) {
				return Evidence{"expired": written(c.Expires)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			days := f.Scheme.GraceDays
			return Relief{To: Info, Say: "The certificate has expired and is within the scheme's period of grace."}, days > 0 && f.Now.Before(f.Certificate.Expires.AddDate(0, 0, days))
		},
	}
}
