package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Body is an organisation of the register.
type Body struct {
	ID             string      `json:"id,omitempty"`
	DID            string      `json:"did,omitempty"`
	Name           string      `json:"name"`
	Acronym        string      `json:"acronym,omitempty"`
	Roles          []string    `json:"roles"`
	Country        string      `json:"country,omitempty"`
	Website        string      `json:"website,omitempty"`
	Domains        []string    `json:"domains,omitempty"`
	Aliases        []string    `json:"aliases,omitempty"`
	LinkedIn       string      `json:"linkedin_organization_id,omitempty"`
	Status         string      `json:"status,omitempty"`
	Match          string      `json:"match,omitempty"` // of a search: exact, strong or weak
	Accreditations []Statement `json:"accreditations,omitempty"`
	Recognitions   []Statement `json:"recognitions,omitempty"`
}

// Statement is one body's word about another.
type Statement struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	Issuer     string     `json:"issuer"`
	Subject    string     `json:"subject"`
	Number     string     `json:"number"`
	Scope      Scope      `json:"scope"`
	ValidFrom  *time.Time `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until"`
	Status     string     `json:"status"`
	Assurance  string     `json:"assurance"`
	Credential string     `json:"credential"`
	Events     []Event    `json:"events"`
}

// Scope bounds a statement.
type Scope struct {
	Activity  string   `json:"activity"`
	Standard  string   `json:"standard,omitempty"`
	Edition   string   `json:"edition,omitempty"`
	SubScopes []string `json:"sub_scopes,omitempty"`
	Schemes   []string `json:"schemes,omitempty"`
	Countries []string `json:"countries,omitempty"`
}

// BodyFilter narrows Bodies; zero members do not narrow.
type BodyFilter struct {
	Query    string
	Role     string
	Country  string
	Standard string
}

// Bodies yields the bodies of the register, the best matches of a query first.
func (c *Client) Bodies(ctx context.Context, f BodyFilter) iter.Seq2[Body, error] {
	q := url.Values{}
	set(q, "q", f.Query)
	set(q, "role", f.Role)
	set(q, "country", f.Country)
	set(q, "standard", f.Standard)
	return pages[Body](ctx, c, call{method: http.MethodGet, path: "/v1/bodies", query: q, public: true})
}

// Body returns one body.
func (c *Client) Body(ctx context.Context, id string) (*Body, error) {
	var out Body
	_, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/bodies/" + url.PathEscape(id), public: true}, &out)
	return one(&out, err)
}

// BodyRequest registers a body (operators).
type BodyRequest struct {
	ID       string   `json:"id,omitempty"` // made from the name if empty
	Name     string   `json:"name"`
	Acronym  string   `json:"acronym,omitempty"`
	Roles    []string `json:"roles"`
	Country  string   `json:"country,omitempty"`
	Website  string   `json:"website,omitempty"`
	Domains  []string `json:"domains,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
	LinkedIn string   `json:"linkedin_organization_id,omitempty"`

	AcceptLikeness bool   `json:"-"` // go on although the name is like another's
	Key            string `json:"-"` // idempotency key
}

// AddBody registers a body.
func (c *Client) AddBody(ctx context.Context, r BodyRequest) (*Body, error) {
	q := url.Values{}
	if r.AcceptLikeness {
		q.Set("accept_likeness", "true")
	}
	var out Body
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/bodies", query: q, body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// SchemeRequest registers a scheme (scope registry:write).
type SchemeRequest struct {
	ID             string `json:"id,omitempty"`
	Owner          string `json:"owner"`
	Name           string `json:"name"`
	Acronym        string `json:"acronym,omitempty"`
	Kind           string `json:"kind"`
	Activity       string `json:"activity,omitempty"`
	Level          string `json:"level,omitempty"`
	Standard       string `json:"standard,omitempty"`
	Duplicates     string `json:"duplicates,omitempty"`
	ValidityMonths int    `json:"validity_months,omitempty"`

	Key string `json:"-"` // idempotency key
}

// Scheme is a registered scheme.
type Scheme struct {
	SchemeRequest
	Address string `json:"address"`
}

// AddScheme registers a scheme.
func (c *Client) AddScheme(ctx context.Context, r SchemeRequest) (*Scheme, error) {
	var out Scheme
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/schemes", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// StatementRequest states a recognition or accreditation (scope statements:write).
type StatementRequest struct {
	Kind       string     `json:"kind"` // recognition or accreditation
	Issuer     string     `json:"issuer"`
	Subject    string     `json:"subject"`
	Number     string     `json:"number,omitempty"`
	Scope      Scope      `json:"scope"`
	ValidFrom  time.Time  `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	Recorded   *Recorded  `json:"recorded,omitempty"`

	Key string `json:"-"` // idempotency key
}

// Recorded is where a statement was read that its issuer does not sign here.
type Recorded struct {
	SourceURL   string    `json:"source_url"`
	RetrievedAt time.Time `json:"retrieved_at"`
	Grade       string    `json:"grade"`
}

// State makes a statement.
func (c *Client) State(ctx context.Context, r StatementRequest) (*Statement, error) {
	var out Statement
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/statements", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// StatementEventRequest changes a statement: suspended, restored, withdrawn,
// reduced, extended or superseded.
type StatementEventRequest struct {
	Event       string     `json:"event"`
	EffectiveAt *time.Time `json:"effective_at,omitempty"`
	Reason      string     `json:"reason,omitempty"`
	Scope       *Scope     `json:"scope,omitempty"`

	Key string `json:"-"` // idempotency key
}

// StatementEvent records an event of a statement.
func (c *Client) StatementEvent(ctx context.Context, id string, r StatementEventRequest) (*Statement, error) {
	var out Statement
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/statements/" + url.PathEscape(id) + "/events", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// ChainQuery asks what a body is accredited for; zero members ask nothing.
type ChainQuery struct {
	Scheme   string
	Standard string
	At       time.Time
}

// Chain is the way from a body up to an arrangement.
type Chain struct {
	Body          string      `json:"body"`
	At            time.Time   `json:"at"`
	Accreditation string      `json:"accreditation"` // recognised, elsewhere, none or unknown
	Links         []Statement `json:"links"`
	Problem       *Reason     `json:"problem"`
	Problems      []Reason    `json:"problems"`
}

// Reason is why a chain does not hold.
type Reason struct {
	Code   string     `json:"code"`
	About  string     `json:"about"`
	Since  *time.Time `json:"since"`
	Detail string     `json:"detail"`
}

// Chain answers whether a body is accredited, by whom, and who recognises that.
func (c *Client) Chain(ctx context.Context, body string, q ChainQuery) (*Chain, error) {
	v := url.Values{}
	set(v, "scheme", q.Scheme)
	set(v, "standard", q.Standard)
	if !q.At.IsZero() {
		v.Set("at", q.At.UTC().Format(time.RFC3339))
	}
	var out Chain
	_, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/bodies/" + url.PathEscape(body) + "/chain", query: v, public: true}, &out)
	return one(&out, err)
}
