package lookup

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxCorrections bounds how often a name is followed to the certificate that
// corrects it: nobody's is corrected so often.
const maxCorrections = 8

// holder reads what the register knows of the holder though the certificate may
// hide it: only where somebody asks whether it is this one. A correction counts
// from when it was learnt; a former name that is to be shown no more is not
// compared at any instant. asker is the body that asks, if one does.
func (d *Desk) holder(ctx context.Context, n credential.Number, asker string, knownAt time.Time) (verify.KnownHolder, error) {
	var h verify.KnownHolder
	for range maxCorrections {
		rec, err := d.Certificates.Certificate(ctx, string(n))
		if errors.Is(err, issue.ErrNotFound) && len(h.Names) > 0 {
			return h, nil
		}
		if err != nil {
			return h, err
		}
		h.Hidden = h.Hidden || rec.Request.Publication == issue.Hidden && rec.Body != asker
		h.Own = h.Own || asker != "" && rec.Body == asker
		h.Names = append(h.Names, rec.Request.Holder.Name)
		next := ""
		for _, e := range rec.Events {
			if e.Kind != trust.NameCorrected {
				continue
			}
			if e.HidesName {
				h.Names = nil
			}
			if knownAt.IsZero() || !e.LearntAt.After(knownAt) {
				next = e.Successor
			}
		}
		if next == "" {
			return h, nil
		}
		if n, err = credential.ParseNumber(next); err != nil { // recorded before corrections were issued as certificates: the name itself
			h.Names = append(h.Names, next)
			return h, nil
		}
	}
	return h, nil
}
