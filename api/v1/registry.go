package v1

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type bodyRequest struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Acronym  string          `json:"acronym"`
	Roles    []registry.Role `json:"roles"`
	Country  string          `json:"country"`
	Website  string          `json:"website"`
	Domains  []string        `json:"domains"`
	Aliases  []string        `json:"aliases"`
	LinkedIn string          `json:"linkedin_organization_id"`
}

type bodyResponse struct {
	ID             string              `json:"id"`
	DID            string              `json:"did"`
	Name           string              `json:"name"`
	Acronym        string              `json:"acronym,omitempty"`
	Roles          []registry.Role     `json:"roles"`
	Country        string              `json:"country,omitempty"`
	Website        string              `json:"website,omitempty"`
	Domains        []string            `json:"domains"`
	Aliases        []string            `json:"aliases"`
	LinkedIn       string              `json:"linkedin_organization_id,omitempty"`
	Status         string              `json:"status"`
	Grade          string              `json:"grade,omitempty"`
	Note           string              `json:"note,omitempty"`
	Successor      string              `json:"successor,omitempty"`
	ValidFrom      *time.Time          `json:"valid_from,omitempty"`
	ValidUntil     *time.Time          `json:"valid_until,omitempty"`
	Match          string              `json:"match,omitempty"`
	Accreditations []statementResponse `json:"accreditations,omitempty"`
	Recognitions   []statementResponse `json:"recognitions,omitempty"`
	Schemes        []string            `json:"schemes,omitempty"`
	Coverage       []coverageResponse  `json:"coverage,omitempty"`
	Flags          []flagResponse      `json:"flags"`
	Timeline       []momentResponse    `json:"timeline,omitempty"`
	Offers         []offerResponse     `json:"offers,omitempty"` // its schemes, with the four questions
	Disputes       []disputeNote       `json:"disputes,omitempty"`
	Sources        []sourceResponse    `json:"sources"`
}

type sourceResponse struct {
	URL         string     `json:"url,omitempty"`
	Locator     string     `json:"locator,omitempty"`
	SourceDate  string     `json:"source_date,omitempty"`
	RetrievedAt *time.Time `json:"retrieved_at,omitempty"`
	Says        string     `json:"says,omitempty"`
}

type coverageResponse struct {
	Of                  string     `json:"of"`
	Register            string     `json:"register"`
	SynchronisedAt      *time.Time `json:"synchronised_at"`
	PromisedRefreshDays int        `json:"promised_refresh_days,omitempty"`
	Declared            *int       `json:"declared,omitempty"`
	Published           *int       `json:"published,omitempty"`
	CheckURL            string     `json:"check_url,omitempty"`
	LastAskedAt         *time.Time `json:"last_asked_at,omitempty"`
}

func coverageOf(all []registry.Coverage) []coverageResponse {
	out := []coverageResponse{}
	for _, x := range all {
		out = append(out, coverageResponse{x.Of, x.Register, at(x.SynchronisedAt), x.PromisedRefreshDays, x.Declared, x.Published, x.CheckURL, at(x.AskedAt)})
	}
	return out
}

func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func sourcesOf(all []trust.Source) []sourceResponse {
	out := []sourceResponse{}
	for _, s := range all {
		out = append(out, sourceResponse{s.URL, s.Locator, s.SourceDate, at(s.RetrievedAt), s.Says})
	}
	return out
}

func bodyOf(b registry.Body) bodyResponse {
	r := bodyResponse{ID: b.ID, DID: b.DID, Name: b.Name, Acronym: b.Acronym, Roles: b.Roles, Country: b.Country, Website: b.Website,
		Domains: b.Domains, Aliases: b.Aliases, LinkedIn: b.LinkedInID, Status: b.Status, Grade: b.Grade, Note: b.Note, Successor: b.Successor,
		ValidFrom: at(b.ValidFrom), ValidUntil: at(b.ValidUntil), Flags: []flagResponse{}, Sources: sourcesOf(b.Sources)}
	if r.Status == "" {
		r.Status = "active"
		if b.Grade != "" {
			r.Status = "unknown"
		}
	}
	if r.Domains == nil {
		r.Domains = []string{}
	}
	if r.Aliases == nil {
		r.Aliases = []string{}
	}
	return r
}

// addBody serves the call below.
//
// @Summary Register a body
// @Description Operators only. A name or domain confusingly like that of an existing body is refused with 409 LOOKALIKE.
// @Tags registry
// @Accept json
// @Produce json
// @Param body body bodyRequest true "The body"
// @Param accept_likeness query bool false "Register in spite of a likeness"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[registry:write]
// @Success 201 {object} bodyResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies [post]
func (a *API) addBody(c echo.Context) error {
	if err := a.operator(c); err != nil {
		return err
	}
	var r bodyRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	b, err := a.Registrar.AddBody(c.Request().Context(), registry.Body{ID: r.ID, Name: r.Name, Acronym: r.Acronym, Roles: r.Roles, Country: r.Country,
		Website: r.Website, Domains: r.Domains, Aliases: r.Aliases, LinkedInID: r.LinkedIn}, c.QueryParam("accept_likeness") == "true")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/v1/bodies/"+b.ID)
	return c.JSON(http.StatusCreated, bodyOf(b))
}

// listBodies serves the call below.
//
// @Summary Search bodies
// @Description Tolerant of case, accents, company forms and small errors; each hit of a search says how well it matches.
// @Tags registry
// @Produce json
// @Param q query string false "Name, acronym or domain"
// @Param role query string false "Role" Enums(arrangement, accreditation_body, certification_body, scheme_owner, training_provider)
// @Param country query string false "ISO 3166-1 alpha-2"
// @Param standard query string false "Standard that the body is accredited or recognised for"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Success 200 {object} list[bodyResponse]
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies [get]
func (a *API) listBodies(c echo.Context) error {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return err
	}
	f := registry.Filter{Role: registry.Role(c.QueryParam("role")), Country: strings.ToUpper(c.QueryParam("country")), Standard: c.QueryParam("standard")}
	var hits []bodyResponse
	if q := c.QueryParam("q"); q != "" {
		if len(q) > 500 {
			return fault.Invalid{{Pointer: "?q", Detail: "is longer than 500 bytes"}}
		}
		for _, h := range v.Search(q, f) {
			b := bodyOf(h.Body)
			b.Match = string(h.Match)
			hits = append(hits, b)
		}
	} else {
		for _, b := range v.Bodies(f) {
			hits = append(hits, bodyOf(b))
		}
	}
	return paged(c, hits, func(b bodyResponse) string { return b.ID })
}

// body serves the call below.
//
// @Summary A body with its accreditations, recognitions, schemes, timeline, flags, coverage and sources
// @Description Schemes are offered with the four questions of a careful buyer, each answered yes, no or not_known with its source. Open disputes stand beside the facts they are about.
// @Tags registry
// @Produce json
// @Param id path string true "Body id"
// @Success 200 {object} bodyResponse
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id} [get]
func (a *API) body(c echo.Context) error {
	ctx := c.Request().Context()
	v, err := a.Registrar.View(ctx)
	if err != nil {
		return err
	}
	p, err := a.Registrar.Profile(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	contested, err := a.contested(ctx)
	if err != nil {
		return err
	}
	r := bodyOf(p.Body)
	r.Disputes = contested(disputes.AboutBody, p.Body.ID)
	now := a.Now()
	for _, s := range p.Held {
		x := a.statementOf(v, s, now)
		x.Disputes = contested(disputes.AboutStatement, s.ID)
		if s.Kind == trust.Accreditation {
			r.Accreditations = append(r.Accreditations, x)
		} else {
			r.Recognitions = append(r.Recognitions, x)
		}
	}
	for _, o := range p.Offers {
		if o.Scheme.Owner == p.Body.ID {
			r.Schemes = append(r.Schemes, o.Scheme.ID)
		}
		r.Disputes = append(r.Disputes, contested(disputes.AboutScheme, o.Scheme.ID)...)
	}
	r.Coverage, r.Flags, r.Timeline, r.Offers = coverageOf(p.Coverage), flagsOf(p.Flags), timelineOf(p.Timeline), offersOf(p.Offers)
	for _, x := range append(r.Accreditations, r.Recognitions...) {
		if len(x.Disputes) > 0 {
			r.Flags = append(r.Flags, flagResponse{"DISPUTED", "A statement about it is disputed: " + x.ID + ".", at(x.Disputes[0].Since)})
		}
	}
	if len(r.Disputes) > 0 {
		r.Flags = append(r.Flags, flagResponse{"DISPUTED", "What the register says of it is disputed.", at(r.Disputes[0].Since)})
	}
	return readJSON(c, cacheShort, r)
}

type coverageRequest struct {
	Of                  string `json:"of"`
	Register            string `json:"register"`
	SynchronisedAt      string `json:"synchronised_at"`
	PromisedRefreshDays int    `json:"promised_refresh_days"`
	Declared            *int   `json:"declared"`      // certificates that the body says it has issued
	Published           *int   `json:"published"`     // … and of which this register knows
	CheckURL            string `json:"check_url"`     // where the body itself answers
	LastAskedAt         string `json:"last_asked_at"` // when this register last asked there
}

// setCoverage serves the call below.
//
// @Summary Say how complete the register is for a body
// @Description Only where a register is complete may the absence of a record prove anything.
// @Tags registry
// @Accept json
// @Produce json
// @Param id path string true "Body id"
// @Param coverage body coverageRequest true "Coverage"
// @Security OAuth2[registry:write]
// @Success 200 {object} coverageAnswer
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/coverage [put]
func (a *API) setCoverage(c echo.Context) error {
	if _, err := a.acting(c, "registry:write", c.Param("id")); err != nil {
		return err
	}
	var r coverageRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	var f fault.Invalid
	synchronised := dated(&f, "/synchronised_at", r.SynchronisedAt, false)
	asked := dated(&f, "/last_asked_at", r.LastAskedAt, false)
	if err := f.Err(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := a.Registrar.SetCoverage(ctx, []registry.Coverage{{Body: c.Param("id"), Of: r.Of, Register: r.Register,
		SynchronisedAt: synchronised, PromisedRefreshDays: r.PromisedRefreshDays,
		Declared: r.Declared, Published: r.Published, CheckURL: r.CheckURL, AskedAt: asked}}); err != nil {
		return err
	}
	v, err := a.Registrar.View(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, coverageAnswer{c.Param("id"), coverageOf(v.Coverage(c.Param("id")))})
}
