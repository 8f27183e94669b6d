package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// assertionLife is the longest a client's assertion may last (RFC 7523, 3).
const assertionLife = 5 * time.Minute

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// byAssertion authenticates a client by a JWT signed with a key that its body
// registered for clients. The audience is this service alone, and each jti
// counts once.
func (g *Gate) byAssertion(ctx context.Context, r TokenRequest) (Client, error) {
	refused := &OAuthError{"invalid_client", "the client assertion is not valid"}
	u, err := jws.Parse(r.Assertion)
	if err != nil || r.AssertionType != assertionType {
		return Client{}, refused
	}
	var c struct {
		Issuer   string          `json:"iss"`
		Subject  string          `json:"sub"`
		Audience json.RawMessage `json:"aud"`
		ID       string          `json:"jti"`
		Expires  int64           `json:"exp"`
		IssuedAt int64           `json:"iat"`
	}
	if json.Unmarshal(u.Payload, &c) != nil || c.Issuer == "" || c.Issuer != c.Subject || c.ID == "" || len(c.ID) > 256 ||
		r.ClientID != "" && r.ClientID != c.Issuer {
		return Client{}, refused
	}
	now := g.Now().UTC()
	if now.Unix() >= c.Expires || time.Unix(c.Expires, 0).Sub(now) > assertionLife || time.Unix(c.IssuedAt, 0).Sub(now) > time.Minute || !g.audience(c.Audience) {
		return Client{}, refused
	}
	client, err := g.Store.Client(ctx, c.Issuer)
	if errors.Is(err, registry.ErrNotFound) || err == nil && (!client.RevokedAt.IsZero() || client.Body == "") {
		return Client{}, refused
	}
	if err != nil {
		return Client{}, fmt.Errorf("reading client: %w", err)
	}
	held, err := g.Keys.OfClients(ctx, client.Body)
	if err != nil {
		return Client{}, err
	}
	for _, k := range held {
		named := u.Header.Kid == k.ID || u.Header.Kid == k.Public.Thumbprint() || u.Header.Kid == "" && u.Header.JWK != nil && u.Header.JWK.Thumbprint() == k.Public.Thumbprint()
		if !named || !k.RevokedAt.IsZero() || u.Verify(k.Public) != nil {
			continue
		}
		err := g.Store.Spend(ctx, client.ID, c.ID, time.Unix(c.Expires, 0).UTC())
		if errors.Is(err, registry.ErrDuplicate) {
			return Client{}, refused
		}
		return client, err
	}
	return Client{}, refused
}

// audience takes the issuer identifier or the token endpoint, alone.
func (g *Gate) audience(raw json.RawMessage) bool {
	var one string
	if json.Unmarshal(raw, &one) != nil {
		var many []string
		if json.Unmarshal(raw, &many) != nil || len(many) != 1 {
			return false
		}
		one = many[0]
	}
	return one == g.Addresses.Public || one == g.Addresses.Public+"/oauth2/token"
}
