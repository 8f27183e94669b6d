package inclusion

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Types of keys of signed notes (C2SP signed-note).
const (
	typeEd25519     = 1
	typeCosignature = 4 // cosignature/v1 with Ed25519
)

var errKey = errors.New("not a verifier key: name+id+key")

// signer signs notes with a key in custody.
type signer struct {
	name string
	hash uint32
	key  crypto.Signer
	now  func() time.Time // of a witness; nil: of a log
}

// NewSigner makes the signer of the log, or whoever else, of that name. The key
// must be Ed25519.
func NewSigner(name string, key crypto.Signer) (note.Signer, error) {
	return newSigner(name, key, typeEd25519, nil)
}

// NewCosigner makes the signer of a witness, by its clock.
func NewCosigner(name string, key crypto.Signer, now func() time.Time) (note.Signer, error) {
	return newSigner(name, key, typeCosignature, now)
}

func newSigner(name string, key crypto.Signer, kind byte, now func() time.Time) (note.Signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok || !validName(name) {
		return nil, fmt.Errorf("%s: a note is signed with Ed25519, under a name without spaces and plus signs", name)
	}
	return &signer{name, keyHash(name, kind, public), key, now}, nil
}

// Name implements note.Signer.
func (s *signer) Name() string { return s.name }

// KeyHash implements note.Signer.
func (s *signer) KeyHash() uint32 { return s.hash }

// Sign implements note.Signer. A cosignature is made over
//
//	cosignature/v1
//	time SECONDS
//	MESSAGE
//
// and written as the seconds, eight bytes, and the signature.
func (s *signer) Sign(message []byte) ([]byte, error) {
	if s.now == nil {
		return s.key.Sign(rand.Reader, message, crypto.Hash(0))
	}
	at := s.now().Unix()
	signature, err := s.key.Sign(rand.Reader, cosigned(at, message), crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(at)), signature...), nil
}

func cosigned(at int64, message []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), message...)
}

// VerifierKey writes the verifier key of a log.
func VerifierKey(name string, public ed25519.PublicKey) string {
	return written(name, typeEd25519, public)
}

// CosignatureKey writes the verifier key of a witness.
func CosignatureKey(name string, public ed25519.PublicKey) string {
	return written(name, typeCosignature, public)
}

func written(name string, kind byte, public ed25519.PublicKey) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, kind, public), base64.StdEncoding.EncodeToString(append([]byte{kind}, public...)))
}

// keyHash is the first four bytes of SHA-256 over name, newline, type and key.
func keyHash(name string, kind byte, public ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{kind})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+")
}

// KeyName is the name in a verifier key.
func KeyName(key string) string {
	name, _, _ := strings.Cut(key, "+")
	return name
}

// cosignatureVerifier verifies the cosignatures of one witness.
type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewCosignatureVerifier reads the verifier key of a witness.
func NewCosignatureVerifier(key string) (note.Verifier, error) {
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 || !validName(parts[0]) {
		return nil, errKey
	}
	id, err1 := hex.DecodeString(parts[1])
	raw, err2 := base64.StdEncoding.DecodeString(parts[2])
	if err1 != nil || err2 != nil || len(id) != 4 || len(raw) != 1+ed25519.PublicKeySize || raw[0] != typeCosignature {
		return nil, errKey
	}
	v := &cosignatureVerifier{parts[0], binary.BigEndian.Uint32(id), ed25519.PublicKey(raw[1:])}
	if v.hash != keyHash(v.name, typeCosignature, v.key) {
		return nil, errKey
	}
	return v, nil
}

// Name implements note.Verifier.
func (v *cosignatureVerifier) Name() string { return v.name }

// KeyHash implements note.Verifier.
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }

// Verify implements note.Verifier.
func (v *cosignatureVerifier) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	if at > 1<<62 {
		return false
	}
	return ed25519.Verify(v.key, cosigned(int64(at), message), signature[8:])
}
