package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func fact() Fact {
	return Fact{Kind: CertificateIssued, Thing: Thing{Certificate, "BF-1"}, Body: "b", Scheme: "s", Token: HashOf("a.b.c"),
		Decided: time.Unix(1_700_000_000, 0), Wrote: []byte("a.b.c of Jane Doe")}
}

func TestLeafSaysNothingOfAPerson(t *testing.T) {
	by := Caller{Client: "client-1", Body: "b", Address: "192.0.2.7", Request: "r"}
	n, err := Write(fact(), by, time.Unix(1_700_000_001, 0), "")
	require.NoError(t, err)
	for _, private := range []string{"BF-1", "Jane", "client-1", "192.0.2.7", n.After} {
		require.NotContains(t, string(n.Leaf), private)
	}
	l, err := ParseLeaf(n.Leaf)
	require.NoError(t, err)
	hash := HashOf("a.b.c")
	require.Equal(t, hex.EncodeToString(hash[:]), l.Token)
	require.Equal(t, "2023-11-14T22:13:21Z", l.At.Format(time.RFC3339))
	require.Empty(t, l.ID)
}

func TestRecordIsBoundByTheLeafAndTheNoteBefore(t *testing.T) {
	n, err := Write(fact(), Caller{}, time.Unix(1, 0), "")
	require.NoError(t, err)
	l, err := ParseLeaf(n.Leaf)
	require.NoError(t, err)
	sum := sha256.Sum256(n.Record)
	require.Equal(t, hex.EncodeToString(sum[:]), l.Record)
	var r Record
	require.NoError(t, json.Unmarshal(n.Record, &r))
	require.Len(t, r.Salt, 26)
	next, err := Write(fact(), Caller{}, time.Unix(1, 0), n.After)
	require.NoError(t, err)
	require.NotEqual(t, n.After, next.After, "the same writing after another leaves another state")
	require.NotEqual(t, n.Leaf, next.Leaf)
}

func TestParseLeafRefuses(t *testing.T) {
	n, err := Write(fact(), Caller{}, time.Unix(1, 0), "")
	require.NoError(t, err)
	good := string(n.Leaf)
	for name, bad := range map[string]string{
		"another version": strings.Replace(good, `"v":1`, `"v":2`, 1), "another member": strings.Replace(good, `{`, `{"x":1,`, 1),
		"space": good + " ", "another order": strings.Replace(good, `"v":1,"kind":"certificate.issued"`, `"kind":"certificate.issued","v":1`, 1),
		"nothing": "", "a name twice": strings.Replace(good, `"v":1`, `"v":1,"v":1`, 1),
	} {
		_, err := ParseLeaf([]byte(bad))
		require.Error(t, err, name)
	}
}

func TestWho(t *testing.T) {
	require.Equal(t, Caller{}, Who(context.Background()))
	require.Equal(t, "c", Who(By(context.Background(), Caller{Client: "c"})).Client)
}
