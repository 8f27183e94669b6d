package jws

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Errors that callers branch on.
var (
	ErrMalformed = errors.New("malformed token")
	// ErrAlgorithm is an ErrMalformed: the token is signed with an algorithm
	// that is registered for signatures but not read here, which says nothing
	// about it.
	ErrAlgorithm = fmt.Errorf("%w: its algorithm is not read here", ErrMalformed)
	ErrSignature = errors.New("the signature does not verify")
)

// strict refuses what RawURLEncoding alone lets pass: stray bits at the end.
// CR and LF are refused before, Go's decoder skips them.
func strict() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// Parse reads a compact JWS without believing it. It refuses with ErrMalformed
// whatever two readers could understand differently: other than three parts,
// lax base64url, JSON that is not I-JSON, header members beyond alg, kid, jwk
// and typ, and an alg other than ES256, ES384, ES512, RS256, EdDSA and Ed25519.
func Parse(token string) (*Unverified, error) {
	if len(token) > MaxTokenBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxTokenBytes)
	}
	head, rest, ok := strings.Cut(token, ".")
	payload, sig, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.Contains(sig, ".") {
		return nil, fmt.Errorf("%w: not three parts", ErrMalformed)
	}
	if strings.ContainsAny(token, "\r\n") {
		return nil, fmt.Errorf("%w: line break", ErrMalformed)
	}
	if len(head) > MaxHeader {
		return nil, fmt.Errorf("%w: header longer than %d bytes", ErrMalformed, MaxHeader)
	}
	u := &Unverified{token: token, input: token[:len(head)+1+len(payload)]}
	header, err := strict().DecodeString(head)
	if err != nil {
		return nil, fmt.Errorf("%w: header is not base64url", ErrMalformed)
	}
	if u.Header, err = parseHeader(header); err != nil {
		return nil, err
	}
	if u.Payload, err = strict().DecodeString(payload); err != nil {
		return nil, fmt.Errorf("%w: payload is not base64url", ErrMalformed)
	}
	claims, err := u.decode()
	if err != nil {
		return nil, fmt.Errorf("%w: payload: %w", ErrMalformed, err)
	}
	u.read.Store(&claims)
	if u.sig, err = strict().DecodeString(sig); err != nil {
		return nil, fmt.Errorf("%w: signature is not base64url", ErrMalformed)
	}
	return u, nil
}

func parseHeader(data []byte) (Header, error) {
	var h Header
	v, err := ijson.Value(data)
	if err != nil {
		return h, fmt.Errorf("%w: header: %w", ErrMalformed, err)
	}
	members, ok := v.(map[string]any)
	if !ok {
		return h, fmt.Errorf("%w: header is not an object", ErrMalformed)
	}
	for name, member := range members {
		text, ok := member.(string)
		switch name {
		case "alg":
			h.Alg = text
		case "kid":
			h.Kid = text
		case "typ":
			h.Typ = text
		case "jwk":
			raw, err := json.Marshal(member)
			if err == nil {
				h.JWK = new(JWK)
				err = h.JWK.UnmarshalJSON(raw)
			}
			if err != nil {
				return h, fmt.Errorf("%w: header jwk: %w", ErrMalformed, err)
			}
			ok = true
		default: // crit, b64, x5u, jku, x5c, zip and all else
			return h, fmt.Errorf("%w: header: member %q is not allowed", ErrMalformed, name)
		}
		if !ok {
			return h, fmt.Errorf("%w: header: member %q is not a string", ErrMalformed, name)
		}
	}
	switch h.Alg {
	case "ES256", "ES384", "ES512", "RS256", "EdDSA", "Ed25519":
	case "ES256K", "PS256", "PS384", "PS512", "RS384", "RS512", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87":
		return h, fmt.Errorf("%w: %s", ErrAlgorithm, h.Alg)
	default:
		return h, fmt.Errorf("%w: alg %q is not accepted; sign with ES256, RS256 or EdDSA", ErrMalformed, h.Alg)
	}
	return h, nil
}

// Verify checks the signature with the key's own algorithm; the token's must
// be the same. It returns ErrSignature if it does not verify.
func (u *Unverified) Verify(key JWK) error {
	alg := u.Header.Alg
	if alg == "Ed25519" { // RFC 9864 renames EdDSA with this curve
		alg = "EdDSA"
	}
	if key.IsZero() || alg != key.alg {
		return ErrSignature
	}
	if method(key.alg).Verify(u.input, u.sig, key.public) != nil {
		return ErrSignature
	}
	return nil
}

// Claims decodes the payload, numbers as json.Number. The map is the caller's.
func (u *Unverified) Claims() (map[string]any, error) {
	if claims := u.read.Swap(nil); claims != nil { // what a token says is not kept twice
		return *claims, nil
	}
	claims, err := u.decode()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return claims, nil
}

func (u *Unverified) decode() (map[string]any, error) {
	v, err := ijson.Value(u.Payload)
	if err != nil {
		return nil, err
	}
	claims, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("is not an object")
	}
	return claims, nil
}

// SigningInput returns the bytes that are signed.
func (u *Unverified) SigningInput() string { return u.input }

func method(alg string) jwt.SigningMethod {
	switch alg {
	case "ES256":
		return jwt.SigningMethodES256
	case "ES384":
		return jwt.SigningMethodES384
	case "ES512":
		return jwt.SigningMethodES512
	case "RS256":
		return jwt.SigningMethodRS256
	default:
		return jwt.SigningMethodEdDSA
	}
}
