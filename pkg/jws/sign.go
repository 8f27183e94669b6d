package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // ES384 and ES512
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
)

// header is written with its members in this order.
type headerWire struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Typ string `json:"typ"`
}

// SigningInput returns header.payload for a key in custody elsewhere; Seal
// turns it and a signature into a token. The payload must be an I-JSON object.
func SigningInput(payload []byte, typ, kid string, key JWK) (string, error) {
	head, err := json.Marshal(headerWire{Alg: key.alg, Kid: kid, Typ: typ})
	if err != nil {
		return "", fmt.Errorf("writing header: %w", err)
	}
	input := strict().EncodeToString(head) + "." + strict().EncodeToString(payload)
	if _, err := Parse(input + "."); err != nil { // whatever we sign, we can read
		return "", err
	}
	return input, nil
}

// Seal joins a signing input and its signature (for ES256: R and S, 64 bytes)
// and returns the token only if the key verifies it.
func Seal(signingInput string, signature []byte, key JWK) (string, error) {
	token := signingInput + "." + strict().EncodeToString(signature)
	u, err := Parse(token)
	if err != nil {
		return "", err
	}
	return token, u.Verify(key)
}

// Sign returns the compact JWS of the payload with a header of alg, kid and typ.
func Sign(payload []byte, typ string, s Signer) (string, error) {
	key, err := NewJWK(s.Key.Public(), s.KeyID)
	if err != nil {
		return "", err
	}
	input, err := SigningInput(payload, typ, s.KeyID, key)
	if err != nil {
		return "", err
	}
	return s.SignInput(input)
}

// SignInput signs a recorded signing input and returns the token.
func (s Signer) SignInput(signingInput string) (string, error) {
	sig, err := s.signature([]byte(signingInput))
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return signingInput + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

func (s Signer) signature(input []byte) ([]byte, error) {
	curve := elliptic.P256()
	hash := crypto.SHA256
	switch p := s.Key.Public().(type) {
	case ed25519.PublicKey:
		return s.Key.Sign(rand.Reader, input, crypto.Hash(0))
	case *rsa.PublicKey:
		digest := sha256.Sum256(input)
		return s.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	case *ecdsa.PublicKey:
		curve = p.Curve
		switch curve {
		case elliptic.P384():
			hash = crypto.SHA384
		case elliptic.P521():
			hash = crypto.SHA512
		}
	}
	h := hash.New()
	h.Write(input)
	der, err := s.Key.Sign(rand.Reader, h.Sum(nil), hash)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) != 0 {
		return nil, fmt.Errorf("the signer did not return an ECDSA signature")
	}
	order := curve.Params().N // low S: one spelling of a signature we make
	if rs.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		rs.S.Sub(order, rs.S)
	}
	size := (order.BitLen() + 7) / 8
	out := make([]byte, 2*size)
	rs.R.FillBytes(out[:size])
	rs.S.FillBytes(out[size:])
	return out, nil
}

// GenerateES256 makes a P-256 key.
func GenerateES256(random io.Reader) (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), random)
}

// GenerateEd25519 makes an Ed25519 key.
func GenerateEd25519(random io.Reader) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(random)
	return key, err
}
