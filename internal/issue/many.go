package issue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// Judge tells whether the request could be issued now, as IssueAt would, and
// writes nothing.
func (i *Issuer) Judge(ctx context.Context, version int64, body string, req Request) error {
	normalise(&req)
	view, err := i.view(ctx, version)
	if err != nil {
		return err
	}
	now := i.Now().UTC().Truncate(time.Microsecond)
	rec := Record{Body: body, State: Recorded, CreatedAt: now}
	scheme, err := i.mayIssue(ctx, view, body, &req, now)
	if err != nil {
		return err
	}
	rec.Scheme, rec.Request = req.Scheme, req
	if rec.Number, rec.Salt, rec.SubjectID, err = i.drawn(); err != nil {
		return err
	}
	if err := i.compose(ctx, view, scheme, &rec, keyHosted); err != nil {
		return err
	}
	if scheme.Duplicates != registry.DuplicatesDeny {
		return nil
	}
	number, err := i.Store.Duplicate(ctx, rec, now)
	if err == nil && number != "" {
		err = &DuplicateError{number}
	}
	return err
}

// RecordAt is IssueAt up to recording: the certificate is nobody's to see until
// SealAll seals it, and Discard takes it back.
func (i *Issuer) RecordAt(ctx context.Context, version int64, body string, req Request, key string) (rec Record, replayed bool, err error) {
	normalise(&req)
	print, err := fingerprint(body, req)
	if err != nil {
		return Record{}, false, err
	}
	view, err := i.view(ctx, version)
	if err != nil {
		return rec, false, err
	}
	return i.begin(ctx, view, body, req, key, print, keyHosted)
}

// SealAll signs and seals records in one transaction, all or none. If one
// cannot be sealed it tells which.
func (i *Issuer) SealAll(ctx context.Context, all []Record) (sealed []Record, at int, err error) {
	view, err := i.view(ctx, 0)
	if err != nil {
		return nil, 0, err
	}
	now := i.Now().UTC().Truncate(time.Microsecond)
	var open []Sealing
	var places []int
	for n := range all {
		if all[n].State == Sealed {
			continue
		}
		s, err := i.signed(ctx, view, all[n])
		if err != nil {
			return nil, n, err
		}
		open, places = append(open, s), append(places, n)
	}
	failed, err := i.Store.SealAll(ctx, open, now)
	if err != nil {
		return nil, places[failed], err
	}
	for k, n := range places {
		all[n] = open[k].Record
		all[n].State, all[n].Token, all[n].SealedAt = Sealed, open[k].Token, now
	}
	return all, 0, nil
}

// signed signs what was recorded, composed anew if its key cannot sign any more.
func (i *Issuer) signed(ctx context.Context, view *registry.View, rec Record) (Sealing, error) {
	if err := i.still(ctx, view, rec); err != nil {
		return Sealing{}, err
	}
	signer, err := i.Keys.SignerAt(ctx, view.Version(), rec.Body, rec.KeyID)
	if errors.Is(err, keys.ErrNoKey) {
		if rec, err = i.anew(ctx, view, rec, keyHosted); err == nil {
			signer, err = i.Keys.SignerAt(ctx, view.Version(), rec.Body, rec.KeyID)
		}
	}
	if err != nil {
		return Sealing{}, fmt.Errorf("finding the key: %w", err)
	}
	token, err := signer.SignInput(rec.SigningInput)
	if err != nil {
		return Sealing{}, err
	}
	s, _ := view.Scheme(rec.Scheme) // the store keeps the reference
	return Sealing{rec, token, s.Duplicates}, nil
}

// Discard takes back records of the body that were never sealed.
func (i *Issuer) Discard(ctx context.Context, body string, numbers []string) error {
	if len(numbers) == 0 {
		return nil
	}
	return i.Store.Discard(ctx, body, numbers)
}
