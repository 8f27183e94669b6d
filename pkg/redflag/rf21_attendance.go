package redflag

func attendance() Rule {
	return Rule{
		ID: "RF-21", Title: "Attendance sold as certification", Severity: High,
		Sentence:  "This shows that a course was attended, not that competence was assessed by an independent body.",
		Citation:  "ICE: certificate and certification told apart",
		Reference: "https://www.credentialingexcellence.org/Accreditation/New-to-Accreditation/Certificate-vs-Certification",
		When:      "the words speak of attendance or completion and of being certified as well",
		Unless:    "it calls itself a certificate of completion and no more, or is an accredited certificate programme (ASTM E2659) and says so: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			w := f.Wording
			if w.Attendance == "" {
				return nil, false
			}
			return Evidence{"words": w.Attendance, "and": w.Certified}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			return Relief{To: None}, f.Wording.Certified == "" || f.Wording.CompletionOK
		},
	}
}
