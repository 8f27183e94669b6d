package verify

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// authentic is what remains of the evidence once every signature was checked
// from the anchors' and registrars' keys downward (CHAIN.md, "Keys").
type authentic struct {
	statements []credential.Statement
	keys       map[string][]jws.JWK // vouched for, by DID
	marks      map[string]PublishedKey
	register   *Register
	published  map[string][]PublishedKey // by controllers of their own keys; vouched for by nobody else
	at         workshop
	now        time.Time
}

// authenticate keeps the statements that a vouched-for key has signed. Order
// does not matter: it goes on while another statement vouches for more keys.
func authenticate(ev *Evidence, p Policy) *authentic {
	a := &authentic{keys: map[string][]jws.JWK{}, marks: map[string]PublishedKey{}, register: &ev.Register,
		published: ev.Controllers, at: workshop{p.Contexts, p.Workers}, now: p.Now}
	for did, published := range ev.Register.Keys {
		for _, k := range published {
			a.keys[did] = append(a.keys[did], k.JWK)
			if k.RevokedAt != nil || k.CompromisedAt != nil {
				a.marks[k.JWK.Thumbprint()] = k
			}
		}
	}
	listed := map[string][]jws.JWK{} // one may be listed for several periods
	for _, n := range p.Anchors {
		listed[n.DID] = append(listed[n.DID], n.Keys...)
	}
	registrar := map[string]bool{}
	for _, r := range p.Registrars {
		registrar[r.DID] = true
		listed[r.DID] = append(listed[r.DID], r.Keys...)
	}
	for did, keys := range listed {
		if len(keys) > 0 { // then they come from the operator's list alone
			a.keys[did] = keys
		}
	}
	var counted []*UnverifiedStatement // those of a.statements
	vouched := map[string][]jws.JWK{}  // by an authenticated statement, by DID
	pending := affordable(ev.Statements)
	for progress := true; progress && len(pending) > 0; {
		progress = false
		var rest []*UnverifiedStatement
		for _, u := range pending {
			s := u.statement
			recorded := s.SignedBy.DID != s.Issuer
			if recorded && !registrar[s.SignedBy.DID] || !a.signedBy(u, a.keys[s.SignedBy.DID]) {
				rest = append(rest, u)
				continue
			}
			progress = true
			a.statements, counted = append(a.statements, s), append(counted, u)
			if len(listed[s.Subject]) == 0 {
				a.keys[s.Subject] = append(a.keys[s.Subject], s.SubjectKeys...)
				vouched[s.Subject] = append(vouched[s.Subject], s.SubjectKeys...)
			}
		}
		pending = rest
	}
	for i, u := range counted { // last: who vouches for what is known only now
		if by := u.statement.SignedBy.DID; p.keyless(by) && !a.signedBy(u, vouched[by]) {
			a.statements[i].Assurance = trust.Recorded // the register alone says whose key it was
		}
	}
	return a
}

// keyless tells whether it is an anchor whose keys the operator's list does not
// name.
func (p Policy) keyless(did string) bool {
	anchor := false
	for _, a := range p.Anchors {
		if a.DID == did && len(a.Keys) > 0 {
			return false
		}
		anchor = anchor || a.DID == did
	}
	return anchor
}

// signedBy tells whether every signature of the statement is by one of the
// keys, none of which may have been in other hands.
func (a *authentic) signedBy(u *UnverifiedStatement, keys []jws.JWK) bool {
	for _, s := range u.signatures {
		j := a.judgeSignature(s, keys, record{u.statement.ID, u.raw})
		if !j.verified || j.compromised || !s.holds(a.now) {
			return false
		}
	}
	return len(u.signatures) > 0
}

// matches tells whether the header names the key: by kid, or by an embedded
// key with the same thumbprint. A kid is an opaque name, never an address.
func matches(h jws.Header, k jws.JWK) bool {
	if h.Kid != "" {
		return h.Kid == k.KeyID()
	}
	return h.JWK != nil && h.JWK.Thumbprint() == k.Thumbprint()
}

// MaxStatusAge is how old a register's extract may be and still speak of the
// present: the life of a status list, which says the same.
const MaxStatusAge = 24 * time.Hour
