//go:build pkcs11

package token

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/ThalesGroup/crypto11"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
)

// Token is one PKCS #11 token, logged in.
type Token struct{ context *crypto11.Context }

// Open loads the library of the token's maker and logs in.
func Open(module, label, pin string) (*Token, error) {
	c, err := crypto11.Configure(&crypto11.Config{Path: module, TokenLabel: label, Pin: pin})
	if err != nil {
		return nil, err
	}
	return &Token{c}, nil
}

// idLength is that of CKA_ID, by which the key is found again.
const idLength = 16

// Make implements keys.Safe: a P-256 pair in the token, whose private half is
// sensitive and cannot be extracted. The handle is its CKA_ID.
func (t *Token) Make(use keys.Use) (crypto.PublicKey, []byte, error) {
	if use != keys.ForCredentials {
		return nil, nil, fault.Invalid{{Pointer: "/custody", Detail: "a token keeps keys of the use credential only"}}
	}
	id := make([]byte, idLength)
	if _, err := rand.Read(id); err != nil {
		return nil, nil, fmt.Errorf("drawing a name: %w", err)
	}
	public, err := crypto11.NewAttributeSetWithIDAndLabel(id, []byte("bonafide"))
	if err != nil {
		return nil, nil, err
	}
	private := public.Copy()
	for attribute, on := range map[crypto11.AttributeType]bool{crypto11.CkaExtractable: false, crypto11.CkaSensitive: true, crypto11.CkaSign: true, crypto11.CkaDecrypt: false} {
		if err := private.Set(attribute, on); err != nil {
			return nil, nil, err
		}
	}
	pair, err := t.context.GenerateECDSAKeyPairWithAttributes(public, private, elliptic.P256())
	if err != nil {
		return nil, nil, fmt.Errorf("in the token: %w", err)
	}
	return pair.Public(), id, nil
}

// Open implements keys.Safe.
func (t *Token) Open(handle []byte) (crypto.Signer, error) {
	pair, err := t.context.FindKeyPair(handle, nil)
	if err != nil {
		return nil, fmt.Errorf("in the token: %w", err)
	}
	if pair == nil {
		return nil, errors.New("the token has no such key")
	}
	return pair, nil
}

// Close logs out.
func (t *Token) Close() error { return t.context.Close() }
