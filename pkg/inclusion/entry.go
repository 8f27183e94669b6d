package inclusion

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Entry is an entry of this project's logs, version 1: one JSON object, members
// in this order, empty ones left out. It is hashed as the very bytes that
// Encode writes. It holds hashes and public facts, nothing about a person.
type Entry struct {
	Version   int       `json:"v"`
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"` // when it was written in the register
	Body      string    `json:"body,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Scheme    string    `json:"scheme,omitempty"`
	ID        string    `json:"id,omitempty"`           // of what is public anyway: a statement, body, scheme, effect, key or log
	Token     string    `json:"token_sha256,omitempty"` // of the exact token; of a log, of the checkpoint
	Decided   time.Time `json:"decided_at,omitzero"`
	Effective time.Time `json:"effective_at,omitzero"`
	Of        string    `json:"of,omitempty"`
	Register  string    `json:"register,omitempty"`
	Imported  bool      `json:"imported,omitempty"`
	Record    string    `json:"record_sha256"` // of the exact bytes of the record that is not public
}

// EntryVersion is the version of Entry.
const EntryVersion = 1

// CertificateIssued is the kind of the entry of a sealed certificate.
const CertificateIssued = "certificate.issued"

// ErrEntry says that bytes are no entry of a version known here.
var ErrEntry = errors.New("not an entry of a version known here")

// Encode writes the entry.
func (e Entry) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// ParseEntry reads an entry. Members of later versions, and any other spelling
// of the same content, are refused: whoever reads a log must know what is left
// out.
func ParseEntry(data []byte) (Entry, error) {
	var e Entry
	if len(data) > MaxEntryBytes {
		return Entry{}, ErrEntry
	}
	if err := ijson.Decode(data, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	again, err := e.Encode()
	if err != nil || !bytes.Equal(again, data) || e.Version != EntryVersion {
		return Entry{}, ErrEntry
	}
	return e, nil
}

// TokenHash is the hash by which an entry names a token: SHA-256 of its exact
// bytes.
func TokenHash(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// Names tells whether the entry is about the exact token.
func (e Entry) Names(token string) bool {
	hash := TokenHash(token)
	return e.Token == hex.EncodeToString(hash[:])
}
