package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type bulkRequest struct {
	Issuer       string          `json:"issuer"` // operators only: the body to act for
	Select       selection       `json:"select"`
	Event        trust.EventKind `json:"event" enums:"suspended,restored,withdrawn"`
	Reason       string          `json:"reason"`        // for the issuer's file; needed unless dry_run
	PublicReason string          `json:"public_reason"` // shown to anyone
	EffectiveAt  string          `json:"effective_at"`
	DryRun       bool            `json:"dry_run"`
}

// selection names certificates by how they came about; all members given must fit.
type selection struct {
	Examiner    string `json:"examiner"`
	Centre      string `json:"centre"`
	Batch       string `json:"batch"`
	Key         string `json:"key"`          // kid, or the thumbprint in it
	DecidedFrom string `json:"decided_from"` // a day or an instant
	DecidedTo   string `json:"decided_to"`   // a day, to its end, or an instant
}

func (s selection) selection(f *fault.Invalid) status.Selection {
	out := status.Selection{Examiner: s.Examiner, Centre: s.Centre, Batch: s.Batch, Key: s.Key}
	read := func(pointer, v string) time.Time {
		t, ok := dayOrInstant(v)
		if v != "" && !ok {
			f.Add(pointer, "must be a day or an instant with zone")
		}
		return t
	}
	out.DecidedFrom, out.DecidedTo = read("/select/decided_from", s.DecidedFrom), read("/select/decided_to", s.DecidedTo)
	if len(s.DecidedTo) == len(time.DateOnly) && !out.DecidedTo.IsZero() {
		out.DecidedTo = out.DecidedTo.Add(24*time.Hour - time.Second)
	}
	return out
}

type bulkResponse struct {
	ID      string          `json:"id,omitempty"` // of what was done; none of a dry run
	Event   trust.EventKind `json:"event"`
	Count   int             `json:"count"`   // certificates it happens to
	Skipped int             `json:"skipped"` // selected, but their status does not allow it
	DryRun  bool            `json:"dry_run"`
	Undoes  string          `json:"undoes,omitempty"`
	Sample  []sampled       `json:"sample"` // of whose they are
	// Of a dry run: how many of each scheme, and of each centre; of no centre
	// under the empty name.
	ByScheme map[string]int `json:"by_scheme,omitempty"`
	ByCentre map[string]int `json:"by_centre,omitempty"`
}

type sampled struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id,omitempty"`
	Holder     string `json:"holder"`
	Scheme     string `json:"scheme"`
}

func bulkOf(b status.Bulk, dry bool) bulkResponse {
	out := bulkResponse{ID: b.ID, Event: b.Event.Kind, Count: b.Count, Skipped: b.Skipped, DryRun: dry, Undoes: b.Undoes, Sample: []sampled{}, ByScheme: b.Schemes, ByCentre: b.Centres}
	for _, r := range b.Sample {
		out.Sample = append(out.Sample, sampled{r.Number, r.Request.ExternalID, r.Request.Holder.Name, r.Request.Scheme})
	}
	return out
}

// bulkEvent serves the call below.
//
// @Summary Act on everything from an examiner, centre, batch, key or period
// @Description All or nothing, in one step. With dry_run nothing happens: the answer says how many certificates are concerned, of which schemes and centres, and names some of them. Certificates whose status does not allow the event are skipped. A suspension can be undone.
// @Tags certificates
// @Accept json
// @Produce json
// @Param bulk body bulkRequest true "Which certificates, and what happens to them"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 200 {object} bulkResponse "Of a dry run"
// @Success 201 {object} bulkResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/bulk-events [post]
func (a *API) bulkEvent(c echo.Context) error {
	var r bulkRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	var f fault.Invalid
	b := status.Bulk{Body: body, Selection: r.Select.selection(&f), Reason: r.Reason,
		Event: trust.Event{Kind: r.Event, EffectiveAt: dated(&f, "/effective_at", r.EffectiveAt, false), Reason: r.PublicReason}}
	if err := f.Err(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	c.Response().Header().Set("Cache-Control", "no-store")
	if r.DryRun {
		if b, err = a.Sweeper.Preview(ctx, b); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, bulkOf(b, true))
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	return a.swept(c)(a.Sweeper.Apply(ctx, b, key))
}

// swept answers with what was done.
func (a *API) swept(c echo.Context) func(status.Bulk, bool, error) error {
	return func(b status.Bulk, replayed bool, err error) error {
		if err != nil {
			return err
		}
		if replayed {
			c.Response().Header().Set("Idempotency-Replayed", "true")
		}
		return c.JSON(http.StatusCreated, bulkOf(b, false))
	}
}

type undoRequest struct {
	Issuer string `json:"issuer"` // operators only: the body to act for
	Reason string `json:"reason"`
}

// undoBulk serves the call below.
//
// @Summary Undo a bulk suspension
// @Description Restores exactly what that call suspended: not what was suspended before, and not what has been restored, withdrawn or suspended anew since. Once.
// @Tags certificates
// @Accept json
// @Produce json
// @Param id path string true "id of the bulk event"
// @Param undo body undoRequest true "Why"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 201 {object} bulkResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/bulk-events/{id}/undo [post]
func (a *API) undoBulk(c echo.Context) error {
	var r undoRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return a.swept(c)(a.Sweeper.Undo(c.Request().Context(), body, c.Param("id"), r.Reason, key))
}
