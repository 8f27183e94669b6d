package main

import (
	"context"
	"fmt"
	"time"

	claimcheck "github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// openClaims wires the claim check and the red flags in force, for claims and
// for certificates alike.
func (a *app) openClaims(c config) error {
	warnings, err := claimcheck.Warnings()
	if err != nil {
		return fmt.Errorf("opening the claim check: %w", err)
	}
	a.flags = redflag.Without(c.FlagsOff)
	a.lookup.Flags, a.lookup.Warnings = a.flags, warnings
	a.pdf = claimcheck.NewPDF()
	a.claims = &claimcheck.Desk{
		View: a.registrar.View, Addresses: a.addresses, Trust: a.anchors.Trust, Flags: a.flags, Warnings: warnings,
		Now: func() time.Time { return time.Now().UTC() },
		Lookup: func(ctx context.Context, number, name string) (*verify.Report, error) {
			return a.lookup.Certificate(ctx, number, lookup.Query{Name: name})
		},
	}
	return nil
}
