package issue_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bonafide-dev/bonafide/internal/issue"
)

// TestChoicesNeverWiden: whatever a form sends, what holds is no wider than
// what was signed, and whoever hides anything has the record kept back.
func TestChoicesNeverWiden(t *testing.T) {
	rank := map[issue.Publication]int{issue.Public: 0, issue.Match: 1, issue.Hidden: 2}
	levels := []issue.Publication{issue.Public, issue.Match, issue.Hidden}
	rapid.Check(t, func(t *rapid.T) {
		r := issue.Request{Publication: rapid.SampledFrom(levels).Draw(t, "signed"), Evidence: make([]issue.Evidence, rapid.IntRange(0, 4).Draw(t, "items"))}
		wanted := issue.Choice{Publication: rapid.SampledFrom(append(levels, "", "nonsense")).Draw(t, "wanted"), HideLevel: rapid.Bool().Draw(t, "level"),
			HideRecord: rapid.Bool().Draw(t, "record"), Evidence: rapid.SliceOf(rapid.IntRange(-2, 9)).Draw(t, "evidence")}
		c := wanted.Narrowed(r)
		if c.Publication != "" {
			require.Greater(t, rank[c.Publication], rank[r.Publication])
			require.Contains(t, rank, c.Publication)
		}
		for _, i := range c.Evidence {
			require.Contains(t, wanted.Evidence, i)
			require.Less(t, i, len(r.Evidence))
			require.GreaterOrEqual(t, i, 0)
		}
		if c.Publication != "" || c.HideLevel || c.HideRecord {
			require.Error(t, c.Refuse())
		} else {
			require.NoError(t, c.Refuse())
		}
		again, err := issue.ParseChoice(c.Text())
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
	_, err := issue.ParseChoice("{")
	require.Error(t, err)
}
