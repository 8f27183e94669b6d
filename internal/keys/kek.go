package keys

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// LoadKEK reads the key encryption key, 32 bytes in base64, from value or else
// from file. With create set a missing file is written with a new key and mode
// 0600; two processes that start at once agree on one key.
func LoadKEK(value, file string, create bool) ([32]byte, error) {
	var kek [32]byte
	if value == "" {
		data, err := os.ReadFile(file)
		if create && errors.Is(err, fs.ErrNotExist) {
			if err := createKEK(file); err != nil {
				return kek, err
			}
			data, err = os.ReadFile(file)
		}
		if err != nil {
			return kek, fmt.Errorf("reading key encryption key: %w", err)
		}
		value = strings.TrimSpace(string(data))
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(raw) != len(kek) {
		return kek, errors.New("the key encryption key must be 32 bytes in base64 (openssl rand -base64 32)")
	}
	copy(kek[:], raw)
	return kek, nil
}

func createKEK(file string) error {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return fmt.Errorf("drawing key encryption key: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing key encryption key: %w", err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // a left-over link is harmless
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(random) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("writing key encryption key: %w", err)
	}
	if err := os.Link(temp.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("writing key encryption key: %w", err)
	}
	return nil
}

// Secret is a key for a purpose of this deployment, the same in every process
// that has the key encryption key (RFC 5869).
func (c *Custodian) Secret(purpose string) ([]byte, error) {
	secret, err := hkdf.Key(sha256.New, c.KEK[:], nil, "bonafide "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a secret: %w", err)
	}
	return secret, nil
}
