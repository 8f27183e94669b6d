package cpd

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// Sample tells whether the proofs of a ledger are asked for, and why. The draw
// is SHA-256 of the first entry's id, which the register chooses at random: the
// holder cannot foresee it, and anyone who sees the ledger can repeat it.
type Sample struct {
	Selected bool
	Percent  float64
	Why      string
}

// Audit draws the sample. A ledger without entries is not drawn.
func Audit(percent float64, ledger []Entry) Sample {
	s := Sample{Percent: percent}
	switch {
	case percent <= 0:
		s.Why = "The rule names no audit sample."
		return s
	case len(ledger) == 0:
		s.Why = "There is no entry yet from which to draw."
		return s
	}
	first := ledger[0]
	for _, e := range ledger {
		if e.LearntAt.Before(first.LearntAt) || e.LearntAt.Equal(first.LearntAt) && e.ID < first.ID {
			first = e
		}
	}
	sum := sha256.Sum256([]byte(first.ID))
	draw := float64(binary.BigEndian.Uint32(sum[:4])) / (math.MaxUint32 + 1) * 100
	s.Selected = draw < percent
	side := "not below"
	if s.Selected {
		side = "below"
	}
	s.Why = fmt.Sprintf("SHA-256 of the first entry's id %s begins with %x, which is %.4f %% of its range: %s %g %%.", first.ID, sum[:4], draw, side, percent)
	return s
}
