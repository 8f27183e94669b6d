package verify

import (
	"errors"
	"net/url"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// keyJudgement is what can be said of a certificate's signatures and keys.
type keyJudgement struct {
	verified    bool   // keys of the issuer verify it, and every other signature verifies too
	known       bool   // it names a key of the issuer
	issuerKnown bool   // any key of the issuer is known
	vouched     bool   // and somebody the policy trusts vouches for the issuer's keys
	published   bool   // the key is the issuer's by the issuer's own word alone
	ended       bool   // and the issuer itself no longer stands by it
	lapsed      bool   // a signature was not made to hold now
	compromised bool   // the key was in other hands when the record was made
	revoked     bool   // the key has been retired since
	unsigned    bool   // it carries no signature
	unchecked   error  // why a signature could not be checked, if so
	fault       error  // why a signature that names a key does not verify
	missing     string // another signer, whose keys could not be had
}

// judgeKey judges every signature of the certificate: those that name a
// verification method of the issuer by the issuer's keys, others by those of
// the controllers that they name. At least one must be the issuer's, and none
// may fail (Data Integrity 1.0, 4.5: a proof set verifies if every proof does).
func (a *authentic) judgeKey(u *UnverifiedCertificate) keyJudgement {
	issuer := u.claims.Issuer.DID
	total := keyJudgement{issuerKnown: a.knows(issuer), vouched: len(a.keys[issuer]) > 0, unsigned: len(u.signatures) == 0}
	own, failed := 0, false
	for _, s := range u.signatures {
		if o, ok := s.(opaque); ok {
			total.unchecked = o.why
			continue
		}
		controller, isOwn := a.controller(issuer, s)
		j := a.judgeOne(s, controller, isOwn, record{u.claims.ID, u.raw})
		total.lapsed = total.lapsed || !s.holds(a.now)
		if !isOwn {
			switch {
			case j.unchecked != nil:
				total.unchecked = j.unchecked
			case !j.verified && !a.knows(controller):
				total.missing = controller
			case !j.verified:
				failed, total.known, total.fault = true, true, j.fault
			}
			continue
		}
		own++
		total.known = total.known || j.known
		total.compromised = total.compromised || j.compromised
		total.revoked = total.revoked || j.revoked
		total.published = total.published || j.published
		total.ended = total.ended || j.ended
		if j.fault != nil {
			total.fault = j.fault
		}
		if j.unchecked != nil {
			total.unchecked = j.unchecked
		} else if !j.verified {
			failed = true
		}
	}
	total.verified = own > 0 && !failed && total.unchecked == nil && total.missing == ""
	return total
}

// controller is whose the verification method is, as the signature names it,
// and whether that is the issuer: itself, or one JWK at an address on the
// issuer's own host (Open Badges 3.0, 8.2.2).
func (a *authentic) controller(issuer string, s secured) (string, bool) {
	m := s.method()
	c := did.Controller(m)
	if m == "" || c == issuer || c == "" {
		return issuer, true
	}
	for _, k := range a.keys[issuer] {
		if s.names(k) {
			return issuer, true
		}
	}
	if _, token := s.(*tokenSignature); token {
		// The kid of a token is an opaque name, but for an address on the
		// issuer's host; anything else names no key of the issuer.
		return issuer, true
	}
	return c, false
}

// judgeOne tries the keys vouched for first; only if there are none that fit,
// those that the controller publishes itself.
func (a *authentic) judgeOne(s secured, controller string, own bool, r record) keyJudgement {
	j := a.judgeSignature(s, a.keys[controller], r)
	if j.verified || j.known {
		return j
	}
	sets := [][]PublishedKey{a.publishedBy(controller)}
	if m := did.Controller(s.method()); own && m != controller && sameHost(controller, m) {
		sets = append(sets, a.publishedBy(m))
	}
	for _, set := range sets {
		for _, k := range set {
			p := a.judgeSignature(s, []jws.JWK{k.JWK}, r)
			if !p.known {
				continue
			}
			p.published = true
			p.ended = k.RevokedAt != nil && !a.now.Before(*k.RevokedAt)
			if p.verified {
				return p
			}
			j = p
		}
	}
	return j
}

// judgeSignature tries the keys that the signature names.
func (a *authentic) judgeSignature(s secured, keys []jws.JWK, r record) keyJudgement {
	var j keyJudgement
	for _, k := range keys {
		j.issuerKnown = true
		if !s.names(k) {
			continue
		}
		j.known = true
		switch err := s.verify(k, a.at); {
		case errors.Is(err, dataintegrity.ErrUnsupported):
			j.unchecked = err
		case err != nil:
			j.fault = err
		default:
			j.verified, j.unchecked, j.fault = true, nil, nil
			j.compromised = a.compromised(k, r)
			mark, marked := a.marks[k.Thumbprint()]
			j.revoked = marked && mark.RevokedAt != nil
			return j
		}
	}
	return j
}

// knows tells whether any key of the DID is known.
func (a *authentic) knows(id string) bool { return len(a.keys[id]) > 0 || len(a.publishedBy(id)) > 0 }

// publishedBy is what the controller publishes of its own keys: what the
// evidence holds, or what the identifier itself says.
func (a *authentic) publishedBy(id string) []PublishedKey {
	if held, ok := a.published[id]; ok {
		return held
	}
	if !did.Local(id) {
		return nil
	}
	doc, err := did.Key(id)
	if err != nil {
		return nil
	}
	return Published(doc.Assertion)
}

// Published turns what package did reads into what a Source returns.
func Published(methods []did.Method) []PublishedKey {
	out := make([]PublishedKey, 0, len(methods))
	for _, m := range methods {
		k := PublishedKey{JWK: m.Key}
		if !m.Ended.IsZero() {
			ended := m.Ended
			k.RevokedAt = &ended
		}
		out = append(out, k)
	}
	return out
}

// sameHost tells whether an address lies on the host of an issuer, and for a
// did:web with a path below that path: hosts are shared.
func sameHost(issuer, address string) bool {
	home, err := did.Address(issuer)
	if err != nil {
		return false
	}
	if _, err := did.Address(address); err != nil || !strings.HasPrefix(address, "https://") {
		return false
	}
	h, err1 := url.Parse(home)
	k, err2 := url.Parse(address)
	if err1 != nil || err2 != nil || !strings.EqualFold(h.Host, k.Host) {
		return false
	}
	if folder, ok := strings.CutSuffix(h.Path, "/did.json"); ok && strings.HasPrefix(issuer, "did:web:") && folder != "/.well-known" {
		return strings.HasPrefix(k.Path, folder+"/")
	}
	return true
}
