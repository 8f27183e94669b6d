package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/report"
)

// TestFisher: hand-computed tables of hypergeometric probabilities.
func TestFisher(t *testing.T) {
	for _, c := range []struct {
		a, b, c, d int
		p          float64
	}{
		{3, 1, 1, 3, 34.0 / 70}, // the lady tasting tea: (1+16+16+1)/70
		{4, 0, 0, 4, 2.0 / 70},  // all eight cups right: (1+1)/70
		{2, 2, 2, 2, 1},         // as expected
		{1, 9, 11, 3, 0.002759}, // one tail 0.001380, the other as improbable
		{0, 5, 0, 7, 1},         // nobody passed anywhere
		{5, 0, 0, 0, 1},         // no others
	} {
		require.InDelta(t, c.p, report.Fisher(c.a, c.b, c.c, c.d), 1e-6, "%v", c)
		require.InDelta(t, report.Fisher(c.a, c.b, c.c, c.d), report.Fisher(c.c, c.d, c.a, c.b), 1e-9, "the same from the other side")
	}
	require.Less(t, report.Fisher(50_000, 0, 40_000, 10_000), 1e-12, "large numbers stay numbers")
}

func TestBusiestDay(t *testing.T) {
	steady := []float64{4, 5, 6, 5, 4, 6, 5, 4, 6, 5}
	for name, c := range map[string]struct {
		counts []float64
		is     string
	}{
		"steady":                   {steady, "usual"},
		"one burst":                {append([]float64{40}, steady...), "unusually_high"},
		"a few days":               {[]float64{1, 1, 90}, "too_few"},
		"nothing":                  {nil, "too_few"},
		"all the same":             {[]float64{9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, "usual"},
		"two on one day":           {[]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 2}, "usual"},
		"burst over constant days": {[]float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 60}, "unusually_high"},
	} {
		_, is := report.Burst(c.counts)
		require.Equal(t, c.is, is, name)
	}
	score, _ := report.Burst(append([]float64{40}, steady...))
	require.InDelta(t, 0.6745*35/1, score, 1e-9, "median 5, median deviation 1")
}
