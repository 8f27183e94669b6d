package lookup

import (
	"context"
	"errors"
	"fmt"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// logged is this register's word on where its log holds the certificate: what
// the certificate's own row tells, without asking the log. A note about another
// token than the one kept is none about it. Proofs are for bundles, and for
// whoever asks the log.
func (d *Desk) logged(ctx context.Context, found *issue.Published) (*verify.Logged, error) {
	if d.Log == nil {
		return nil, nil //nolint:nilnil // the register keeps no log
	}
	l := found.Logged
	hash := inclusion.TokenHash(found.Token)
	if l == nil || string(l.Token) != string(hash[:]) {
		return &verify.Logged{}, nil
	}
	out := &verify.Logged{At: l.At, Imported: l.Imported}
	if l.Place < 0 {
		return out, nil
	}
	origin, index, err := d.Log.Origin(ctx, l.Place)
	if errors.Is(err, translog.ErrNotFound) {
		return &verify.Logged{}, nil // a place in no tree
	}
	out.Origin, out.Index = origin, &index
	return out, err
}

// proofs are those that a bundle carries: none while the certificate waits for
// its place, or was issued before there was a log.
func (d *Desk) proofs(ctx context.Context, token string) ([]string, error) {
	if d.Log == nil {
		return nil, nil
	}
	p, _, err := d.Log.ProveToken(ctx, inclusion.TokenHash(token))
	switch {
	case errors.Is(err, translog.ErrWaiting), errors.Is(err, translog.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("proving that the log holds the certificate: %w", err)
	}
	return []string{string(p.Encode())}, nil
}

// Prove puts into a report that is to be kept the proof of what it says of this
// register's log: nobody needs the register's word for it later.
func (d *Desk) Prove(ctx context.Context, r *verify.Report) error {
	if d.Log == nil || r.Log == nil || r.Log.State != "included" {
		return nil
	}
	t, err := d.Log.Tree(ctx, translog.Shard(r.Log.Origin))
	if err != nil {
		return fmt.Errorf("finding the log: %w", err)
	}
	p, err := d.Log.ProveEntry(ctx, t, *r.Log.Index)
	switch {
	case errors.Is(err, translog.ErrNotFound): // in its place, and not published yet
		return nil
	case err != nil:
		return err
	}
	r.Log.Proof = string(p.Encode())
	return nil
}
