package federation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// mark is a trust mark that an accreditor gives: one for each accreditation in
// force and each arrangement that recognises the accreditor for its scope.
type mark struct {
	kind    string // trust_mark_type
	owner   *entity
	issuer  *entity
	subject *entity
	ground  tie
}

// markType is the address of the type of mark that its owner, an arrangement,
// stands behind for what it recognises accreditors for; one whom no arrangement
// here recognises for the scope owns its own.
func markType(owner *entity, s trust.Scope) string {
	return owner.id + "/marks/" + string(s.Activity) + "/" + slug(s.Standard)
}

// slug writes a standard's name for a path: iso-iec-17024.
func slug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, s), "-")
}

// marks lists the marks of an entity by the ties above it, one of each type
// and issuer.
func (d *desk) marks(e *entity, up []tie) ([]mark, error) {
	var out []mark
	slices.SortFunc(up, byStatement)
	for _, t := range up {
		if t.statement.Kind != trust.Accreditation {
			continue
		}
		over, err := d.above(t.issuer)
		if err != nil {
			return nil, err
		}
		found := false
		for _, o := range over {
			if o.statement.Kind == trust.Recognition && o.scope.Includes(t.scope) {
				found = true
				out = add(out, mark{markType(o.issuer, o.scope), o.issuer, t.issuer, e, t})
			}
		}
		if !found {
			out = add(out, mark{markType(t.issuer, t.scope), t.issuer, t.issuer, e, t})
		}
	}
	return out, nil
}

func add(all []mark, m mark) []mark {
	if slices.ContainsFunc(all, func(x mark) bool { return x.kind == m.kind && x.issuer == m.issuer }) {
		return all
	}
	return append(all, m)
}

func (d *desk) marked(e *entity, kind string) (bool, error) {
	up, err := d.above(e)
	if err != nil {
		return false, err
	}
	all, err := d.marks(e, up)
	return slices.ContainsFunc(all, func(m mark) bool { return kind == "" || m.kind == kind }), err
}

// signMark writes the trust mark (7.1), delegated by its owner if that is
// another. Its jti is the statement it rests on, by which its status is told.
func (d *desk) signMark(m mark) (string, error) {
	claims := map[string]any{"iss": m.issuer.id, "sub": m.subject.id, "trust_mark_type": m.kind, "iat": d.now.Unix(),
		"jti": d.Addresses.Statement(m.ground.statement.ID), "ref": d.Addresses.Public + "/bodies/" + m.subject.body.ID}
	if end := m.ground.statement.ValidUntil; !end.IsZero() {
		claims["exp"] = end.Unix()
	}
	if m.owner != m.issuer {
		delegation, err := d.sign(m.owner, markDelegation, map[string]any{"iss": m.owner.id, "sub": m.issuer.id,
			"trust_mark_type": m.kind, "iat": d.now.Unix(), "exp": d.now.Add(life).Unix()})
		if err != nil {
			return "", err
		}
		claims["delegation"] = delegation
	}
	return d.sign(m.issuer, TrustMark, claims)
}

// Mark is the trust mark of the type that the issuer gives to the subject now
// (8.6); ErrNoMark if there is none.
func (o *Office) Mark(ctx context.Context, issuer, kind, sub string) (string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return "", err
	}
	by, err := d.named(issuer)
	if err != nil {
		return "", err
	}
	e, err := d.entity(d.bodyID(sub))
	if err != nil || e == nil {
		return "", errors.Join(err, ErrNoMark)
	}
	up, err := d.above(e)
	if err != nil {
		return "", err
	}
	all, err := d.marks(e, up)
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if m.kind == kind && m.issuer == by {
			return d.signMark(m)
		}
	}
	return "", ErrNoMark
}

// Marked names the entities to which the issuer gives marks of the type now
// (8.5), or only sub if it is not empty and among them.
func (o *Office) Marked(ctx context.Context, issuer, kind, sub string) ([]string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	by, err := d.named(issuer)
	if err != nil {
		return nil, err
	}
	down, err := d.below(by)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, t := range down {
		if sub != "" && t.subject.id != sub || slices.Contains(out, t.subject.id) {
			continue
		}
		up, err := d.above(t.subject)
		if err != nil {
			return nil, err
		}
		all, err := d.marks(t.subject, up)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(m mark) bool { return m.issuer == by && m.kind == kind }) {
			out = append(out, t.subject.id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// MarkStatus answers for a trust mark that the issuer once gave (8.4): active,
// expired, revoked or invalid. What is suspended is told as revoked: 8.4 has no
// word for it, and a mark in suspense must not be relied on. ErrNoMark if the
// token is no trust mark of this issuer.
func (o *Office) MarkStatus(ctx context.Context, issuer, token string) (string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return "", err
	}
	by, err := d.named(issuer)
	if err != nil {
		return "", err
	}
	u, err := jws.Parse(token)
	if err != nil {
		return "", ErrNoMark
	}
	var c struct {
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
		Kind    string `json:"trust_mark_type"`
		ID      string `json:"jti"`
		Expires int64  `json:"exp"`
	}
	if json.Unmarshal(u.Payload, &c) != nil || c.Issuer != by.id {
		return "", ErrNoMark
	}
	status := "invalid"
	genuine := u.Header.Typ == TrustMark && slices.ContainsFunc(by.keys, func(k jws.JWK) bool { return k.KeyID() == u.Header.Kid && u.Verify(k) == nil })
	if genuine {
		if status, err = d.markStatus(by, c.Subject, c.Kind, c.ID, c.Expires); err != nil {
			return "", err
		}
	}
	return d.sign(by, MarkStatus, map[string]any{"iss": by.id, "iat": d.now.Unix(), "trust_mark": token, "status": status})
}

func (d *desk) markStatus(by *entity, sub, kind, id string, expires int64) (string, error) {
	statement, ok := d.Addresses.StatementID(id)
	s, held := d.view.Statement(statement)
	if !ok || !held || s.Issuer != by.body.ID || d.EntityID(s.Subject) != sub {
		return "invalid", nil
	}
	l := trust.At(trust.Statement{Scope: s.Scope, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, Events: s.Events}, d.now, time.Time{})
	if l.Status == trust.LinkExpired || expires != 0 && d.now.Unix() >= expires {
		return "expired", nil
	}
	e, err := d.entity(s.Subject)
	if err != nil || e == nil {
		return "revoked", err
	}
	ties, err := d.ties([]registry.Statement{s})
	if err != nil {
		return "", err
	}
	all, err := d.marks(e, ties) // on this ground alone: scope and recognition as they are now
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(all, func(m mark) bool { return m.kind == kind && m.issuer == by }) {
		return "active", nil
	}
	return "revoked", nil
}
