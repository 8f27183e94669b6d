package translog

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Witness is who cosigns the log's checkpoints (C2SP tlog-witness).
type Witness struct {
	Key     string // its verifier key
	Address string // prefix of add-checkpoint
}

// Limits of asking a witness.
const (
	witnessTimeout = 5 * time.Second
	witnessBytes   = 16 << 10 // of an answer: a few signatures
)

// errElsewhere says how far a witness saw the log, if that is not what was said.
type errElsewhere struct{ size int64 }

func (e errElsewhere) Error() string { return fmt.Sprintf("it saw %d entries", e.size) }

// cosign asks every witness at once and returns the checkpoint with what they
// signed. The error is ErrInconsistent: one has seen what the log does not hold.
func (l *Log) cosign(ctx context.Context, t Tree, h *hashes) ([]byte, error) {
	if len(l.Witnesses) == 0 {
		return t.Signed, nil
	}
	requests := make([][]byte, len(l.Witnesses)) // made one after another: the hashes are read once
	lines, faults := make([]string, len(l.Witnesses)), make([]error, len(l.Witnesses))
	var all sync.WaitGroup
	for i, w := range l.Witnesses {
		body, err := addCheckpoint(t, l.seenBy(w, t), h)
		if err != nil {
			return nil, err
		}
		requests[i] = body
		all.Go(func() { lines[i], faults[i] = l.ask(ctx, w, t, requests[i]) })
	}
	all.Wait()
	signed := bytes.Clone(t.Signed)
	for i, w := range l.Witnesses {
		var other errElsewhere
		if errors.As(faults[i], &other) { // once more, from where it is
			if other.size > t.Size {
				return nil, fmt.Errorf("%w: witness %s saw %d entries of %s, and the database holds %d", ErrInconsistent, inclusion.KeyName(w.Key), other.size, t.Origin, t.Size)
			}
			body, err := addCheckpoint(t, other.size, h)
			if err != nil {
				return nil, err
			}
			lines[i], faults[i] = l.ask(ctx, w, t, body)
		}
		if errors.Is(faults[i], ErrInconsistent) {
			return nil, faults[i]
		}
		if faults[i] == nil {
			signed = append(signed, lines[i]...)
			l.saw(w, t)
		}
	}
	return signed, nil
}

func (l *Log) seenBy(w Witness, t Tree) int64 { return l.seen[w.Key+" "+t.Origin] }

func (l *Log) saw(w Witness, t Tree) {
	if l.seen == nil {
		l.seen = map[string]int64{}
	}
	l.seen[w.Key+" "+t.Origin] = t.Size
}

// agreesWithWitnesses asks them, once in a process, whether they saw more of the
// log than the database holds. One that does not answer says nothing.
func (l *Log) agreesWithWitnesses(ctx context.Context, t Tree, h *hashes) error {
	if l.looked || len(l.Witnesses) == 0 || t.Size == 0 {
		return nil
	}
	_, err := l.cosign(ctx, t, h)
	return err
}

// addCheckpoint writes the body of add-checkpoint:
//
//	old SIZE
//	BASE64(HASH)     consistency proof, a line for each
//
//	CHECKPOINT
func addCheckpoint(t Tree, old int64, h *hashes) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintln(&b, "old", old)
	if 0 < old && old < t.Size {
		proof, err := tlog.ProveTree(t.Size, old, h)
		if err != nil {
			return nil, err
		}
		for _, x := range proof {
			fmt.Fprintln(&b, x)
		}
	}
	b.WriteByte('\n')
	b.Write(t.Signed)
	return b.Bytes(), nil
}

// ask sends one request and returns the cosignature line, verified.
func (l *Log) ask(ctx context.Context, w Witness, t Tree, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, witnessTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.Address, "/")+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("asking witness: %w", err)
	}
	res, err := l.HTTP.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking witness: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read only
	answer, err := io.ReadAll(io.LimitReader(res.Body, witnessBytes))
	if err != nil {
		return "", fmt.Errorf("asking witness: %w", err)
	}
	switch res.StatusCode {
	case http.StatusOK:
		return cosignature(answer, w, t)
	case http.StatusConflict:
		size, err := strconv.ParseInt(strings.TrimSpace(string(answer)), 10, 64)
		if err != nil || size < 0 {
			return "", errors.New("the witness does not say what it saw")
		}
		if said, _, _ := strings.Cut(string(body), "\n"); said == fmt.Sprintf("old %d", size) && size == t.Size {
			return "", fmt.Errorf("%w: witness %s saw other entries under %s", ErrInconsistent, inclusion.KeyName(w.Key), t.Origin)
		}
		return "", errElsewhere{size}
	case http.StatusUnprocessableEntity: // it knows another beginning
		return "", fmt.Errorf("%w: witness %s finds that %s does not continue what it saw", ErrInconsistent, inclusion.KeyName(w.Key), t.Origin)
	default:
		return "", fmt.Errorf("asking witness: status %d", res.StatusCode)
	}
}

// cosignature returns the line of the witness, if it verifies.
func cosignature(answer []byte, w Witness, t Tree) (string, error) {
	v, err := inclusion.NewCosignatureVerifier(w.Key)
	if err != nil {
		return "", err
	}
	text, _, _ := strings.Cut(string(t.Signed), "\n\n")
	for line := range strings.Lines(string(answer)) {
		n, err := note.Open([]byte(text+"\n\n"+line), note.VerifierList(v))
		if err == nil && len(n.Sigs) == 1 {
			return line, nil
		}
	}
	return "", errors.New("the witness answered without its cosignature")
}

// Cosigner is a small witness: it cosigns the checkpoints of the logs it was
// told to watch, if each continues the one it cosigned before.
type Cosigner struct {
	Store  Store
	Logs   []inclusion.Log
	Signer note.Signer // of inclusion.NewCosigner
	Key    string      // its verifier key
}

// Refusal is why a witness does not cosign: the status of add-checkpoint, and
// the answer.
type Refusal struct {
	Status int
	Size   int64 // with 409: what it saw
	Why    string
}

func (r *Refusal) Error() string { return r.Why }

// AddCheckpoint answers add-checkpoint: the cosignature line, or a *Refusal.
func (c *Cosigner) AddCheckpoint(ctx context.Context, body []byte) ([]byte, error) {
	old, proof, signed, ok := parseAddCheckpoint(body)
	if !ok {
		return nil, &Refusal{Status: http.StatusBadRequest, Why: "not a request to add a checkpoint"}
	}
	next, err := inclusion.Open(signed, c.Logs)
	switch {
	case errors.Is(err, inclusion.ErrUnknownLog):
		return nil, &Refusal{Status: http.StatusNotFound, Why: "this log is not watched here"}
	case err != nil:
		return nil, &Refusal{Status: http.StatusForbidden, Why: err.Error()}
	}
	seen, err := c.Store.Witnessed(ctx, next.Origin)
	if err != nil {
		return nil, fmt.Errorf("reading what was witnessed: %w", err)
	}
	seen.Origin = next.Origin
	switch {
	case old > next.Size:
		return nil, &Refusal{Status: http.StatusBadRequest, Why: "the checkpoint is older than the size it is said to follow"}
	case old != seen.Size, next.Size == seen.Size && next.Root != seen.Root && seen.Size > 0:
		return nil, &Refusal{Status: http.StatusConflict, Size: seen.Size, Why: "another size was seen"}
	}
	if err := inclusion.CheckConsistency(seen, next, proof); err != nil {
		return nil, &Refusal{Status: http.StatusUnprocessableEntity, Why: err.Error()}
	}
	if err := c.Store.Witness(ctx, seen.Size, next); errors.Is(err, ErrRace) { // durable before it is signed
		return nil, &Refusal{Status: http.StatusConflict, Size: next.Size, Why: "another size was seen meanwhile"}
	} else if err != nil {
		return nil, fmt.Errorf("keeping what was witnessed: %w", err)
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	cosigned, err := note.Sign(&note.Note{Text: text + "\n"}, c.Signer)
	if err != nil {
		return nil, fmt.Errorf("cosigning: %w", err)
	}
	_, line, _ := strings.Cut(string(cosigned), "\n\n")
	return []byte(line), nil
}

func parseAddCheckpoint(body []byte) (old int64, proof []tlog.Hash, signed []byte, ok bool) {
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	lines := bufio.NewScanner(bytes.NewReader(head))
	if !ok || !lines.Scan() {
		return 0, nil, nil, false
	}
	number, ok := strings.CutPrefix(lines.Text(), "old ")
	old, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || old < 0 {
		return 0, nil, nil, false
	}
	for lines.Scan() {
		raw, err := base64.StdEncoding.Strict().DecodeString(lines.Text())
		if err != nil || len(raw) != tlog.HashSize || len(proof) == 63 {
			return 0, nil, nil, false
		}
		proof = append(proof, tlog.Hash(raw))
	}
	return old, proof, signed, lines.Err() == nil
}

// NewCosigner makes a witness of the name, which watches the logs with these
// verifier keys.
func NewCosigner(s Store, name string, key crypto.Signer, logs []string, now func() time.Time) (*Cosigner, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("a witness signs with Ed25519")
	}
	signer, err := inclusion.NewCosigner(name, key, now)
	if err != nil {
		return nil, err
	}
	c := &Cosigner{Store: s, Signer: signer, Key: inclusion.CosignatureKey(name, public)}
	for _, k := range logs {
		c.Logs = append(c.Logs, inclusion.Log{Origin: inclusion.KeyName(k), Key: k})
	}
	return c, nil
}
