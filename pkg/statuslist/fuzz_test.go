package statuslist_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// FuzzDecode: whatever is decoded is neither short nor beyond the bound, and
// what is encoded again says the same.
func FuzzDecode(f *testing.F) {
	encoded, err := statuslist.Encode(statuslist.New(0))
	require.NoError(f, err)
	f.Add(encoded)
	f.Add("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
	f.Fuzz(func(t *testing.T, text string) {
		bits, err := statuslist.Decode(text)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, len(bits)*8, statuslist.MinEntries)
		require.LessOrEqual(t, len(bits)*8, statuslist.MaxEntries)
		again, err := statuslist.Encode(bits)
		require.NoError(t, err)
		back, err := statuslist.Decode(again)
		require.NoError(t, err)
		require.Equal(t, bits, back)
	})
}
