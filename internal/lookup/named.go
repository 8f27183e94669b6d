package lookup

import (
	"bytes"
	"context"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// named is the network with the statements that a credential names as the
// recognition of its issuer, each with the one that it names in turn. They are
// handed in as evidence and believed no more than if they had come in a bundle:
// a chain of them counts only where it ends at an anchor of this service.
type named struct {
	*fetch.Source
	about map[string][]*verify.UnverifiedStatement // by subject
}

// Statements implements verify.Source.
func (n named) Statements(_ context.Context, body string) ([]*verify.UnverifiedStatement, error) {
	return n.about[body], nil
}

// climb reads the statements from the address upward, within the budget of the
// verification. What cannot be read, or is no statement, ends the climb: the
// report then lacks a link and says so.
func (d *Desk) climb(ctx context.Context, address string, beyond *fetch.Source) named {
	n := named{Source: beyond, about: map[string][]*verify.UnverifiedStatement{}}
	for range trust.DefaultMaxDepth {
		if address == "" || strings.HasPrefix(address, d.Addresses.Public+"/") { // what is known here was asked before
			break
		}
		answer, err := beyond.Get(ctx, address, fetch.List)
		if err != nil {
			break
		}
		u, err := verify.ParseStatement(string(bytes.TrimSpace(answer.Body)))
		if err != nil {
			break
		}
		claims := u.Claims()
		n.about[claims.Subject] = append(n.about[claims.Subject], u)
		if address = claims.RecognizedIn; len(claims.EndorsementJWT) > 0 {
			break // it carries the next one itself
		}
	}
	return n
}

// gather collects the evidence for a certificate. Where nobody at hand says
// anything of its issuer, and it is authentic by its issuer's own word, the
// statements that it names are read too; addresses inside a record that does
// not verify are not followed.
func (d *Desk) gather(ctx context.Context, u *verify.UnverifiedCertificate, p verify.Policy, known verify.Sources, beyond *fetch.Source) (verify.Evidence, error) {
	if beyond == nil {
		return verify.GatherFor(ctx, u, p, known)
	}
	ev, err := verify.GatherFor(ctx, u, p, append(known[:len(known):len(known)], beyond))
	if err != nil || len(ev.Statements) > 0 {
		return ev, err
	}
	claims, err := u.Claims()
	if err != nil || claims.RecognizedIn == "" || verify.Evaluate(ev, p).Authenticity != verify.Authentic {
		return ev, nil //nolint:nilerr // what cannot be read names nothing
	}
	up := d.climb(ctx, claims.RecognizedIn, beyond)
	if len(up.about) == 0 {
		ev.Unobtainable = append(ev.Unobtainable, claims.RecognizedIn)
		return ev, nil
	}
	return verify.GatherFor(ctx, u, p, append(known[:len(known):len(known)], up))
}
