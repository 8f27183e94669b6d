package redflag

import "time"

// monthSlack covers what a cycle counted in months and one counted in days or
// to the end of a month may differ by.
const monthSlack = 32 * 24 * time.Hour

func tooLong() Rule {
	over := func(f *Facts) bool {
		c, s := f.Certificate, f.Scheme
		return s.Months > 0 && !c.Effective.IsZero() && !c.Expires.IsZero() && c.Expires.After(c.Effective.AddDate(0, s.Months, 0).Add(monthSlack))
	}
	return Rule{
		ID: "RF-14", Title: "Longer validity than the scheme allows", Severity: Medium,
		Sentence:  "The certificate runs longer than this scheme's rules allow.",
		Citation:  "Cycles of schemes, such as CXPA's 36 months",
		Reference: "https://www.cxpa.org/earn-your-ccxp/recertify-ccxp",
		When:      "the time from effect to expiry exceeds the longest that a rule of the scheme allows, and a month",
		Unless:    "an early renewal adds the new cycle to the old expiry: no flag; the scheme had no end by rule on that day: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if !over(f) {
				return nil, false
			}
			return Evidence{"scheme": f.Scheme.Name, "months_allowed": f.Scheme.Months, "from": written(f.Certificate.Effective), "until": written(f.Certificate.Expires)}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			c, s := f.Certificate, f.Scheme
			early := c.Renewal && !c.Expires.After(c.Effective.AddDate(0, s.Months, s.EarlyDays).Add(monthSlack))
			return Relief{To: None}, early || !f.Decided.IsZero() && f.Decided.Before(s.EndlessBefore)
		},
	}
}
