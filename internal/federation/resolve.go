package federation

import (
	"context"
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Resolve is the resolver's answer about an entity under a trust anchor (8.3),
// with the whole chain in it: the subject's configuration, subordinate
// statements upward, the anchor's configuration. ErrNoEntity or ErrNoAnchor if
// one of them is none, or no chain leads from the one to the other.
func (o *Office) Resolve(ctx context.Context, resolver, sub string, anchors []string) (string, error) {
	d, err := o.open(ctx)
	if err != nil {
		return "", err
	}
	by, err := d.named(resolver)
	if err != nil {
		return "", err
	}
	e, err := d.named(d.bodyID(sub))
	if err != nil {
		return "", err
	}
	path, err := d.path(e, anchors)
	if err != nil {
		return "", err
	}
	chain, end, err := d.chain(e, path)
	if err != nil {
		return "", err
	}
	claims := map[string]any{"iss": by.id, "sub": e.id, "iat": d.now.Unix(), "exp": end, "trust_chain": chain,
		"metadata": map[string]any{"federation_entity": d.metadata(e)}}
	up, err := d.above(e)
	if err != nil {
		return "", err
	}
	all, err := d.marks(e, up)
	if err != nil {
		return "", err
	}
	anchor := e
	if len(path) > 0 {
		anchor = path[len(path)-1].issuer
	}
	marks := []map[string]string{}
	for _, m := range all {
		if m.owner != anchor {
			continue // the anchor says nothing of who may give it
		}
		token, err := d.signMark(m)
		if err != nil {
			return "", err
		}
		marks = append(marks, map[string]string{"trust_mark_type": m.kind, "trust_mark": token})
	}
	if len(marks) > 0 {
		claims["trust_marks"] = marks
	}
	return d.sign(by, ResolveResponse, claims)
}

// path finds the shortest way from an entity up to one of the anchors,
// breadth first; each entity is met once, so a loop ends.
func (d *desk) path(from *entity, anchors []string) ([]tie, error) {
	type way struct {
		at   *entity
		ties []tie
	}
	if slices.Contains(anchors, from.id) {
		return nil, nil
	}
	seen := map[string]bool{from.id: true}
	for queue := []way{{from, nil}}; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		if len(w.ties) >= trust.DefaultMaxDepth {
			continue
		}
		up, err := d.above(w.at)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(up, byStatement)
		for _, t := range up {
			if seen[t.issuer.id] {
				continue
			}
			seen[t.issuer.id] = true
			next := way{t.issuer, append(slices.Clone(w.ties), t)}
			if slices.Contains(anchors, t.issuer.id) {
				return next.ties, nil
			}
			queue = append(queue, next)
		}
	}
	return nil, ErrNoAnchor
}

// chain signs the statements of a way up and tells when the first of them ends.
func (d *desk) chain(e *entity, path []tie) (chain []string, end int64, err error) {
	end = d.until().Unix()
	token, err := d.configuration(e)
	if err != nil {
		return nil, 0, err
	}
	chain = append(chain, token)
	top := e
	for _, t := range path {
		if token, err = d.subordinate(t.issuer, t.subject.id); err != nil {
			return nil, 0, err
		}
		chain, top = append(chain, token), t.issuer
		end = min(end, d.until(t).Unix())
	}
	if top == e {
		return chain, end, nil // an anchor resolved under itself
	}
	if token, err = d.configuration(top); err != nil {
		return nil, 0, err
	}
	return append(chain, token), end, nil
}
