package status

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Document returns the same list as List does, as JSON with an embedded proof,
// for readers that take no tokens. Its errors are those of List and of Embed:
// a body that signs tokens alone has no such form. It names the base context
// and no other, so that nobody need fetch ours to verify it.
func (p *Publisher) Document(ctx context.Context, list, purpose string, at time.Time) ([]byte, error) {
	token, err := p.List(ctx, list, purpose, at)
	if err != nil {
		return nil, err
	}
	key := list + " " + purpose
	p.mu.Lock()
	c := p.cached[key]
	p.mu.Unlock()
	if c.token == token && c.document != nil {
		return c.document, nil
	}
	body, payload, err := p.plain(token)
	if err != nil {
		return nil, err
	}
	document, _, err := p.Embed(ctx, body, payload)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c = p.cached[key]; c.token == token { // still the present list
		c.document = document
		p.cached[key] = c
	}
	return document, nil
}

// plain is the payload of a list of ours, under the base context alone, and the
// body that signed it.
func (p *Publisher) plain(token string) (body string, payload []byte, err error) {
	u, err := jws.Parse(token)
	if err != nil {
		return "", nil, fmt.Errorf("reading our own status list: %w", err)
	}
	body = p.signerOf(u)
	claims, err := u.Claims()
	if err != nil {
		return "", nil, err
	}
	if contexts, ok := claims["@context"].([]any); ok {
		claims["@context"] = contexts[:1]
	}
	payload, err = json.Marshal(claims)
	return body, payload, err
}
