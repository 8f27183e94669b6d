package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Leaf is an entry of the transparency log, version 1: one JSON object, members
// in this order, empty ones left out. It is hashed as these very bytes.
type Leaf struct {
	Version   int       `json:"v"`
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"` // when it was written here
	Body      string    `json:"body,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Scheme    string    `json:"scheme,omitempty"`
	ID        string    `json:"id,omitempty"` // of what is public anyway: a statement, body, scheme, effect or key
	Token     string    `json:"token_sha256,omitempty"`
	Decided   time.Time `json:"decided_at,omitzero"`
	Effective time.Time `json:"effective_at,omitzero"`
	Of        string    `json:"of,omitempty"`
	Register  string    `json:"register,omitempty"`
	Imported  bool      `json:"imported,omitempty"`
	Record    string    `json:"record_sha256"` // of the exact bytes of the record that is not public
}

// leafVersion is the version of Leaf.
const leafVersion = 1

func leafOf(f Fact, n Note) Leaf {
	record := sha256.Sum256(n.Record)
	l := Leaf{Version: leafVersion, Kind: f.Kind, At: n.At.UTC(), Body: f.Body, Subject: f.Subject, Scheme: f.Scheme, Of: f.Of, Register: f.Register,
		Decided: f.Decided.UTC(), Effective: f.Effective.UTC(), Imported: f.Imported, Record: hex.EncodeToString(record[:])}
	if f.Token != [32]byte{} {
		l.Token = hex.EncodeToString(f.Token[:])
	}
	switch f.Thing.What {
	case Statement, Body, Scheme, Effect, Key:
		l.ID = f.Thing.ID
	}
	return l
}

func (l Leaf) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(l)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// errLeaf says that bytes are no leaf of a version known here.
var errLeaf = errors.New("not an entry of a version known here")

// ParseLeaf reads an entry. Members of later versions are refused: whoever
// reads a log must know what it leaves out.
func ParseLeaf(data []byte) (Leaf, error) {
	var l Leaf
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return Leaf{}, fmt.Errorf("%w: %w", errLeaf, err)
	}
	again, err := l.encode()
	if err != nil || !bytes.Equal(again, data) || l.Version != leafVersion {
		return Leaf{}, errLeaf
	}
	return l, nil
}
