package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Key is a public key of a body.
type Key struct {
	Kid           string          `json:"kid"`
	Use           string          `json:"use"` // credential, client …
	JWK           json.RawMessage `json:"jwk"`
	Hosted        bool            `json:"hosted"`
	CreatedAt     *time.Time      `json:"created_at"`
	RevokedAt     *time.Time      `json:"revoked_at"`
	CompromisedAt *time.Time      `json:"compromised_at"`
	Reason        string          `json:"reason"`
}

// Keys yields the public keys of a body, revoked ones too.
func (c *Client) Keys(ctx context.Context, body string) iter.Seq2[Key, error] {
	return pages[Key](ctx, c, call{method: http.MethodGet, path: "/v1/bodies/" + url.PathEscape(body) + "/keys", query: url.Values{}, public: true})
}

// KeyRequest registers a body's own public key (scope keys:write).
type KeyRequest struct {
	JWK json.RawMessage `json:"jwk"` // public
	Use string          `json:"use"` // credential or client

	Key string `json:"-"` // idempotency key
}

// AddKey registers a key whose private half the body keeps.
func (c *Client) AddKey(ctx context.Context, body string, r KeyRequest) (*Key, error) {
	var out Key
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/bodies/" + url.PathEscape(body) + "/keys", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// KeyRevocation ends a key. Records made from CompromisedAt on are no longer
// believed; nil: all made before the revocation still are.
type KeyRevocation struct {
	Reason        string     `json:"reason"`
	CompromisedAt *time.Time `json:"compromised_at,omitempty"`
}

// RevokeKey ends a key (scope keys:write). It is made once.
func (c *Client) RevokeKey(ctx context.Context, body, kid string, r KeyRevocation) error {
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/bodies/" + url.PathEscape(body) + "/keys/" + url.PathEscape(kid) + "/revocation", body: r}, nil)
	return err
}

// Prepared is a certificate that waits for the body's own signature.
type Prepared struct {
	ID           string `json:"id"`
	Number       string `json:"number"`
	State        string `json:"state"`
	Kid          string `json:"kid"`
	SigningInput string `json:"signing_input"`
}

// Prepare records the exact bytes to sign for a body that keeps its own key.
func (c *Client) Prepare(ctx context.Context, r IssueRequest) (*Prepared, error) {
	var out Prepared
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/certificates/prepare", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// Seal seals a prepared certificate with the signature over SigningInput, in
// base64url (for ES256: R and S, 64 bytes). It is made once: of a repeat the
// service says that the certificate is sealed already.
func (c *Client) Seal(ctx context.Context, number, signature string) (*Certificate, error) {
	var out Certificate
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/certificates/" + url.PathEscape(number) + "/seal", body: map[string]string{"signature": signature}}, &out)
	return one(&out, err)
}

// Coverage says how complete the register is for a body. Only where it is
// complete may the absence of a record prove anything.
type Coverage struct {
	Of                  string    `json:"of,omitempty"` // certificates, accreditations_granted, accreditations_held; empty: all that the roles allow
	Register            string    `json:"register"`     // complete, partial or none
	SynchronisedAt      time.Time `json:"synchronised_at"`
	PromisedRefreshDays int       `json:"promised_refresh_days,omitempty"`
}

// SetCoverage tells how complete the register is (scope registry:write). A
// repeat changes nothing, so that it is made again where need be.
func (c *Client) SetCoverage(ctx context.Context, body string, r Coverage) error {
	_, err := c.do(ctx, call{method: http.MethodPut, path: "/v1/bodies/" + url.PathEscape(body) + "/coverage", body: r}, nil)
	return err
}

// Schemes yields the schemes of the register.
func (c *Client) Schemes(ctx context.Context) iter.Seq2[Scheme, error] {
	return pages[Scheme](ctx, c, call{method: http.MethodGet, path: "/v1/schemes", query: url.Values{}, public: true})
}

// Scheme returns one scheme.
func (c *Client) Scheme(ctx context.Context, id string) (*Scheme, error) {
	var out Scheme
	_, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/schemes/" + url.PathEscape(id), public: true}, &out)
	return one(&out, err)
}

// Statement returns one statement with its history.
func (c *Client) Statement(ctx context.Context, id string) (*Statement, error) {
	var out Statement
	_, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/statements/" + url.PathEscape(id), public: true}, &out)
	return one(&out, err)
}
