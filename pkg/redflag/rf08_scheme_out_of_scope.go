package redflag

func schemeOutOfScope() Rule {
	return Rule{
		ID: "RF-08", Title: "Scheme outside the accredited scope", Severity: High, Absence: true,
		Sentence:  "The body is accredited for some certificates, but this title is not one of them.",
		Citation:  "One body, both kinds: of ISA's credentials one is accredited",
		Reference: "https://aearboricultura.org/nota-informativa-relacionada-con-la-convalidacion-de-certificaciones-isa-eac/",
		When:      "accreditation is claimed, the body held one on the day, and its scope does not hold this title",
		Unless:    "the scope on record may be incomplete: info; the certificate makes no claim for this title: info",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Held.OutOfScope && f.Held.Then != Yes {
				return Evidence{"issuer": f.Issuer.Said, "title": f.Scheme.Name, "statement": f.Held.On}, true
			}
			return nil, false
		},
		Guard: func(f *Facts) (Relief, bool) {
			if !f.Certificate.Accredited {
				return Relief{To: Info, Key: "silent", Say: "The body is accredited for other titles than this one, and the certificate does not say otherwise."}, true
			}
			return Relief{To: Info, Key: "open", Say: "The body is accredited; whether for this title is not confirmed, since the scope on record may be incomplete."}, !f.Held.ScopeKnown
		},
	}
}
