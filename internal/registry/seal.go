package registry

import (
	"context"
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// place is an entry of a status list.
type place struct {
	list  string
	index int
}

// seal returns the statement with its status entry and signed credential. It
// carries the subject's keys, so that a chain verifies offline from the
// anchors' keys alone. Places in taken are drawn again: they are of statements
// not yet stored.
func (r *Registrar) seal(ctx context.Context, v *View, s Statement, taken map[place]bool) (Statement, error) {
	keys, err := r.subjectKeys(ctx, s.Subject)
	if err != nil {
		return Statement{}, err
	}
	return r.sealFor(ctx, v, s, keys, taken)
}

// sealFor is seal for who read the subject's keys.
func (r *Registrar) sealFor(ctx context.Context, v *View, s Statement, keys []jws.JWK, taken map[place]bool) (Statement, error) {
	signer := s.Issuer
	if s.Assurance == trust.Recorded {
		signer = serviceBody
	}
	issuer, _ := v.Body(s.Issuer)   // checked by the caller
	subject, _ := v.Body(s.Subject) // likewise
	by := credential.Party{DID: issuer.DID, Name: issuer.Name, Website: issuer.Website}
	if signer == serviceBody {
		by = credential.Party{DID: r.Addresses.Service(), Name: "bonafide register", Website: r.Addresses.Public}
	}
	if err := r.Keys.Open(ctx, signer, by.DID); err != nil {
		return Statement{}, fmt.Errorf("opening a key of %s: %w", signer, err)
	}
	at, err := r.place(ctx, signer, taken)
	if err != nil {
		return Statement{}, err
	}
	s.StatusList, s.StatusIndex = at.list, at.index
	c := credential.Statement{
		Statement: v.trust(s), SignedBy: by, SubjectName: subject.Name, SubjectKeys: keys,
		Status: credential.StatusEntry{List: r.Addresses.StatusList(at.list), Index: at.index},
	}
	if s.Assurance == trust.Signed {
		c.RecognizedIn, c.EndorsementJWT = v.standing(s)
	}
	payload, err := c.Payload()
	if err != nil {
		return Statement{}, fmt.Errorf("building the credential of statement %s: %w", s.ID, err)
	}
	if s.Credential, err = r.Keys.Sign(ctx, signer, payload); err != nil {
		return Statement{}, fmt.Errorf("signing statement %s: %w", s.ID, err)
	}
	return s, nil
}

// subjectKeys is what a statement vouches for: of very many keys the newest.
// Older ones are vouched for by the statements before it.
func (r *Registrar) subjectKeys(ctx context.Context, body string) ([]jws.JWK, error) {
	keys, err := r.Keys.Public(ctx, body)
	if err != nil {
		return nil, fmt.Errorf("reading the keys of %s: %w", body, err)
	}
	return keys[:min(len(keys), credential.MaxSubjectKeys)], nil
}

// place draws an entry of the signer's status list that is not in taken.
func (r *Registrar) place(ctx context.Context, signer string, taken map[place]bool) (place, error) {
	for range placeAttempts {
		list, index, err := r.Lists(ctx, signer)
		if err != nil {
			return place{}, fmt.Errorf("placing a statement in a status list of %s: %w", signer, err)
		}
		at := place{list, index}
		if !taken[at] {
			if taken != nil {
				taken[at] = true
			}
			return at, nil
		}
	}
	return place{}, fmt.Errorf("placing a statement in a status list of %s: no free entry in %d draws", signer, placeAttempts)
}

// standing names the issuer's best recognition that covers the statement's
// scope, and staples its credential if that outlives the statement: a reader
// that judges by expiry alone must not fail the statement for its staple.
func (v *View) standing(s Statement) (address string, stapled []string) {
	var best *Statement
	for _, parent := range v.about[s.Issuer] {
		link := trust.At(v.trust(parent), s.LearntAt, s.LearntAt)
		if link.Status != trust.LinkInForce || unconfirmed(parent) || !link.Scope.Includes(v.addressed(s.Scope)) {
			continue
		}
		if best == nil || better(parent, *best) {
			best = &parent
		}
	}
	if best == nil {
		return "", nil
	}
	if best.Credential != "" && outlives(*best, s) {
		stapled = []string{best.Credential}
	}
	return v.addresses.Statement(best.ID), stapled
}

// better prefers the issuer's own word, then the longer validity.
func better(a, b Statement) bool {
	if a.Assurance != b.Assurance {
		return a.Assurance == trust.Signed
	}
	return !b.ValidUntil.IsZero() && (a.ValidUntil.IsZero() || a.ValidUntil.After(b.ValidUntil))
}

func outlives(parent, child Statement) bool {
	return parent.ValidUntil.IsZero() || !child.ValidUntil.IsZero() && !parent.ValidUntil.Before(child.ValidUntil)
}
