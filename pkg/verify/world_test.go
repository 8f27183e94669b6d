package verify_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// now is when everything here is judged.
func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// documents is a source that has read what it holds from its addresses.
type documents struct {
	controllers map[string]string // controller document, JWK or JWK set by identifier
	lists       map[string]string // by address
	statements  map[string][]*verify.UnverifiedStatement
	register    verify.Register
	asked       []string // every address and identifier asked for
}

func (d *documents) Statements(_ context.Context, body string) ([]*verify.UnverifiedStatement, error) {
	return d.statements[body], nil
}

func (d *documents) Controller(_ context.Context, id string) ([]verify.PublishedKey, error) {
	d.asked = append(d.asked, id)
	text, ok := d.controllers[id]
	if !ok {
		return nil, verify.ErrUnobtainable
	}
	methods, err := did.ParsePublished([]byte(text), id)
	if err != nil {
		return nil, verify.ErrUnobtainable
	}
	return verify.Published(methods), nil
}

func (d *documents) StatusList(_ context.Context, address string, _ time.Time) (string, error) {
	d.asked = append(d.asked, address)
	text, ok := d.lists[address]
	if !ok {
		return "", verify.ErrUnobtainable
	}
	return text, nil
}

func (d *documents) Register(context.Context, verify.RegisterQuery) (verify.Register, error) {
	return d.register, nil
}

// judge opens an input and reports on it.
func judge(t testing.TB, input string, p verify.Policy, src *documents) *verify.Report {
	t.Helper()
	u, bundle, err := verify.Open([]byte(input), p)
	require.NoError(t, err)
	if src == nil {
		src = &documents{}
	}
	for _, s := range bundle.All() {
		if src.statements == nil {
			src.statements = map[string][]*verify.UnverifiedStatement{}
		}
		about := s.Claims().Subject
		src.statements[about] = append(src.statements[about], s)
	}
	ev, err := verify.GatherFor(context.Background(), u, p, src)
	require.NoError(t, err)
	return verify.Evaluate(ev, p)
}

func outcome(t testing.TB, r *verify.Report, id verify.CheckID) (outcome, problem string) {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == id {
			if c.Problem != nil {
				problem = *c.Problem
			}
			return c.Outcome, problem
		}
	}
	t.Fatalf("no check %s", id)
	return "", ""
}

// fixture reads third-party test data, which is not part of the project.
func fixture(t testing.TB, path ...string) []byte {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against it (set BONAFIDE_FIXTURES)", dir)
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, path...)...))
	require.NoError(t, err)
	return data
}

// party is somebody who signs.
type party struct {
	did string
	key crypto.Signer
	id  string // of the key
}

// newParty has an Ed25519 key under a did:web.
func newParty(t testing.TB, id string) party {
	seed := sha256.Sum256([]byte(id))
	return party{did: id, key: ed25519.NewKeyFromSeed(seed[:]), id: id + "#k"}
}

// keyParty is a did:key.
func keyParty(t testing.TB) party {
	private, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	multikey, err := did.Multikey(public)
	require.NoError(t, err)
	return party{did: "did:key:" + multikey, key: private, id: "did:key:" + multikey + "#" + multikey}
}

func (p party) public(t testing.TB) jws.JWK {
	k, err := jws.NewJWK(p.key.Public(), p.id)
	require.NoError(t, err)
	return k
}

// document is the party's own controller document.
func (p party) document(t testing.TB) string {
	raw, err := json.Marshal(map[string]any{"id": p.did, "assertionMethod": []string{p.id}, "verificationMethod": []any{
		map[string]any{"id": p.id, "type": "JsonWebKey", "controller": p.did, "publicKeyJwk": p.public(t)}}})
	require.NoError(t, err)
	return string(raw)
}

type members = map[string]any

// token signs members as a compact JWS.
func (p party) token(t testing.TB, o members) string {
	raw, err := json.Marshal(o)
	require.NoError(t, err)
	out, err := jws.Sign(raw, "JWT", jws.Signer{KeyID: p.id, Key: p.key})
	require.NoError(t, err)
	return out
}

// embedded signs members with an embedded proof.
func (p party) embedded(t testing.TB, o members) string {
	raw, err := json.Marshal(o)
	require.NoError(t, err)
	out, err := dataintegrity.Sign(raw, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion, Created: now()}, jws.Signer{KeyID: p.id, Key: p.key})
	require.NoError(t, err)
	return string(out)
}
