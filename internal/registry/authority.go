package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Matter is what a question about an authority's word is about: a scheme, a
// standard or an activity.
type Matter struct {
	Scheme   string // register id
	Standard string // "ISO/IEC 17024"
	Edition  string
	Activity trust.Activity
}

// ParseMatter reads a scheme's id or address, an activity, or a standard, also
// as urn:iso:std:iso-iec:17024 (RFC 5141). What is none of these is taken for
// the name of a standard that no statement mentions.
func (v *View) ParseMatter(s string) Matter {
	id, ok := v.addresses.SchemeID(s)
	if !ok {
		id = s
	}
	if x, ok := v.Scheme(id); ok {
		return Matter{Scheme: id, Activity: x.Activity}
	}
	if knownActivity(trust.Activity(s)) {
		return Matter{Activity: trust.Activity(s)}
	}
	if urn, ok := strings.CutPrefix(strings.ToLower(s), "urn:iso:std:iso-iec:"); ok {
		number, edition, _ := strings.Cut(urn, ":")
		return Matter{Standard: "ISO/IEC " + number, Edition: strings.TrimPrefix(edition, "ed-")}
	}
	standard, edition := trust.ParseStandard(s)
	return Matter{Standard: standard, Edition: edition}
}

// needs lists the scopes to ask for: one for each activity in which statements
// about the body mention a standard that leaves its activity open.
func (v *View) needs(body string, m Matter) []trust.Scope {
	if m.Activity != "" {
		n := trust.Scope{Activity: m.Activity, Standard: m.Standard, Edition: m.Edition}
		if m.Scheme != "" {
			n.Schemes = []string{v.addresses.Scheme(m.Scheme)}
		}
		return []trust.Scope{n}
	}
	var out []trust.Scope
	for _, s := range v.about[body] {
		n := trust.Scope{Activity: s.Scope.Activity, Standard: m.Standard, Edition: m.Edition}
		if strings.EqualFold(s.Scope.Standard, m.Standard) && !slices.ContainsFunc(out, func(x trust.Scope) bool { return x.Activity == n.Activity }) {
			n.Standard = s.Scope.Standard
			out = append(out, n)
		}
	}
	return out
}

// Word is an authority's word about a body at an instant.
type Word struct {
	Given  bool
	Detail string // why, in one sentence
}

// Authorised answers whether, on the word of one authority, the body was
// accredited for the matter at an instant: on an accreditor's by its own
// accreditation, on an arrangement's by a chain that ends at it, and on the
// register's own (authority is its DID) by the operator's anchors. A word not
// given is not a word against: Detail says where the register is incomplete.
// ErrNotFound if there is no such authority.
func (r *Registrar) Authorised(ctx context.Context, authority, entity string, m Matter, at time.Time) (Word, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Word{}, err
	}
	body, known := v.ByDID(entity)
	p, by, err := r.askedOf(v, authority)
	if err != nil {
		return Word{}, err
	}
	if !known {
		return Word{Detail: "The register knows no such entity."}, nil
	}
	out := Word{Detail: "No accreditation for this is on record with this authority; that does not prove that there is none."}
	for _, need := range v.needs(body.ID, m) {
		statements := v.Above(entity)
		if by == AccreditationBody {
			statements = slices.DeleteFunc(statements, func(s trust.Statement) bool { return s.Subject == entity && s.Issuer != authority })
		}
		f := trust.Evaluate(trust.Question{Body: entity, Need: need, At: at}, statements, p(need))
		if by == AccreditationBody && f.InScope == trust.Pass || f.Recognised == trust.Pass {
			return Word{Given: true, Detail: "Accredited at that instant" + numbered(f.Path) + "."}, nil
		}
		if len(f.Problems) > 0 {
			out.Detail = f.Problems[0].Detail
		}
	}
	return out, nil
}

func numbered(path []trust.Link) string {
	if len(path) == 0 || path[0].Statement.Number == "" {
		return ""
	}
	return " under number " + path[0].Statement.Number
}

// Recognised answers whether, on the word of one authority, an accreditation
// body or arrangement was recognised for the matter at an instant, directly or
// through other arrangements. ErrNotFound if there is no such authority.
func (r *Registrar) Recognised(ctx context.Context, authority, entity string, m Matter, at time.Time) (Word, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Word{}, err
	}
	body, known := v.ByDID(entity)
	p, _, err := r.askedOf(v, authority)
	if err != nil {
		return Word{}, err
	}
	if !known {
		return Word{Detail: "The register knows no such entity."}, nil
	}
	m.Scheme = "" // a recognition is for the scheme's activity
	out := Word{Detail: "No recognition for this is on record with this authority; that does not prove that there is none."}
	for _, need := range v.needs(body.ID, m) {
		for _, s := range v.upward[entity] {
			scope := trust.At(s, at, time.Time{}).Scope
			if s.Kind != trust.Recognition || !scope.Covers(need) {
				continue
			}
			if need.Edition != "" {
				scope.Edition = need.Edition
			}
			f := trust.Evaluate(trust.Question{Body: asking, Need: scope, At: at}, append(v.Above(entity), accreditedBy(entity, scope)), p(need))
			if f.Recognised == trust.Pass {
				return Word{Given: true, Detail: "Recognised at that instant."}, nil
			}
			if len(f.Problems) > 0 {
				out.Detail = f.Problems[0].Detail
			}
		}
	}
	return out, nil
}

// asking is the body that a question about an accreditor supposes: a chain
// always begins with an accreditation.
const asking = "urn:bonafide:asking"

func accreditedBy(accreditor string, scope trust.Scope) trust.Statement {
	return trust.Statement{ID: asking, Kind: trust.Accreditation, Issuer: accreditor, Subject: asking, Scope: scope, Assurance: trust.Signed}
}

// askedOf finds the authority and the policy that trusts its word alone. The
// register's own word is that of the operator's anchors.
func (r *Registrar) askedOf(v *View, authority string) (policy func(trust.Scope) trust.Policy, as Role, err error) {
	if authority == r.Addresses.Service() {
		var anchors []trust.Anchor
		if r.Anchors != nil {
			anchors = r.Anchors()
		}
		return func(trust.Scope) trust.Policy {
			return trust.Policy{Anchors: anchors, Complete: v.Complete(anchors)}
		}, RegisterOperator, nil
	}
	b, ok := v.ByDID(authority)
	if !ok {
		return nil, "", fmt.Errorf("authority %q: %w", authority, ErrNotFound)
	}
	as = Arrangement
	if slices.Contains(b.Roles, AccreditationBody) {
		as = AccreditationBody
	}
	return func(need trust.Scope) trust.Policy {
		return trust.Policy{Anchors: []trust.Anchor{{DID: b.DID, Name: b.Name, Scopes: []trust.Scope{{Activity: need.Activity}},
			ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil}}}
	}, as, nil
}
