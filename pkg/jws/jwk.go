package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// MinRSABits is the least an RSA key may have (NIST SP 800-57; RFC 7518, 3.3).
const MinRSABits = 2048

// maxRSABits bounds the work of one verification.
const maxRSABits = 8192

// ErrKey says that a JWK cannot be used: wrong type, weak, or private.
var ErrKey = errors.New("unusable key")

// JWK is a public JSON Web Key (RFC 7517) that passed ParseJWK: EC P-256, P-384
// or P-521, RSA of at least MinRSABits, or Ed25519, without private members.
// Its zero value verifies nothing.
type JWK struct {
	public crypto.PublicKey
	id     string
	alg    string
	print  string
}

// NewJWK names a public key. An empty kid is allowed.
func NewJWK(pub crypto.PublicKey, kid string) (JWK, error) {
	k := JWK{public: pub, id: kid}
	switch p := pub.(type) {
	case *ecdsa.PublicKey:
		if k.alg = curveAlgorithm(p.Curve); k.alg == "" {
			return JWK{}, fmt.Errorf("%w: of the curves only P-256, P-384 and P-521 are accepted", ErrKey)
		}
		if _, err := p.ECDH(); err != nil {
			return JWK{}, fmt.Errorf("%w: the point is not on the curve", ErrKey)
		}
	case *rsa.PublicKey:
		if bits := p.N.BitLen(); bits < MinRSABits || bits > maxRSABits || p.E < 3 || p.E%2 == 0 {
			return JWK{}, fmt.Errorf("%w: RSA keys have %d to %d bits and an odd exponent", ErrKey, MinRSABits, maxRSABits)
		}
		k.alg = "RS256"
	case ed25519.PublicKey:
		if len(p) != ed25519.PublicKeySize {
			return JWK{}, fmt.Errorf("%w: an Ed25519 key has 32 bytes", ErrKey)
		}
		k.alg = "EdDSA"
	default:
		return JWK{}, fmt.Errorf("%w: type %T", ErrKey, pub)
	}
	sum, err := (&jose.JSONWebKey{Key: pub}).Thumbprint(crypto.SHA256)
	if err != nil {
		return JWK{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	k.print = base64.RawURLEncoding.EncodeToString(sum)
	return k, nil
}

// curveAlgorithm is the one algorithm that RFC 7518, 3.4 gives a curve.
func curveAlgorithm(c elliptic.Curve) string {
	switch c {
	case elliptic.P256():
		return "ES256"
	case elliptic.P384():
		return "ES384"
	case elliptic.P521():
		return "ES512"
	default:
		return ""
	}
}

// ParseJWK reads a public key. Private members, symmetric keys, weak or
// malformed keys and an alg or use that does not fit are refused with ErrKey.
func ParseJWK(data json.RawMessage) (JWK, error) {
	if err := ijson.Check(data); err != nil {
		return JWK{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return JWK{}, fmt.Errorf("%w: not an object", ErrKey)
	}
	for _, secret := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := members[secret]; ok {
			return JWK{}, fmt.Errorf("%w: %q is a private member; hand in the public key alone", ErrKey, secret)
		}
	}
	var j jose.JSONWebKey
	if err := j.UnmarshalJSON(data); err != nil {
		return JWK{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	k, err := NewJWK(j.Key, j.KeyID)
	if err != nil {
		return JWK{}, err
	}
	if j.Algorithm != "" && j.Algorithm != k.alg && (j.Algorithm != "Ed25519" || k.alg != "EdDSA") {
		return JWK{}, fmt.Errorf("%w: alg %q does not fit the key", ErrKey, j.Algorithm)
	}
	if j.Use != "" && j.Use != "sig" {
		return JWK{}, fmt.Errorf("%w: use %q is not for signatures", ErrKey, j.Use)
	}
	return k, nil
}

// KeyID returns the kid, which may be empty.
func (k JWK) KeyID() string { return k.id }

// WithKeyID returns the same key under another kid.
func (k JWK) WithKeyID(kid string) JWK { k.id = kid; return k }

// Thumbprint returns the SHA-256 thumbprint of RFC 7638 in base64url.
func (k JWK) Thumbprint() string { return k.print }

// Public returns the key itself: *ecdsa.PublicKey, *rsa.PublicKey or
// ed25519.PublicKey; nil of the zero JWK.
func (k JWK) Public() crypto.PublicKey { return k.public }

// Algorithm returns ES256, ES384, ES512, RS256 or EdDSA: the only one the key
// is used with.
func (k JWK) Algorithm() string { return k.alg }

// IsZero reports whether there is no key.
func (k JWK) IsZero() bool { return k.public == nil }

// MarshalJSON writes the public key with kty, its members, alg, use and kid.
func (k JWK) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return []byte("null"), nil
	}
	return (&jose.JSONWebKey{Key: k.public, KeyID: k.id, Algorithm: k.alg, Use: "sig"}).MarshalJSON()
}

// UnmarshalJSON is ParseJWK.
func (k *JWK) UnmarshalJSON(data []byte) error {
	parsed, err := ParseJWK(data)
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}
