package redflag

func withdrawnSince() Rule {
	return Rule{
		ID: "RF-36", Title: "Accreditation withdrawn since", Severity: Medium,
		Sentence:  "The certificate was granted properly, but the body has since lost its accreditation; ask whether another body took it over.",
		Citation:  "CertSearch: searchable for three months after a withdrawal, until expiry when suspended",
		Reference: "https://support.iafcertsearch.org/accreditation-bodies/data-management/certification-bodies/manage-cb-accreditation?fallback=true",
		When:      "the accreditation held on the day of the decision was withdrawn since, and the certificate has not expired",
		Unless:    "an accredited body took the certificates over, or a dated rule lets them stand until they expire: info",
		Condition: func(f *Facts) (Evidence, bool) {
			h, end := f.Held, f.Certificate.Expires
			return Evidence{"issuer": f.Issuer.Said, "withdrawn": written(h.WithdrawnAt)},
				!h.WithdrawnAt.IsZero() && !h.WithdrawnAt.After(f.Now) && h.Then == Yes && f.Decided.Before(h.WithdrawnAt) && (end.IsZero() || end.After(f.Now))
		},
		Guard: func(f *Facts) (Relief, bool) {
			switch {
			case f.Held.Transferred != "":
				return Relief{To: Info, Say: "The body has lost its accreditation since; " + f.Held.Transferred + " took its certificates over."}, true
			case f.Held.StandsByRule:
				return Relief{To: Info, Say: "The body has lost its accreditation since; by a dated rule certificates decided before stand for now."}, true
			}
			return Relief{}, false
		},
	}
}
