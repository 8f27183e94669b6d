package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// MaxStatements bounds what one report reads: far more than any honest chain.
const MaxStatements = 256

// Gather collects all that Evaluate needs to judge the token: the statements
// from its issuer upward, the register's facts, and status lists for whatever
// the register does not know. A malformed token gathers nothing and is left to
// Evaluate. An error means that src itself failed.
func Gather(ctx context.Context, token string, p Policy, src Source) (Evidence, error) {
	return GatherFor(ctx, ReadCertificate(token), p, src)
}

// GatherFor is Gather for a certificate already read.
func GatherFor(ctx context.Context, u *UnverifiedCertificate, p Policy, src Source) (Evidence, error) {
	ev := Evidence{Certificate: u}
	if u.fault != nil {
		return ev, nil // Evaluate says why
	}
	c := u.claims
	// 1. Every statement on the way up.
	q := RegisterQuery{Certificate: c.ID, Scheme: c.Scheme.Address}
	if err := gatherStatements(ctx, c, src, &ev, &q); err != nil {
		return ev, err
	}
	// 2. What the register knows of all that.
	var err error
	if ev.Register, err = src.Register(ctx, q); err != nil {
		return ev, fmt.Errorf("reading the register: %w", err)
	}
	// 3. What the issuer publishes of its own keys, where nobody vouches for one
	// that verifies the certificate. An issuer's own document is the one thing
	// that is looked for before a signature is checked: else none could be.
	if err = gatherControllers(ctx, p, src, &ev); err != nil {
		return ev, err
	}
	// 4. Status lists, for credentials whose signature verified and whose
	// history the register does not hold. Addresses inside anything else are
	// not followed.
	return ev, gatherLists(ctx, p, src, &ev)
}

// maxControllers bounds the documents that one certificate can ask for.
const maxControllers = 4

func gatherControllers(ctx context.Context, p Policy, src Source, ev *Evidence) error {
	u := ev.Certificate
	if _, known := ev.Register.Histories[u.claims.ID]; known {
		return nil // the register that recorded it speaks for its issuer's keys
	}
	a := authenticate(ev, p)
	if j := a.judgeKey(u); j.verified || j.vouched && j.known {
		return nil
	}
	issuer := u.claims.Issuer.DID
	wanted := []string{issuer}
	for _, s := range u.signatures {
		if c := did.Controller(s.method()); c != "" && !slices.Contains(wanted, c) {
			if _, own := a.controller(issuer, s); !own || sameHost(issuer, c) {
				wanted = append(wanted, c)
			}
		}
	}
	for _, id := range wanted[:min(len(wanted), maxControllers)] {
		if did.Local(id) {
			continue // works itself out
		}
		if _, err := did.Address(id); err != nil {
			continue // nobody could look there
		}
		keys, err := src.Controller(ctx, id)
		if errors.Is(err, ErrUnobtainable) {
			ev.Unobtainable = append(ev.Unobtainable, id)
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the keys of a controller: %w", err)
		}
		if ev.Controllers == nil {
			ev.Controllers = map[string][]PublishedKey{}
		}
		ev.Controllers[id] = keys
	}
	return nil
}

func gatherStatements(ctx context.Context, c credential.Certificate, src Source, ev *Evidence, q *RegisterQuery) error {
	seen := map[string]bool{c.Issuer.DID: true}
	q.Bodies = []string{c.Issuer.DID}
	floor := []string{c.Issuer.DID}
	carried := map[string][]string{c.Issuer.DID: c.EndorsementJWT} // by the body they are stapled to
	for depth := 0; depth <= trust.DefaultMaxDepth && len(floor) > 0; depth++ {
		var next []string
		for _, body := range floor {
			statements, err := src.Statements(ctx, body)
			if errors.Is(err, ErrUnobtainable) {
				ev.Unobtainable = append(ev.Unobtainable, body)
			} else if err != nil {
				return fmt.Errorf("reading statements: %w", err)
			}
			if len(statements) == 0 {
				statements = stapled(carried[body], body)
			}
			for _, s := range statements {
				if len(ev.Statements) == MaxStatements {
					return nil
				}
				ev.Statements = append(ev.Statements, s)
				q.Statements = append(q.Statements, s.statement.ID)
				carried[s.statement.SignedBy.DID] = append(carried[s.statement.SignedBy.DID], s.statement.EndorsementJWT...)
				if issuer := s.statement.Issuer; !seen[issuer] {
					seen[issuer] = true
					next = append(next, issuer)
					q.Bodies = append(q.Bodies, issuer)
				}
			}
		}
		floor = next
	}
	return nil
}

// maxStapled bounds what is read of the endorsements that one profile carries.
const maxStapled = 8

// stapled reads the links that a credential carries about the body: they are
// what a source that knows nothing of the body would be asked for, and no more
// believed. Anything else that praises it grants nothing.
func stapled(tokens []string, body string) []*UnverifiedStatement {
	var out []*UnverifiedStatement
	for _, token := range tokens[:min(len(tokens), maxStapled)] {
		if u, err := ParseStatement(token); err == nil && u.statement.Subject == body {
			out = append(out, u)
		}
	}
	return out
}

// gatherLists reads the lists that tell the status of the certificate, if its
// signature verified, and of the statements that did.
func gatherLists(ctx context.Context, p Policy, src Source, ev *Evidence) error {
	c := ev.Certificate.claims
	unknown := func(id string) bool { _, ok := ev.Register.Histories[id]; return !ok }
	if !unknown(c.ID) && !slices.ContainsFunc(ev.Statements, func(s *UnverifiedStatement) bool { return unknown(s.statement.ID) }) {
		return nil
	}
	a := authenticate(ev, p)
	wanted := map[string]string{} // type of listing, by address
	want := func(id string, all []credential.Listing) {
		if !unknown(id) {
			return
		}
		for _, l := range all {
			if len(wanted) < MaxLists {
				wanted[l.List] = l.Type
			}
		}
	}
	if a.judgeKey(ev.Certificate).verified {
		want(c.ID, c.Listings)
	}
	for _, s := range a.statements {
		want(s.ID, s.Listings)
	}
	addresses := slices.Sorted(maps.Keys(wanted))
	for _, address := range addresses {
		times := []time.Time{p.reference()}
		if d := decided(c); wanted[address] != credential.RevocationEntry && d.Before(times[0]) {
			times = append(times, d)
		}
		for _, at := range times {
			text, err := src.StatusList(ctx, address, at)
			if errors.Is(err, ErrUnobtainable) {
				ev.Unobtainable = append(ev.Unobtainable, address)
				continue
			}
			if err != nil {
				return fmt.Errorf("reading status list: %w", err)
			}
			ev.keepList(wanted[address], address, text, at)
		}
	}
	return nil
}

// MaxLists bounds the status lists that one report reads.
const MaxLists = 64

func (ev *Evidence) keepList(kind, address, text string, at time.Time) {
	if kind == credential.RevocationEntry {
		if ev.Revocations == nil {
			ev.Revocations = map[string]string{}
		}
		ev.Revocations[address] = text
		return
	}
	if ev.ListedAt == nil {
		ev.ListedAt = map[string]time.Time{}
	}
	if !slices.Contains(ev.StatusLists, text) {
		ev.StatusLists = append(ev.StatusLists, text)
	}
	if ev.ListedAt[text].Before(at) {
		ev.ListedAt[text] = at
	}
}
