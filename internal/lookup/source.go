package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// source is the register's own holdings as evidence.
type source struct {
	desk       *Desk
	holdings   *holdings
	now        time.Time
	record     *issue.Record // the certificate asked for, if already read
	holderName string
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
	if err != nil {
		return "", fmt.Errorf("publishing status list: %w", err)
	}
	return token, nil
}

// Register implements verify.Source.
func (s *source) Register(ctx context.Context, q verify.RegisterQuery) (verify.Register, error) {
	h := s.holdings
	r := verify.Register{
		Registrar: s.desk.Addresses.Service(), AsOf: s.now, Effects: h.view.Effects(),
		Keys: map[string][]verify.PublishedKey{}, Histories: map[string]verify.History{}, Sources: map[string][]trust.Source{},
	}
	for _, did := range q.Bodies {
		if b, ok := h.bodies[did]; ok {
			r.Bodies = append(r.Bodies, b)
			for _, c := range h.view.Coverage(b.ID) {
				at := c.SynchronisedAt
				r.Coverage = append(r.Coverage, verify.Coverage{Body: b.ID, Of: c.Of, Register: c.Register, SynchronisedAt: &at})
			}
		}
		if k := h.keys[did]; k != nil {
			r.Keys[did] = k
		}
	}
	for _, id := range q.Statements {
		if x, ok := h.histories[id]; ok {
			r.Histories[id] = x
			r.Sources[id] = h.sources[id]
		}
	}
	if x, ok := h.schemes[q.Scheme]; ok {
		r.Schemes = append(r.Schemes, x)
		if len(q.Bodies) > 0 {
			r.CompleteUntil = s.completeUntil(q.Bodies[0], trust.Activity(x.Activity))
		}
	}
	return r, s.history(ctx, q.Certificate, &r)
}

// completeUntil tells up to when every accreditation of the issuer would be known.
func (s *source) completeUntil(issuer string, activity trust.Activity) *time.Time {
	anchors, _ := s.desk.Trust()
	plain := make([]trust.Anchor, len(anchors))
	for i, a := range anchors {
		plain[i] = a.Anchor
	}
	until := s.holdings.view.CompleteUntil(plain, issuer, trust.Scope{Activity: activity})
	if until.IsZero() {
		return nil
	}
	return &until
}

// history adds what happened to the certificate, if the register issued it.
func (s *source) history(ctx context.Context, id string, r *verify.Register) error {
	n, ok := s.desk.Addresses.CertificateNumber(id)
	if !ok {
		return nil
	}
	rec := s.record
	if rec == nil {
		found, err := s.desk.Certificates.Certificate(ctx, string(n))
		if errors.Is(err, issue.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading certificate: %w", err)
		}
		rec = &found
	}
	if rec.State == issue.Sealed {
		r.Histories[id] = verify.History{RecordedAt: rec.SealedAt, Recorded: rec.Token, Events: rec.Events}
		s.holderName = rec.Request.Holder.Name
	}
	return nil
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
