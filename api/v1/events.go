package v1

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type certificateEventRequest struct {
	Issuer       string          `json:"issuer"`
	Event        trust.EventKind `json:"event"`
	Reason       string          `json:"reason"`        // for the issuer's file
	PublicReason string          `json:"public_reason"` // shown to anyone
	EffectiveAt  string          `json:"effective_at"`
	Successor    string          `json:"successor"`
	Name         string          `json:"name"`
	OldName      string          `json:"old_name" enums:"hidden,shown"` // name_corrected: is the former name still shown? default hidden
}

// certificateEvent serves the call below.
//
// @Summary Suspend, restore, withdraw, supersede or correct
// @Description Withdrawn and superseded are final. name_corrected issues the certificate again under the right name, same decision and dates, and supersedes this one: the answer is the new certificate.
// @Tags certificates
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param event body certificateEventRequest true "The event"
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
// @Router /v1/certificates/{id}/events [post]
func (a *API) certificateEvent(c echo.Context) error {
	var r certificateEventRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.own(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	if r.Event == trust.NameCorrected {
		return a.correct(c, body, r)
	}
	var f fault.Invalid
	e := trust.Event{Kind: r.Event, EffectiveAt: dated(&f, "/effective_at", r.EffectiveAt, false), Reason: r.PublicReason, Successor: r.Successor}
	for pointer, s := range map[string]string{"/name": r.Name, "/old_name": r.OldName} {
		if s != "" {
			f.Add(pointer, "belongs to name_corrected alone")
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	rec, err := a.Status.Certificate(c.Request().Context(), body, c.Param("id"), e, r.Reason)
	if err != nil {
		return err
	}
	return a.answer(c, http.StatusCreated, rec, a.Now())
}
