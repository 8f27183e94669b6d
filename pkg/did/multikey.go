package did

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// maxMultibase bounds what is decoded: base58 takes time quadratic in length.
const maxMultibase = 512

// codecs are the multicodec prefixes, as varints, of the public keys that a
// Multikey may hold (Controlled Identifiers v1.0, 2.2.2).
func codecs() map[string]elliptic.Curve {
	return map[string]elliptic.Curve{"\xed\x01": nil, "\x80\x24": elliptic.P256(), "\x81\x24": elliptic.P384(), "\x82\x24": elliptic.P521()}
}

// ParseMultikey reads publicKeyMultibase: "z", and in base58btc the codec and
// the key, an Ed25519 key or a compressed point. The key has no id yet.
func ParseMultikey(s string) (jws.JWK, error) {
	raw, err := DecodeMultibase(s)
	if err != nil {
		return jws.JWK{}, err
	}
	if len(raw) < 3 {
		return jws.JWK{}, fmt.Errorf("%w: a Multikey of %d bytes", ErrMalformed, len(raw))
	}
	curve, known := codecs()[string(raw[:2])]
	if !known {
		return jws.JWK{}, fmt.Errorf("%w: a Multikey of another kind", ErrMalformed)
	}
	if curve == nil {
		return jws.NewJWK(ed25519.PublicKey(raw[2:]), "")
	}
	x, y := elliptic.UnmarshalCompressed(curve, raw[2:])
	if x == nil {
		return jws.JWK{}, fmt.Errorf("%w: the point is not on the curve", ErrMalformed)
	}
	size := (curve.Params().BitSize + 7) / 8
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed (SEC 1, 2.3.3)
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return jws.JWK{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return jws.NewJWK(public, "")
}

// compressed is a point as x and the parity of y (SEC 1, 2.3.3).
func compressed(p *ecdsa.PublicKey) ([]byte, error) {
	point, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	size := (len(point) - 1) / 2
	return append([]byte{2 + point[len(point)-1]&1}, point[1:1+size]...), nil
}

// Multikey writes publicKeyMultibase of an Ed25519 or elliptic curve key.
func Multikey(key jws.JWK) (string, error) {
	for prefix, curve := range codecs() {
		switch p := key.Public().(type) {
		case ed25519.PublicKey:
			if curve == nil {
				return EncodeMultibase(append([]byte(prefix), p...))
			}
		case *ecdsa.PublicKey:
			if curve == p.Curve {
				point, err := compressed(p)
				if err != nil {
					return "", err
				}
				return EncodeMultibase(append([]byte(prefix), point...))
			}
		}
	}
	return "", fmt.Errorf("%w: a %s key has no Multikey", ErrMalformed, key.Algorithm())
}

// DecodeMultibase reads base58btc ("z"), the one encoding of keys and proofs.
// Each value has one spelling.
func DecodeMultibase(s string) ([]byte, error) {
	if !strings.HasPrefix(s, "z") || len(s) > maxMultibase {
		return nil, fmt.Errorf("%w: not base58btc of at most %d characters", ErrMalformed, maxMultibase)
	}
	_, raw, err := multibase.Decode(s)
	if err != nil {
		return nil, fmt.Errorf("%w: not base58btc", ErrMalformed)
	}
	if back, err := EncodeMultibase(raw); err != nil || back != s {
		return nil, fmt.Errorf("%w: a second spelling of base58btc", ErrMalformed)
	}
	return raw, nil
}

// EncodeMultibase writes base58btc.
func EncodeMultibase(raw []byte) (string, error) { return multibase.Encode(multibase.Base58BTC, raw) }

// Key works out the document of a did:key or did:jwk. The one method of a
// did:key has the key itself for its fragment, that of a did:jwk "0".
func Key(id string) (Document, error) {
	var key jws.JWK
	fragment := "0"
	switch {
	case strings.HasPrefix(id, "did:key:"):
		fragment = strings.TrimPrefix(id, "did:key:")
		k, err := ParseMultikey(fragment)
		if err != nil {
			return Document{}, err
		}
		key = k
	case strings.HasPrefix(id, "did:jwk:"):
		encoded := strings.TrimPrefix(id, "did:jwk:")
		raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
		if err != nil || len(encoded) > maxJWK || strings.ContainsAny(encoded, "\r\n") {
			return Document{}, fmt.Errorf("%w: not the base64url of a JWK", ErrMalformed)
		}
		if key, err = jws.ParseJWK(bytes.TrimSpace(raw)); err != nil {
			return Document{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	default:
		return Document{}, fmt.Errorf("%w: %.60q carries no key", ErrMethod, id)
	}
	m := []Method{{Key: key.WithKeyID(id + "#" + fragment)}}
	return Document{ID: id, Assertion: m, Authentication: m}, nil
}

// maxJWK bounds the JWK in a did:jwk: an RSA key of 8192 bits has about 1400
// characters.
const maxJWK = 4 << 10
