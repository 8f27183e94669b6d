package dataintegrity_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// fixtures is the folder of third-party test data, which is not part of the
// project.
func fixtures(t testing.TB) string {
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
	return dir
}

func fixture(t testing.TB, path ...string) []byte {
	data, err := os.ReadFile(filepath.Join(append([]string{fixtures(t)}, path...)...))
	require.NoError(t, err)
	return data
}

// methodKey is the key of a verification method whose fragment, or did:key, is
// a Multikey.
func methodKey(t testing.TB, method string) jws.JWK {
	_, text, ok := strings.Cut(method, "#")
	if !ok {
		text = strings.TrimPrefix(method, "did:key:")
	}
	k, err := did.ParseMultikey(text)
	require.NoError(t, err, method)
	return k.WithKeyID(method)
}

// TestW3CVectors verifies what the W3C published with its suites, and makes
// sure that one altered word is noticed.
func TestW3CVectors(t *testing.T) {
	for _, path := range [][]string{
		{"eddsa-rdfc-2022", "signedDataInt.json"}, {"eddsa-jcs-2022", "signedJCS.json"},
		{"proof-set-chain", "signedProofSet2.json"}, {"proof-set-chain", "signedProofChain2.json"},
	} {
		data := fixture(t, append([]string{"vc-di-eddsa-vectors"}, path...)...)
		u, err := dataintegrity.Parse(data)
		require.NoError(t, err, path)
		altered, err := dataintegrity.Parse(bytes.Replace(data, []byte("The School of Examples"), []byte("The School of Samples"), 1))
		require.NoError(t, err)
		for i, p := range u.Proofs {
			k := methodKey(t, p.VerificationMethod)
			require.NoError(t, u.Verify(i, k, dataintegrity.Assertion, nil), "%v proof %d", path, i)
			require.ErrorIs(t, altered.Verify(i, k, dataintegrity.Assertion, nil), dataintegrity.ErrProof, "%v proof %d", path, i)
			require.ErrorIs(t, u.Verify(i, k, dataintegrity.Authentication, nil), dataintegrity.ErrProof, "%v proof %d", path, i)
		}
	}
}
