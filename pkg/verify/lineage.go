package verify

import (
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// lineage adds where the certificate stands among the holder's: what it says
// of the one before, and what its history says of the one behind.
func (e *evaluation) lineage(out *Certificate) {
	l := e.cert.Lineage
	out.OriginalDecidedAt, out.Cycle, out.Succession = instant(l.FirstDecidedAt), l.Cycle, l.Succession
	out.Previous, out.ExaminerCertificate = e.numbered(l.Previous), e.numbered(e.cert.ExaminerCertificate)
	if !l.LapsedFrom.IsZero() && l.LapsedFrom.Before(e.cert.ValidFrom) {
		out.Gap = &Gap{From: l.LapsedFrom.UTC(), Until: e.cert.ValidFrom.UTC()}
	}
	if e.formerHidden() {
		out.Holder.Name = ""
	}
	for _, x := range e.events {
		if x.Kind == trust.Superseded && !x.EffectiveAt.After(e.at) && e.heard(x) {
			out.Successor = x.Successor
		}
	}
}

// numbered is the number under a certificate's address if it is of this
// register, else the address.
func (e *evaluation) numbered(address string) string {
	if e.p.PublicURL != "" {
		if n, ok := (credential.Addresses{Public: e.p.PublicURL}).CertificateNumber(address); ok {
			return string(n)
		}
	}
	return address
}
