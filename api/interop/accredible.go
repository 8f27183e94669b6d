package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Issuing calls in the shape of the Accredible API, base address
// /compat/accredible/v1: create a credential, create up to thirty, read one,
// publish a draft and delete. A group id is a scheme's id (group_name its
// name), a credential id a certificate's number. The key goes into
// "Authorization: Token token=KEY".
//
// What differs: dates are RFC 3339, an instant or a day, and nothing else
// (their text says DD/MM/YYYY, their examples are ISO); approve false makes a
// draft that nobody sees until it is published by approve true, and without
// approve a credential is published at once; private true hides the holder,
// false publishes the name; a field unknown to us is refused, and those taken
// but not kept are named in not_kept; our own number is the id, whatever id was
// asked for; deleting withdraws, with the reason in the body, and the record
// stays. A claim of accreditation is made only on accreditation_claim.
// Idempotency-Key is understood: their API makes two where a call is repeated.

// accredibleMost is how many credentials bulk_create takes.
const accredibleMost = 30

type accredibleRequest struct {
	Recipient      accredibleRecipient `json:"recipient"`
	GroupID        string              `json:"group_id"`
	GroupName      string              `json:"group_name"`
	Name           string              `json:"name"`
	Description    string              `json:"description"`
	IssuedOn       string              `json:"issued_on" example:"2026-03-01"`
	ExpiredOn      string              `json:"expired_on" example:"2029-03-01"`
	Complete       *bool               `json:"complete"`
	Private        *bool               `json:"private"`
	Approve        *bool               `json:"approve"`
	Custom         json.RawMessage     `json:"custom_attributes" swaggertype:"object"`
	Evidence       []json.RawMessage   `json:"evidence_items" swaggertype:"array,object"`
	References     json.RawMessage     `json:"references" swaggertype:"array,object"`
	MetaData       json.RawMessage     `json:"meta_data" swaggertype:"object"`
	ID             json.RawMessage     `json:"id" swaggertype:"string"`
	MoreEvidence   *bool               `json:"allow_supplemental_evidence"`
	MoreReferences *bool               `json:"allow_supplemental_references"`
	Claim          bool                `json:"accreditation_claim"`
}

type accredibleRecipient struct {
	Name     string          `json:"name"`
	Email    string          `json:"email"`
	ID       string          `json:"id"`
	MetaData json.RawMessage `json:"meta_data" swaggertype:"object"`
}

type accredibleIn struct {
	Credential accredibleRequest `json:"credential"`
}

type accredibleOut struct {
	ID          string              `json:"id"`
	Status      string              `json:"status"`
	Approve     bool                `json:"approve"`
	Name        string              `json:"name"`
	GroupID     string              `json:"group_id"`
	Recipient   accredibleHolder    `json:"recipient"`
	IssuedOn    *string             `json:"issued_on"`
	ExpiredOn   *string             `json:"expired_on"`
	Private     bool                `json:"private"`
	URL         string              `json:"url"`
	EncodedID   string              `json:"encoded_id"`
	SEOImage    string              `json:"seo_image"`
	Certificate accredibleImage     `json:"certificate"`
	Badge       accredibleImage     `json:"badge"`
	Issuer      accredibleIssuer    `json:"issuer"`
	NotKept     []string            `json:"not_kept,omitempty"`
	Evidence    []accredibleEvident `json:"evidence_items"`
}

type accredibleHolder struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	ID    string `json:"id,omitempty"`
}

type accredibleImage struct {
	Image struct {
		Preview string `json:"preview"`
	} `json:"image"`
}

type accredibleIssuer struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	URL         string `json:"url"`
}

type accredibleEvident struct {
	Category    string `json:"category"`
	Description string `json:"description"`
	URL         string `json:"url"`
}

type accredibleOne struct {
	Credential accredibleOut `json:"credential"`
}

type accredibleErrors struct {
	Success bool              `json:"success"`
	Error   string            `json:"error"`
	Errors  []accredibleError `json:"errors"`
}

type accredibleError struct {
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

func accredibleFault(c echo.Context, d v1.ProblemDocument) error {
	if d.Status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", `Token realm="bonafide"`)
	}
	return c.JSON(d.Status, accredibleErrorsOf(d))
}

func accredibleErrorsOf(d v1.ProblemDocument) accredibleErrors {
	out := accredibleErrors{Error: d.Detail, Errors: []accredibleError{}}
	for _, e := range d.Errors {
		out.Errors = append(out.Errors, accredibleError{strings.ReplaceAll(strings.TrimPrefix(e.Pointer, "/"), "/", "."), e.Detail})
	}
	return out
}

// notKept names the fields that were taken and have no place in our record.
func (r accredibleRequest) notKept() []string {
	var out []string
	for name, raw := range map[string]json.RawMessage{"custom_attributes": r.Custom, "references": r.References, "meta_data": r.MetaData,
		"recipient.meta_data": r.Recipient.MetaData, "id": r.ID} {
		if len(raw) > 0 && string(raw) != "null" {
			out = append(out, name)
		}
	}
	for name, s := range map[string]string{"description": r.Description, "name": r.Name} {
		if s != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (p *Protocols) accredibleRequest(ctx context.Context, body string, r accredibleRequest) (issue.Request, error) {
	var f fault.Invalid
	out := issue.Request{Scheme: r.GroupID, ExternalID: r.Recipient.ID, Holder: issue.Holder{Name: r.Recipient.Name, Email: r.Recipient.Email}, Claim: r.Claim,
		DecidedAt: compatDate(&f, "/credential/issued_on", r.IssuedOn), ValidUntil: compatDate(&f, "/credential/expired_on", r.ExpiredOn),
		Evidence: compatEvidence(&f, "/credential/evidence_items", r.Evidence)}
	if r.IssuedOn == "" {
		out.DecidedAt = p.Now().UTC()
	}
	if r.Private != nil {
		out.Publication = issue.Public
		if *r.Private {
			out.Publication = issue.Hidden
		}
	}
	if r.Complete != nil && !*r.Complete {
		f.Add("/credential/complete", "a certificate is issued after the decision; leave it out or say true")
	}
	if out.Scheme == "" {
		v, err := p.Registrar.View(ctx)
		if err != nil {
			return out, err
		}
		for _, s := range v.Schemes() {
			if s.Owner == body && r.GroupName != "" && strings.EqualFold(s.Name, r.GroupName) {
				out.Scheme = s.ID
			}
		}
		if out.Scheme == "" {
			f.Add("/credential/group_id", "is missing: give the scheme's id, or its exact name as group_name")
		}
	}
	return out, f.Err()
}

func (p *Protocols) accredibleMake(ctx context.Context, body string, r accredibleRequest, key string) (issue.Record, error) {
	req, err := p.accredibleRequest(ctx, body, r)
	if err != nil {
		return issue.Record{}, err
	}
	if r.Approve != nil && !*r.Approve {
		rec, _, err := p.Issuer.Prepare(ctx, body, req, key)
		return rec, err
	}
	rec, _, err := p.Issuer.Issue(ctx, body, req, key)
	return rec, err
}

// accredibleIssue serves the call below.
//
// @Summary Create a credential (Accredible's shape)
// @Description group_id is a scheme id. Authorization: Token token=KEY, the key being CLIENT_ID:CLIENT_SECRET or an access token. With approve false it is a draft that nobody sees until it is published.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param credential body accredibleIn true "The credential"
// @Security OAuth2[certificates:write]
// @Success 200 {object} accredibleOne
// @Failure 401 {object} accredibleErrors
// @Failure 403 {object} accredibleErrors
// @Failure 409 {object} accredibleErrors
// @Failure 415 {object} accredibleErrors
// @Failure 422 {object} accredibleErrors
// @Router /compat/accredible/v1/credentials [post]
func (p *Protocols) accredibleIssue(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", "")
	if err != nil {
		return err
	}
	var in accredibleIn
	if err := bindCompat(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	rec, err := p.accredibleMake(ctx, body, in.Credential, idempotencyKey(c))
	if err != nil {
		return err
	}
	return p.accredibleAnswer(c, rec, in.Credential.notKept())
}

func (p *Protocols) accredibleAnswer(c echo.Context, r issue.Record, notKept []string) error {
	out, err := p.accredibleOf(c.Request().Context(), r)
	if err != nil {
		return err
	}
	out.NotKept = notKept
	return private(c, http.StatusOK, accredibleOne{out})
}

func (p *Protocols) accredibleOf(ctx context.Context, r issue.Record) (accredibleOut, error) {
	v, err := p.Registrar.View(ctx)
	if err != nil {
		return accredibleOut{}, err
	}
	s, _ := v.Scheme(r.Scheme) // the store keeps both references
	b, _ := v.Body(r.Body)
	q, page := r.Request, p.Addresses.Page(credential.Number(r.Number))
	out := accredibleOut{ID: r.Number, EncodedID: r.Number, Status: string(p.standing(r)), Approve: r.State == issue.Sealed, Name: s.Name, GroupID: s.ID,
		Recipient: accredibleHolder{q.Holder.Name, q.Holder.Email, q.ExternalID}, IssuedOn: stamped(q.DecidedAt), ExpiredOn: stamped(q.ValidUntil),
		Private: q.Publication != issue.Public, URL: page, SEOImage: page + "/card.png",
		Issuer: accredibleIssuer{b.ID, b.Name, b.Note, first(b.Website, p.Addresses.Public+"/bodies/"+b.ID)}, Evidence: []accredibleEvident{}}
	if !out.Approve {
		out.Status = "draft"
	}
	out.Certificate.Image.Preview, out.Badge.Image.Preview = page+"/card.png", page+"/badge.png"
	for _, e := range q.Evidence {
		out.Evidence = append(out.Evidence, accredibleEvident{e.Kind, e.Description, e.URL})
	}
	return out, nil
}

type accredibleBulkIn struct {
	Credentials []accredibleRequest `json:"credentials"`
}

type accredibleBulkItem struct {
	Index      int               `json:"index"`
	Credential *accredibleOut    `json:"credential,omitempty"`
	Problem    *accredibleErrors `json:"problem,omitempty"`
}

type accredibleBulkOut struct {
	Credentials []accredibleBulkItem `json:"credentials"`
}

// accredibleBulk serves the call below.
//
// @Summary Create up to thirty credentials (Accredible's shape)
// @Description One bad item spoils no other: 207 when any was refused. Under an Idempotency-Key a repeat makes none twice.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param credentials body accredibleBulkIn true "The credentials"
// @Security OAuth2[certificates:write]
// @Success 200 {object} accredibleBulkOut
// @Success 207 {object} accredibleBulkOut
// @Failure 401 {object} accredibleErrors
// @Failure 403 {object} accredibleErrors
// @Failure 422 {object} accredibleErrors
// @Router /compat/accredible/v1/credentials/bulk_create [post]
func (p *Protocols) accredibleBulk(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", "")
	if err != nil {
		return err
	}
	var in accredibleBulkIn
	if err := bindCompat(c, &in); err != nil {
		return err
	}
	if n := len(in.Credentials); n == 0 || n > accredibleMost {
		return fault.Invalid{{Pointer: "/credentials", Detail: fmt.Sprintf("must hold 1 to %d credentials", accredibleMost)}}
	}
	ctx, key, status := c.Request().Context(), idempotencyKey(c), http.StatusOK
	out := accredibleBulkOut{Credentials: []accredibleBulkItem{}}
	for i, r := range in.Credentials {
		item := accredibleBulkItem{Index: i}
		own := key
		if key != "" {
			own = fmt.Sprintf("%s %d", key, i)
		}
		rec, err := p.accredibleMake(ctx, body, r, own)
		if err == nil {
			var made accredibleOut
			if made, err = p.accredibleOf(ctx, rec); err == nil {
				made.NotKept = r.notKept()
				item.Credential = &made
			}
		}
		if err != nil {
			d, known := p.Explain(err)
			if !known {
				return err
			}
			e := accredibleErrorsOf(d)
			item.Problem, status = &e, http.StatusMultiStatus
		}
		out.Credentials = append(out.Credentials, item)
	}
	return private(c, status, out)
}

// accredibleCredential serves the call below.
//
// @Summary One credential (Accredible's shape)
// @Tags compatibility
// @Produce json
// @Param id path string true "Certificate number"
// @Security OAuth2[certificates:read]
// @Success 200 {object} accredibleOne
// @Failure 401 {object} accredibleErrors
// @Failure 403 {object} accredibleErrors
// @Failure 404 {object} accredibleErrors
// @Router /compat/accredible/v1/credentials/{id} [get]
func (p *Protocols) accredibleCredential(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:read", "")
	if err != nil {
		return err
	}
	r, err := p.held(c.Request().Context(), body, c.Param("id"))
	if err != nil {
		return err
	}
	return p.accredibleAnswer(c, r, nil)
}

type accrediblePublishIn struct {
	Credential struct {
		Approve bool `json:"approve"`
	} `json:"credential"`
}

// accrediblePublish serves the call below.
//
// @Summary Publish a draft (Accredible's shape)
// @Description {"credential":{"approve":true}}; nothing else of a credential can be changed.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param credential body accrediblePublishIn true "approve true"
// @Security OAuth2[certificates:write]
// @Success 200 {object} accredibleOne
// @Failure 401 {object} accredibleErrors
// @Failure 403 {object} accredibleErrors
// @Failure 404 {object} accredibleErrors
// @Failure 409 {object} accredibleErrors
// @Failure 422 {object} accredibleErrors
// @Router /compat/accredible/v1/credentials/{id} [put]
func (p *Protocols) accrediblePublish(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", "")
	if err != nil {
		return err
	}
	var in accrediblePublishIn
	if err := bindCompat(c, &in); err != nil {
		return err
	}
	if !in.Credential.Approve {
		return fault.Invalid{{Pointer: "/credential/approve", Detail: "must be true: a draft can be published, a published credential not taken back but deleted"}}
	}
	ctx := c.Request().Context()
	r, err := p.held(ctx, body, c.Param("id"))
	if err != nil {
		return err
	}
	if r, err = p.Issuer.Publish(ctx, body, r.Number); err != nil {
		return err
	}
	return p.accredibleAnswer(c, r, nil)
}

type accredibleRevocation struct {
	Reason string `json:"reason"`
}

// accredibleRevoke serves the call below.
//
// @Summary Delete a credential (Accredible's shape)
// @Description Withdraws the certificate, which is final; its record and its page stay and say so.
// @Tags compatibility
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param revocation body accredibleRevocation false "Why, for the issuer alone"
// @Security OAuth2[certificates:write]
// @Success 200 {object} accredibleOne
// @Failure 401 {object} accredibleErrors
// @Failure 403 {object} accredibleErrors
// @Failure 404 {object} accredibleErrors
// @Failure 409 {object} accredibleErrors
// @Router /compat/accredible/v1/credentials/{id} [delete]
func (p *Protocols) accredibleRevoke(c echo.Context) error {
	body, err := p.bodyOf(c, "certificates:write", "")
	if err != nil {
		return err
	}
	var in accredibleRevocation
	if err := bindCompat(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, err := p.held(ctx, body, c.Param("id"))
	if err != nil {
		return err
	}
	if r.State != issue.Sealed {
		return issue.ErrWrongState
	}
	if p.standing(r) == trust.LinkSuperseded {
		return &fault.Refusal{Kind: fault.Conflict, Code: "STATUS_CONFLICT", Detail: "The certificate is superseded, which is final."}
	}
	if r, err = p.withdraw(ctx, body, r, in.Reason); err != nil {
		return err
	}
	return p.accredibleAnswer(c, r, nil)
}
