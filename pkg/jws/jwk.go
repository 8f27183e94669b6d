package jws

import "encoding/json"

// JWK is a public JSON Web Key (RFC 7517) that passed ParseJWK: EC P-256, RSA
// of at least 2048 bits, or Ed25519, without private members. Its zero value
// verifies nothing.
type JWK struct {
	key jwkKey
}

// MarshalJSON writes the public key with kty, crv, alg, use, kid and the key
// members.
func (k JWK) MarshalJSON() ([]byte, error) { return k.key.marshal() }

// UnmarshalJSON is ParseJWK.
func (k *JWK) UnmarshalJSON(data []byte) error {
	parsed, err := ParseJWK(json.RawMessage(data))
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}
