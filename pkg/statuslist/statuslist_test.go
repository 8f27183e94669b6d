package statuslist_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

func TestRoundTrip(t *testing.T) {
	b := statuslist.New(0)
	require.Len(t, b, statuslist.MinEntries/8)
	for _, i := range []int{0, 7, 8, 94567, statuslist.MinEntries - 1} {
		require.NoError(t, b.Set(i))
	}
	require.EqualValues(t, 0x81, b[0], "index 0 is the most significant bit")
	text, err := statuslist.Encode(b)
	require.NoError(t, err)
	back, err := statuslist.Decode(text)
	require.NoError(t, err)
	require.Equal(t, b, back)
	for i, want := range map[int]bool{0: true, 1: false, 94567: true, 94568: false} {
		has, err := back.Has(i)
		require.NoError(t, err)
		require.Equal(t, want, has, i)
	}
	_, err = back.Has(statuslist.MinEntries)
	require.ErrorIs(t, err, statuslist.ErrRange)
	require.ErrorIs(t, back.Set(-1), statuslist.ErrRange)
}

// TestPublishedExample reads the encodedList that the Recommendation prints.
func TestPublishedExample(t *testing.T) {
	b, err := statuslist.Decode("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
	require.NoError(t, err)
	require.Equal(t, statuslist.New(0), b)
}

func pack(t *testing.T, data ...[]byte) string {
	var out bytes.Buffer
	for _, d := range data {
		w := gzip.NewWriter(&out)
		_, err := w.Write(d)
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes())
}

func TestRefused(t *testing.T) {
	_, err := statuslist.Decode(pack(t, make([]byte, 100)))
	require.ErrorIs(t, err, statuslist.ErrLength)
	full := make([]byte, statuslist.MinEntries/8)
	for name, text := range map[string]string{
		"bomb": pack(t, make([]byte, 64<<20)), "two members": pack(t, full, full), "no multibase": pack(t, full)[1:], "not gzip": "uAAAA", "empty": "",
	} {
		_, err := statuslist.Decode(text)
		require.ErrorIs(t, err, statuslist.ErrMalformed, name)
	}
}
