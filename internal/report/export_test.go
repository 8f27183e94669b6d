package report

import (
	"context"
	"io"
)

// What tests of the statistics see.
func Fisher(a, b, c, d int) float64 { return fisher(a, b, c, d) }

func Burst(counts []float64) (score float64, judgement string) {
	_, _, score, judgement = burstOf(counts)
	return score, judgement
}

// Workbook is XLSX with smaller sheets.
func (r *Report) Workbook(ctx context.Context, to io.Writer, limit int) error {
	return r.workbook(ctx, to, limit)
}
