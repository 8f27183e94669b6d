package jws

import (
	"crypto"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// ParsePrivateJWK reads a private key (RFC 7517) of a kind that NewJWK takes;
// its kid names the signer. ErrKey if it cannot be used.
func ParsePrivateJWK(data json.RawMessage) (Signer, error) {
	if err := ijson.Check(data); err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	var j jose.JSONWebKey
	if err := j.UnmarshalJSON(data); err != nil {
		return Signer{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	private, ok := j.Key.(crypto.Signer)
	if !ok {
		return Signer{}, fmt.Errorf("%w: it has no private part", ErrKey)
	}
	if _, err := NewJWK(private.Public(), j.KeyID); err != nil {
		return Signer{}, err
	}
	return Signer{KeyID: j.KeyID, Key: private}, nil
}
