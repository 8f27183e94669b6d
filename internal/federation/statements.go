package federation

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func encode(claims map[string]any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(claims)
	return bytes.TrimSpace(b.Bytes()), err
}

// Configuration is the body's entity configuration (OpenID Federation 1.0, 9):
// about itself, with its superiors, its trust marks and, for a superior, its
// endpoints.
func (o *Office) Configuration(ctx context.Context, body string) (string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return "", err
	}
	e, err := d.named(body)
	if err != nil {
		return "", err
	}
	return d.configuration(e)
}

func (d *desk) configuration(e *entity) (string, error) {
	up, err := d.above(e)
	if err != nil {
		return "", err
	}
	claims := map[string]any{"iss": e.id, "sub": e.id, "iat": d.now.Unix(), "exp": d.until().Unix(), "jwks": e.jwks(),
		"metadata": map[string]any{"federation_entity": d.metadata(e)}}
	if hints := ids(up, upper); len(hints) > 0 {
		claims["authority_hints"] = hints
	} else if err := d.anchored(e, claims); err != nil {
		return "", err
	}
	marks, err := d.marks(e, up)
	if err != nil {
		return "", err
	}
	if len(marks) > 0 {
		all := make([]map[string]string, len(marks))
		for i, m := range marks {
			token, err := d.signMark(m)
			if err != nil {
				return "", err
			}
			all[i] = map[string]string{"trust_mark_type": m.kind, "trust_mark": token}
		}
		claims["trust_marks"] = all
	}
	return d.sign(e, EntityStatement, claims)
}

// metadata is what a federation_entity says of itself (5.1.1).
func (d *desk) metadata(e *entity) map[string]any {
	m := map[string]any{"organization_name": e.body.Name}
	if e.body.Website != "" {
		m["organization_uri"] = e.body.Website
	}
	if superior(e.body) {
		for _, name := range []string{"fetch", "list", "resolve", "trust_mark", "trust_mark_list", "trust_mark_status"} {
			m["federation_"+name+"_endpoint"] = e.id + "/federation/" + name
		}
	}
	return m
}

// anchored adds what only a trust anchor may say: who may issue the marks it
// owns. A certification body without superiors says nothing of the kind.
func (d *desk) anchored(e *entity, claims map[string]any) error {
	if !slices.Contains(e.body.Roles, registry.Arrangement) {
		return nil
	}
	down, err := d.below(e)
	if err != nil {
		return err
	}
	issuers := map[string][]string{}
	owners := map[string]any{}
	for _, t := range down {
		if t.statement.Kind == trust.Recognition && slices.Contains(t.subject.body.Roles, registry.AccreditationBody) {
			kind := markType(e, t.scope)
			issuers[kind] = append(issuers[kind], t.subject.id)
			owners[kind] = map[string]any{"sub": e.id, "jwks": e.jwks()}
		}
	}
	for kind := range issuers {
		slices.Sort(issuers[kind])
		issuers[kind] = slices.Compact(issuers[kind])
	}
	if len(issuers) > 0 {
		claims["trust_mark_issuers"], claims["trust_mark_owners"] = issuers, owners
	}
	return nil
}

// Subordinate is the superior's statement about an entity directly below it
// (8.1); ErrNoEntity if there is none now.
func (o *Office) Subordinate(ctx context.Context, superior, sub string) (string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return "", err
	}
	e, err := d.named(superior)
	if err != nil {
		return "", err
	}
	return d.subordinate(e, sub)
}

func (d *desk) subordinate(e *entity, sub string) (string, error) {
	down, err := d.below(e)
	if err != nil {
		return "", err
	}
	down = slices.DeleteFunc(down, func(t tie) bool { return t.subject.id != sub })
	if len(down) == 0 {
		return "", ErrNoEntity
	}
	s := down[0].subject
	return d.sign(e, EntityStatement, map[string]any{
		"iss": e.id, "sub": s.id, "iat": d.now.Unix(), "exp": d.until(down...).Unix(), "jwks": s.jwks(),
		"metadata":        map[string]any{"federation_entity": map[string]any{"organization_name": s.body.Name}},
		"constraints":     map[string]any{"max_path_length": intermediates(s.body)},
		"source_endpoint": e.id + "/federation/fetch",
	})
}

// intermediates is how many entities may stand between a superior and a leaf
// when the next below is this body: none below an accreditor's accreditation,
// the accreditor below an arrangement's recognition, a regional arrangement
// more below a global one.
func intermediates(b registry.Body) int {
	switch {
	case slices.Contains(b.Roles, registry.Arrangement):
		return 2
	case slices.Contains(b.Roles, registry.AccreditationBody):
		return 1
	default:
		return 0
	}
}

// Filter narrows List as the query of 8.2 does; zero members do not narrow.
type Filter struct {
	EntityType    string
	TrustMarked   bool
	TrustMarkType string
	Intermediate  *bool
}

// List names the entities directly below the superior now.
func (o *Office) List(ctx context.Context, superiorID string, f Filter) ([]string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	e, err := d.named(superiorID)
	if err != nil {
		return nil, err
	}
	down, err := d.below(e)
	if err != nil {
		return nil, err
	}
	kept := []tie{}
	for _, t := range down {
		if f.EntityType != "" && f.EntityType != "federation_entity" || f.Intermediate != nil && *f.Intermediate != superior(t.subject.body) {
			continue
		}
		if f.TrustMarked || f.TrustMarkType != "" {
			marked, err := d.marked(t.subject, f.TrustMarkType)
			if err != nil {
				return nil, err
			}
			if !marked {
				continue
			}
		}
		kept = append(kept, t)
	}
	out := ids(kept, lower)
	if out == nil {
		out = []string{}
	}
	return out, nil
}
