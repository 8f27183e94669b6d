package dataintegrity_test

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// FuzzVerify hands any document to the reader and its verifier: no input is
// verified by a key that did not sign it.
func FuzzVerify(f *testing.F) {
	s, k := ed(f)
	for _, suite := range []string{dataintegrity.EdDSARDFC, dataintegrity.EdDSAJCS} {
		signed, err := dataintegrity.Sign([]byte(strict), dataintegrity.Options{Suite: suite, Purpose: dataintegrity.Assertion}, s)
		require.NoError(f, err)
		f.Add(signed)
	}
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2",{"x":"https://cb.example/x"}],"x":[{"x":1.5e300},{"@id":"_:a"}],"proof":{"type":"Ed25519Signature2020","verificationMethod":"did:key:z","proofPurpose":"assertionMethod","proofValue":"z1"}}`))
	private, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(f, err)
	stranger, err := jws.NewJWK(private.Public(), "did:web:cb.example#k")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := dataintegrity.Parse(data)
		if err != nil {
			return
		}
		for i := range u.Proofs {
			require.Error(t, u.Verify(i, stranger, dataintegrity.Assertion, nil))
			_ = u.Verify(i, k, dataintegrity.Assertion, nil) // may verify: white space and order are free
		}
	})
}
