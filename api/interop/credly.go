package interop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Issuing calls in the shape of the Credly web service, base address
// /compat/credly/v1: issue, list, read, replace and revoke a badge. An
// organization id is a body's id, a badge template id a scheme's id, a badge id
// a certificate's number. HTTP Basic carries the key as user name.
//
// What differs: dates need a zone; a field unknown to us is refused with 422,
// never dropped; locale, suppress_badge_notification_email, country_name,
// state_or_province and suppress_revoke_notification_email are taken and not
// kept (this service sends no mail of its own); duplicates follow the scheme's
// rule; a certificate counts at once, its holder has nothing to accept, so state
// is accepted or revoked, and status beside it is our exact word; the holder's
// name is published by match unless publication says otherwise; a claim of
// accreditation is made only on accreditation_claim. Idempotency-Key is
// understood. Of filters badge_template_id and issuer_earner_id are known, of
// sorts none.

type credlyRequest struct {
	RecipientEmail  string            `json:"recipient_email"`
	FirstName       string            `json:"issued_to_first_name"`
	MiddleName      string            `json:"issued_to_middle_name"`
	LastName        string            `json:"issued_to_last_name"`
	BadgeTemplateID string            `json:"badge_template_id"`
	IssuedAt        string            `json:"issued_at" example:"2026-03-01 09:41:00 -0500"`
	ExpiresAt       json.RawMessage   `json:"expires_at" swaggertype:"string"`
	IssuerEarnerID  string            `json:"issuer_earner_id"`
	Locale          string            `json:"locale"`
	SuppressMail    *bool             `json:"suppress_badge_notification_email"`
	CountryName     string            `json:"country_name"`
	StateOrProvince string            `json:"state_or_province"`
	Evidence        []json.RawMessage `json:"evidence" swaggertype:"array,object"`
	Claim           bool              `json:"accreditation_claim"`
	Publication     issue.Publication `json:"publication" enums:"public,match,hidden"`
}

type credlyBadge struct {
	ID             string         `json:"id"`
	State          string         `json:"state" enums:"pending,accepted,revoked"`
	Status         string         `json:"status"`
	RecipientEmail string         `json:"recipient_email"`
	IssuedTo       string         `json:"issued_to"`
	IssuedAt       *string        `json:"issued_at"`
	ExpiresAt      *string        `json:"expires_at"`
	IssuerEarnerID string         `json:"issuer_earner_id"`
	BadgeTemplate  credlyTemplate `json:"badge_template"`
	ReplacedBy     string         `json:"replacement_badge_id,omitempty"`
	URL            string         `json:"badge_url"`
}

type credlyTemplate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type credlyOne struct {
	Data credlyBadge `json:"data"`
}

type credlyMany struct {
	Data     []credlyBadge  `json:"data"`
	Metadata credlyMetadata `json:"metadata"`
}

type credlyMetadata struct {
	Count       int `json:"count"`
	CurrentPage int `json:"current_page"`
	TotalCount  int `json:"total_count"`
	TotalPages  int `json:"total_pages"`
	Per         int `json:"per"`
}

type credlyErrors struct {
	Errors []credlyError `json:"errors"`
}

type credlyError struct {
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
}

// credlyPer is how many badges a page of the list holds.
const credlyPer = 50

func credlyFault(c echo.Context, d v1.ProblemDocument) error {
	if d.Status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", `Basic realm="bonafide"`)
	}
	out := credlyErrors{Errors: []credlyError{}}
	for _, e := range d.Errors {
		out.Errors = append(out.Errors, credlyError{e.Detail, strings.TrimPrefix(e.Pointer, "/")})
	}
	if len(out.Errors) == 0 {
		out.Errors = append(out.Errors, credlyError{Message: d.Detail})
	}
	if d.Status == http.StatusBadRequest {
		d.Status = http.StatusUnprocessableEntity
	}
	return c.JSON(d.Status, out)
}

func (r credlyRequest) request(months int) (issue.Request, error) {
	var f fault.Invalid
	out := issue.Request{Scheme: r.BadgeTemplateID, ExternalID: r.IssuerEarnerID, Claim: r.Claim, Publication: r.Publication,
		Holder:    issue.Holder{Name: strings.Join(strings.Fields(r.FirstName+" "+r.MiddleName+" "+r.LastName), " "), Email: r.RecipientEmail},
		DecidedAt: compatDate(&f, "/issued_at", r.IssuedAt), Evidence: compatEvidence(&f, "/evidence", r.Evidence)}
	for pointer, s := range map[string]string{"/recipient_email": r.RecipientEmail, "/issued_to_first_name": r.FirstName, "/issued_to_last_name": r.LastName,
		"/badge_template_id": r.BadgeTemplateID, "/issued_at": r.IssuedAt} {
		if strings.TrimSpace(s) == "" {
			f.Add(pointer, "can't be blank")
		}
	}
	switch s := string(r.ExpiresAt); s {
	case "", "null":
	case "false":
		never(&f, "/expires_at", months)
	default:
		var text string
		if err := json.Unmarshal(r.ExpiresAt, &text); err != nil {
			f.Add("/expires_at", "must be a date, null for the scheme's own rule, or false for never")
		}
		out.ValidUntil = compatDate(&f, "/expires_at", text)
	}
	return out, f.Err()
}

// credlyIssue serves the call below.
//
// @Summary Issue a badge (Credly's shape)
// @Description badge_template_id is a scheme id. HTTP Basic with the key CLIENT_ID:CLIENT_SECRET, or an access token, as user name.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param org path string true "Body id"
// @Param badge body credlyRequest true "The badge"
// @Security OAuth2[certificates:write]
// @Success 201 {object} credlyOne
// @Failure 401 {object} credlyErrors
// @Failure 403 {object} credlyErrors
// @Failure 409 {object} credlyErrors
// @Failure 415 {object} credlyErrors
// @Failure 422 {object} credlyErrors
// @Router /compat/credly/v1/organizations/{org}/badges [post]
func (p *Protocols) credlyIssue(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", c.Param("org"))
	if err != nil {
		return err
	}
	var r credlyRequest
	if err := bindCompat(c, &r); err != nil {
		return err
	}
	rec, err := p.credlyMake(c.Request().Context(), body, r, idempotencyKey(c))
	if err != nil {
		return err
	}
	return p.credlyAnswer(c, http.StatusCreated, rec)
}

func (p *Protocols) credlyMake(ctx context.Context, body string, r credlyRequest, key string) (issue.Record, error) {
	s, err := p.scheme(ctx, r.BadgeTemplateID)
	if err != nil {
		return issue.Record{}, err
	}
	req, err := r.request(s.ValidityMonths)
	if err != nil {
		return issue.Record{}, err
	}
	rec, _, err := p.Issuer.Issue(ctx, body, req, key)
	return rec, err
}

func (p *Protocols) credlyAnswer(c echo.Context, status int, r issue.Record) error {
	b, err := p.credlyBadgeOf(c.Request().Context(), r)
	if err != nil {
		return err
	}
	return private(c, status, credlyOne{b})
}

func (p *Protocols) credlyBadgeOf(ctx context.Context, r issue.Record) (credlyBadge, error) {
	s, err := p.scheme(ctx, r.Scheme)
	if err != nil {
		return credlyBadge{}, err
	}
	q := r.Request
	b := credlyBadge{ID: r.Number, State: "accepted", Status: string(p.standing(r)), RecipientEmail: q.Holder.Email, IssuedTo: q.Holder.Name,
		IssuedAt: stamped(q.DecidedAt), ExpiresAt: stamped(q.ValidUntil), IssuerEarnerID: q.ExternalID, BadgeTemplate: credlyTemplate{s.ID, s.Name},
		URL: p.Addresses.Page(credential.Number(r.Number))}
	switch trust.LinkStatus(b.Status) {
	case trust.LinkWithdrawn, trust.LinkSuperseded, trust.LinkSuspended: // what is in suspense must not be relied on
		b.State = "revoked"
	}
	if r.State != issue.Sealed {
		b.State = "pending"
	}
	for _, e := range r.Events {
		if e.Kind == trust.Superseded {
			b.ReplacedBy = e.Successor
		}
	}
	return b, nil
}

// credlyBadge serves the call below.
//
// @Summary One badge (Credly's shape)
// @Tags compatibility
// @Produce json
// @Param org path string true "Body id"
// @Param id path string true "Certificate number"
// @Security OAuth2[certificates:read]
// @Success 200 {object} credlyOne
// @Failure 401 {object} credlyErrors
// @Failure 403 {object} credlyErrors
// @Failure 404 {object} credlyErrors
// @Router /compat/credly/v1/organizations/{org}/badges/{id} [get]
func (p *Protocols) credlyBadge(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:read", c.Param("org"))
	if err != nil {
		return err
	}
	r, err := p.held(c.Request().Context(), body, c.Param("id"))
	if err != nil {
		return err
	}
	return p.credlyAnswer(c, http.StatusOK, r)
}

// credlyList serves the call below.
//
// @Summary Badges of the organisation (Credly's shape)
// @Tags compatibility
// @Produce json
// @Param org path string true "Body id"
// @Param filter query string false "key::value, several joined by |; badge_template_id and issuer_earner_id"
// @Param page query int false "From 1" default(1)
// @Security OAuth2[certificates:read]
// @Success 200 {object} credlyMany
// @Failure 401 {object} credlyErrors
// @Failure 403 {object} credlyErrors
// @Failure 422 {object} credlyErrors
// @Router /compat/credly/v1/organizations/{org}/badges [get]
func (p *Protocols) credlyList(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:read", c.Param("org"))
	if err != nil {
		return err
	}
	f, page, err := credlyQuery(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	total, err := p.Records.Count(ctx, body, f)
	if err != nil {
		return err
	}
	f.Limit, f.Offset = credlyPer, (page-1)*credlyPer
	found, err := p.Records.Certificates(ctx, body, f)
	if err != nil {
		return err
	}
	out := credlyMany{Data: []credlyBadge{}, Metadata: credlyMetadata{Count: len(found), CurrentPage: page, TotalCount: total,
		TotalPages: (total + credlyPer - 1) / credlyPer, Per: credlyPer}}
	for _, r := range found {
		b, err := p.credlyBadgeOf(ctx, r)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, b)
	}
	return private(c, http.StatusOK, out)
}

func credlyQuery(c echo.Context) (issue.Filter, int, error) {
	var bad fault.Invalid
	var f issue.Filter
	for _, x := range strings.Split(c.QueryParam("filter"), "|") {
		name, value, _ := strings.Cut(x, "::")
		switch name {
		case "":
		case "badge_template_id":
			f.Scheme = value
		case "issuer_earner_id":
			f.ExternalID = value
		default:
			bad.Add("/filter", strconv.Quote(name)+" is no filter of this service")
		}
	}
	if c.QueryParam("sort") != "" {
		bad.Add("/sort", "is not supported; badges come in order of id")
	}
	page := 1
	if s := c.QueryParam("page"); s != "" {
		var err error
		if page, err = strconv.Atoi(s); err != nil || page < 1 || page > 1_000_000 {
			bad.Add("/page", "must be a whole number from 1")
		}
	}
	return f, page, bad.Err()
}

// credlyReplace serves the call below.
//
// @Summary Replace a badge by a new one (Credly's shape)
// @Description Issues the new certificate and supersedes the old one, which is final; what is left out is taken from the old one. A repeat finishes what a crash interrupted.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param org path string true "Body id"
// @Param id path string true "Certificate number"
// @Param badge body credlyRequest true "The new badge"
// @Security OAuth2[certificates:write]
// @Success 200 {object} credlyOne
// @Failure 401 {object} credlyErrors
// @Failure 403 {object} credlyErrors
// @Failure 404 {object} credlyErrors
// @Failure 409 {object} credlyErrors
// @Failure 422 {object} credlyErrors
// @Router /compat/credly/v1/organizations/{org}/badges/{id}/replace [put]
func (p *Protocols) credlyReplace(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", c.Param("org"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	old, err := p.held(ctx, body, c.Param("id"))
	if err != nil {
		return err
	}
	var r credlyRequest
	if err := bindCompat(c, &r); err != nil {
		return err
	}
	r.inherit(old)
	// The same replacement of the same badge has one key, so that a repeat
	// after a crash issues nothing twice.
	print, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(print)
	rec, err := p.credlyMake(ctx, body, r, "replace "+old.Number+" "+hex.EncodeToString(sum[:]))
	if err != nil {
		return err
	}
	if err := p.supersede(ctx, body, old, rec.Number); err != nil {
		return err
	}
	return p.credlyAnswer(c, http.StatusOK, rec)
}

// supersede ends the old certificate in favour of its successor, once.
func (p *Protocols) supersede(ctx context.Context, body string, old issue.Record, successor string) error {
	for _, e := range old.Events {
		if e.Kind == trust.Superseded && e.Successor == successor {
			return nil
		}
	}
	_, err := p.Desk.Certificate(ctx, body, old.Number, trust.Event{Kind: trust.Superseded, Successor: successor}, "")
	return err
}

// inherit takes from the old certificate what the request leaves out.
func (r *credlyRequest) inherit(old issue.Record) {
	q := old.Request
	if r.RecipientEmail == "" {
		r.RecipientEmail = q.Holder.Email
	}
	if r.FirstName == "" && r.LastName == "" {
		r.FirstName, r.LastName = splitName(q.Holder.Name)
	}
	if r.BadgeTemplateID == "" {
		r.BadgeTemplateID = old.Scheme
	}
	if r.IssuerEarnerID == "" {
		r.IssuerEarnerID = q.ExternalID
	}
	if r.IssuedAt == "" {
		r.IssuedAt = *stamped(q.DecidedAt)
	}
	if r.Publication == "" {
		r.Publication = q.Publication
	}
}

// splitName parts a name before its last word; a name of one word is both.
func splitName(name string) (firsts, last string) {
	i := strings.LastIndexByte(name, ' ')
	if i < 0 {
		return name, name
	}
	return name[:i], name[i+1:]
}

type credlyRevocation struct {
	Reason       string `json:"reason"`
	SuppressMail *bool  `json:"suppress_revoke_notification_email"`
}

// credlyRevoke serves the call below.
//
// @Summary Revoke a badge (Credly's shape)
// @Description Withdraws the certificate, which is final. The reason is kept for the issuer alone. A replaced badge cannot be revoked.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param org path string true "Body id"
// @Param id path string true "Certificate number"
// @Param revocation body credlyRevocation true "Why"
// @Security OAuth2[certificates:write]
// @Success 200 {object} credlyOne
// @Failure 401 {object} credlyErrors
// @Failure 403 {object} credlyErrors
// @Failure 404 {object} credlyErrors
// @Failure 409 {object} credlyErrors
// @Failure 422 {object} credlyErrors
// @Router /compat/credly/v1/organizations/{org}/badges/{id}/revoke [put]
func (p *Protocols) credlyRevoke(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", c.Param("org"))
	if err != nil {
		return err
	}
	var r credlyRevocation
	if err := bindCompat(c, &r); err != nil {
		return err
	}
	if strings.TrimSpace(r.Reason) == "" {
		return fault.Invalid{{Pointer: "/reason", Detail: "can't be blank"}}
	}
	ctx := c.Request().Context()
	rec, err := p.held(ctx, body, c.Param("id"))
	if err != nil {
		return err
	}
	if rec, err = p.withdraw(ctx, body, rec, r.Reason); err != nil {
		return err
	}
	return p.credlyAnswer(c, http.StatusOK, rec)
}
