package verify_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// FuzzOpen hands anything in: whatever it is, the answer is a report with every
// check, and never a good one, since nobody here knows any issuer.
func FuzzOpen(f *testing.F) {
	c := newChain(f)
	token := c.cb.token(f, c.certificate)
	for _, input := range []string{token, c.cb.embedded(f, plain(c.certificate)), bundle(f, token, c.statements(f)...), `{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + token + `"}`} {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := verify.Policy{Now: now()}
		u, src, err := verify.Open(data, p)
		if err != nil {
			require.True(t, errors.Is(err, verify.ErrUnreadable) || errors.Is(err, verify.ErrNoCertificate), "%v", err)
			return
		}
		ev, err := verify.GatherFor(t.Context(), u, p, src)
		require.NoError(t, err)
		r := verify.Evaluate(ev, p)
		require.Len(t, r.Checks, len(verify.CheckIDs()))
		require.NotEqual(t, verify.BonaFide, r.Verdict)
		require.NotEqual(t, verify.AccreditedElsewhere, r.Verdict)
	})
}
