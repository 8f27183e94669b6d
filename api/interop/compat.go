package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// What the two /compat protocols have in common: a static key, a lenient date,
// and a record found by the number that their id is. A certification body moves
// by changing the base address and the key; the key is CLIENT_ID:CLIENT_SECRET
// of one of our clients, or one of our access tokens.

// key checks a compat key: an access token, or client id and secret joined by a
// colon. Platforms that put the key into HTTP Basic as the user name send it
// with one more colon behind, which stands for the empty password.
func (p *Protocols) key(ctx context.Context, key string) (access.Caller, error) {
	key = strings.TrimSuffix(strings.TrimSpace(key), ":")
	if id, secret, ok := strings.Cut(key, ":"); ok {
		return p.Gate.Direct(ctx, id, secret)
	}
	return p.Gate.Caller(ctx, key)
}

// bodyOf finds the body that the caller of a compat call acts for and checks
// the scope. named is the organisation in the path, if the protocol has one.
func (p *Protocols) bodyOf(c echo.Context, scope, named string) (string, error) {
	h, ctx := c.Request().Header.Get("Authorization"), c.Request().Context()
	var caller access.Caller
	err := access.ErrToken
	if user, password, basic := c.Request().BasicAuth(); basic {
		caller, err = p.key(ctx, user+":"+password)
	} else if key, ok := strings.CutPrefix(h, "Bearer "); ok {
		caller, err = p.key(ctx, key)
	} else if key, ok := strings.CutPrefix(h, "Token token="); ok {
		caller, err = p.key(ctx, strings.Trim(key, `"`))
	}
	if err != nil {
		return "", err
	}
	v1.Sign(c, caller)
	if named != "" && !caller.Operator && named != caller.Body {
		return "", &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Detail: "The key belongs to another organisation."}
	}
	return acting(caller, scope, named)
}

// bindCompat reads a JSON body strictly; an empty one is an empty object.
func bindCompat(c echo.Context, v any) error {
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	if err := isJSON(c); err != nil {
		return err
	}
	return ijson.Decode(data, v)
}

// idempotencyKey reads the header that our API has and these protocols lack.
func idempotencyKey(c echo.Context) string {
	return strings.Trim(strings.TrimSpace(c.Request().Header.Get("Idempotency-Key")), `"`)
}

// compatDate reads an instant with zone, as RFC 3339 or with spaces as in
// "2014-04-01 09:41:00 -0500", or a day, which begins at midnight UTC.
func compatDate(f *fault.Invalid, pointer, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -0700", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	f.Add(pointer, "is neither an RFC 3339 instant with zone (2026-03-01T09:00:00Z) nor a day (2026-03-01)")
	return time.Time{}
}

// compatEvidence keeps what an evidence item of these platforms says: its type,
// its words and its address.
func compatEvidence(f *fault.Invalid, pointer string, items []json.RawMessage) []issue.Evidence {
	var out []issue.Evidence
	for i, raw := range items {
		var e struct {
			Type        string `json:"type"`
			Category    string `json:"category"`
			Name        string `json:"name"`
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			f.Add(pointer+"/"+strconv.Itoa(i), "cannot be read: give type, description and url as texts")
			continue
		}
		x := issue.Evidence{Kind: first(e.Type, e.Category, "evidence"), Description: first(e.Description, e.Name, e.Title), URL: e.URL}
		out = append(out, x)
	}
	return out
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// held finds one of the body's own certificates, drafts too.
func (p *Protocols) held(ctx context.Context, body, id string) (issue.Record, error) {
	n, err := credential.ParseNumber(id)
	if err != nil {
		return issue.Record{}, issue.ErrNotFound
	}
	r, err := p.Records.Certificate(ctx, string(n))
	if err == nil && r.Body != body {
		err = issue.ErrNotFound
	}
	return r, err
}

// standing is a certificate's own status now.
func (p *Protocols) standing(r issue.Record) trust.LinkStatus {
	return trust.At(trust.Statement{ValidFrom: r.Request.ValidFrom, ValidUntil: r.Request.ValidUntil, Events: r.Events}, p.Now(), time.Time{}).Status
}

// withdraw ends a certificate for good. The reason is kept for the issuer alone:
// these platforms do not say who sees it. A repeat finds the certificate
// withdrawn and answers as the first time.
func (p *Protocols) withdraw(ctx context.Context, body string, r issue.Record, reason string) (issue.Record, error) {
	if p.standing(r) == trust.LinkWithdrawn {
		return r, nil
	}
	return p.Desk.Certificate(ctx, body, r.Number, trust.Event{Kind: trust.Withdrawn}, reason)
}

// never refuses "never expires" for a scheme whose rules set an end.
func never(f *fault.Invalid, pointer string, months int) {
	if months > 0 {
		f.Add(pointer, "the scheme's certificates end after "+strconv.Itoa(months)+" months; leave it out or give a date")
	}
}

func stamped(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}
