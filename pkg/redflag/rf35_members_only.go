package redflag

func membersOnly() Rule {
	return Rule{
		ID: "RF-35", Title: "Certified only if you join", Severity: Low, Secondary: true,
		Sentence:  "Certification should be open to everyone and not depend on membership.",
		Citation:  "SWEDAC: certification is open to all and not tied to membership; ISO/IEC 17024:2012, 4.3",
		Reference: "https://www.swedac.se/print-content.php?print=970",
		When:      "the words make membership a condition of certification",
		Unless:    "members merely pay less: no flag",
		Condition: func(f *Facts) (Evidence, bool) {
			if f.Wording.MembersOnly == "" {
				return nil, false
			}
			return Evidence{"words": f.Wording.MembersOnly}, true
		},
		Guard: func(f *Facts) (Relief, bool) { return Relief{To: None}, f.Wording.MembersFee },
	}
}
