package redflag

func inProcess() Rule {
	return Rule{
		ID: "RF-24", Title: "\"Accreditation in process\"", Severity: High,
		Sentence:  "An application is not accreditation, and it may not be granted.",
		Citation:  "BCCB, 2016: a body that openly said it was applying",
		Reference: "https://bccbonline.org/2016/02/23/what-is-an-accredited-certification/",
		When:      "the words say that accreditation is in process, pending or applied for",
		Unless:    "they also say plainly that there is no accreditation yet: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Wording.Process == "" {
				return nil, false
			}
			return Evidence{"words": f.Wording.Process}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			return Relief{To: Info, Say: "The issuer says openly that it is not accredited and has applied."}, f.Wording.ProcessOpen && !f.Certificate.Accredited
		},
	}
}
