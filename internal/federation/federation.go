// Package federation exports the register as an OpenID Federation 1.0: entity
// configurations, subordinate statements, resolved chains and trust marks,
// derived anew at every question from the statements in force. It decides
// nothing of its own and is no evidence: the signed statements are (package
// registry). It speaks only for bodies whose keys this service hosts, with
// federation keys that sign nothing else (OpenID Federation 1.0, 3.1; RFC
// 8725, 3.12), and only from statements that their issuers signed.
package federation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Media types and, without "application/", the typ headers.
const (
	EntityStatement = "entity-statement+jwt"
	ResolveResponse = "resolve-response+jwt"
	TrustMark       = "trust-mark+jwt"
	MarkStatus      = "trust-mark-status-response+jwt"
	markDelegation  = "trust-mark-delegation+jwt"
)

// life of entity statements: short, since a suspension must show soon.
const life = 24 * time.Hour

// Errors that callers branch on.
var (
	// ErrNoEntity: no such body, or one for which this service does not speak.
	ErrNoEntity = errors.New("no such federation entity")
	// ErrNoAnchor: the trust anchor is none that this federation leads to.
	ErrNoAnchor = errors.New("no such trust anchor")
	// ErrNoMark: no such trust mark is held.
	ErrNoMark = errors.New("no such trust mark")
)

// Office answers for every entity of the federation. Its methods are safe for
// concurrent use.
type Office struct {
	Registrar *registry.Registrar
	Keys      *keys.Custodian
	Addresses credential.Addresses
	Now       func() time.Time
}

// entity is a body for which the service speaks.
type entity struct {
	body registry.Body
	id   string // entity identifier: the body's https address
	keys []jws.JWK
}

// desk is one question's look at the registry.
type desk struct {
	*Office
	ctx  context.Context //nolint:containedctx // lives as long as one question
	view *registry.View
	now  time.Time
	met  map[string]*entity // by body id; nil: the service does not speak for it
}

func (o *Office) open(ctx context.Context) (*desk, error) {
	v, err := o.Registrar.View(ctx)
	if err != nil {
		return nil, err
	}
	return &desk{Office: o, ctx: ctx, view: v, now: o.Now().UTC(), met: map[string]*entity{}}, nil
}

// EntityID is the federation entity identifier of a body.
func (o *Office) EntityID(body string) string { return o.Addresses.Public + "/bodies/" + body }

func (o *Office) bodyID(entityID string) string {
	id, ok := strings.CutPrefix(entityID, o.Addresses.Public+"/bodies/")
	if !ok || strings.Contains(id, "/") {
		return ""
	}
	return id
}

// entity returns the body as an entity, nil if the service does not speak for it.
func (d *desk) entity(body string) (*entity, error) {
	if e, ok := d.met[body]; ok {
		return e, nil
	}
	b, ok := d.view.Body(body)
	if !ok {
		return nil, nil
	}
	held, err := d.Keys.Federation(d.ctx, b.ID, b.DID)
	if err != nil {
		return nil, err
	}
	var e *entity
	for _, k := range held {
		if !k.RevokedAt.IsZero() {
			continue
		}
		if e == nil {
			e = &entity{body: b, id: d.EntityID(b.ID)}
		}
		e.keys = append(e.keys, k.Public)
	}
	d.met[body] = e
	return e, nil
}

// named is entity for a body that must be one.
func (d *desk) named(body string) (*entity, error) {
	e, err := d.entity(body)
	if err == nil && e == nil {
		err = ErrNoEntity
	}
	return e, err
}

// tie is a signed statement in force between two entities.
type tie struct {
	statement registry.Statement
	scope     trust.Scope // as it stands now
	issuer    *entity
	subject   *entity
}

// ties are those among the statements that are signed by their issuer, in
// force now, and between entities; what is suspended, withdrawn, expired or
// merely recorded is left out.
func (d *desk) ties(statements []registry.Statement) ([]tie, error) {
	var out []tie
	for _, s := range statements {
		l := trust.At(trust.Statement{Scope: s.Scope, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, Events: s.Events}, d.now, time.Time{})
		if s.Assurance != trust.Signed || l.Status != trust.LinkInForce {
			continue
		}
		issuer, err := d.entity(s.Issuer)
		if err != nil {
			return nil, err
		}
		subject, err := d.entity(s.Subject)
		if err != nil {
			return nil, err
		}
		if issuer != nil && subject != nil {
			out = append(out, tie{s, l.Scope, issuer, subject})
		}
	}
	return out, nil
}

func (d *desk) above(e *entity) ([]tie, error) { return d.ties(d.view.About(e.body.DID)) }
func (d *desk) below(e *entity) ([]tie, error) { return d.ties(d.view.By(e.body.DID)) }

// ids lists the entities once each, in order.
func ids(ties []tie, of func(tie) *entity) []string {
	var out []string
	for _, t := range ties {
		out = append(out, of(t).id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func upper(t tie) *entity { return t.issuer }
func lower(t tie) *entity { return t.subject }

// until is when a statement about the ties ends: after life, or with the last
// of them that has an end of its own.
func (d *desk) until(ties ...tie) time.Time {
	end, open := time.Time{}, len(ties) == 0
	for _, t := range ties {
		open = open || t.statement.ValidUntil.IsZero()
		if t.statement.ValidUntil.After(end) {
			end = t.statement.ValidUntil
		}
	}
	if limit := d.now.Add(life); open || end.After(limit) {
		return limit
	}
	return end
}

// superior tells whether others may be below the body.
func superior(b registry.Body) bool {
	return slices.Contains(b.Roles, registry.Arrangement) || slices.Contains(b.Roles, registry.AccreditationBody)
}

// sign signs claims with the entity's newest federation key.
func (d *desk) sign(e *entity, typ string, claims map[string]any) (string, error) {
	signer, err := d.Keys.Signer(d.ctx, e.body.ID, keys.ForFederation)
	if err != nil {
		return "", err
	}
	payload, err := encode(claims)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", typ, err)
	}
	return jws.Sign(payload, typ, signer)
}

// jwks is the entity's key set.
func (e *entity) jwks() map[string]any { return map[string]any{"keys": e.keys} }

// byStatement orders ties for stable answers.
func byStatement(a, b tie) int { return cmp.Compare(a.statement.ID, b.statement.ID) }
