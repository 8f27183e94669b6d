package main

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// sources are the register's own holdings, and beyond them what there is for
// the asker.
func (a *app) sources(asker string) vcapi.Source {
	s := holdings{app: a}
	if a.lookup.Foreign != nil {
		s.beyond = a.lookup.Foreign(asker)
	}
	return s
}

// holdings implement vcapi.Source.
type holdings struct {
	app    *app
	beyond *fetch.Source // nil: nothing
}

// Controller implements vcapi.Source.
func (h holdings) Controller(ctx context.Context, id string) ([]verify.PublishedKey, error) {
	held, err := h.app.published(ctx, id)
	if errors.Is(err, verify.ErrUnobtainable) && h.beyond != nil {
		return h.beyond.Controller(ctx, id)
	}
	return held, err
}

// StatusList implements vcapi.Source.
func (h holdings) StatusList(ctx context.Context, address string, at time.Time) (string, error) {
	list, err := h.app.statusList(ctx, address, at)
	if errors.Is(err, verify.ErrUnobtainable) && h.beyond != nil {
		return h.beyond.StatusList(ctx, address, at)
	}
	return list, err
}

// published are the keys of the register's own controllers.
func (a *app) published(ctx context.Context, id string) ([]verify.PublishedKey, error) {
	body, ok := keys.Service, id == a.addresses.Service()
	if !ok {
		if body, ok = a.addresses.BodyID(id); !ok {
			return nil, verify.ErrUnobtainable
		}
	}
	held, err := a.custodian.Asserting(ctx, body)
	if err != nil {
		return nil, err
	}
	out := make([]verify.PublishedKey, len(held))
	for i, k := range held {
		out[i].JWK = k.Public
		if at := k.RevokedAt; !at.IsZero() {
			out[i].RevokedAt = &at
		}
	}
	return out, nil
}

// statusList obtains one of the register's own status lists.
func (a *app) statusList(ctx context.Context, address string, at time.Time) (string, error) {
	list, purpose, ok := a.addresses.StatusListID(address)
	if !ok {
		return "", verify.ErrUnobtainable
	}
	token, err := a.publisher.List(ctx, list, purpose, at)
	if errors.Is(err, registry.ErrNotFound) {
		return "", verify.ErrUnobtainable
	}
	return token, err
}
