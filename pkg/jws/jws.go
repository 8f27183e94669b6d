// Package jws signs and verifies compact JSON Web Signatures (RFC 7515) for
// credentials and access tokens. It is the only package that touches a JWT
// library. It accepts ES256, ES384, ES512, RS256 and EdDSA (Ed25519), takes the
// algorithm from the key and never from the token, and refuses every header
// member but alg, kid, jwk and typ (Open Badges 3.0, 8.2; RFC 8725). It judges no claims.
package jws

import (
	"crypto"
	"sync/atomic"
)

// Limits of a token.
const (
	MaxTokenBytes = 1 << 20 // a certificate with its chain is about 11 kB
	MaxHeader     = 8 << 10
)

// Header is a protected header. Members other than these are refused.
type Header struct {
	Alg string
	Kid string
	Typ string
	JWK *JWK // embedded key; never trusted on its own
}

// Unverified is a well-formed token whose signature nobody has checked.
type Unverified struct {
	Header  Header
	Payload []byte // exact bytes; strict I-JSON object
	token   string
	input   string // header.payload
	sig     []byte
	read    atomic.Pointer[map[string]any] // the payload as Parse read it, until Claims hands it out
}

// String returns the exact token.
func (u *Unverified) String() string { return u.token }

// Signer is a private key with its name.
type Signer struct {
	KeyID string // kid
	Key   crypto.Signer
}
