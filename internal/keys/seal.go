package keys

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// ErrMoved says that another process changed the key meanwhile.
var ErrMoved = errors.New("the key was changed meanwhile")

// kekName tells key encryption keys apart and tells nothing else of them.
func kekName(kek [32]byte) string {
	sum := sha256.Sum256(append([]byte("bonafide key encryption key\x00"), kek[:]...))
	return hex.EncodeToString(sum[:8])
}

// seal encrypts a handle under the key encryption key. The key's names are
// bound to it, so that rows cannot be exchanged: nonce (12 bytes), ciphertext
// and tag.
func (c *Custodian) seal(k *Key, handle []byte) error {
	gcm, err := gcm(c.KEK)
	if err != nil {
		return err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(c.Rand, nonce); err != nil {
		return fmt.Errorf("drawing nonce: %w", err)
	}
	k.Sealed, k.KEK = gcm.Seal(nonce, nonce, handle, names(*k)), kekName(c.KEK)
	return nil
}

// unseal tries the key encryption key that the key names, or all of them.
func (c *Custodian) unseal(k Key) ([]byte, error) {
	for _, kek := range append([][32]byte{c.KEK}, c.Others...) {
		if k.KEK != "" && k.KEK != kekName(kek) {
			continue
		}
		gcm, err := gcm(kek)
		if err != nil {
			return nil, err
		}
		if len(k.Sealed) < gcm.NonceSize() {
			return nil, fmt.Errorf("opening key %s: it is damaged", k.ID)
		}
		if handle, err := gcm.Open(nil, k.Sealed[:gcm.NonceSize()], k.Sealed[gcm.NonceSize():], names(k)); err == nil {
			return handle, nil
		}
	}
	return nil, fmt.Errorf("opening key %s: the key encryption key does not fit", k.ID)
}

func (c *Custodian) open(k Key) (jws.Signer, error) {
	safe, err := c.safe(k.Custody)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("opening key %s: %w", k.ID, err)
	}
	handle, err := c.unseal(k)
	if err != nil {
		return jws.Signer{}, err
	}
	signer, err := safe.Open(handle)
	if err != nil {
		return jws.Signer{}, fmt.Errorf("opening key %s: %w", k.ID, err)
	}
	return jws.Signer{KeyID: k.ID, Key: signer}, nil
}

func gcm(kek [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(kek[:])
	if err != nil {
		return nil, fmt.Errorf("preparing key encryption: %w", err)
	}
	return cipher.NewGCM(block)
}

func names(k Key) []byte { return []byte(k.Body + "\x00" + string(k.Use) + "\x00" + k.ID) }

// Rewrap seals under the present key encryption key what another one sealed,
// and tells how many keys that were. Each key is changed by itself: what a crash
// leaves is taken up by a repeat, and who opens keys with both meanwhile opens
// every one. A key that none of them opens is told, and left.
func (c *Custodian) Rewrap(ctx context.Context) (rewrapped int, err error) {
	held, err := c.Store.SealedKeys(ctx, kekName(c.KEK))
	if err != nil {
		return 0, fmt.Errorf("reading keys: %w", err)
	}
	var failed []error
	for _, k := range held {
		was := slices.Clone(k.Sealed)
		handle, err := c.unseal(k)
		if err == nil {
			err = c.seal(&k, handle)
		}
		if err == nil {
			err = c.Store.ResealKey(ctx, k, was)
		}
		switch {
		case err == nil:
			rewrapped++
		case !errors.Is(err, ErrMoved): // else another process did it, or the key was retired
			failed = append(failed, err)
		}
	}
	return rewrapped, errors.Join(failed...)
}
