package redflag

func guaranteed() Rule {
	return Rule{
		ID: "RF-32", Title: "Training tied to certification, or pass guaranteed", Severity: High,
		Sentence:  "The seller trains and certifies the same person with no independent test, or promises success.",
		Citation:  "ISO/IEC 17024:2012, 5.2; ÖGfZP keeps training, examination and certification apart",
		Reference: "https://oegfzp.brainformance.at/Zertifizierung/Definition",
		When:      "the words promise a pass or need no examination, or training by the certifier's own group is compulsory",
		Unless:    "the words deny it, or the training is open to other providers and kept apart: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Wording.Guaranteed != "" || f.Scheme.OwnerTrains {
				return Evidence{"words": f.Wording.Guaranteed, "own_training_compulsory": f.Scheme.OwnerTrains}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			words := f.Wording.Guaranteed == "" || f.Wording.Denied
			return Relief{To: None}, words && (!f.Scheme.OwnerTrains || f.Scheme.OpenTraining)
		},
	}
}
