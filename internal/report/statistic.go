package report

import (
	"math"
	"slices"
)

// fisher is the two-sided p-value of Fisher's exact test (R. A. Fisher, The
// Design of Experiments, 1935) for the table of a passed and b failed beside c
// passed and d failed: how probable it is, if both are the same, that chance
// makes a table as improbable as this one or more so.
func fisher(a, b, c, d int) float64 {
	row, column, all := a+b, a+c, a+b+c+d
	if row == 0 || column == 0 || row == all || column == all {
		return 1
	}
	fixed := lnFactorial(row) + lnFactorial(all-row) + lnFactorial(column) + lnFactorial(all-column) - lnFactorial(all)
	at := func(x int) float64 {
		return fixed - lnFactorial(x) - lnFactorial(row-x) - lnFactorial(column-x) - lnFactorial(all-row-column+x)
	}
	const same = 1e-7 // tables of the same probability differ by rounding
	seen, p := at(a)+same, 0.0
	for x := max(0, row+column-all); x <= min(row, column); x++ {
		if q := at(x); q <= seen {
			p += math.Exp(q)
		}
	}
	return min(1, p)
}

func lnFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

// outlying is the modified z-score of x among values: 0.6745 times its distance
// from the median, in median absolute deviations; where these are zero, in
// 1.253314 mean absolute deviations (B. Iglewicz and D. C. Hoaglin, How to
// Detect and Handle Outliers, 1993). Zero if nothing deviates.
func outlying(x float64, values []float64) (score, middle float64) {
	middle = median(values)
	apart, sum := make([]float64, len(values)), 0.0
	for i, v := range values {
		apart[i] = math.Abs(v - middle)
		sum += apart[i]
	}
	switch mad := median(apart); {
	case mad > 0:
		return 0.6745 * (x - middle) / mad, middle
	case sum > 0:
		return (x - middle) / (1.253314 * sum / float64(len(values))), middle
	}
	return 0, middle
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// What is marked, and from how many observations on.
const (
	rare       = 0.01 // of all comparisons of a report together (Bonferroni)
	fewest     = 20   // assessments of one, and of all the others
	fewestDays = 10   // days, or weeks, with anything on them
	outlier    = 3.5  // Iglewicz and Hoaglin's bound
	burst      = 10   // certificates on one day, or in one week: fewer are no news
)

// Judgements of a comparison.
const (
	usual      = "usual"
	high       = "unusually_high"
	low        = "unusually_low"
	tooFew     = "too_few"
	passesOnly = "only_passes_known"
)

// burstOf judges the largest of counts against all of them.
func burstOf(counts []float64) (largest, middle, score float64, judgement string) {
	if len(counts) == 0 {
		return 0, 0, 0, tooFew
	}
	largest = slices.Max(counts)
	score, middle = outlying(largest, counts)
	switch {
	case len(counts) < fewestDays:
		return largest, middle, score, tooFew
	case score > outlier && largest >= burst && largest >= 2*middle:
		return largest, middle, score, high
	}
	return largest, middle, score, usual
}
