package verify

import (
	"errors"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// UnverifiedCertificate is a certificate as it was handed in: read, but its
// signatures still to be checked. It is immutable and safe for concurrent use,
// so that a source may keep it: what depends on nothing but the exact bytes and
// the key is worked out once, not once per report.
type UnverifiedCertificate struct {
	raw        string
	signatures []secured // none if fault says that it cannot be read
	claims     credential.Certificate
	fault      error   // told by Evaluate
	hosted     *hosted // of an Open Badges 2.0 assertion, which nothing else vouches for; else nil
}

// ReadCertificate reads a certificate strictly, in whatever form it comes: a
// compact JWS of data model 2.0 or 1.1, a JSON document with embedded proofs,
// or an EnvelopedVerifiableCredential. It does not fail: what cannot be read is
// kept with the reason, and Evaluate tells it. For presentations and bundles
// see Open.
func ReadCertificate(text string) *UnverifiedCertificate {
	u := &UnverifiedCertificate{raw: text}
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		u.readToken(text)
		return u
	}
	if token, ok := credential.Enveloped([]byte(text)); ok {
		u.raw = token
		u.readToken(token)
		return u
	}
	u.signatures, u.fault = readProofs(text)
	if u.fault == nil {
		u.claims, u.fault = credential.ParseCertificateDocument([]byte(text))
	}
	return u
}

// readProofs reads a document's proofs. A document without any has no
// signatures; one with a proof of a kind not known here has one that nobody can
// check.
func readProofs(text string) ([]secured, error) {
	doc, err := dataintegrity.Parse([]byte(text))
	switch {
	case errors.Is(err, dataintegrity.ErrUnsecured):
		return nil, nil
	case errors.Is(err, dataintegrity.ErrUnsupported):
		return []secured{opaque{err}}, nil
	case err != nil:
		return nil, err
	}
	return embeddedProofs(doc), nil
}

func (u *UnverifiedCertificate) readToken(text string) {
	token, err := jws.Parse(text)
	if err != nil {
		u.fault = err
		return
	}
	u.claims, u.fault = credential.ParseCertificate(token)
	u.signatures = []secured{&tokenSignature{token: token}}
}

// Token returns the exact text: a compact JWS or a JSON document.
func (u *UnverifiedCertificate) Token() string { return u.raw }

// Claims returns what the certificate says, believed by nobody yet, and why it
// cannot be read, if so.
func (u *UnverifiedCertificate) Claims() (credential.Certificate, error) { return u.claims, u.fault }

func (u *UnverifiedCertificate) form() Form {
	f := Form{Type: u.claims.Form.Type, DataModel: u.claims.Form.Model, Proof: "none"}
	for _, s := range u.signatures {
		switch s := s.(type) {
		case *tokenSignature:
			f.Proof = "JWT"
		case *embeddedProof:
			f.Proof = s.doc.Proofs[s.i].Suite
		default:
			f.Proof = "unknown"
		}
	}
	return f
}
