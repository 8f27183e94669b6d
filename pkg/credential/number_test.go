package credential_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TestMistypedNumbers tries every single wrong character and every exchange of
// two neighbours, the check character included.
func TestMistypedNumbers(t *testing.T) {
	refused := func(wrong, plain []byte) {
		if _, err := credential.ParseNumber(string(wrong)); !errors.Is(err, credential.ErrCheckCharacter) {
			t.Fatalf("%s typed for %s: %v", wrong, plain, err)
		}
	}
	for range 200 {
		n, err := credential.NewNumber(rand.Reader)
		require.NoError(t, err)
		plain := []byte(strings.ReplaceAll(string(n), "-", ""))
		require.Len(t, plain, 13)
		for i := range plain {
			for _, c := range []byte(alphabet) {
				if c != plain[i] {
					wrong := bytes.Clone(plain)
					wrong[i] = c
					refused(wrong, plain)
				}
			}
			if i > 0 && plain[i] != plain[i-1] {
				wrong := bytes.Clone(plain)
				wrong[i], wrong[i-1] = wrong[i-1], wrong[i]
				refused(wrong, plain)
			}
		}
	}
}

func TestNumbersAsTyped(t *testing.T) {
	for range 50 {
		n, err := credential.NewNumber(rand.Reader)
		require.NoError(t, err)
		got, err := credential.ParseNumber(" " + strings.ToLower(strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(string(n))))
		require.NoError(t, err)
		require.Equal(t, n, got)
		got, err = credential.ParseNumber(strings.NewReplacer("1", "I", "-", "\u2013").Replace(string(n)))
		require.NoError(t, err)
		require.Equal(t, n, got)
	}
	for _, s := range []string{"", "1234", "7K3M-9QXA-4TZ8-HW", "7K3M-9QXA-4TZ8-é", "../../etc", "7K3M-9QXA-4TZ\u017f-W", "UUUU-UUUU-UUUU-U", strings.Repeat(" ", 70), "\xff"} {
		_, err := credential.ParseNumber(s)
		require.ErrorIs(t, err, credential.ErrNotANumber, s)
	}
	_, err := credential.ParseNumber("7K3M-9QXA-4TZ8-H")
	require.NoError(t, err, "the number shown as an example is one")
	_, err = credential.NewNumber(iotest.ErrReader(errors.New("no entropy")))
	require.Error(t, err, "a number is never drawn without chance")
}

// TestNumberVector pins the check character: numbers are printed on paper.
func TestNumberVector(t *testing.T) {
	n, err := credential.NewNumber(bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
	require.NoError(t, err)
	require.Equal(t, credential.Number("0123-4567-89AB-Y"), n)
}
