package main

import (
	"context"

	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// show wires the pictures, and the question to an issuer's site whether its
// certificates are checked here; network is nil where nothing may be asked.
func (a *app) show(c config, network *fetch.Client) error {
	var err error
	if a.studio, err = picture.NewStudio(c.Fonts...); err != nil {
		return err
	}
	if network != nil {
		a.backlinks, err = backlink.New(network.For(c.PublicURL), c.PublicURL)
	}
	return err
}

// asksBack is how the pages ask; nil: they do not.
func (a *app) asksBack() func(context.Context, []string) backlink.Answer {
	if a.backlinks == nil {
		return nil
	}
	return a.backlinks.Check
}

// known is the register's entry of a body.
func (a *app) known(ctx context.Context, id string) (registry.Body, bool) {
	v, err := a.registrar.View(ctx)
	if err != nil {
		return registry.Body{}, false
	}
	return v.Body(id)
}
