package lookup

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Proofs is what a proof alone is checked with, whoever made it and for
// whatever: the register's own keys and lists, and beyond them what there is
// for the asker.
type Proofs struct {
	own    *source
	beyond *fetch.Source // nil: nothing
}

// Proofs are the keys and lists for one asker, named by its network address.
func (d *Desk) Proofs(asker string) Proofs {
	p := Proofs{own: &source{desk: d}}
	if d.Foreign != nil {
		p.beyond = d.Foreign(asker)
	}
	return p
}

// Controller returns the keys that a controller publishes for assertions;
// verify.ErrUnobtainable if they cannot be had.
func (p Proofs) Controller(ctx context.Context, id string) ([]verify.PublishedKey, error) {
	held, err := p.own.desk.asserting(ctx, id)
	if errors.Is(err, verify.ErrUnobtainable) && p.beyond != nil {
		return p.beyond.Controller(ctx, id)
	}
	return held, err
}

// StatusList returns the list at the address as of the instant; zero: now.
func (p Proofs) StatusList(ctx context.Context, address string, at time.Time) (string, error) {
	list, err := p.own.StatusList(ctx, address, at)
	if errors.Is(err, verify.ErrUnobtainable) && p.beyond != nil {
		return p.beyond.StatusList(ctx, address, at)
	}
	return list, err
}

// asserting are the keys of one of the register's own controllers.
func (d *Desk) asserting(ctx context.Context, id string) ([]verify.PublishedKey, error) {
	body, ok := keys.Service, id == d.Addresses.Service()
	if !ok {
		if body, ok = d.Addresses.BodyID(id); !ok {
			return nil, verify.ErrUnobtainable
		}
	}
	held, err := d.Custodian.Asserting(ctx, body)
	out := make([]verify.PublishedKey, len(held))
	for i, k := range held {
		out[i] = published(k)
	}
	return out, err
}
