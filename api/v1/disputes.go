package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

type aboutJSON struct {
	Kind string `json:"kind" enums:"body,scheme,statement,certificate,elsewhere"`
	ID   string `json:"id"`
}

type contactJSON struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

type disputeRequest struct {
	About   aboutJSON   `json:"about"`
	Fact    string      `json:"fact"`
	Words   string      `json:"words"`
	Contact contactJSON `json:"contact"` // never published; deleted once it is settled
}

type disputeResponse struct {
	ID         string       `json:"id"`
	About      aboutJSON    `json:"about"`
	Fact       string       `json:"fact,omitempty"`
	State      string       `json:"state" enums:"received,open,upheld,rejected,retired,closed"`
	Published  bool         `json:"published"`
	Body       string       `json:"body,omitempty"` // that filed it
	Words      string       `json:"words"`
	ReceivedAt time.Time    `json:"received_at"`
	Since      time.Time    `json:"since"`
	Contact    *contactJSON `json:"contact,omitempty"` // operators only
	Steps      []stepJSON   `json:"steps"`
}

type stepJSON struct {
	State string    `json:"state"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

type resolutionRequest struct {
	Outcome string `json:"outcome" enums:"open,upheld,rejected,retired,closed"`
	Note    string `json:"note"`
}

func disputeOf(e disputes.Entry, all bool) disputeResponse {
	r := disputeResponse{ID: e.ID, About: aboutJSON{string(e.About), e.Of}, Fact: e.Fact, State: string(e.State()), Published: e.Published(),
		Body: e.Body, Words: e.Words, ReceivedAt: e.ReceivedAt, Since: e.Since(), Steps: []stepJSON{}}
	if all && e.Contact != (disputes.Contact{}) {
		r.Contact = &contactJSON{e.Contact.Name, e.Contact.Email}
	}
	for _, s := range e.Steps {
		r.Steps = append(r.Steps, stepJSON{string(s.State), s.Note, s.At})
	}
	return r
}

// fileDispute serves the call below.
//
// @Summary Contest a fact of the register
// @Description For a body, or anyone whom a fact names. A dispute filed by a client of the body concerned is shown beside the fact at once, in its words; any other once an operator has read it. Anonymous filings are limited by address.
// @Tags disputes
// @Accept json
// @Produce json
// @Param dispute body disputeRequest true "The record, the fact, and what is wrong"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; needs a token" maxlength(255)
// @Success 201 {object} disputeResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Failure 503 {object} ProblemDocument
// @Router /v1/disputes [post]
func (a *API) fileDispute(c echo.Context) error { return a.file(c, disputes.KindDispute) }

// fileConcern serves the call below.
//
// @Summary Report a certificate that looks suspicious
// @Description For anyone. It is read by an operator and never published. about.kind may be elsewhere, with whatever names the certificate as id. Anonymous filings are limited by address.
// @Tags disputes
// @Accept json
// @Produce json
// @Param concern body disputeRequest true "The certificate, and what is suspicious"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; needs a token" maxlength(255)
// @Success 201 {object} disputeResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Failure 503 {object} ProblemDocument
// @Router /v1/concerns [post]
func (a *API) fileConcern(c echo.Context) error { return a.file(c, disputes.KindConcern) }

func (a *API) file(c echo.Context, kind disputes.Kind) error {
	var caller access.Caller
	if c.Request().Header.Get(echo.HeaderAuthorization) != "" {
		var err error
		if caller, err = a.caller(c); err != nil {
			return err
		}
	} else if err := a.Filings.take(c); err != nil {
		return err
	}
	var r disputeRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	e := disputes.Entry{Kind: kind, About: disputes.About(r.About.Kind), Of: r.About.ID, Fact: r.Fact, Body: caller.Body, Words: r.Words, Contact: disputes.Contact(r.Contact)}
	if n, err := credential.ParseNumber(e.Of); err == nil && e.About == disputes.AboutCertificate {
		e.Of = string(n)
	}
	e, err := a.Clerk.File(c.Request().Context(), e)
	if err != nil {
		return err
	}
	location := "/v1/disputes/" + e.ID
	if kind == disputes.KindConcern {
		location = "/v1/concerns/" + e.ID
	}
	c.Response().Header().Set("Location", location)
	return c.JSON(http.StatusCreated, disputeOf(e, false))
}

// listDisputes serves the call below.
//
// @Summary Disputes
// @Description An operator sees all; a body's client those that its body filed; anybody else those that are or were published.
// @Tags disputes
// @Produce json
// @Param state query string false "State" Enums(received, open, upheld, rejected, retired)
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Success 200 {object} list[disputeResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/disputes [get]
func (a *API) listDisputes(c echo.Context) error { return a.entries(c, disputes.KindDispute) }

// listConcerns serves the call below.
//
// @Summary Reports of suspicious certificates
// @Description Operators only.
// @Tags disputes
// @Produce json
// @Param state query string false "State" Enums(received, closed)
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[reports:read]
// @Success 200 {object} list[disputeResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/concerns [get]
func (a *API) listConcerns(c echo.Context) error {
	if err := a.operator(c); err != nil {
		return err
	}
	return a.entries(c, disputes.KindConcern)
}

func (a *API) entries(c echo.Context, kind disputes.Kind) error {
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	caller, err := a.perhaps(c)
	if err != nil {
		return err
	}
	q := disputes.Query{Kind: kind, State: disputes.State(c.QueryParam("state")), After: after, Limit: limit + 1}
	if !caller.Operator {
		q.Body = caller.Body
		if q.Body == "" && q.State == "" {
			q.State = disputes.Open
		}
	}
	found, err := a.Disputes.Entries(c.Request().Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].ID
	}
	out := []disputeResponse{}
	for _, e := range found {
		if caller.Operator || e.Published() || caller.Body != "" && e.Body == caller.Body {
			out = append(out, disputeOf(e, caller.Operator))
		}
	}
	return pageOf(c, out, next)
}

// dispute serves the call below.
//
// @Summary A dispute
// @Description One that was never published is there only for an operator and for the body that filed it.
// @Tags disputes
// @Produce json
// @Param id path string true "Dispute id"
// @Success 200 {object} disputeResponse
// @Failure 401 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/disputes/{id} [get]
func (a *API) dispute(c echo.Context) error { return a.entry(c, disputes.KindDispute) }

// concern serves the call below.
//
// @Summary A report of a suspicious certificate
// @Description Operators only.
// @Tags disputes
// @Produce json
// @Param id path string true "Id"
// @Security OAuth2[reports:read]
// @Success 200 {object} disputeResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/concerns/{id} [get]
func (a *API) concern(c echo.Context) error {
	if err := a.operator(c); err != nil {
		return err
	}
	return a.entry(c, disputes.KindConcern)
}

func (a *API) entry(c echo.Context, kind disputes.Kind) error {
	caller, err := a.perhaps(c)
	if err != nil {
		return err
	}
	e, err := a.Disputes.Entry(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	own := caller.Body != "" && e.Body == caller.Body
	if e.Kind != kind || !e.Published() && !own && !caller.Operator {
		return disputes.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, disputeOf(e, caller.Operator))
}

// resolveDispute serves the call below.
//
// @Summary Publish or settle a dispute
// @Description Operators only. open shows it beside the fact; upheld, rejected and retired settle it and delete the contact. Upholding corrects no fact: correct it where it is held.
// @Tags disputes
// @Accept json
// @Produce json
// @Param id path string true "Dispute id"
// @Param resolution body resolutionRequest true "Outcome, and what the operator says"
// @Security OAuth2[registry:write]
// @Success 200 {object} disputeResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /v1/disputes/{id}/resolution [post]
func (a *API) resolveDispute(c echo.Context) error { return a.resolve(c, disputes.KindDispute) }

// resolveConcern serves the call below.
//
// @Summary Close a report of a suspicious certificate
// @Description Operators only. closed is the one outcome; the contact is deleted.
// @Tags disputes
// @Accept json
// @Produce json
// @Param id path string true "Id"
// @Param resolution body resolutionRequest true "Outcome, and what was done"
// @Security OAuth2[registry:write]
// @Success 200 {object} disputeResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /v1/concerns/{id}/resolution [post]
func (a *API) resolveConcern(c echo.Context) error { return a.resolve(c, disputes.KindConcern) }

func (a *API) resolve(c echo.Context, kind disputes.Kind) error {
	if err := a.operator(c); err != nil {
		return err
	}
	var r resolutionRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	ctx := c.Request().Context()
	held, err := a.Disputes.Entry(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if held.Kind != kind {
		return disputes.ErrNotFound
	}
	switch disputes.State(r.Outcome) {
	case disputes.Open, disputes.Upheld, disputes.Rejected, disputes.Retired, disputes.Closed:
	default:
		return fault.Invalid{{Pointer: "/outcome", Detail: "must be open, upheld, rejected, retired or closed"}}
	}
	e, err := a.Clerk.Settle(ctx, c.Param("id"), disputes.State(r.Outcome), r.Note)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, disputeOf(e, true))
}

// perhaps is the caller if the request carries a token, else nobody.
func (a *API) perhaps(c echo.Context) (access.Caller, error) {
	if c.Request().Header.Get(echo.HeaderAuthorization) == "" {
		return access.Caller{}, nil
	}
	return a.caller(c)
}
