package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Exhibit is one signed input of a report, named by the digest of its exact
// text: whoever keeps the text can show later that it was this one.
type Exhibit struct {
	Kind   string `json:"kind"` // certificate, statement or status_list
	ID     string `json:"id,omitempty"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Basis is what one check rests on: who said it, and as of when. A check may
// rest on several; one that rests on nothing has none.
type Basis struct {
	Check      CheckID    `json:"check"`
	Source     string     `json:"source"`                // a DID, an address, or credential: what was handed in itself
	Assurance  string     `json:"assurance,omitempty"`   // of a link: signed or recorded
	AsOf       *time.Time `json:"as_of"`                 // null: not told
	AgeSeconds *int64     `json:"age_seconds,omitempty"` // before the instant of checking
}

// Exhibits lists the signed inputs of a report that was evaluated here, in the
// order in which they came; a claim, and a report that was read, have none.
func (r *Report) Exhibits() []Exhibit {
	out := []Exhibit{}
	if r.evidence == nil {
		return out
	}
	if u := r.evidence.Certificate; u != nil {
		out = append(out, Exhibit{"certificate", u.claims.ID, digest(u.Token())})
	}
	for _, s := range r.evidence.Statements {
		out = append(out, Exhibit{"statement", s.Claims().ID, digest(s.Token())})
	}
	for _, text := range r.evidence.StatusLists {
		x := Exhibit{Kind: "status_list", SHA256: digest(text)}
		if l, _, err := readList(text); err == nil {
			x.ID = l.ID
		}
		out = append(out, x)
	}
	return out
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Basis tells of every check that was made what it rests on.
func (r *Report) Basis() []Basis {
	b := &bases{report: r, out: []Basis{}}
	for _, c := range r.Checks {
		if c.Outcome == trust.NotApplicable.String() {
			continue
		}
		switch c.ID {
		case CheckFormat, CheckSignature, CheckValidity:
			b.credential(c.ID)
		case CheckIssuerKey, CheckClaimsMatch, CheckHolderMatch, CheckSupersession:
			b.register(c.ID)
		case CheckStatus:
			b.status(c.ID)
		case CheckAccreditedAtDecision, CheckRecognisedAtDecision:
			b.links(c.ID, r.Chain.AtDecision)
		case CheckAccreditedNow, CheckRecognisedNow, CheckScope, CheckAccreditationClaim:
			b.links(c.ID, r.Chain.Now)
		case CheckTransparency:
			if r.Log != nil && r.Log.State == "proven" { // by what came with the credential
				b.credential(c.ID)
			} else {
				b.register(c.ID)
			}
		}
	}
	return b.out
}

// bases is the list as it grows.
type bases struct {
	report *Report
	out    []Basis
}

func (b *bases) add(x Basis, asOf time.Time) {
	if !asOf.IsZero() {
		asOf = asOf.UTC()
		age := max(0, int64(b.report.CheckedAt.Sub(asOf).Seconds()))
		x.AsOf, x.AgeSeconds = &asOf, &age
	}
	b.out = append(b.out, x)
}

func (b *bases) credential(id CheckID) {
	if e := b.report.evidence; e != nil && e.Certificate != nil {
		b.add(Basis{Check: id, Source: "credential"}, b.report.CheckedAt)
	}
}

// register is the registrar that was asked; without one, what was handed in.
func (b *bases) register(id CheckID) {
	if e := b.report.evidence; e != nil && e.Register.Registrar != "" {
		b.add(Basis{Check: id, Source: e.Register.Registrar}, e.Register.AsOf)
		return
	}
	b.credential(id)
}

// status is the register's word where it recorded the certificate, else each
// list that the certificate names.
func (b *bases) status(id CheckID) {
	e := b.report.evidence
	if e == nil || e.Certificate == nil {
		b.register(id)
		return
	}
	if _, recorded := e.Register.Histories[e.Certificate.claims.ID]; recorded {
		b.register(id)
		return
	}
	named := map[string]bool{}
	for _, l := range e.Certificate.claims.Listings {
		named[l.List] = true
	}
	for _, text := range e.StatusLists {
		if l, _, err := readList(text); err == nil && named[l.ID] {
			b.add(Basis{Check: id, Source: l.ID}, l.ValidFrom)
		}
	}
}

// links are the statements of the chain, each with the place a recorded one was
// read at; without any, the register that holds none.
func (b *bases) links(id CheckID, chain []Link) {
	for _, l := range chain {
		if accredits := id == CheckAccreditedAtDecision || id == CheckAccreditedNow; accredits != (l.Kind == "accreditation") && id != CheckScope && id != CheckAccreditationClaim {
			continue
		}
		read := false
		for _, s := range l.Sources {
			if s.RetrievedAt != nil {
				read = true
				b.add(Basis{Check: id, Source: s.URL, Assurance: l.Assurance}, *s.RetrievedAt)
			}
		}
		if e := b.report.evidence; !read && e != nil {
			b.add(Basis{Check: id, Source: l.Statement, Assurance: l.Assurance}, e.Register.AsOf)
		}
	}
	if len(chain) == 0 {
		b.register(id)
	}
}
