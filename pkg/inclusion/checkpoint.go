package inclusion

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log signs: so many entries, under this root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// maxCheckpointBytes bounds a signed checkpoint: sixteen signatures and more.
const maxCheckpointBytes = 16 << 10

// Text is the text of the note (C2SP tlog-checkpoint):
//
//	ORIGIN
//	SIZE
//	BASE64(ROOT)
func (c Checkpoint) Text() string { return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root) }

// ParseCheckpoint reads the text of a note; lines after the third are
// extensions and say nothing here.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) != 4 || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("%w: not a checkpoint", ErrProof)
	}
	c := Checkpoint{Origin: lines[0]}
	var ok bool
	if c.Size, ok = decimal(lines[1]); !ok {
		return Checkpoint{}, fmt.Errorf("%w: a checkpoint without a size", ErrProof)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%w: a checkpoint without a root", ErrProof)
	}
	copy(c.Root[:], raw)
	return c, nil
}

// Peek reads a signed checkpoint without checking who signed it.
func Peek(signed []byte) (Checkpoint, error) {
	text, _, ok := strings.Cut(string(signed), "\n\n")
	if !ok {
		return Checkpoint{}, fmt.Errorf("%w: not a signed note", ErrProof)
	}
	return ParseCheckpoint(text + "\n")
}

// Open verifies a signed checkpoint against the logs: signed by the key of the
// log whose origin it names, and by the quorum of its witnesses.
func Open(signed []byte, logs []Log) (Checkpoint, error) {
	c, _, err := open(signed, logs)
	return c, err
}

func open(signed []byte, logs []Log) (Checkpoint, int, error) {
	if len(signed) > maxCheckpointBytes {
		return Checkpoint{}, 0, fmt.Errorf("%w: a checkpoint longer than %d bytes", ErrProof, maxCheckpointBytes)
	}
	said, err := Peek(signed)
	if err != nil {
		return Checkpoint{}, 0, err
	}
	at := slices.IndexFunc(logs, func(l Log) bool { return l.Origin == said.Origin })
	if at < 0 {
		return Checkpoint{}, 0, fmt.Errorf("%w: %s", ErrUnknownLog, said.Origin)
	}
	for ; at < len(logs); at++ { // a log whose key was replaced is listed once for each
		if logs[at].Origin != said.Origin {
			continue
		}
		witnesses, tried := openOne(signed, logs[at])
		if tried == nil {
			return said, witnesses, nil
		}
		err = tried
	}
	return Checkpoint{}, 0, err
}

// openOne tells how many witnesses of the log cosigned.
func openOne(signed []byte, l Log) (int, error) {
	verifier, err := note.NewVerifier(l.Key)
	if err != nil || verifier.Name() != l.Origin {
		return 0, fmt.Errorf("%w: the list gives no usable key for %s", ErrUnknownLog, l.Origin)
	}
	known := []note.Verifier{verifier}
	for _, w := range l.Witnesses {
		v, err := NewCosignatureVerifier(w)
		if err != nil {
			return 0, fmt.Errorf("%w: the list gives no usable key for a witness of %s", ErrUnknownLog, l.Origin)
		}
		known = append(known, v)
	}
	opened, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return 0, fmt.Errorf("%w: not signed by the key of %s", ErrProof, l.Origin)
	}
	own, by := false, map[string]bool{}
	for _, s := range opened.Sigs {
		if s.Name == verifier.Name() && s.Hash == verifier.KeyHash() {
			own = true
			continue
		}
		by[fmt.Sprintf("%s+%08x", s.Name, s.Hash)] = true
	}
	switch {
	case !own:
		return 0, fmt.Errorf("%w: not signed by the key of %s", ErrProof, l.Origin)
	case len(by) < l.Quorum:
		return len(by), fmt.Errorf("%w: cosigned by %d witnesses, %d are asked for", ErrProof, len(by), l.Quorum)
	}
	return len(by), nil
}

// Sign signs the checkpoint as its log.
func Sign(c Checkpoint, s note.Signer) ([]byte, error) {
	if s.Name() != c.Origin {
		return nil, fmt.Errorf("the key of %s does not sign for %s", s.Name(), c.Origin)
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, s)
	if err != nil {
		return nil, fmt.Errorf("signing checkpoint: %w", err)
	}
	return signed, nil
}
