package verify

import (
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Holder tells whether anything is asked about the holder.
func (x Expect) Holder() bool { return x.Name != "" || x.Email != "" || x.BirthDate != "" }

// heard tells whether an event counts by what is to be known.
func (e *evaluation) heard(x trust.Event) bool {
	return e.p.KnownAt.IsZero() || !x.LearntAt.After(e.p.KnownAt)
}

// corrected tells whether the certificate's history says that its holder is
// called otherwise.
func (e *evaluation) corrected() bool {
	return slices.ContainsFunc(e.events, func(x trust.Event) bool { return x.Kind == trust.NameCorrected && (x.HidesName || e.heard(x)) })
}

// formerHidden tells whether the name on the certificate is to be shown no
// more. It then is not at any instant asked about, also one before the
// correction.
func (e *evaluation) formerHidden() bool {
	return slices.ContainsFunc(e.events, func(x trust.Event) bool { return x.Kind == trust.NameCorrected && x.HidesName })
}

// public is an event as anyone may see it: a correction names the certificate
// that carries the right name, never the name.
func public(x trust.Event) trust.Event {
	if _, err := credential.ParseNumber(x.Successor); x.Kind == trust.NameCorrected && err != nil {
		x.Successor = ""
	}
	return x
}

// nameMatch compares with every name that is right for the holder. Where one
// of them is not known here, or must not be compared, nothing else is a no.
func (e *evaluation) nameMatch(name string) (o trust.Outcome, near bool) {
	h, asked := e.cert.Holder, credential.NormalName(name)
	known, no := e.ev.Holder.Names, trust.Fail
	if len(known) == 0 && e.corrected() || e.formerHidden() {
		no = trust.Unknown
	}
	if len(known) == 0 && h.Name != "" && !e.formerHidden() {
		known = []string{h.Name}
	}
	for _, k := range known {
		if credential.NormalName(k) == asked {
			return trust.Pass, false
		}
		near = near || otherScript(k, name) || nearName(credential.NormalName(k), asked)
	}
	switch {
	case near:
		return trust.Unknown, true
	case len(known) > 0:
		return no, false
	case h.NameHash != "" && !e.formerHidden():
		if credential.Hash(asked, h.Salt) == h.NameHash {
			return trust.Pass, false
		}
		return no, false
	}
	return trust.Unknown, false
}
