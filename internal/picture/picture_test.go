package picture_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/picture"
)

func TestLook(t *testing.T) {
	s, err := picture.NewStudio("/usr/share/fonts")
	require.NoError(t, err)
	for n, f := range faces() {
		b, err := s.BadgePNG(t.Context(), f)
		require.NoError(t, err)
		os.WriteFile("/tmp/h/tmp-badges/"+n+".png", b, 0o644)
		b, err = s.CardPNG(t.Context(), f)
		require.NoError(t, err)
		os.WriteFile("/tmp/h/tmp-badges/"+n+"-card.png", b, 0o644)
		b, err = s.BadgeSVG(t.Context(), f)
		require.NoError(t, err)
		os.WriteFile("/tmp/h/tmp-badges/"+n+".svg", b, 0o644)
		b, err = s.PDF(t.Context(), f, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
		require.NoError(t, err)
		os.WriteFile("/tmp/h/tmp-badges/"+n+".pdf", b, 0o644)
	}
}
