package redflag

import "time"

// enteredLate is how long after a decision its record may be entered before
// that is told. No standard sets a limit; committees decide, people are told,
// and records follow within weeks.
const enteredLate = 30 * 24 * time.Hour

func enteredLong() Rule {
	return Rule{
		ID: "RF-37", Title: "Entered after the accreditation had ended", Severity: Medium,
		Sentence:  "The record gives a day of decision on which the body was accredited, but was entered in the transparency log more than 30 days later, when it no longer was; the day rests on the issuer's word alone.",
		Citation:  "RFC 6962: what a log says was entered when cannot be changed afterwards",
		Reference: "https://www.rfc-editor.org/rfc/rfc6962",
		When:      "the transparency log's entry of the record is more than 30 days later than the decision that the record tells",
		Unless:    "the accreditation, if there was one, still held when it was entered, or the entry is marked as imported from an older record: info",
		Condition: func(f *Facts) (Evidence, bool) {
			at := f.Record.Logged
			if at.IsZero() || f.Decided.IsZero() || at.Sub(f.Decided) <= enteredLate {
				return nil, false
			}
			return Evidence{"decided": written(f.Decided), "logged": written(at), "imported": f.Record.Imported}, true
		},
		Guard: func(f *Facts) (Relief, bool) {
			switch lost := f.Held.lostAt(); {
			case f.Record.Imported:
				return Relief{To: Info, Title: "Imported after its decision date", Key: "imported", Say: "The record was taken over from an older one and says so; the day of its decision rests on the issuer's word."}, true
			case f.Held.Then != Yes || lost.IsZero() || lost.After(f.Record.Logged):
				return Relief{To: Info, Title: "Entered long after its decision date", Key: "late", Say: "The record was entered in the transparency log more than 30 days after the day it gives for the decision; that day rests on the issuer's word."}, true
			}
			return Relief{}, false
		},
	}
}
