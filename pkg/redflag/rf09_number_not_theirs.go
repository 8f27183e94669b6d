package redflag

func numberNotTheirs() Rule {
	about := func(a Accreditor) bool { return a.Number != "" && (a.NumberOf != "" || a.NumberWrong) }
	return Rule{
		ID: "RF-09", Title: "Accreditation number wrong or someone else's", Severity: Critical, Absence: true,
		Sentence:  "The accreditation number on the certificate does not exist or belongs to a different body.",
		Citation:  "ONAC: how accreditation numbers are built; accreditors' marks carry the number",
		Reference: "https://onac.org.co/en/glosario/revision-2/",
		When:      "the number is on record for another body, or is not on record at all",
		Unless:    "the issuer is that body under another name, or may be, or the register is not complete: info",
		Condition: func(f *Facts) (Evidence, bool) {
			a, ok := f.accreditor(about)
			if !ok {
				return nil, false
			}
			e := Evidence{"accreditor": a.Said, "number": a.Number}
			if a.NumberOf != "" {
				e["on_record_for"] = a.NumberOf
			}
			return e, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			a, _ := f.accreditor(about)
			switch {
			case a.NumberOf != "" && a.NumberMoved:
				return Relief{To: Info, Key: "name", Say: "The accreditation number is on record for a body of another name. Whether that body and the issuer are one, after a merger or under a new name, is not confirmed."}, true
			case a.NumberOf == "" && !a.NumberChecked:
				return Relief{To: Info, Key: "open", Say: "The accreditation number is not on record here. The register is not complete, so it is not confirmed, and no more than that."}, true
			}
			return Relief{}, false
		},
	}
}
