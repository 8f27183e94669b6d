package journal

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Leaf is the public part of a note: the entry of the transparency log.
type Leaf = inclusion.Entry

func leafOf(f Fact, n Note) Leaf {
	record := sha256.Sum256(n.Record)
	l := Leaf{Version: inclusion.EntryVersion, Kind: f.Kind, At: n.At.UTC(), Body: f.Body, Subject: f.Subject, Scheme: f.Scheme, Of: f.Of, Register: f.Register,
		Decided: f.Decided.UTC(), Effective: f.Effective.UTC(), Imported: f.Imported, Record: hex.EncodeToString(record[:])}
	if f.Token != [32]byte{} {
		l.Token = hex.EncodeToString(f.Token[:])
	}
	switch f.Thing.What {
	case Statement, Body, Scheme, Effect, Key, Log:
		l.ID = f.Thing.ID
	}
	return l
}

// ParseLeaf reads the public part of a note.
func ParseLeaf(data []byte) (Leaf, error) { return inclusion.ParseEntry(data) }
