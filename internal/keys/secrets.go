package keys

import (
	"errors"
	"fmt"
	"io"
)

// Seal encrypts a secret that is no key under the key encryption key, bound to
// a name so that sealed secrets cannot be exchanged: nonce (12 bytes),
// ciphertext and tag.
func (c *Custodian) Seal(name string, secret []byte) ([]byte, error) {
	gcm, err := gcm(c.KEK)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(c.Rand, nonce); err != nil {
		return nil, fmt.Errorf("drawing nonce: %w", err)
	}
	return gcm.Seal(nonce, nonce, secret, secretName(name)), nil
}

// Unseal opens what Seal encrypted under the same name, by the present key
// encryption key or another that is still known. stale says that it was another.
func (c *Custodian) Unseal(name string, sealed []byte) (secret []byte, stale bool, err error) {
	for i, kek := range append([][32]byte{c.KEK}, c.Others...) {
		gcm, err := gcm(kek)
		if err != nil {
			return nil, false, err
		}
		if len(sealed) < gcm.NonceSize() {
			return nil, false, errors.New("opening a secret: it is damaged")
		}
		if secret, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], secretName(name)); err == nil {
			return secret, i > 0, nil
		}
	}
	return nil, false, errors.New("opening a secret: the key encryption key does not fit")
}

func secretName(name string) []byte { return []byte("secret\x00" + name) }
