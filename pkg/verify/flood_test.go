package verify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestFloodOfLinks: a bundle full of links that must each be canonicalised costs
// no more than a few of them, and hides no good one in a token.
func TestFloodOfLinks(t *testing.T) {
	c := newChain(t)
	mallory := keyParty(t)
	posing := party{did: c.ab.did, key: mallory.key, id: c.ab.id}
	links := slices.Repeat([]string{posing.embedded(t, plain(c.accredited))}, verify.MaxEmbedded+50)
	input := bundle(t, c.cb.token(t, c.certificate), append(links, c.statements(t)...)...)
	r := c.judge(t, input)
	require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
	// Where there is no place to check them, they count for nothing.
	c.policy.Workers = dataintegrity.NewWorkers(1, 0, func() <-chan time.Time { out := make(chan time.Time); close(out); return out })
	r = c.judge(t, bundle(t, c.cb.embedded(t, plain(c.certificate)), c.statements(t)...))
	require.Contains(t, []verify.Verdict{verify.Undetermined, verify.BonaFide}, r.Verdict, "the clock runs out at once: never a forgery")
	require.NotEqual(t, verify.Inauthentic, r.Authenticity)
}
