package redflag

func noExpiry() Rule {
	return Rule{
		ID: "RF-13", Title: "No expiry date", Severity: High,
		Sentence:  "There is no end date, although certification of persons is granted for a period and must be renewed.",
		Citation:  "ISO/IEC 17024:2012, 9.4.8 f; EC-Council's policy: a certification cannot be given for a lifetime",
		Reference: "https://cert.eccouncil.org/ece-policy.html",
		When:      "a certification of persons says, or shows whole, that it has no end",
		Unless:    "the scheme's own rule gives none, or gave none on the day of the decision: low; what the scheme's rule says is not on record: info; attendance and study: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Certificate.Ends == No && f.Certificate.Person != No {
				return Evidence{"scheme": f.Scheme.Name, "decided": written(f.Decided)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			s := f.Scheme
			switch {
			case s.Taught || f.Certificate.Certification == No:
				return Relief{To: None}, true
			case s.NoExpiry == Yes || !f.Decided.IsZero() && f.Decided.Before(s.EndlessBefore):
				return Relief{To: Low, Key: "rule", Say: "There is no end date: by this scheme's own rule certificates like this one do not expire."}, true
			case (s.Known || f.Issuer.Known) && s.NoExpiry == Unknown && s.Months == 0:
				return Relief{To: Info, Key: "open", Say: "There is no end date; how long certificates of this scheme last is not on record here."}, true
			}
			return Relief{}, false
		},
	}
}
