package redflag

import "time"

// reissue is how long a body first accredited after 30 October 2017 has to
// issue its earlier documents anew as accredited ones (IAF resolution 2017-19).
const reissue = 366 * 24 * time.Hour

func notAccredited() Rule {
	return Rule{
		ID: "RF-05", Title: "Body not accredited on the date", Severity: High, Absence: true,
		Sentence:  "The body was not accredited for certifying persons when this certificate was decided: before its accreditation began or after it ended.",
		Citation:  "IAF resolution 2017-19 on re-issuing; RvA on withdrawal",
		Reference: "https://naau.org.ua/do-uvagy-akredytovanyh-organiv-z-sertyfikatsiyi-personalu/?lang=en",
		When:      "the certificate claims accreditation, the body is known, and it held none on the day of the decision",
		Unless:    "the certificate was re-issued as accredited within a year of the first accreditation: no flag; the register is not complete for that day and no event on record speaks against it: info",
		Condition: func(f *Facts) (Evidence, bool) {
			h := f.Held
			if f.Certificate.Accredited && f.Issuer.Known && h.Then != Yes && h.Suspended.IsZero() && !h.OutOfScope && len(h.OtherOnly) == 0 && !f.Decided.IsZero() {
				return Evidence{"issuer": f.Issuer.Said, "on": written(f.Decided), "began": written(h.Began), "ended": written(h.Ended)}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			h, again := f.Held, f.Certificate.ReissuedFrom
			if !again.IsZero() && !h.Began.IsZero() && !again.Before(h.Began) && again.Sub(h.Began) <= reissue {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "An accreditation of the body on the day of the decision is not confirmed: the register is not complete enough to say there was none."},
				h.Ended.IsZero() && !h.Complete
		},
	}
}
