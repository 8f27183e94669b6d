package registry

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Vouched is what became of the statements about a body when its keys changed.
type Vouched struct {
	Reissued []Statement // in force now, each in place of an earlier one
	Awaiting []Statement // their issuers keep their own keys, and must state anew
}

// Vouch has every statement about the body that is not over vouch for the keys
// that the body has now: one that names others is superseded by the same word,
// number, scope, validity and history, with the present keys. Whose issuer
// cannot sign here is told as awaited. It may be repeated and raced: the
// successor's id follows from what it succeeds and from the keys, and the two
// are recorded in one transaction.
func (r *Registrar) Vouch(ctx context.Context, body string) (Vouched, error) {
	var out Vouched
	v, err := r.View(ctx)
	if err != nil {
		return out, err
	}
	now := r.now()
	for _, s := range v.about[body] {
		if over(trust.At(v.trust(s), now, time.Time{}).Status) {
			continue
		}
		made, err := r.vouch(ctx, v, s)
		switch {
		case errors.Is(err, ErrNoSigner):
			out.Awaiting = append(out.Awaiting, s)
		case err != nil:
			return out, fmt.Errorf("stating %s anew: %w", s.ID, err)
		case made.ID != s.ID: // also by another process, just now
			out.Reissued = append(out.Reissued, made)
		}
	}
	return out, nil
}

// vouch returns the statement that vouches for the present keys: s itself, or
// the one in its place.
func (r *Registrar) vouch(ctx context.Context, v *View, s Statement) (Statement, error) {
	for attempt := 1; ; attempt++ {
		// 1 Compare with the keys that the subject has now.
		keys, err := r.subjectKeys(ctx, s.Subject)
		if err != nil {
			return s, err
		}
		named, err := namedKeys(s)
		if err != nil || sameKeys(named, keys) || over(trust.At(v.trust(s), r.now(), time.Time{}).Status) {
			return s, err
		}
		// 2 The same word with the present keys. It holds for as long as the
		// earlier one did, so it brings that one's history with it.
		next := s
		next.ID, next.LearntAt, next.Credential = successorID(s.ID, keys), r.now(), ""
		next.Events = slices.Clone(s.Events)
		if next, err = r.sealFor(ctx, v, next, keys, nil); err != nil {
			return s, err
		}
		// 3 Record both at once. Whoever lost a race finds the winner's.
		at := next.LearntAt
		if at.Before(s.ValidFrom) {
			at = s.ValidFrom
		}
		old := s
		old.Events = append(slices.Clone(s.Events), trust.Event{Kind: trust.Superseded, EffectiveAt: at, LearntAt: next.LearntAt, Successor: next.ID,
			Reason: "stated anew for the present keys of its subject"})
		_, _, err = r.Store.Apply(ctx, Snapshot{Statements: []Statement{old, next}})
		if err == nil {
			return next, nil
		}
		if !errors.Is(err, ErrDuplicate) || attempt == placeAttempts {
			return s, err
		}
		if s, err = r.latest(ctx, s.ID); err != nil {
			return s, err
		}
	}
}

// latest reads a statement and follows its successors.
func (r *Registrar) latest(ctx context.Context, id string) (Statement, error) {
	for {
		s, err := r.Store.Statement(ctx, id)
		if err != nil {
			return s, err
		}
		i := slices.IndexFunc(s.Events, func(e trust.Event) bool { return e.Kind == trust.Superseded && e.Successor != "" })
		if i < 0 {
			return s, nil
		}
		id = s.Events[i].Successor
	}
}

func namedKeys(s Statement) ([]jws.JWK, error) {
	token, err := jws.Parse(s.Credential)
	if err != nil {
		return nil, fmt.Errorf("reading its credential: %w", err)
	}
	c, err := credential.ParseStatement(token)
	if err != nil {
		return nil, fmt.Errorf("reading its credential: %w", err)
	}
	return c.SubjectKeys, nil
}

// sameKeys compares without regard to order.
func sameKeys(a, b []jws.JWK) bool { return slices.Equal(thumbprints(a), thumbprints(b)) }

func thumbprints(keys []jws.JWK) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.Thumbprint()
	}
	sort.Strings(out)
	return out
}

// successorID is 80 bits that follow from what is succeeded and from the keys.
func successorID(id string, keys []jws.JWK) string {
	sum := sha256.Sum256([]byte(id + "\x00" + strings.Join(thumbprints(keys), "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}
