package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/notify"
)

type webhookRequest struct {
	Issuer      string   `json:"issuer"` // operators: the body to act for; none: all that happens in the register
	URL         string   `json:"url"`
	Description string   `json:"description"`
	Events      []string `json:"events"` // types, or groups such as certificate.*; none: all
}

type webhookChangeRequest struct {
	URL         *string   `json:"url"`
	Description *string   `json:"description"`
	Events      *[]string `json:"events"`
	Enabled     *bool     `json:"enabled"` // true sends what waited
}

type newSecretRequest struct {
	OverlapHours *int `json:"overlap_hours"` // so long the secret before signs beside the new one; default 24, at most 168
}

type replayRequest struct {
	From     string `json:"from"` // what happened from then on is told again …
	To       string `json:"to"`   // … until before this; default now
	Delivery string `json:"delivery"`
}

type webhookResponse struct {
	ID            string     `json:"id"`
	Owner         string     `json:"owner"`           // "body:ID", "client:ID" or "operator"
	Watch         string     `json:"watch,omitempty"` // whose notices alone it gets
	URL           string     `json:"url"`
	Description   string     `json:"description,omitempty"`
	Events        []string   `json:"events"` // empty: all
	Enabled       bool       `json:"enabled"`
	DisabledAt    *time.Time `json:"disabled_at,omitempty"`
	DisabledWhy   string     `json:"disabled_because,omitempty" enums:"by_owner,gone,failing"`
	FailingSince  *time.Time `json:"failing_since,omitempty"`
	DeliveredAt   *time.Time `json:"last_delivered_at,omitempty"`
	CreatedAt     time.Time  `json:"created_at"`
	PublicKey     string     `json:"public_key"`                      // whpk_…, for the v1a signatures
	PreviousUntil *time.Time `json:"previous_secret_until,omitempty"` // after a rotation
	Secret        string     `json:"secret,omitempty"`                // whsec_…, for the v1 signatures; shown once
}

type deliveryResponse struct {
	ID        string     `json:"id"` // the webhook-id header
	Type      string     `json:"type"`
	State     string     `json:"state" enums:"held,pending,delivered,dead"`
	Attempts  int        `json:"attempts"`
	CreatedAt time.Time  `json:"created_at"`
	LastAt    *time.Time `json:"last_attempt_at,omitempty"`
	Outcome   string     `json:"last_outcome,omitempty" enums:"delivered,status,redirect,timeout,unreachable,address"`
	Status    int        `json:"last_status,omitempty"`
	NextAt    *time.Time `json:"next_attempt_at,omitempty"`
	Payload   string     `json:"payload"` // byte for byte
}

func webhookOf(e notify.Endpoint) webhookResponse {
	out := webhookResponse{ID: e.ID, Owner: string(e.Owner), Watch: e.Watch, URL: e.URL, Description: e.Description, Events: e.Events, Enabled: e.DisabledAt.IsZero(), DisabledAt: maybe(e.DisabledAt),
		DisabledWhy: e.DisabledWhy, FailingSince: maybe(e.FailingSince), DeliveredAt: maybe(e.DeliveredAt), CreatedAt: e.CreatedAt, PublicKey: e.PublicKey, PreviousUntil: maybe(e.PreviousUntil)}
	if out.Events == nil {
		out.Events = []string{}
	}
	return out
}

func createdOf(x notify.Created) webhookResponse {
	out := webhookOf(x.Endpoint)
	out.Secret = x.Secret
	return out
}

func deliveryOf(d notify.Delivery) deliveryResponse {
	out := deliveryResponse{ID: d.ID, Type: d.Type, State: string(d.State), Attempts: d.Attempts, CreatedAt: d.CreatedAt, LastAt: maybe(d.LastAt), Outcome: d.LastOutcome,
		Status: d.LastStatus, Payload: string(d.Payload)}
	if d.State == notify.Pending {
		out.NextAt = maybe(d.NextAt)
	}
	return out
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// told is to whom the caller's webhooks and watches belong: its body; for an
// operator the body that it names, or nobody; else the client itself.
func (a *API) told(c echo.Context, scope, named string) (notify.Owner, error) {
	caller, err := a.caller(c)
	if err != nil {
		return "", err
	}
	switch {
	case !caller.Has(scope):
		return "", missing(scope)
	case !caller.Operator && named != "" && named != caller.Body:
		return "", &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Pointer: "/issuer", Detail: "The client acts for another body."}
	case caller.Operator && named == "":
		return notify.Operator, nil
	case caller.Operator:
		view, err := a.Registrar.View(c.Request().Context())
		if err != nil {
			return "", err
		}
		if _, ok := view.Body(named); !ok {
			return "", fault.Invalid{{Pointer: "/issuer", Detail: "is no body of this register"}}
		}
		return notify.OfBody(named), nil
	case caller.Body == "":
		return notify.OfClient(caller.Client), nil
	}
	return notify.OfBody(caller.Body), nil
}

// ownWebhook finds the webhook of the path if it is the caller's own.
func (a *API) ownWebhook(c echo.Context) (notify.Endpoint, error) {
	owner, err := a.told(c, "webhooks:write", "")
	if err != nil {
		return notify.Endpoint{}, err
	}
	e, err := a.Notify.Store.Endpoint(c.Request().Context(), c.Param("id"))
	if err == nil && e.Owner != owner && owner != notify.Operator {
		err = notify.ErrNotFound
	}
	return e, err
}

// creationKey names the creating call, under its Idempotency-Key; empty without one.
func creationKey(c echo.Context) (string, error) {
	key, err := idempotencyKey(c)
	if err != nil || key == "" {
		return "", err
	}
	return journal.Who(c.Request().Context()).Client + "\x00" + key, nil
}

func unshared(c echo.Context) { c.Response().Header().Set("Cache-Control", "private, no-store") }

// addWebhook serves the call below.
//
// @Summary Have messages sent about what happens
// @Description Messages are those of Standard Webhooks: JSON with type, timestamp and data (ids, dates and addresses, nothing about a person), the headers webhook-id (the same for every attempt), webhook-timestamp and webhook-signature (v1 HMAC-SHA256 with the secret, v1a Ed25519 with the key). A body gets what it does and what is written about it by others. Messages about the same thing come in order; one that is not taken holds back later ones of the same thing alone. 2xx takes a message; otherwise it is sent again after growing pauses for three days; 410, or five days without one success, disables the webhook. Redirects are not followed; only https addresses of public hosts are sent to.
// @Tags webhooks
// @Accept json
// @Produce json
// @Param webhook body webhookRequest true "Where to, and which types"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[webhooks:write]
// @Success 201 {object} webhookResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks [post]
func (a *API) addWebhook(c echo.Context) error {
	var r webhookRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	owner, err := a.told(c, "webhooks:write", r.Issuer)
	if err != nil {
		return err
	}
	key, err := creationKey(c)
	if err != nil {
		return err
	}
	made, err := a.Notify.Create(c.Request().Context(), owner, notify.Wanted{URL: r.URL, Description: r.Description, Events: r.Events}, key)
	if err != nil {
		return err
	}
	if made.Replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	c.Response().Header().Set("Location", "/v1/webhooks/"+made.ID)
	unshared(c)
	return c.JSON(http.StatusCreated, createdOf(made))
}

// listWebhooks serves the call below.
//
// @Summary The own webhooks
// @Tags webhooks
// @Produce json
// @Param issuer query string false "Body id; operators only"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[webhooks:write]
// @Success 200 {object} list[webhookResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks [get]
func (a *API) listWebhooks(c echo.Context) error {
	owner, err := a.told(c, "webhooks:write", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	found, err := a.Notify.Store.Endpoints(c.Request().Context(), owner, after, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID
	}
	out := make([]webhookResponse, len(found))
	for i, e := range found {
		out[i] = webhookOf(e)
	}
	return pageOf(c, out, next)
}

// webhook serves the call below.
//
// @Summary One webhook
// @Tags webhooks
// @Produce json
// @Param id path string true "Its id"
// @Security OAuth2[webhooks:write]
// @Success 200 {object} webhookResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id} [get]
func (a *API) webhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	return readJSON(c, "private, no-store", webhookOf(e))
}

// changeWebhook serves the call below.
//
// @Summary Change, disable or enable a webhook
// @Description Enabling sends what waited; nothing is lost in between.
// @Tags webhooks
// @Accept json
// @Produce json
// @Param id path string true "Its id"
// @Param webhook body webhookChangeRequest true "What is to be otherwise"
// @Security OAuth2[webhooks:write]
// @Success 200 {object} webhookResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id} [patch]
func (a *API) changeWebhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	var r webhookChangeRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	if e, err = a.Notify.Change(c.Request().Context(), e.ID, notify.Change(r)); err != nil {
		return err
	}
	unshared(c)
	return c.JSON(http.StatusOK, webhookOf(e))
}

// removeWebhook serves the call below.
//
// @Summary Remove a webhook, and all that waits for it
// @Tags webhooks
// @Param id path string true "Its id"
// @Security OAuth2[webhooks:write]
// @Success 204
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id} [delete]
func (a *API) removeWebhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	if err := a.Notify.Store.RemoveEndpoint(c.Request().Context(), e.ID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// rotateWebhook serves the call below.
//
// @Summary Give a webhook a new secret
// @Description During the overlap messages carry a signature with each secret, so that receivers can change over.
// @Tags webhooks
// @Accept json
// @Produce json
// @Param id path string true "Its id"
// @Param rotation body newSecretRequest true "{} for an overlap of a day"
// @Security OAuth2[webhooks:write]
// @Success 201 {object} webhookResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id}/secret [post]
func (a *API) rotateWebhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	var r newSecretRequest
	if c.Request().ContentLength != 0 {
		if err := bind(c, &r); err != nil {
			return err
		}
	}
	overlap := notify.DefaultOverlap
	if r.OverlapHours != nil {
		overlap = time.Duration(max(-1, min(*r.OverlapHours, 1000))) * time.Hour
	}
	made, err := a.Notify.Rotate(c.Request().Context(), e.ID, overlap)
	if err != nil {
		return err
	}
	unshared(c)
	return c.JSON(http.StatusCreated, createdOf(made))
}

// testWebhook serves the call below.
//
// @Summary Send a message of type webhook.test
// @Tags webhooks
// @Produce json
// @Param id path string true "Its id"
// @Security OAuth2[webhooks:write]
// @Success 202 {object} deliveryResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id}/test [post]
func (a *API) testWebhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	d, err := a.Notify.Test(c.Request().Context(), e)
	if err != nil {
		return err
	}
	unshared(c)
	return c.JSON(http.StatusAccepted, deliveryOf(d))
}

// replayWebhook serves the call below.
//
// @Summary Send again
// @Description Either one delivery, or all that happened in a stretch of time, also before the webhook existed. Messages that were sent before keep their id.
// @Tags webhooks
// @Accept json
// @Produce json
// @Param id path string true "Its id"
// @Param replay body replayRequest true "delivery, or from and to"
// @Security OAuth2[webhooks:write]
// @Success 202 {object} webhookResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id}/replay [post]
func (a *API) replayWebhook(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	var r replayRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if r.Delivery != "" {
		if r.From != "" || r.To != "" {
			return fault.Invalid{{Pointer: "/delivery", Detail: "names one delivery; leave from and to out"}}
		}
		_, err = a.Notify.Store.Resend(ctx, e.ID, r.Delivery, a.Now().UTC())
	} else {
		var f fault.Invalid
		from, to := dated(&f, "/from", r.From, false), dated(&f, "/to", r.To, false)
		if err := f.Err(); err != nil {
			return err
		}
		e, err = a.Notify.Replay(ctx, e, from, to)
	}
	if err != nil {
		return err
	}
	unshared(c)
	return c.JSON(http.StatusAccepted, webhookOf(e))
}

// webhookDeliveries serves the call below.
//
// @Summary The delivery log of a webhook, newest first
// @Description Kept for 30 days. held waits behind another message of the same thing; dead was given up and can be replayed.
// @Tags webhooks
// @Produce json
// @Param id path string true "Its id"
// @Param state query string false "Only in this state" Enums(held,pending,delivered,dead)
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[webhooks:write]
// @Success 200 {object} list[deliveryResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/webhooks/{id}/deliveries [get]
func (a *API) webhookDeliveries(c echo.Context) error {
	e, err := a.ownWebhook(c)
	if err != nil {
		return err
	}
	limit, before, err := window(c)
	if err != nil {
		return err
	}
	state := notify.State(c.QueryParam("state"))
	switch state {
	case "", notify.Held, notify.Pending, notify.Delivered, notify.Dead:
	default:
		return fault.Invalid{{Pointer: "?state", Detail: "must be held, pending, delivered or dead"}}
	}
	found, err := a.Notify.Store.Deliveries(c.Request().Context(), e.ID, state, before, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID
	}
	out := make([]deliveryResponse, len(found))
	for i, d := range found {
		out[i] = deliveryOf(d)
	}
	return pageOf(c, out, next)
}

// registerNotify mounts the routes of webhooks and watches. Those that create
// keep their own idempotency keys: a secret is kept nowhere but sealed.
func (a *API) registerNotify(e *echo.Echo) {
	e.POST("/v1/webhooks", a.addWebhook)
	e.GET("/v1/webhooks", a.listWebhooks)
	e.GET("/v1/webhooks/:id", a.webhook)
	e.PATCH("/v1/webhooks/:id", a.changeWebhook)
	e.DELETE("/v1/webhooks/:id", a.removeWebhook)
	e.POST("/v1/webhooks/:id/secret", a.rotateWebhook)
	e.POST("/v1/webhooks/:id/test", a.testWebhook)
	e.POST("/v1/webhooks/:id/replay", a.replayWebhook)
	e.GET("/v1/webhooks/:id/deliveries", a.webhookDeliveries)
	e.POST("/v1/watches", a.addWatch)
	e.GET("/v1/watches", a.listWatches)
	e.GET("/v1/watches/:id", a.watch)
	e.DELETE("/v1/watches/:id", a.removeWatch)
	e.GET("/v1/watches/:id/certificates", a.listWatched)
	e.POST("/v1/watches/:id/certificates", a.addWatched)
	e.DELETE("/v1/watches/:id/certificates/:certificate", a.removeWatched)
	e.GET("/v1/watches/:id/notices", a.watchNotices)
	e.GET("/v1/watches/:id/notices/:notice", a.watchNotice)
}
