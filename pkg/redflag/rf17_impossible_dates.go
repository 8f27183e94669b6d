package redflag

import "time"

func impossibleDates() Rule {
	// conflict returns two days in the wrong order, by how much, and what they are.
	conflict := func(f *Facts) (first, second string, by time.Duration) {
		c := f.Certificate
		for _, x := range []struct {
			first, second string
			a, b          time.Time // a must not lie after b
		}{
			{"examined", "decided", c.Examined, f.Decided},
			{"decided", "effective", f.Decided, c.Effective},
			{"effective", "expires", c.Effective, c.Expires},
			{"decided", "expires", f.Decided, c.Expires},
			{"scheme published", "decided", f.Scheme.Published, f.Decided},
			{"body founded", "decided", f.Issuer.Founded, f.Decided},
			{"decided", "today", f.Decided, f.Now},
		} {
			if !x.a.IsZero() && !x.b.IsZero() && x.a.After(x.b) && x.a.Sub(x.b) > by {
				first, second, by = x.first, x.second, x.a.Sub(x.b)
			}
		}
		return first, second, by
	}
	return Rule{
		ID: "RF-17", Title: "Dates that cannot be true", Severity: Critical,
		Sentence:  "The dates contradict each other, which happens when certificates are backdated or mistyped.",
		Citation:  "ISO/IEC 17024:2012, 4.2 and 9.4: the body decides after the completed certification process",
		Reference: "https://www.scribd.com/document/436982805/",
		When:      "examination, decision, effect and expiry are not in that order, or the decision lies before the scheme or body existed, in the future, or after the key was revoked",
		Unless:    "the days differ by no more than a day (time zones): no flag; a recertification starts at the old expiry: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Certificate.AfterRevoked {
				return Evidence{"order": "signed with a key revoked before"}, true
			}
			first, second, by := conflict(f)
			if by > 0 {
				return Evidence{"order": first + " is later than " + second, "decided": written(f.Decided), "effective": written(f.Certificate.Effective), "expires": written(f.Certificate.Expires)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if f.Certificate.AfterRevoked {
				return Relief{}, false
			}
			_, second, by := conflict(f)
			return Relief{To: None}, by <= tolerance || f.Certificate.Renewal && second == "effective"
		},
	}
}
