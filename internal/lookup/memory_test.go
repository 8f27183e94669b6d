package lookup

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryIsByTheExactBytesAndBounded(t *testing.T) {
	token := func(i int) string { return strings.Repeat("x", 99) + string(rune('a'+i)) }
	m := memory{most: 3 * perByte * 100}
	first := m.read(token(0))
	require.Same(t, first, m.read(token(0)), "read once")
	require.NotSame(t, first, m.read(token(1)))
	require.Equal(t, token(1), m.read(token(1)).Token())
	m.read(token(2))
	m.read(token(0)) // asked for again: token 1 is the one to go
	m.read(token(3))
	require.Len(t, m.by, 3)
	require.Equal(t, m.most, m.held)
	require.Same(t, first, m.read(token(0)))
	require.NotContains(t, m.by, token(1))
	require.NotSame(t, m.read(strings.Repeat("y", 1000)), m.read(strings.Repeat("y", 1000)), "what is larger than all memory is not kept")
	require.Len(t, m.by, 3)
	none := memory{}
	require.NotSame(t, none.read(token(0)), none.read(token(0)))
	require.Empty(t, none.by)
}

func TestMemoryIsSafeAtOnce(t *testing.T) {
	m := memory{most: 5 * perByte * 10}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 200 {
				text := strings.Repeat(string(rune('a'+(i+k)%20)), 10)
				if got := m.read(text).Token(); got != text {
					t.Errorf("%q for %q", got, text)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, m.held, m.most)
	require.Equal(t, len(m.by), m.order.Len())
	require.Equal(t, m.held, perByte*10*len(m.by))
}
