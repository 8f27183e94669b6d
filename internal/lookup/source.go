package lookup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// source is the register's own holdings as evidence.
type source struct {
	desk     *Desk
	holdings *holdings
	now      time.Time
	number   credential.Number // of the certificate asked for
	found    *issue.Published  // nil: the register issued none under that number
}

// Statements implements verify.Source.
func (s *source) Statements(_ context.Context, body string) ([]*verify.UnverifiedStatement, error) {
	return s.holdings.statements[body], nil
}

// Controller implements verify.Source: the keys that the register publishes are
// in Register already.
func (s *source) Controller(context.Context, string) ([]verify.PublishedKey, error) {
	return nil, verify.ErrUnobtainable
}

// StatusList implements verify.Source.
func (s *source) StatusList(ctx context.Context, address string, at time.Time) (string, error) {
	list, purpose, ok := s.desk.Addresses.StatusListID(address)
	if !ok {
		return "", verify.ErrUnobtainable
	}
	token, err := s.desk.Publisher.List(ctx, list, purpose, at)
	switch {
	case errors.Is(err, registry.ErrNotFound): // an address of ours that somebody made up
		return "", verify.ErrUnobtainable
	case err != nil:
		return "", fmt.Errorf("publishing status list: %w", err)
	}
	return token, nil
}

// Register implements verify.Source.
func (s *source) Register(ctx context.Context, q verify.RegisterQuery) (verify.Register, error) {
	anchors, _ := s.desk.Trust()
	r := s.holdings.register(q, anchors, s.desk.Addresses.Service())
	r.AsOf = s.now
	if n, ok := s.desk.Addresses.CertificateNumber(q.Certificate); ok && n == s.number && s.found != nil {
		r.Histories = maps.Clone(r.Histories) // the others' are shared
		h := verify.History{RecordedAt: s.found.SealedAt, Recorded: s.found.Token, Events: trust.Happened(s.found.Events, s.now), Withheld: withheld(s.found.Choice)}
		var err error
		if h.Logged, err = s.desk.logged(ctx, s.found); err != nil {
			return r, err
		}
		r.Histories[q.Certificate] = h
	}
	return r, nil
}

// withheld is the holder's choice as a report heeds it.
func withheld(c issue.Choice) verify.Withheld {
	return verify.Withheld{Name: c.Publication != "", Compare: c.Publication == issue.Hidden, Level: c.HideLevel, Record: c.WithholdsRecord(), Evidence: c.Evidence}
}

// addLists adds the status lists of the certificate and of its chain, as of
// the decision and as of now, for those who know the anchors alone.
func (d *Desk) addLists(ctx context.Context, ev *verify.Evidence, rec issue.Record) error {
	at := []time.Time{rec.Request.DecidedAt, {}}
	entries := []credential.StatusEntry{{List: d.Addresses.StatusList(rec.StatusList)}}
	for _, s := range ev.Statements {
		entries = append(entries, s.Claims().Status)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		list, _, ok := d.Addresses.StatusListID(e.List)
		if !ok || seen[list] {
			continue
		}
		seen[list] = true
		for _, purpose := range []string{"revocation", "suspension"} {
			for _, t := range at {
				token, err := d.Publisher.List(ctx, list, purpose, t)
				if err != nil {
					return fmt.Errorf("publishing status list: %w", err)
				}
				ev.StatusLists = append(ev.StatusLists, token)
			}
		}
	}
	return nil
}

func signPayload(payload []byte, s jws.Signer) (string, error) {
	token, err := jws.Sign(payload, "JWT", s)
	if err != nil {
		return "", fmt.Errorf("signing the register's extract: %w", err)
	}
	return token, nil
}
