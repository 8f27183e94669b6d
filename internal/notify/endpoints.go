package notify

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Wanted is what an owner asks of an endpoint.
type Wanted struct {
	URL         string
	Description string
	Events      []string
}

func (o *Office) check(w Wanted) error {
	var f fault.Invalid
	if w.URL == "" {
		f.Add("/url", "is missing: the https address that messages are sent to")
	} else if len(w.URL) > maxURL || !o.May(w.URL) {
		f.Add("/url", "must be an https address, port 443, of a named public host, without user, of at most 2048 characters")
	}
	if len(w.Description) > maxDescription || strings.ContainsFunc(w.Description, unicode.IsControl) {
		f.Add("/description", fmt.Sprintf("must be one line of at most %d bytes", maxDescription))
	}
	types := Types()
	if len(w.Events) > len(types) {
		f.Add("/events", "names more types than there are")
		return f.Err()
	}
	for i, e := range w.Events {
		if !slices.ContainsFunc(types, func(t string) bool { return matches(e, t) }) {
			f.Add(fmt.Sprintf("/events/%d", i), fmt.Sprintf("%q is no type; there are %s, and groups such as certificate.*", e, strings.Join(types, ", ")))
		}
	}
	return f.Err()
}

// Created is an endpoint with the secret that is shown to whoever made it.
type Created struct {
	Endpoint
	Secret   string
	Replayed bool
}

// showFor is how long a repeat of the creating call still gets the secret.
const showFor = 24 * time.Hour

// Create makes an endpoint. creation, if not empty, names the creating call: a
// repeat of it is answered with what it made.
func (o *Office) Create(ctx context.Context, owner Owner, w Wanted, creation string) (Created, error) {
	return o.create(ctx, owner, "", w, creation)
}

func (o *Office) create(ctx context.Context, owner Owner, watch string, w Wanted, creation string) (Created, error) {
	if err := o.check(w); err != nil {
		return Created{}, err
	}
	asked, err := json.Marshal([]any{owner, watch, w})
	if err != nil {
		return Created{}, fmt.Errorf("encoding a request: %w", err)
	}
	print := sha256.Sum256(asked)
	e := Endpoint{Owner: owner, Watch: watch, URL: w.URL, Description: w.Description, Events: w.Events, Fingerprint: print[:], CreatedAt: o.now()}
	if e.ID = idOf("wh_", string(owner), creation); creation == "" {
		if e.ID, err = o.id("wh_"); err != nil {
			return Created{}, err
		}
	}
	s, err := o.freshSecrets()
	if err != nil {
		return Created{}, err
	}
	if e.PublicKey, err = s.public(); err != nil {
		return Created{}, err
	}
	if e.Sealed, err = o.seal(e.ID, s); err != nil {
		return Created{}, err
	}
	kept, existing, err := o.Store.AddEndpoint(ctx, e, maxEndpoints)
	if err != nil {
		return Created{}, err
	}
	out := Created{Endpoint: kept, Secret: s.show(), Replayed: existing}
	if existing {
		if out.Secret = ""; kept.PreviousUntil.IsZero() && o.now().Before(kept.CreatedAt.Add(showFor)) {
			if s, err = o.unseal(kept); err != nil {
				return Created{}, err
			}
			out.Secret = s.show()
		}
	}
	return out, nil
}

// Change is what PATCH may change; nil leaves it.
type Change struct {
	URL         *string
	Description *string
	Events      *[]string
	Enabled     *bool
}

// Change changes an endpoint. Enabling it sends what waited.
func (o *Office) Change(ctx context.Context, id string, c Change) (Endpoint, error) {
	now := o.now()
	return o.Store.ChangeEndpoint(ctx, id, "changed", now, func(e *Endpoint) error {
		if c.URL != nil {
			e.URL = *c.URL
		}
		if c.Description != nil {
			e.Description = *c.Description
		}
		if c.Events != nil {
			e.Events = *c.Events
		}
		if c.Enabled != nil {
			enable(e, *c.Enabled, now)
		}
		return o.check(Wanted{e.URL, e.Description, e.Events})
	})
}

func enable(e *Endpoint, on bool, now time.Time) {
	switch {
	case on:
		e.DisabledAt, e.DisabledWhy, e.FailingSince, e.Streak, e.PausedUntil = time.Time{}, "", time.Time{}, 0, time.Time{}
	case e.DisabledAt.IsZero():
		e.DisabledAt, e.DisabledWhy = now, ByOwner
	}
}

// Overlap bounds how long a replaced secret stays good.
const (
	DefaultOverlap = 24 * time.Hour
	maxOverlap     = 7 * 24 * time.Hour
)

// Rotate gives an endpoint a new secret. The one before signs beside it for the overlap.
func (o *Office) Rotate(ctx context.Context, id string, overlap time.Duration) (Created, error) {
	if overlap < 0 || overlap > maxOverlap {
		return Created{}, fault.Invalid{{Pointer: "/overlap_hours", Detail: "must be a whole number of hours from 0 to 168"}}
	}
	now, key := o.now(), make([]byte, secretBytes)
	if _, err := io.ReadFull(o.Rand, key); err != nil {
		return Created{}, fmt.Errorf("drawing a secret: %w", err)
	}
	var s secrets
	e, err := o.Store.ChangeEndpoint(ctx, id, "secret rotated", now, func(e *Endpoint) (err error) {
		if s, err = o.unseal(*e); err != nil {
			return err
		}
		s = s.rotate(key, now, now.Add(overlap))
		e.PreviousUntil = now.Add(overlap)
		e.Sealed, err = o.seal(e.ID, s)
		return err
	})
	if err != nil {
		return Created{}, err
	}
	return Created{Endpoint: e, Secret: s.show()}, nil
}

// Test sends a message of type webhook.test.
func (o *Office) Test(ctx context.Context, e Endpoint) (Delivery, error) {
	source, err := o.id("test ")
	if err != nil {
		return Delivery{}, err
	}
	now := o.now()
	d, err := delivery(e, source, source, 0, message{WebhookTest, now, happening{Webhook: e.ID}})
	if err != nil {
		return Delivery{}, err
	}
	if err := o.Store.Enqueue(ctx, e.ID, []Delivery{d}, now, false, nil); err != nil {
		return Delivery{}, err
	}
	return o.Store.Delivery(ctx, e.ID, d.ID)
}

// Replay has what happened in [from, before) told again, under the same ids.
func (o *Office) Replay(ctx context.Context, e Endpoint, from, before time.Time) (Endpoint, error) {
	var f fault.Invalid
	if from.IsZero() {
		f.Add("/from", "is missing: the instant from which what happened is told again")
	}
	if before.IsZero() {
		before = o.now()
	}
	if !from.IsZero() && !from.Before(before) {
		f.Add("/to", "must lie after from")
	}
	if e.Watch != "" {
		f.Add("", "a watch has a feed of its notices: replay single deliveries, or read the feed")
	}
	if err := f.Err(); err != nil {
		return Endpoint{}, err
	}
	start, _, err := o.Store.Place(ctx, from)
	if err != nil {
		return Endpoint{}, err
	}
	return o.Store.ChangeEndpoint(ctx, e.ID, "replay", o.now(), func(e *Endpoint) error {
		e.Replay = Replay{Next: start, Until: e.Cursor + 1, From: from, Before: before}
		return nil
	})
}
