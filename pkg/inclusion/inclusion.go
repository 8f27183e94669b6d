// Package inclusion checks, offline and with nothing but a log's key, that a
// transparency log holds an entry (C2SP tlog-proof), and reads and writes what
// such logs sign: checkpoints (tlog-checkpoint) and the cosignatures of
// witnesses (tlog-cosignature, version 1), both as signed notes. It owns the
// formats, no log, no network and no clock. What an entry of this project's
// logs says is Entry.
package inclusion

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is a log whose proofs count. The zero Log signs nothing.
type Log struct {
	Origin string `json:"origin"` // first line of its checkpoints, and name of its key
	Key    string `json:"key"`    // verifier key: name+id+base64
	// Witnesses are verifier keys of those who may cosign; Quorum of them must
	// have. Zero asks for none.
	Witnesses []string `json:"witnesses,omitempty"`
	Quorum    int      `json:"quorum,omitempty"`
}

// Valid reports what is wrong with an entry of an operator's list.
func (l Log) Valid() error {
	v, err := note.NewVerifier(l.Key)
	if err != nil {
		return fmt.Errorf("key is not a verifier key: %w", err)
	}
	if v.Name() != l.Origin {
		return fmt.Errorf("key is that of %s, not of %s", v.Name(), l.Origin)
	}
	for _, w := range l.Witnesses {
		if _, err := NewCosignatureVerifier(w); err != nil {
			return fmt.Errorf("witness %q: %w", w, err)
		}
	}
	if l.Quorum < 0 || l.Quorum > len(l.Witnesses) {
		return fmt.Errorf("quorum is %d of %d witnesses", l.Quorum, len(l.Witnesses))
	}
	return nil
}

// Errors that callers branch on.
var (
	// ErrUnknownLog says that no log of the list could have signed it: nothing is
	// known of the proof, neither good nor bad.
	ErrUnknownLog = errors.New("the log is not one of those trusted")
	ErrProof      = errors.New("the proof does not hold")
)

// Limits of what strangers send: far more than any honest proof.
const (
	MaxProofBytes = 96 << 10
	MaxEntryBytes = 65535 // tlog-tiles: a length of two bytes
	maxHashes     = 63    // tlog-proof: no tree is deeper
)

// Proof is a tlog-proof: that the entry is the log's at Index, under Checkpoint.
type Proof struct {
	Index      int64
	Hashes     []tlog.Hash
	Checkpoint []byte // signed note
	Entry      []byte // carried in the line "extra", which nothing authenticates but the proof itself
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// Encode writes the proof:
//
//	c2sp.org/tlog-proof@v1
//	extra BASE64(ENTRY)        if there is an entry
//	index N
//	BASE64(HASH)               for each hash, the leaf's sibling first
//
//	CHECKPOINT
func (p Proof) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, proofHeader)
	if len(p.Entry) > 0 {
		fmt.Fprintln(&b, "extra", base64.StdEncoding.EncodeToString(p.Entry))
	}
	fmt.Fprintln(&b, "index", p.Index)
	for _, h := range p.Hashes {
		fmt.Fprintln(&b, h)
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads a proof without believing it.
func ParseProof(data []byte) (Proof, error) {
	if len(data) > MaxProofBytes {
		return Proof{}, fmt.Errorf("%w: longer than %d bytes", ErrProof, MaxProofBytes)
	}
	head, checkpoint, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != proofHeader {
		return Proof{}, fmt.Errorf("%w: not a tlog-proof", ErrProof)
	}
	p, lines := Proof{Checkpoint: checkpoint}, lines[1:]
	var err error
	if len(lines) > 0 {
		if extra, has := strings.CutPrefix(lines[0], "extra "); has {
			if p.Entry, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || extra == "" {
				return Proof{}, fmt.Errorf("%w: its entry is not base64", ErrProof)
			}
			lines = lines[1:]
		}
	}
	if len(lines) == 0 {
		return Proof{}, fmt.Errorf("%w: it names no index", ErrProof)
	}
	number, has := strings.CutPrefix(lines[0], "index ")
	if p.Index, ok = decimal(number); !has || !ok {
		return Proof{}, fmt.Errorf("%w: it names no index", ErrProof)
	}
	if p.Hashes, err = parseHashes(lines[1:]); err != nil {
		return Proof{}, err
	}
	return p, nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	if len(lines) > maxHashes {
		return nil, fmt.Errorf("%w: more than %d hashes", ErrProof, maxHashes)
	}
	out := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("%w: line %d is not a hash", ErrProof, i+1)
		}
		copy(out[i][:], raw)
	}
	return out, nil
}

// decimal reads a number as tlog formats write it: no sign, no leading zero.
func decimal(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

// Included says where an entry was found to be.
type Included struct {
	Checkpoint
	Index     int64
	Entry     []byte
	Witnesses int // that cosigned the checkpoint, of those listed
}

// Check verifies the proof of the entry it carries, or of entry if that is not
// nil, against the logs. It answers ErrUnknownLog or ErrProof if it does not
// hold.
func Check(data, entry []byte, logs []Log) (Included, error) {
	p, err := ParseProof(data)
	if err != nil {
		return Included{}, err
	}
	if entry == nil {
		entry = p.Entry
	}
	if len(entry) == 0 {
		return Included{}, fmt.Errorf("%w: it carries no entry", ErrProof)
	}
	c, witnesses, err := open(p.Checkpoint, logs)
	if err != nil {
		return Included{}, err
	}
	if p.Index >= c.Size {
		return Included{}, fmt.Errorf("%w: entry %d of a log of %d", ErrProof, p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(entry)); err != nil {
		return Included{}, fmt.Errorf("%w: the entry is not under that root", ErrProof)
	}
	return Included{Checkpoint: c, Index: p.Index, Entry: entry, Witnesses: witnesses}, nil
}

// CheckConsistency verifies that the newer checkpoint's log holds all that the
// older's did, in its place. Neither may be unverified.
func CheckConsistency(older, newer Checkpoint, hashes []tlog.Hash) error {
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("%w: checkpoints of two logs", ErrProof)
	case older.Size > newer.Size:
		return fmt.Errorf("%w: the log shrank from %d entries to %d", ErrProof, older.Size, newer.Size)
	case older.Size == newer.Size && older.Root != newer.Root:
		return fmt.Errorf("%w: two logs of %d entries under one name", ErrProof, older.Size)
	case older.Size == newer.Size && len(hashes) == 0, older.Size == 0 && len(hashes) == 0:
		return nil
	case older.Size == 0 || older.Size == newer.Size:
		return fmt.Errorf("%w: hashes where none are needed", ErrProof)
	}
	if err := tlog.CheckTree(hashes, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("%w: the newer log does not continue the older", ErrProof)
	}
	return nil
}
