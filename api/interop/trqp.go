package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// trqpRequest is the request of both queries of the Trust Registry Query
// Protocol 2.0. context may hold whatever its sender likes; only time counts.
type trqpRequest struct {
	EntityID    string          `json:"entity_id" example:"did:web:localhost%3A8080:bodies:demo-certification"`
	AuthorityID string          `json:"authority_id" example:"did:web:localhost%3A8080:bodies:demo-accreditation"`
	Action      string          `json:"action" example:"issue"`
	Resource    string          `json:"resource" example:"ISO/IEC 17024"`
	Context     json.RawMessage `json:"context" swaggertype:"object"`
}

type trqpResponse struct {
	EntityID      string     `json:"entity_id"`
	AuthorityID   string     `json:"authority_id"`
	Action        string     `json:"action"`
	Resource      string     `json:"resource"`
	Authorized    *bool      `json:"authorized,omitempty"`
	Recognized    *bool      `json:"recognized,omitempty"`
	TimeRequested *time.Time `json:"time_requested,omitempty"`
	TimeEvaluated time.Time  `json:"time_evaluated"`
	Message       string     `json:"message"`
}

// What an accreditation entitles to, and a recognition.
func certifying() []string { return []string{"issue", "certify"} }
func accrediting() []string {
	return []string{"accredit", "recognize", "recognise", "issue", "certify"}
}

// authorization serves the call below.
//
// @Summary TRQP 2.0: has the authority authorised the entity?
// @Description Does the authority (an accreditor, an arrangement through its chain, or this register by its anchors) authorise the entity to issue for the resource: a scheme id or address, a standard or an activity. Ids are DIDs or addresses of bodies here. false means that no such word is on record; message says whether that proves anything. The answer is unsigned: evidence is the bundle.
// @Tags interoperability
// @Accept json
// @Produce json
// @Param query body trqpRequest true "The question"
// @Success 200 {object} trqpResponse
// @Failure 400 {object} v1.ProblemDocument
// @Failure 404 {object} v1.ProblemDocument
// @Failure 415 {object} v1.ProblemDocument
// @Failure 429 {object} v1.ProblemDocument
// @Router /trqp/authorization [post]
func (p *Protocols) authorization(c echo.Context) error {
	return p.trqp(c, certifying(), p.Registrar.Authorised, func(r *trqpResponse, given bool) { r.Authorized = &given })
}

// recognition serves the call below.
//
// @Summary TRQP 2.0: does the authority recognise the other authority?
// @Description Does the authority (an arrangement, or this register by its anchors) recognise the entity, an accreditation body or another arrangement, for the resource. As /trqp/authorization otherwise.
// @Tags interoperability
// @Accept json
// @Produce json
// @Param query body trqpRequest true "The question"
// @Success 200 {object} trqpResponse
// @Failure 400 {object} v1.ProblemDocument
// @Failure 404 {object} v1.ProblemDocument
// @Failure 415 {object} v1.ProblemDocument
// @Failure 429 {object} v1.ProblemDocument
// @Router /trqp/recognition [post]
func (p *Protocols) recognition(c echo.Context) error {
	return p.trqp(c, accrediting(), p.Registrar.Recognised, func(r *trqpResponse, given bool) { r.Recognized = &given })
}

type question func(ctx context.Context, authority, entity string, m registry.Matter, at time.Time) (registry.Word, error)

func (p *Protocols) trqp(c echo.Context, actions []string, ask question, say func(*trqpResponse, bool)) error {
	q, requested, err := readTRQP(c)
	if err != nil {
		return err
	}
	out := trqpResponse{EntityID: q.EntityID, AuthorityID: q.AuthorityID, Action: q.Action, Resource: q.Resource, TimeEvaluated: p.Now().UTC()}
	if !requested.IsZero() {
		out.TimeRequested, out.TimeEvaluated = &requested, requested
	}
	ctx := c.Request().Context()
	v, err := p.Registrar.View(ctx)
	if err != nil {
		return err
	}
	word, err := ask(ctx, p.entity(q.AuthorityID), p.entity(q.EntityID), v.ParseMatter(q.Resource), out.TimeEvaluated)
	if errors.Is(err, registry.ErrNotFound) {
		return v1.Problem{Status: http.StatusNotFound, Code: "AUTHORITY_UNKNOWN", Detail: "This register does not answer for that authority."}
	}
	if err != nil {
		return err
	}
	if !slices.Contains(actions, q.Action) {
		word = registry.Word{Detail: fmt.Sprintf("This register records no such action; it knows %q.", actions)}
	}
	say(&out, word.Given)
	out.Message = word.Detail
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

func readTRQP(c echo.Context) (trqpRequest, time.Time, error) {
	var q trqpRequest
	if err := isJSON(c); err != nil {
		return q, time.Time{}, err
	}
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return q, time.Time{}, err
	}
	if err := ijson.Decode(data, &q); err != nil {
		return q, time.Time{}, err
	}
	var f fault.Invalid
	for pointer, s := range map[string]string{"/entity_id": q.EntityID, "/authority_id": q.AuthorityID} {
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			f.Add(pointer, "must be a URI: a DID or an address")
		}
	}
	for pointer, s := range map[string]string{"/action": q.Action, "/resource": q.Resource} {
		if s == "" {
			f.Add(pointer, "is missing")
		}
	}
	slices.SortFunc(f, func(a, b fault.Field) int { return len(a.Pointer) - len(b.Pointer) })
	var asked struct {
		Time string `json:"time"`
	}
	var at time.Time
	if len(q.Context) > 0 && string(q.Context) != "null" {
		if err := json.Unmarshal(q.Context, &asked); err != nil {
			f.Add("/context", "must be an object; time in it a string")
		} else if asked.Time != "" {
			if at, err = time.Parse(time.RFC3339, asked.Time); err != nil {
				f.Add("/context/time", "is not an instant with zone, such as 2026-03-01T09:00:00Z")
			}
		}
	}
	return q, at.UTC(), f.Err()
}
