package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// IssueRequest is what to certify. Times left zero follow the scheme.
type IssueRequest struct {
	Issuer             string     `json:"issuer,omitempty"` // operators: the body to act for
	Scheme             string     `json:"scheme"`
	ExternalID         string     `json:"external_id,omitempty"`
	Holder             Holder     `json:"holder"`
	DecidedAt          time.Time  `json:"decided_at"`
	ValidFrom          *time.Time `json:"valid_from,omitempty"`
	ValidUntil         *time.Time `json:"valid_until,omitempty"`
	Level              string     `json:"level,omitempty"`
	Evidence           []Evidence `json:"evidence,omitempty"`
	Examiner           string     `json:"examiner,omitempty"`
	AccreditationClaim bool       `json:"accreditation_claim,omitempty"`
	Publication        string     `json:"publication,omitempty"` // public, match or hidden

	// Key is the idempotency key: the same key and request never issue twice.
	// Give one of your own to be safe across restarts of your program.
	Key string `json:"-"`
}

// Holder is the certified person or organisation.
type Holder struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Kind  string `json:"kind,omitempty"` // person or organisation
}

// Evidence is one item of applied evidence.
type Evidence struct {
	Kind        string `json:"kind"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

// Certificate is an issued certificate as its issuer sees it.
type Certificate struct {
	ID              string     `json:"id"`
	Number          string     `json:"number"`
	URL             string     `json:"url"`
	VerificationURL string     `json:"verification_url"`
	Credential      string     `json:"credential"` // compact JWS
	Status          string     `json:"status"`
	Scheme          string     `json:"scheme"`
	ExternalID      string     `json:"external_id"`
	Holder          Holder     `json:"holder"`
	Examiner        string     `json:"examiner"`
	DecidedAt       *time.Time `json:"decided_at"`
	ValidFrom       *time.Time `json:"valid_from"`
	ValidUntil      *time.Time `json:"valid_until"`
	Publication     string     `json:"publication"`
	LinkedInURL     string     `json:"linkedin_url"`
	Events          []Event    `json:"events"`
}

// Event is an entry of a history.
type Event struct {
	Event       string     `json:"event"`
	EffectiveAt *time.Time `json:"effective_at"`
	LearntAt    *time.Time `json:"learnt_at"`
	Reason      string     `json:"reason"`
	Successor   string     `json:"successor"`
}

// Issue issues a certificate (scope certificates:write).
func (c *Client) Issue(ctx context.Context, r IssueRequest) (*Certificate, error) {
	var out Certificate
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/certificates", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// EventRequest changes the status of a certificate: suspended, restored,
// withdrawn, superseded or name_corrected.
type EventRequest struct {
	Event        string     `json:"event"`
	Reason       string     `json:"reason,omitempty"`        // for the issuer's file
	PublicReason string     `json:"public_reason,omitempty"` // shown to anyone
	EffectiveAt  *time.Time `json:"effective_at,omitempty"`
	Successor    string     `json:"successor,omitempty"`
	Name         string     `json:"name,omitempty"`

	Key string `json:"-"` // idempotency key
}

// Event records an event of one of the body's certificates.
func (c *Client) Event(ctx context.Context, number string, r EventRequest) (*Certificate, error) {
	var out Certificate
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/certificates/" + url.PathEscape(number) + "/events", body: r, key: newKey(r.Key)}, &out)
	return one(&out, err)
}

// Filter narrows Certificates; zero members do not narrow.
type Filter struct {
	Issuer        string // operators: the body to act for
	Scheme        string
	Status        string
	ExternalID    string
	ExpiresBefore time.Time
}

// Certificates yields the body's own certificates (scope certificates:read),
// page after page. It ends with the first error.
func (c *Client) Certificates(ctx context.Context, f Filter) iter.Seq2[Certificate, error] {
	q := url.Values{}
	set(q, "issuer", f.Issuer)
	set(q, "scheme", f.Scheme)
	set(q, "status", f.Status)
	set(q, "external_id", f.ExternalID)
	if !f.ExpiresBefore.IsZero() {
		q.Set("expires_before", f.ExpiresBefore.UTC().Format(time.RFC3339))
	}
	return pages[Certificate](ctx, c, call{method: http.MethodGet, path: "/v1/certificates", query: q})
}

// LookupQuery asks about another moment, or whether a name fits, without being
// told it. Zero members ask nothing.
type LookupQuery struct {
	At      time.Time
	KnownAt time.Time
	Name    string
	Email   string
}

// Lookup answers for a certificate by its number. An unknown number is a report
// of verdict not_found, a mistyped one a *Problem with code CHECK_CHARACTER.
func (c *Client) Lookup(ctx context.Context, number string, l LookupQuery) (*verify.Report, error) {
	q := url.Values{}
	set(q, "name", l.Name)
	set(q, "email", l.Email)
	for name, t := range map[string]time.Time{"at": l.At, "known_at": l.KnownAt} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	var out verify.Report
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/certificates/" + url.PathEscape(number), query: q, public: true}, &out)
	var p *Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound && p.Code == "" {
		err = json.Unmarshal(a.data, &out) // the report of an unknown number
	}
	return one(&out, err)
}

// Credential returns the signed certificate, a compact JWS, byte for byte.
func (c *Client) Credential(ctx context.Context, number string) (string, error) {
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/certificates/" + url.PathEscape(number) + "/credential", public: true,
		header: http.Header{"Accept": {"application/vc+jwt"}}}, nil)
	return string(a.data), err
}

// Bundle returns everything needed to verify a certificate offline; see
// verify.ParseBundle.
func (c *Client) Bundle(ctx context.Context, number string) ([]byte, error) {
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/certificates/" + url.PathEscape(number) + "/bundle", public: true,
		header: http.Header{"Accept": {"application/vp"}}}, nil)
	return a.data, err
}

// VerifyRequest is a credential from anywhere, or a bundle, and what is expected.
type VerifyRequest struct {
	Credential any             `json:"credential,omitempty"` // compact JWS as string, or a JSON document
	Bundle     json.RawMessage `json:"bundle,omitempty"`
	At         *time.Time      `json:"at,omitempty"`
	Expect     *Expectation    `json:"expect,omitempty"`
}

// Expectation is what the asker believes to be true.
type Expectation struct {
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	Issuer string `json:"issuer,omitempty"`
	Scheme string `json:"scheme,omitempty"`
}

// Verify has the service judge a credential. It is made once: the caller knows
// best whether to ask again.
func (c *Client) Verify(ctx context.Context, r VerifyRequest) (*verify.Report, error) {
	var out verify.Report
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/verifications", body: r, public: true}, &out)
	return one(&out, err)
}

func set(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func one[T any](out *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

// pages yields the items of a list, following next_cursor.
func pages[T any](ctx context.Context, c *Client, r call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			var page struct {
				Data []T     `json:"data"`
				Next *string `json:"next_cursor"`
			}
			if _, err := c.do(ctx, r, &page); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, x := range page.Data {
				if !yield(x, nil) {
					return
				}
			}
			if page.Next == nil || *page.Next == "" {
				return
			}
			r.query.Set("cursor", *page.Next)
		}
	}
}
