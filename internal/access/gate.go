// Package access knows who is calling and for which body they may act: OAuth
// 2.0 client credentials (RFC 6749, 4.4), private_key_jwt (RFC 7523) and JWT
// access tokens (RFC 9068). What a scope allows is decided where it is used.
package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// TokenLife is how long an access token lasts.
const TokenLife = 15 * time.Minute

// Scopes lists what a client may be allowed to do.
func Scopes() []string {
	return []string{"registry:write", "statements:write", "certificates:write", "certificates:read", "keys:write",
		"clients:write", "reports:read", "webhooks:write", "watches:write"}
}

// Scopes of the Open Badges 3.0 API (8.1.1) that a token may be asked for.
const (
	BadgesRead  = "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly"
	ProfileRead = "https://purl.imsglobal.org/spec/ob/v3p0/scope/profile.readonly"
)

// aliases are scopes of other protocols and the one of ours that includes each:
// the token names both.
func aliases() map[string]string {
	return map[string]string{BadgesRead: "certificates:read", ProfileRead: "certificates:read"}
}

// Gate lets clients in. Its methods are safe for concurrent use.
type Gate struct {
	Store     Store
	Keys      *keys.Custodian
	Addresses credential.Addresses
	Now       func() time.Time
	Rand      io.Reader

	seen seen
}

// Caller is a client whose token was checked.
type Caller struct {
	Client   string
	Body     string // empty for an operator
	Operator bool
	Scopes   []string
	Registry int64 // the registry's version when the caller was checked
}

// May reports whether the caller may use the scope for the body.
func (c Caller) May(scope, body string) bool {
	return c.Operator || slices.Contains(c.Scopes, scope) && c.Body == body && body != ""
}

// Has reports whether the caller has the scope, for whatever body.
func (c Caller) Has(scope string) bool { return c.Operator || slices.Contains(c.Scopes, scope) }

// OAuthError is an error of RFC 6749, 5.2. Its text tells an attacker nothing.
type OAuthError struct{ Code, Description string }

func (e *OAuthError) Error() string { return e.Code + ": " + e.Description }

// ErrToken says that an access token is missing, malformed, expired or revoked.
var ErrToken = errors.New("the access token is not valid")

// TokenRequest is a request to the token endpoint.
type TokenRequest struct {
	GrantType     string
	ClientID      string // by HTTP Basic or in the form
	ClientSecret  string
	AssertionType string
	Assertion     string
	Scope         string
}

// TokenResponse is its answer.
type TokenResponse struct {
	AccessToken string
	ExpiresIn   int // seconds
	Scope       string
}

// Token authenticates the client and issues an access token. Errors that the
// client should see are *OAuthError.
func (g *Gate) Token(ctx context.Context, r TokenRequest) (TokenResponse, error) {
	if r.GrantType != "client_credentials" {
		return TokenResponse{}, &OAuthError{"unsupported_grant_type", "only client_credentials is supported"}
	}
	client, err := g.authenticate(ctx, r)
	if err != nil {
		return TokenResponse{}, err
	}
	scopes := client.Scopes
	if client.Operator {
		scopes = Scopes()
	}
	if asked := strings.Fields(r.Scope); len(asked) > 0 {
		granted := asked
		for _, s := range asked {
			own := s
			if alias, ok := aliases()[s]; ok {
				own, granted = alias, append(granted, alias)
			}
			if !slices.Contains(scopes, own) {
				return TokenResponse{}, &OAuthError{"invalid_scope", "the client does not have every scope asked for"}
			}
		}
		scopes = granted
	}
	token, err := g.sign(ctx, client, scopes)
	return TokenResponse{AccessToken: token, ExpiresIn: int(TokenLife.Seconds()), Scope: strings.Join(scopes, " ")}, err
}

func (g *Gate) authenticate(ctx context.Context, r TokenRequest) (Client, error) {
	if r.Assertion != "" || r.AssertionType != "" {
		return g.byAssertion(ctx, r)
	}
	refused := &OAuthError{"invalid_client", "unknown client or wrong secret"}
	client, err := g.Store.Client(ctx, r.ClientID)
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return Client{}, fmt.Errorf("reading client: %w", err)
	}
	sum := sha256.Sum256([]byte(r.ClientSecret)) // the same work for an unknown client
	if subtle.ConstantTimeCompare(sum[:], client.SecretHash) != 1 || !client.RevokedAt.IsZero() {
		return Client{}, refused
	}
	return client, nil
}

// claims are those of an access token.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Client   string `json:"client_id"`
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Scope    string `json:"scope"`
}

func (g *Gate) sign(ctx context.Context, c Client, scopes []string) (string, error) {
	signer, err := g.Keys.Signer(ctx, keys.Service, keys.ForAccess)
	if err != nil {
		return "", err
	}
	id, err := g.random(16)
	if err != nil {
		return "", err
	}
	now := g.Now().UTC()
	payload, err := json.Marshal(claims{Issuer: g.Addresses.Public, Subject: c.ID, Audience: g.Addresses.Public, Client: c.ID,
		ID: id, IssuedAt: now.Unix(), Expires: now.Add(TokenLife).Unix(), Scope: strings.Join(scopes, " ")})
	if err != nil {
		return "", fmt.Errorf("writing access token: %w", err)
	}
	return jws.Sign(payload, "at+jwt", signer)
}

// Caller checks an access token: its signature, type, issuer, audience, life,
// and that the client still is one. The body a client acts for is the
// register's word of now, not the token's. ErrToken if it is not valid.
func (g *Gate) Caller(ctx context.Context, bearer string) (Caller, error) {
	v, err := g.verified(ctx, bearer)
	if err != nil {
		return Caller{}, err
	}
	now := g.Now().Unix()
	if v.Issuer != g.Addresses.Public || v.Audience != g.Addresses.Public || now >= v.Expires || v.IssuedAt > now+60 {
		return Caller{}, ErrToken
	}
	client, version, err := g.Store.ClientNow(ctx, v.Client)
	if errors.Is(err, registry.ErrNotFound) || err == nil && !client.RevokedAt.IsZero() {
		return Caller{}, ErrToken
	}
	if err != nil {
		return Caller{}, fmt.Errorf("reading client: %w", err)
	}
	held, err := g.Keys.AccessKeysAt(ctx, version)
	if err != nil {
		return Caller{}, err
	}
	if !slices.ContainsFunc(held, func(k keys.Key) bool { return k.RevokedAt.IsZero() && k.Public.Thumbprint() == v.key }) {
		return Caller{}, ErrToken
	}
	return Caller{Client: client.ID, Body: client.Body, Operator: client.Operator, Scopes: strings.Fields(v.Scope), Registry: version}, nil
}

// verified is what a token of ours says and which key signed it. Whether that
// key still counts, and the token's life, are for the caller to check.
func (g *Gate) verified(ctx context.Context, bearer string) (verified, error) {
	if v, ok := g.seen.find(bearer); ok {
		return v, nil
	}
	u, err := jws.Parse(bearer)
	if err != nil || u.Header.Typ != "at+jwt" {
		return verified{}, ErrToken
	}
	held, err := g.Keys.AccessKeys(ctx)
	if err != nil {
		return verified{}, err
	}
	for _, k := range held {
		if !k.RevokedAt.IsZero() || k.ID != u.Header.Kid || u.Verify(k.Public) != nil {
			continue
		}
		v := verified{key: k.Public.Thumbprint()}
		if json.Unmarshal(u.Payload, &v.claims) != nil {
			return verified{}, ErrToken
		}
		g.seen.keep(bearer, v)
		return v, nil
	}
	return verified{}, ErrToken
}

// Direct checks a client by its secret, without a token in between, for
// protocols that know a static key alone: with every scope of the client.
// ErrToken if it is refused.
func (g *Gate) Direct(ctx context.Context, id, secret string) (Caller, error) {
	client, err := g.authenticate(ctx, TokenRequest{ClientID: id, ClientSecret: secret})
	var refused *OAuthError
	if errors.As(err, &refused) {
		return Caller{}, ErrToken
	}
	return Caller{Client: client.ID, Body: client.Body, Operator: client.Operator, Scopes: client.Scopes}, err
}

// Enrol creates a client with a fresh id and a 256-bit secret, which is
// returned once and kept only as its SHA-256.
func (g *Gate) Enrol(ctx context.Context, c Client) (Client, string, error) {
	var f fault.Invalid
	if c.Body == "" && !c.Operator && !c.relies() {
		f.Add("/body", "is missing: name the body the client acts for, or make it an operator; a client with no scope but watches:write and webhooks:write needs none, but a name")
	}
	if c.Body != "" && c.Operator {
		f.Add("/body", "an operator acts for every body; leave it out")
	}
	for i, s := range c.Scopes {
		if !slices.Contains(Scopes(), s) {
			f.Add(fmt.Sprintf("/scope/%d", i), fmt.Sprintf("%q is not a scope; there are %s", s, strings.Join(Scopes(), ", ")))
		}
	}
	if len(c.Scopes) == 0 && !c.Operator {
		f.Add("/scope", "is missing: a client without scopes can do nothing")
	}
	if err := f.Err(); err != nil {
		return Client{}, "", err
	}
	id, err := g.random(10)
	if err != nil {
		return Client{}, "", err
	}
	var random [32]byte
	if _, err := io.ReadFull(g.Rand, random[:]); err != nil {
		return Client{}, "", fmt.Errorf("drawing secret: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(secret))
	c.ID, c.SecretHash, c.CreatedAt = "c-"+id, sum[:], g.Now().UTC().Truncate(time.Microsecond)
	return c, secret, g.Store.AddClient(ctx, c)
}

func (g *Gate) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(g.Rand, b); err != nil {
		return "", fmt.Errorf("drawing an id: %w", err)
	}
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}
