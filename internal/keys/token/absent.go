//go:build !pkcs11

package token

import (
	"crypto"
	"errors"

	"github.com/bonafide-dev/bonafide/internal/keys"
)

// Token is none here.
type Token struct{}

// Open fails: a library of a token cannot be loaded into a static program.
func Open(_, _, _ string) (*Token, error) {
	return nil, errors.New("this program was built without PKCS #11; build it with CGO_ENABLED=1 and -tags pkcs11")
}

// Make implements keys.Safe.
func (*Token) Make(keys.Use) (crypto.PublicKey, []byte, error) {
	return nil, nil, errors.ErrUnsupported
}

// Open implements keys.Safe.
func (*Token) Open([]byte) (crypto.Signer, error) { return nil, errors.ErrUnsupported }

// Close has nothing to close.
func (*Token) Close() error { return nil }
