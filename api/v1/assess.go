package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/report"
)

type assessmentRequest struct {
	Issuer    string `json:"issuer"` // operators only: the body to act for
	Scheme    string `json:"scheme"`
	Outcome   string `json:"outcome" enums:"fail"` // who passed is known by the certificate
	DecidedAt string `json:"decided_at"`
	Examiner  string `json:"examiner"`
	Centre    string `json:"centre"`
	Batch     string `json:"batch"` // your own reference
}

type assessmentResponse struct {
	ID        string    `json:"id"`
	Scheme    string    `json:"scheme"`
	Outcome   string    `json:"outcome" enums:"fail"`
	DecidedAt time.Time `json:"decided_at"`
	Examiner  string    `json:"examiner,omitempty"`
	Centre    string    `json:"centre,omitempty"`
	Batch     string    `json:"batch,omitempty"`
}

// recordAssessment serves the call below.
//
// @Summary Record an assessment that was not passed
// @Description For pass rates: who passed is known by the certificate. It names no person; the candidate's own record stays with the body.
// @Tags reports
// @Accept json
// @Produce json
// @Param assessment body assessmentRequest true "What was assessed, when and by whom"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 201 {object} assessmentResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/assessments [post]
func (a *API) recordAssessment(c echo.Context) error {
	var r assessmentRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	var f fault.Invalid
	if r.Outcome != "fail" {
		f.Add("/outcome", "must be fail: who passed is known by the certificate")
	}
	x := report.Failure{Body: body, Scheme: r.Scheme, DecidedAt: dated(&f, "/decided_at", r.DecidedAt, true), Examiner: r.Examiner, Centre: r.Centre, Batch: r.Batch}
	if err := f.Err(); err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	kept, replayed, err := a.Reports.RecordFailure(c.Request().Context(), x, key)
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusCreated, assessmentResponse{kept.ID, kept.Scheme, "fail", kept.DecidedAt, kept.Examiner, kept.Centre, kept.Batch})
}
