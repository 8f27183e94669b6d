package inclusion_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

const origin = "register.example/log/2026"

// key is Ed25519 from a seed, so that every run signs the same.
func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func verifierKey(n byte) string {
	return inclusion.VerifierKey(origin, key(n).Public().(ed25519.PublicKey))
}

func at() time.Time { return time.Unix(1_790_000_000, 0) }

// tree is one of n entries, with every hash stored.
type tree struct {
	entries [][]byte
	stored  []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t.stored[x]
	}
	return out, nil
}

func grown(t testing.TB, n int, name string) *tree {
	out := &tree{}
	for i := range n {
		entry := []byte(fmt.Sprintf("%s %d", name, i))
		hashes, err := tlog.StoredHashes(int64(i), entry, out)
		require.NoError(t, err)
		out.entries, out.stored = append(out.entries, entry), append(out.stored, hashes...)
	}
	return out
}

func (t *tree) head(tb testing.TB, n int) inclusion.Checkpoint {
	root, err := tlog.TreeHash(int64(n), t)
	require.NoError(tb, err)
	return inclusion.Checkpoint{Origin: origin, Size: int64(n), Root: root}
}

func (t *tree) signed(tb testing.TB, n int, by byte) []byte {
	s, err := inclusion.NewSigner(origin, key(by))
	require.NoError(tb, err)
	out, err := inclusion.Sign(t.head(tb, n), s)
	require.NoError(tb, err)
	return out
}

func (t *tree) prove(tb testing.TB, n, i int) inclusion.Proof {
	hashes, err := tlog.ProveRecord(int64(n), int64(i), t)
	require.NoError(tb, err)
	return inclusion.Proof{Index: int64(i), Hashes: hashes, Checkpoint: t.signed(tb, n, 1), Entry: t.entries[i]}
}

func TestProofs(t *testing.T) {
	log := grown(t, 70, "entry")
	logs := []inclusion.Log{{Origin: origin, Key: verifierKey(1)}}
	for _, n := range []int{1, 2, 3, 64, 65, 70} {
		for i := range n {
			p := log.prove(t, n, i)
			read, err := inclusion.ParseProof(p.Encode())
			require.NoError(t, err)
			require.Equal(t, p.Encode(), read.Encode())
			in, err := inclusion.Check(p.Encode(), nil, logs)
			require.NoError(t, err, "%d of %d", i, n)
			require.EqualValues(t, i, in.Index)
			require.EqualValues(t, n, in.Size)
			_, err = inclusion.Check(p.Encode(), []byte("another"), logs)
			require.ErrorIs(t, err, inclusion.ErrProof)
		}
	}
}

func TestWrongProofs(t *testing.T) {
	log, other := grown(t, 70, "entry"), grown(t, 70, "other")
	logs := []inclusion.Log{{Origin: origin, Key: verifierKey(1)}}
	good := log.prove(t, 70, 20)
	change := func(f func(*inclusion.Proof)) []byte {
		p := good
		p.Hashes = append([]tlog.Hash(nil), good.Hashes...)
		f(&p)
		return p.Encode()
	}
	for name, bad := range map[string][]byte{
		"another index":    change(func(p *inclusion.Proof) { p.Index = 21 }),
		"beyond the end":   change(func(p *inclusion.Proof) { p.Index = 70 }),
		"another entry":    change(func(p *inclusion.Proof) { p.Entry = []byte("x") }),
		"no entry":         change(func(p *inclusion.Proof) { p.Entry = nil }),
		"a hash less":      change(func(p *inclusion.Proof) { p.Hashes = p.Hashes[1:] }),
		"a hash more":      change(func(p *inclusion.Proof) { p.Hashes = append(p.Hashes, p.Hashes[0]) }),
		"another tree":     change(func(p *inclusion.Proof) { p.Checkpoint = other.signed(t, 70, 1) }),
		"another size":     change(func(p *inclusion.Proof) { p.Checkpoint = log.signed(t, 69, 1) }),
		"another key":      change(func(p *inclusion.Proof) { p.Checkpoint = log.signed(t, 70, 2) }),
		"unsigned":         change(func(p *inclusion.Proof) { p.Checkpoint = []byte(log.head(t, 70).Text() + "\n") }),
		"an altered head":  bytes.Replace(good.Encode(), []byte("\n70\n"), []byte("\n71\n"), 1),
		"nothing":          nil,
		"no head":          []byte("c2sp.org/tlog-proof@v1\nindex 0\n"),
		"another format":   bytes.Replace(good.Encode(), []byte("@v1"), []byte("@v2"), 1),
		"a leading zero":   bytes.Replace(good.Encode(), []byte("index 20"), []byte("index 020"), 1),
		"a sign":           bytes.Replace(good.Encode(), []byte("index 20"), []byte("index +20"), 1),
		"a negative index": bytes.Replace(good.Encode(), []byte("index 20"), []byte("index -1"), 1),
		"carriage returns": bytes.ReplaceAll(good.Encode(), []byte("\n"), []byte("\r\n")),
		"too long":         append(good.Encode(), bytes.Repeat([]byte("x"), inclusion.MaxProofBytes)...),
		"a checkpoint of 17 K": change(func(p *inclusion.Proof) {
			p.Checkpoint = append(p.Checkpoint, bytes.Repeat([]byte("— x y\n"), 2400)...)
		}),
	} {
		_, err := inclusion.Check(bad, nil, logs)
		require.ErrorIs(t, err, inclusion.ErrProof, name)
	}
	for name, nobody := range map[string][]inclusion.Log{
		"no log": nil, "another log": {{Origin: "other.example", Key: verifierKey(1)}}, "a broken key": {{Origin: origin, Key: "x"}},
		"the key of another name": {{Origin: origin, Key: inclusion.VerifierKey("other.example", key(1).Public().(ed25519.PublicKey))}},
	} {
		_, err := inclusion.Check(good.Encode(), nil, nobody)
		require.ErrorIs(t, err, inclusion.ErrUnknownLog, name)
	}
	replaced := []inclusion.Log{{Origin: origin, Key: verifierKey(2)}, {Origin: origin, Key: verifierKey(1)}}
	_, err := inclusion.Check(good.Encode(), nil, replaced)
	require.NoError(t, err, "a log may be listed with two keys")
}

func TestConsistency(t *testing.T) {
	log := grown(t, 40, "entry")
	for from := range 40 {
		for to := from; to <= 40; to++ {
			var hashes []tlog.Hash
			if from > 0 && from < to {
				var err error
				hashes, err = tlog.ProveTree(int64(to), int64(from), log)
				require.NoError(t, err)
			}
			older, newer := log.head(t, from), log.head(t, to)
			require.NoError(t, inclusion.CheckConsistency(older, newer, hashes))
			if from < to {
				require.ErrorIs(t, inclusion.CheckConsistency(newer, older, hashes), inclusion.ErrProof, "it shrank")
			}
			if from > 0 {
				older.Root[3] ^= 1
				require.ErrorIs(t, inclusion.CheckConsistency(older, newer, hashes), inclusion.ErrProof)
			}
			other := newer
			other.Origin = "other.example"
			require.ErrorIs(t, inclusion.CheckConsistency(older, other, hashes), inclusion.ErrProof)
		}
	}
	require.ErrorIs(t, inclusion.CheckConsistency(log.head(t, 0), log.head(t, 3), make([]tlog.Hash, 1)), inclusion.ErrProof)
}

// TestCosignatures: quorums, strangers, and what C2SP tlog-cosignature signs.
func TestCosignatures(t *testing.T) {
	log := grown(t, 5, "entry")
	signed := log.signed(t, 5, 1)
	var witnesses []string
	for n := byte(10); n < 13; n++ {
		name := fmt.Sprintf("witness%d.example", n)
		witnesses = append(witnesses, inclusion.CosignatureKey(name, key(n).Public().(ed25519.PublicKey)))
		s, err := inclusion.NewCosigner(name, key(n), at)
		require.NoError(t, err)
		if n == 12 {
			break // the third does not sign
		}
		line := cosign(t, signed, s)
		raw, err := base64.StdEncoding.DecodeString(strings.Fields(line)[2])
		require.NoError(t, err)
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at().Unix(), log.head(t, 5).Text())
		require.True(t, ed25519.Verify(key(n).Public().(ed25519.PublicKey), []byte(message), raw[4+8:]))
		signed = append(signed, line...)
	}
	for quorum, ok := range []bool{true, true, true, false} {
		_, err := inclusion.Open(signed, []inclusion.Log{{Origin: origin, Key: verifierKey(1), Witnesses: witnesses, Quorum: quorum}})
		require.Equal(t, ok, err == nil, "%d: %v", quorum, err)
	}
	_, err := inclusion.Open(signed, []inclusion.Log{{Origin: origin, Key: verifierKey(1)}})
	require.NoError(t, err, "signatures of strangers count for nothing and do no harm")
	_, err = inclusion.Open(signed, []inclusion.Log{{Origin: origin, Key: verifierKey(1), Witnesses: []string{"x"}}})
	require.ErrorIs(t, err, inclusion.ErrUnknownLog)
	twice := append(bytes.Clone(signed), signed[bytes.LastIndex(signed[:len(signed)-1], []byte("\n"))+1:]...)
	_, err = inclusion.Open(twice, []inclusion.Log{{Origin: origin, Key: verifierKey(1), Witnesses: witnesses, Quorum: 3}})
	require.ErrorIs(t, err, inclusion.ErrProof, "one witness counts once")
	witnessAlone := cosignOnly(t, log.head(t, 5))
	_, err = inclusion.Open(witnessAlone, []inclusion.Log{{Origin: origin, Key: verifierKey(1), Witnesses: witnesses}})
	require.ErrorIs(t, err, inclusion.ErrProof, "a witness does not speak for the log")
}

func cosign(t *testing.T, signed []byte, s note.Signer) string {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	out, err := note.Sign(&note.Note{Text: text + "\n"}, s)
	require.NoError(t, err)
	_, line, _ := strings.Cut(string(out), "\n\n")
	return line
}

func cosignOnly(t *testing.T, c inclusion.Checkpoint) []byte {
	s, err := inclusion.NewCosigner("witness10.example", key(10), at)
	require.NoError(t, err)
	out, err := note.Sign(&note.Note{Text: c.Text()}, s)
	require.NoError(t, err)
	return out
}

// TestKeysAgreeWithTheOtherImplementation: x/mod writes the same verifier keys,
// and opens what is signed here.
func TestKeysAgreeWithTheOtherImplementation(t *testing.T) {
	other, err := note.NewEd25519VerifierKey(origin, key(1).Public().(ed25519.PublicKey))
	require.NoError(t, err)
	require.Equal(t, other, verifierKey(1))
	v, err := note.NewVerifier(other)
	require.NoError(t, err)
	_, err = note.Open(grown(t, 3, "e").signed(t, 3, 1), note.VerifierList(v))
	require.NoError(t, err)
	for _, bad := range []string{"", "x", "x+1", "x+00000000+AQ==", verifierKey(1), strings.Replace(inclusion.CosignatureKey("w", key(1).Public().(ed25519.PublicKey)), "w+", "v+", 1)} {
		_, err := inclusion.NewCosignatureVerifier(bad)
		require.Error(t, err, bad)
	}
	for _, name := range []string{"", "a b", "a+b"} {
		_, err := inclusion.NewSigner(name, key(1))
		require.Error(t, err, name)
	}
	s, err := inclusion.NewSigner("other.example", key(1))
	require.NoError(t, err)
	_, err = inclusion.Sign(inclusion.Checkpoint{Origin: origin}, s)
	require.Error(t, err, "a key signs for its own log")
}

func TestOperatorsListIsChecked(t *testing.T) {
	good := inclusion.Log{Origin: origin, Key: verifierKey(1), Witnesses: []string{inclusion.CosignatureKey("w.example", key(3).Public().(ed25519.PublicKey))}, Quorum: 1}
	require.NoError(t, good.Valid())
	for name, change := range map[string]func(*inclusion.Log){
		"no key": func(l *inclusion.Log) { l.Key = "" }, "another origin": func(l *inclusion.Log) { l.Origin = "x" },
		"a witness that is a log": func(l *inclusion.Log) { l.Witnesses = []string{verifierKey(1)} }, "quorum": func(l *inclusion.Log) { l.Quorum = 2 },
	} {
		bad := good
		change(&bad)
		require.Error(t, bad.Valid(), name)
	}
}

func FuzzParseProof(f *testing.F) {
	f.Add(grown(f, 9, "e").prove(f, 9, 4).Encode())
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n0\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := inclusion.ParseProof(data)
		if err != nil {
			require.ErrorIs(t, err, inclusion.ErrProof)
			return
		}
		again, err := inclusion.ParseProof(p.Encode())
		require.NoError(t, err)
		require.Equal(t, p, again)
		_, err = inclusion.Check(data, nil, []inclusion.Log{{Origin: origin, Key: verifierKey(9)}})
		require.Error(t, err, "nobody has that key")
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"v":1,"kind":"certificate.issued","at":"2026-07-01T12:00:00Z","body":"cb","token_sha256":"00","record_sha256":"11"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := inclusion.ParseEntry(data)
		if err != nil {
			require.ErrorIs(t, err, inclusion.ErrEntry)
			return
		}
		again, err := e.Encode()
		require.NoError(t, err)
		require.Equal(t, data, again, "one content, one spelling")
	})
}
