package dataintegrity

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Options are what a new proof says of itself.
type Options struct {
	Suite     string    // EdDSARDFC, EdDSAJCS, ECDSARDFC or ECDSAJCS
	Purpose   string    // Assertion or Authentication
	Created   time.Time // whole seconds; zero: not told
	Challenge string
	Domain    string
	Contexts  Contexts // beside those held here
}

// proofWire is written with its members in this order.
type proofWire struct {
	Context            any    `json:"@context,omitempty"`
	Type               string `json:"type"`
	Cryptosuite        string `json:"cryptosuite"`
	Created            string `json:"created,omitempty"`
	VerificationMethod string `json:"verificationMethod"`
	Purpose            string `json:"proofPurpose"`
	Challenge          string `json:"challenge,omitempty"`
	Domain             string `json:"domain,omitempty"`
	Value              string `json:"proofValue"`
}

// Sign returns the document with a proof as its last member; all else stays
// byte for byte. The signer's KeyID is the verification method. A document that
// has a proof, or says things that its contexts do not define, is refused.
// With an Ed25519 key the same input gives the same bytes.
func Sign(document []byte, o Options, s jws.Signer) ([]byte, error) {
	doc, err := decode(document)
	if err != nil {
		return nil, err
	}
	if _, has := doc["proof"]; has || len(doc) == 0 {
		return nil, fmt.Errorf("%w: it is empty or has a proof already", ErrMalformed)
	}
	key, err := jws.NewJWK(s.Key.Public(), s.KeyID)
	if err != nil {
		return nil, err
	}
	if s.KeyID == "" || !fits(o.Suite, key) || o.Suite == Signature2020 {
		return nil, fmt.Errorf("%w: a %s key named %q does not sign %q", ErrUnsupported, key.Algorithm(), s.KeyID, o.Suite)
	}
	w := proofWire{Type: proofType, Cryptosuite: o.Suite, VerificationMethod: s.KeyID, Purpose: o.Purpose, Challenge: o.Challenge, Domain: o.Domain, Value: "z"}
	if !o.Created.IsZero() {
		w.Created = o.Created.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	if !overRDF(o.Suite) {
		w.Context = doc["@context"]
	}
	unsigned, err := appended(document, w)
	if err != nil {
		return nil, err
	}
	u, err := Parse(unsigned) // whatever we sign, we can read
	if err != nil {
		return nil, err
	}
	digest, err := u.digest(0, key, o.Contexts)
	if err != nil {
		return nil, err
	}
	signature, err := sign(s.Key, key, digest)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if w.Value, err = did.EncodeMultibase(signature); err != nil {
		return nil, fmt.Errorf("writing proof: %w", err)
	}
	return appended(document, w)
}

func appended(document []byte, w proofWire) ([]byte, error) {
	proof, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("writing proof: %w", err)
	}
	head, ok := bytes.CutSuffix(bytes.TrimSpace(document), []byte("}"))
	if !ok {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	return slices.Concat(bytes.TrimRight(head, " \t\r\n"), []byte(`,"proof":`), proof, []byte("}")), nil
}

// sign returns the signature as the suites write it: for ECDSA R and S.
func sign(private crypto.Signer, key jws.JWK, message []byte) ([]byte, error) {
	public, isCurve := key.Public().(*ecdsa.PublicKey)
	if !isCurve {
		if _, ok := key.Public().(ed25519.PublicKey); !ok {
			return nil, fmt.Errorf("%w: a %s key", ErrUnsupported, key.Algorithm())
		}
		return private.Sign(rand.Reader, message, crypto.Hash(0))
	}
	function := crypto.SHA256
	if key.Algorithm() == "ES384" {
		function = crypto.SHA384
	}
	der, err := private.Sign(rand.Reader, hash(key, message), function)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) != 0 {
		return nil, fmt.Errorf("the signer did not return an ECDSA signature")
	}
	size := (public.Curve.Params().BitSize + 7) / 8
	out := make([]byte, 2*size)
	rs.R.FillBytes(out[:size])
	rs.S.FillBytes(out[size:])
	return out, nil
}
