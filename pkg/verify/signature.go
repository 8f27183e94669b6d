package verify

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// secured is one signature of a record, in whatever form.
type secured interface {
	// method is the id of the verification method that the record names; empty
	// if it names none.
	method() string
	// names tells whether the record says that the key made this signature.
	names(key jws.JWK) bool
	// verify returns nil only if the key made it. A signature that cannot be
	// checked here is dataintegrity.ErrUnsupported, whatever the key.
	verify(key jws.JWK, at workshop) error
	// holds tells whether the signature itself was made to hold at t.
	holds(t time.Time) bool
}

// workshop is what checking an embedded proof takes beside the key.
type workshop struct {
	contexts dataintegrity.Contexts
	workers  *dataintegrity.Workers
}

// clockSkew is how far a signer's clock may be ahead of ours (RFC 8725, 3.8 has
// no figure; a minute is what most verifiers allow).
const clockSkew = time.Minute

// memo is what became of a signature with the key last tried. A signature that
// could not be checked is not remembered: it may be the next time.
type memo struct{ last atomic.Pointer[tried] }

type tried struct {
	print string // of the key
	fault error
}

func (m *memo) once(key jws.JWK, check func() error) error {
	print := key.Thumbprint()
	if t := m.last.Load(); t != nil && t.print == print {
		return t.fault
	}
	err := check()
	if !errors.Is(err, dataintegrity.ErrUnsupported) {
		m.last.Store(&tried{print, err})
	}
	return err
}

// tokenSignature is the signature of a compact JWS.
type tokenSignature struct {
	token *jws.Unverified
	memo  memo
}

func (s *tokenSignature) method() string { return s.token.Header.Kid }

// names takes a header without kid and jwk as naming whatever key its issuer
// has (VC-JOSE-COSE demands a kid only of keys in a DID document).
func (s *tokenSignature) names(key jws.JWK) bool {
	h := s.token.Header
	return h.Kid == "" && h.JWK == nil || matches(h, key)
}

func (s *tokenSignature) verify(key jws.JWK, _ workshop) error {
	return s.memo.once(key, func() error { return s.token.Verify(key) })
}

// holds: what a token says of times are its credential's dates, judged there.
func (s *tokenSignature) holds(time.Time) bool { return true }

// embeddedProof is one proof of a JSON document.
type embeddedProof struct {
	doc  *dataintegrity.Unverified
	i    int
	memo memo
}

func embeddedProofs(doc *dataintegrity.Unverified) []secured {
	out := make([]secured, len(doc.Proofs))
	for i := range doc.Proofs {
		out[i] = &embeddedProof{doc: doc, i: i}
	}
	return out
}

func (s *embeddedProof) method() string { return s.doc.Proofs[s.i].VerificationMethod }

// names takes a did:key without fragment as its one key: 1EdTech's validator
// does, others do not.
func (s *embeddedProof) names(key jws.JWK) bool {
	m := s.method()
	return m == key.KeyID() || did.Local(m) && m == did.Controller(key.KeyID())
}

func (s *embeddedProof) verify(key jws.JWK, at workshop) error {
	return s.memo.once(key, func() error {
		return at.workers.Do(func() error { return s.doc.Verify(s.i, key, dataintegrity.Assertion, at.contexts) })
	})
}

// holds reads created and expires (Data Integrity 1.0, 2.1).
func (s *embeddedProof) holds(t time.Time) bool {
	p := s.doc.Proofs[s.i]
	return !p.Created.After(t.Add(clockSkew)) && (p.Expires.IsZero() || t.Before(p.Expires))
}

// opaque is a signature of a kind not known here. It names every key, and none
// verifies it: that says nothing about the record.
type opaque struct{ why error }

func (o opaque) method() string                 { return "" }
func (o opaque) holds(time.Time) bool           { return true }
func (o opaque) names(jws.JWK) bool             { return true }
func (o opaque) verify(jws.JWK, workshop) error { return o.why }
