package redflag

import "time"

func withdrawnSince() Rule {
	return Rule{
		ID: "RF-36", Title: "Accreditation withdrawn since", Severity: Medium,
		Sentence:  "The certificate was granted properly, but the body has since lost its accreditation; ask whether another body took it over.",
		Citation:  "CertSearch: searchable for three months after a withdrawal, until expiry when suspended",
		Reference: "https://support.iafcertsearch.org/accreditation-bodies/data-management/certification-bodies/manage-cb-accreditation?fallback=true",
		When:      "the accreditation held on the day of the decision was withdrawn or suspended since, and the certificate has not expired",
		Unless:    "an accredited body took the certificates over, or a dated rule lets them stand: info; the accreditation is suspended, not withdrawn: low",
		Condition: func(f *Facts) (Evidence, bool) {
			h, end := f.Held, f.Certificate.Expires
			lost := h.lostAt()
			if h.Then != Yes || lost.IsZero() || lost.After(f.Now) || !f.Decided.Before(lost) || !end.IsZero() && !end.After(f.Now) {
				return nil, false
			}
			return Evidence{"issuer": f.Issuer.Said, "withdrawn": written(h.WithdrawnAt), "suspended": written(h.SuspendedAt)}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			switch h := f.Held; {
			case h.Transferred != "":
				return Relief{To: Info, Key: "transferred", Say: "The body has lost its accreditation since; " + h.Transferred + " took its certificates over."}, true
			case h.WithdrawnAt.IsZero():
				return Relief{To: Low, Title: "Accreditation suspended since", Key: "suspended", Say: "The certificate was granted properly. The body's accreditation has been suspended since; certificates decided before stand for now."}, true
			case h.StandsByRule:
				return Relief{To: Info, Key: "rule", Say: "The body has lost its accreditation since; by a dated rule certificates decided before stand for now."}, true
			}
			return Relief{}, false
		},
	}
}

// lostAt is when the accreditation was withdrawn or, failing that, suspended.
func (h Held) lostAt() time.Time {
	if h.WithdrawnAt.IsZero() {
		return h.SuspendedAt
	}
	return h.WithdrawnAt
}
