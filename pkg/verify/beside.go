package verify

import (
	"slices"
	"strings"
)

// tellLikenesses notes, beside whatever the verdict is, that the issuer could
// be taken for another body. It is no finding about either.
func (e *evaluation) tellLikenesses() {
	for _, s := range e.ev.Likenesses {
		e.problems = append(e.problems, Problem{Code: Lookalike, About: e.cert.Issuer.DID, Detail: s})
	}
}

// disputes are the open ones about the certificate, its issuer and scheme, and
// the statements of its chain. They change no check: the register says what it
// holds, and beside it that this is contested.
func (e *evaluation) disputes(r *Report) []Dispute {
	if len(e.ev.Disputes) == 0 || r.Certificate == nil {
		return nil
	}
	spoken := []string{"certificate " + r.Certificate.Number, "body " + r.Certificate.Issuer.ID, "scheme " + r.Certificate.Scheme.ID}
	for _, l := range slices.Concat(r.Chain.AtDecision, r.Chain.Now) {
		spoken = append(spoken, "statement "+l.Statement[strings.LastIndex(l.Statement, "/")+1:], "body "+l.Issuer.ID)
	}
	var out []Dispute
	for _, d := range e.ev.Disputes {
		if slices.Contains(spoken, d.About+" "+d.Of) {
			out = append(out, d)
		}
	}
	return out
}

// Issuer is the DID of the body that the certificate names as its issuer,
// unverified; empty if the certificate cannot be read.
func (u *UnverifiedCertificate) Issuer() string { return u.claims.Issuer.DID }
