package redflag

func organisationStandard() Rule {
	return Rule{
		ID: "RF-20", Title: "Person certified to a standard for organisations", Severity: High, Secondary: true,
		Sentence:  "Standards such as ISO 9001 are met by organisations; ISO 26000 is not for certification at all.",
		Citation:  "IAF resolution 24-7 (2010) on ISO 26000",
		Reference: "https://iaf.nu/en/iaf-documents/resolutions/page/10",
		When:      "a person is said to be certified to a standard for organisations or for guidance, or holds what its owner gives to organisations",
		Unless:    "a role is certified that has the standard as its subject, such as auditor: no flag; whether the holder is a person is not known: info",
		Condition: func(f *Facts) (Evidence, bool) {
			c := f.Certificate
			if c.Person != No && (c.CertifiedTo != "" || f.Scheme.ForOrganisations) {
				return Evidence{"standard": c.CertifiedTo, "scheme": f.Scheme.Name}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			c := f.Certificate
			if c.Role && !f.Scheme.ForOrganisations {
				return Relief{To: None}, true
			}
			return Relief{To: Info, Say: "Organisations, not people, can hold this. Whether the holder named is a person is not known."}, c.Person == Unknown
		},
	}
}
