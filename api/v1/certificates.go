package v1

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

type issueRequest struct {
	Issuer     string            `json:"issuer"` // operators only: the body to act for
	Scheme     string            `json:"scheme"`
	ExternalID string            `json:"external_id"`
	Holder     holderRequest     `json:"holder"`
	DecidedAt  string            `json:"decided_at"`
	ValidFrom  string            `json:"valid_from"`
	ValidUntil string            `json:"valid_until"`
	Level      string            `json:"level"`
	Evidence   []evidenceRequest `json:"evidence"`
	Examiner   string            `json:"examiner"`
	Centre     string            `json:"centre"` // where the exam was held
	Batch      string            `json:"batch"`  // your own reference
	// What was checked before the decision, for schemes with prerequisite_rules.
	Prerequisites       []prerequisite    `json:"prerequisites"`
	ExaminerCertificate string            `json:"examiner_certificate"` // number of the examiner's own certificate: verified, and shown
	Training            []training        `json:"training"`
	Claim               bool              `json:"accreditation_claim"`
	Publication         issue.Publication `json:"publication"`
	Imported            bool              `json:"imported"` // taken over from an older record: the log says so, and why its date is old is no question
}

type holderRequest struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Kind  string `json:"kind"`
}

type evidenceRequest struct {
	Kind        string `json:"kind"`
	Description string `json:"description"`
	URL         string `json:"url"`
}

func (r issueRequest) request() (issue.Request, error) {
	var f fault.Invalid
	out := issue.Request{Scheme: r.Scheme, ExternalID: r.ExternalID, Holder: issue.Holder(r.Holder), Level: r.Level, Examiner: r.Examiner, Centre: r.Centre, Batch: r.Batch, Claim: r.Claim,
		Publication: r.Publication, DecidedAt: dated(&f, "/decided_at", r.DecidedAt, true), ValidFrom: dated(&f, "/valid_from", r.ValidFrom, false),
		ValidUntil: dated(&f, "/valid_until", r.ValidUntil, false), Imported: r.Imported}
	for _, e := range r.Evidence {
		out.Evidence = append(out.Evidence, issue.Evidence(e))
	}
	out.Competence = competence(&f, r.ExaminerCertificate, r.Prerequisites, r.Training)
	return out, f.Err()
}

type certificateResponse struct {
	ID                  string        `json:"id"`
	Number              string        `json:"number"`
	URL                 string        `json:"url"`
	VerificationURL     string        `json:"verification_url"`
	Credential          string        `json:"credential"`
	Status              string        `json:"status"`
	Log                 *logMember    `json:"log"`
	Badge               badgeResponse `json:"badge"`
	LinkedInURL         string        `json:"linkedin_url"`
	Scheme              string        `json:"scheme"`
	ExternalID          string        `json:"external_id,omitempty"`
	Holder              holderRequest `json:"holder"`
	Examiner            string        `json:"examiner,omitempty"`
	DecidedAt           *time.Time    `json:"decided_at"`
	ValidFrom           *time.Time    `json:"valid_from"`
	ValidUntil          *time.Time    `json:"valid_until"`
	Publication         string        `json:"publication"`
	Centre              string        `json:"centre,omitempty"`
	Batch               string        `json:"batch,omitempty"`
	ExaminerCertificate string        `json:"examiner_certificate,omitempty"`
	// Where it stands among the holder's certificates of the scheme.
	OriginalDecidedAt *time.Time      `json:"original_decided_at"`
	Cycle             int             `json:"cycle"`
	Succession        string          `json:"succession,omitempty" enums:"renewed,late,reinstated,corrected"`
	Previous          string          `json:"previous,omitempty"`
	Successor         string          `json:"successor,omitempty"`
	Gap               *verify.Gap     `json:"gap,omitempty"` // no certificate was in force
	Events            []eventResponse `json:"events"`
}

type badgeResponse struct {
	SVG string `json:"svg"`
	PNG string `json:"png"`
}

// certificateOf is the record as its issuer sees it, with what was noted of
// each event for the issuer alone.
func (a *API) certificateOf(r issue.Record, v *registry.View, reasons []string, now time.Time) certificateResponse {
	s, _ := v.Scheme(r.Scheme)  // the store keeps the reference
	issuer, _ := v.Body(r.Body) // as above
	n := credential.Number(r.Number)
	page := a.Addresses.Page(n)
	q := r.Request
	out := certificateResponse{ID: r.Number, Number: r.Number, URL: page, VerificationURL: page, Credential: r.Token,
		Badge: badgeResponse{page + "/badge.svg", page + "/badge.png"}, Scheme: r.Scheme, ExternalID: q.ExternalID, Holder: holderRequest(q.Holder),
		Examiner: q.Examiner, DecidedAt: at(q.DecidedAt), ValidFrom: at(q.ValidFrom), ValidUntil: at(q.ValidUntil), Publication: string(q.Publication), Centre: q.Centre, Batch: q.Batch, Events: []eventResponse{}}
	out.ExaminerCertificate = q.Competence.ExaminerCertificate
	place := r.Place()
	out.OriginalDecidedAt, out.Cycle, out.Succession, out.Previous, out.Successor = at(place.Granted), place.Cycle, place.Kind, place.Previous, r.Successor()
	if !place.Lapsed.IsZero() {
		out.Gap = &verify.Gap{From: place.Lapsed, Until: q.ValidFrom}
	}
	out.Status = string(trust.At(trust.Statement{ValidFrom: q.ValidFrom, ValidUntil: q.ValidUntil, Events: r.Events}, now, time.Time{}).Status)
	for i, e := range r.Events {
		x := eventResponse{Event: e.Kind, EffectiveAt: at(e.EffectiveAt), LearntAt: at(e.LearntAt), Public: e.Reason, Successor: e.Successor}
		if i < len(reasons) { // an event may have come between the two reads
			x.Reason = reasons[i]
		}
		out.Events = append(out.Events, x)
	}
	l := url.Values{"startTask": {"CERTIFICATION_NAME"}, "name": {s.Name}, "issueYear": {q.DecidedAt.Format("2006")}, "issueMonth": {q.DecidedAt.Format("1")},
		"certUrl": {page}, "certId": {r.Number}}
	if issuer.LinkedInID != "" { // wins, and shows the logo
		l.Set("organizationId", issuer.LinkedInID)
	} else {
		l.Set("organizationName", issuer.Name)
	}
	if !q.ValidUntil.IsZero() {
		l.Set("expirationYear", q.ValidUntil.Format("2006"))
		l.Set("expirationMonth", q.ValidUntil.Format("1"))
	}
	out.LinkedInURL = "https://www.linkedin.com/profile/add?" + l.Encode()
	return out
}

// answer answers with a certificate that stands in the log since long.
func (a *API) answer(c echo.Context, status int, r issue.Record, now time.Time) error {
	return a.answerLogged(c, status, r, now, unasked)
}

// How an answer tells where the certificate stands in the log.
type logAnswer int

const (
	unasked logAnswer = iota // not at all, but for where to ask
	sealed                   // pending: it was sealed just now
	looked                   // as it is
)

func (a *API) answerLogged(c echo.Context, status int, r issue.Record, now time.Time, how logAnswer) error {
	v, err := a.Registrar.ViewAt(c.Request().Context(), knownVersion(c))
	if err != nil {
		return err
	}
	reasons, err := a.reasons(c, r)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/v1/certificates/"+r.Number)
	c.Response().Header().Set("Cache-Control", "no-store")
	out := a.certificateOf(r, v, reasons[r.Number], now)
	wait := c.QueryParam("log") == "wait"
	if out.Log, err = a.logged(c.Request().Context(), r.Token, how == looked, wait); err != nil {
		return err
	}
	if how == sealed && !wait {
		out.Log.pending()
	}
	return c.JSON(status, out)
}

// reasons reads what was noted for the issuer of these records; those without
// events have none.
func (a *API) reasons(c echo.Context, all ...issue.Record) (map[string][]string, error) {
	var numbers []string
	for _, r := range all {
		if len(r.Events) > 0 {
			numbers = append(numbers, r.Number)
		}
	}
	return a.Records.Reasons(c.Request().Context(), numbers)
}

// issue serves the call below.
//
// @Summary Issue a certificate
// @Description The body comes from the token. Claiming accreditation that is not held is refused with ACCREDITATION_NOT_HELD, ACCREDITATION_SUSPENDED or ACCREDITATION_OUT_OF_SCOPE. Under an Idempotency-Key a repeat finishes what a crash interrupted.
// @Tags certificates
// @Accept json
// @Produce json
// @Param certificate body issueRequest true "What to issue"
// @Param log query string false "wait: answer once the certificate has its place in the transparency log, at most ten seconds" Enums(wait)
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 201 {object} certificateResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates [post]
func (a *API) issue(c echo.Context) error {
	var r issueRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	req, err := r.request()
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	rec, replayed, err := a.Issuer.IssueAt(c.Request().Context(), knownVersion(c), body, req, key)
	if err != nil {
		return err
	}
	if replayed { // the first answer again: the certificate as it was when it was sealed
		c.Response().Header().Set("Idempotency-Replayed", "true")
		rec.Events = nil
	}
	how := sealed
	if replayed {
		how = looked
	}
	return a.answerLogged(c, http.StatusCreated, rec, rec.SealedAt, how)
}

// prepare serves the call below.
//
// @Summary Prepare a certificate for a key of your own
// @Description Answers with the bytes to sign; seal goes on.
// @Tags certificates
// @Accept json
// @Produce json
// @Param certificate body issueRequest true "What to issue"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 201 {object} preparedResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/prepare [post]
func (a *API) prepare(c echo.Context) error {
	var r issueRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	req, err := r.request()
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	rec, replayed, err := a.Issuer.PrepareAt(c.Request().Context(), knownVersion(c), body, req, key)
	if err != nil {
		return err
	}
	if replayed { // the first answer again, also if it was sealed since
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	return c.JSON(http.StatusCreated, preparedResponse{rec.Number, rec.Number, string(issue.Recorded), rec.KeyID, rec.SigningInput})
}

type sealRequest struct {
	Issuer    string `json:"issuer"`
	Signature string `json:"signature"` // base64url; ES256: R and S, 64 bytes
}

// seal serves the call below.
//
// @Summary Seal a prepared certificate with your signature
// @Tags certificates
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param signature body sealRequest true "Signature over signing_input"
// @Security OAuth2[certificates:write]
// @Success 201 {object} certificateResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/seal [post]
func (a *API) seal(c echo.Context) error {
	var r sealRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(r.Signature)
	if err != nil {
		return fault.Invalid{{Pointer: "/signature", Detail: "is not base64url without padding"}}
	}
	n, err := credential.ParseNumber(c.Param("id"))
	if err != nil {
		return err
	}
	rec, err := a.Issuer.SealWith(c.Request().Context(), body, string(n), signature)
	if err != nil {
		return err
	}
	return a.answerLogged(c, http.StatusCreated, rec, a.Now(), sealed)
}

// listCertificates serves the call below.
//
// @Summary The issuer's own certificates
// @Tags certificates
// @Produce json
// @Param issuer query string false "Operators: the body to act for"
// @Param scheme query string false "Scheme id"
// @Param status query string false "Status now" Enums(in_force, not_yet_valid, expired, suspended, withdrawn, superseded)
// @Param external_id query string false "Your own reference"
// @Param expires_before query string false "Instant or day"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[certificates:read]
// @Success 200 {object} list[certificateResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /v1/certificates [get]
func (a *API) listCertificates(c echo.Context) error {
	body, err := a.acting(c, "certificates:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	f := issue.Filter{Scheme: c.QueryParam("scheme"), Status: c.QueryParam("status"), ExternalID: c.QueryParam("external_id"), Now: a.Now(), After: after, Limit: limit + 1}
	if f.ExpiresBefore, err = instant(c, "expires_before"); err != nil {
		return err
	}
	ctx := c.Request().Context()
	found, err := a.Records.Certificates(ctx, body, f)
	if err != nil {
		return err
	}
	v, err := a.Registrar.View(ctx)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Number
	}
	reasons, err := a.reasons(c, found...)
	if err != nil {
		return err
	}
	out := []certificateResponse{}
	for _, r := range found {
		x := a.certificateOf(r, v, reasons[r.Number], a.Now())
		if x.Log, err = a.logged(c.Request().Context(), r.Token, false, false); err != nil {
			return err
		}
		out = append(out, x)
	}
	return pageOf(c, out, next)
}
