package verify

import "github.com/bonafide-dev/bonafide/pkg/trust"

// HandedIn says what somebody handed in where the report is of something else.
type HandedIn struct {
	Kind    string `json:"kind"`    // named: a file in which only the address of a certificate stands
	Address string `json:"address"` // as it stands there
	Checked bool   `json:"checked"` // whether what was handed in was itself checked
	Note    string `json:"note"`
}

// namedNote is for whoever holds the file. It accuses nobody: a certificate
// printed by its issuer is such a file too.
const namedNote = "The file handed in was not checked: it holds no signed record and only names the address of one, which anybody can write into a file. This report is about that record. Compare everything in the file with it, the name first."

// Named turns the report on a record into the answer to a file that only names
// the record. Nothing in it may read as if the file were unaltered.
func (r *Report) Named(address string) {
	r.HandedIn = &HandedIn{Kind: "named", Address: address, Note: namedNote}
	r.Summary = "The file itself was not checked; it names this record, with which it must be compared: " + r.Summary
	for i, c := range r.Checks {
		if c.ID != CheckFormat && c.ID != CheckSignature {
			continue
		}
		r.Checks[i].Said = Said{}
		r.Checks[i].Detail = "Of the record in the register, not of the file: " + c.Detail
		if c.ID == CheckSignature && c.Outcome == trust.Pass.String() {
			r.Checks[i].Detail = "The record in the register bears its issuer's signature. The file bears none and was not compared with the record."
		}
	}
}
