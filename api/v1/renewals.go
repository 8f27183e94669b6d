package v1

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/renewal"
)

type renewalRequest struct {
	Issuer      string            `json:"issuer"`      // operators only, and not needed: the certificate tells it
	DecidedAt   string            `json:"decided_at"`  // default now
	ValidUntil  string            `json:"valid_until"` // default and latest: what the rule grants
	ExternalID  string            `json:"external_id"`
	Level       string            `json:"level"`
	Evidence    []evidenceRequest `json:"evidence"`
	Examiner    string            `json:"examiner"`
	Centre      string            `json:"centre"`
	Batch       string            `json:"batch"`
	Claim       *bool             `json:"accreditation_claim"` // default as before
	Publication issue.Publication `json:"publication"`         // default as before
	LatePath    string            `json:"late_path" enums:"exam,fee"`
}

// renew serves the call below.
//
// @Summary Renew a certificate
// @Description Issues the next certificate of the holder under the rule in force at the decision before, and supersedes the one before. Early renewal is added to the old end; after the end it is late (in the grace) or reinstated, and the gap is told. Refused with RECERTIFICATION_INCOMPLETE and missing, RENEWAL_NOT_OPEN, LATE_PATH_NEEDED or RENEWAL_CLOSED.
// @Tags renewal
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param renewal body renewalRequest true "What differs from the certificate before; {} for nothing"
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
// @Router /v1/certificates/{id}/renewals [post]
func (a *API) renew(c echo.Context) error {
	var r renewalRequest
	if c.Request().ContentLength != 0 { // nothing at all renews as before
		if err := bind(c, &r); err != nil {
			return err
		}
	}
	body, err := a.own(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	var f fault.Invalid
	req := renewal.Request{DecidedAt: dated(&f, "/decided_at", r.DecidedAt, false), ValidUntil: dated(&f, "/valid_until", r.ValidUntil, false), ExternalID: r.ExternalID,
		Level: r.Level, Examiner: r.Examiner, Centre: r.Centre, Batch: r.Batch, Claim: r.Claim, Publication: r.Publication, LatePath: r.LatePath}
	if err := f.Err(); err != nil {
		return err
	}
	for _, e := range r.Evidence {
		req.Evidence = append(req.Evidence, issue.Evidence(e))
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	rec, replayed, err := a.Renewals.Renew(c.Request().Context(), body, c.Param("id"), req, key)
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	return a.answerLogged(c, http.StatusCreated, rec, a.Now(), sealed)
}

// correct issues again under the right name.
func (a *API) correct(c echo.Context, body string, r certificateEventRequest) error {
	var f fault.Invalid
	for pointer, s := range map[string]string{"/effective_at": r.EffectiveAt, "/successor": r.Successor} {
		if s != "" {
			f.Add(pointer, "does not go with name_corrected: the name is corrected when the new certificate is signed")
		}
	}
	if r.OldName != "" && r.OldName != "hidden" && r.OldName != "shown" {
		f.Add("/old_name", "must be hidden or shown")
	}
	if err := f.Err(); err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	rec, replayed, err := a.Renewals.Correct(c.Request().Context(), body, c.Param("id"),
		renewal.Correction{Name: r.Name, HidesOld: r.OldName != "shown", Reason: r.PublicReason, Note: r.Reason}, key)
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	return a.answerLogged(c, http.StatusCreated, rec, a.Now(), sealed)
}
