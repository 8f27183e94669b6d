package redflag

func isoWording() Rule {
	return Rule{
		ID: "RF-19", Title: "\"ISO certified\" person or ISO logo", Severity: Medium,
		Sentence:  "ISO does not certify or accredit anyone; the wording is wrong at best.",
		Citation:  "ABCB on bodies with ISO in their name; ISO on the use of its name",
		Reference: "http://abcb.org.uk/campaigningagainstmisrepresentationandmisleadingclaims",
		When:      "the words say that ISO certified, approved or accredited a person or body, or an issuer calls itself ISO",
		Unless:    "the standard is what the holder knows about (\"ISO 27001 Lead Auditor\") or one for persons (ISO 9712): no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Wording.ISO == "" {
				return nil, false
			}
			return Evidence{"words": f.Wording.ISO}, true
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Wording.ISOSubject },
	}
}
