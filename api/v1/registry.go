package v1

import (
	"context"
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

type schemeJSON struct {
	ID              string         `json:"id"`
	Owner           string         `json:"owner"`
	Name            string         `json:"name"`
	Acronym         string         `json:"acronym,omitempty"`
	Kind            string         `json:"kind"`
	Activity        trust.Activity `json:"activity,omitempty"`
	Level           string         `json:"level,omitempty"`                                             // in the owner's words
	ServiceLevel    string         `json:"service_level,omitempty" enums:"learner,practitioner,leader"` // this service's word beside it
	Standard        string         `json:"standard,omitempty"`
	Duplicates      string         `json:"duplicates,omitempty"`
	Assessment      assessment     `json:"assessment"`
	AppliedEvidence []string       `json:"applied_evidence"`
	Prerequisites   []string       `json:"prerequisites"`                // for people
	Conditions      []condition    `json:"prerequisite_rules,omitempty"` // checked at issue
	ValidityMonths  int            `json:"validity_months,omitempty"`
	Recertification *recertify     `json:"recertification,omitempty"`
}

type schemeResponse struct {
	schemeJSON
	Address   string           `json:"address"`
	Match     string           `json:"match,omitempty"`
	Grade     string           `json:"grade,omitempty"`
	Note      string           `json:"note,omitempty"`
	Sources   []sourceResponse `json:"sources"`
	Questions []answerResponse `json:"questions,omitempty"` // of one scheme, not of a list
	Disputes  []disputeNote    `json:"disputes,omitempty"`
	// RuleSets are all dated rules, oldest first; what stands beside them is what holds now.
	RuleSets []ruleSetResponse `json:"rule_sets"`
}

type assessment struct {
	Modes     []string `json:"modes"`
	Proctored *bool    `json:"proctored,omitempty"`
	Hours     float64  `json:"hours,omitempty"`
}

// addScheme serves the call below.
//
// @Summary Register a scheme
// @Description A name confusingly like that of a scheme of public record that another body owns is refused with 409 LOOKALIKE.
// @Tags registry
// @Accept json
// @Produce json
// @Param scheme body schemeJSON true "The scheme"
// @Param accept_likeness query bool false "Register in spite of a likeness"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[registry:write]
// @Success 201 {object} schemeResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/schemes [post]
func (a *API) addScheme(c echo.Context) error {
	var r schemeJSON
	if err := bind(c, &r); err != nil {
		return err
	}
	if _, err := a.acting(c, "registry:write", r.Owner); err != nil {
		return err
	}
	s := registry.Scheme{ID: r.ID, Owner: r.Owner, Name: r.Name, Acronym: r.Acronym, Kind: r.Kind, Activity: r.Activity, Level: r.Level, ServiceLevel: r.ServiceLevel,
		Standard: r.Standard, Duplicates: r.Duplicates, ValidityMonths: r.ValidityMonths}
	rules, err := r.Assessment.rules(0, r.AppliedEvidence, r.Prerequisites, r.Conditions, r.Recertification)
	if err != nil {
		return err
	}
	s.Rules = []registry.RuleSet{rules}
	ctx, repeated := c.Request().Context(), false
	if creation(c) != "" { // it may have been carried out
		var held registry.Scheme
		if held, repeated, err = a.Registrar.Registered(ctx, s); err != nil {
			return err
		}
		if repeated {
			s = held
		}
	}
	if !repeated {
		if s, err = a.register(ctx, s, c.QueryParam("accept_likeness") == "true"); err != nil {
			return err
		}
	}
	c.Response().Header().Set("Location", "/v1/schemes/"+s.ID)
	return c.JSON(http.StatusCreated, a.schemeOf(s))
}

func (a *API) register(ctx context.Context, s registry.Scheme, acceptLikeness bool) (registry.Scheme, error) {
	if !acceptLikeness {
		if err := a.Registrar.RefuseLikeScheme(ctx, s); err != nil {
			return s, err
		}
	}
	return a.Registrar.AddScheme(ctx, s)
}

func (a *API) schemeOf(s registry.Scheme) schemeResponse {
	now := a.Now()
	rules, _ := s.RulesAt(now) // none: nothing is known
	current := ruleSetOf(rules)
	r := schemeResponse{schemeJSON: schemeJSON{ID: s.ID, Owner: s.Owner, Name: s.Name, Acronym: s.Acronym, Kind: s.Kind, Activity: s.Activity, Level: s.Level, ServiceLevel: s.ServiceLevel,
		Standard: s.Standard, Duplicates: s.Duplicates, ValidityMonths: s.MonthsAt(now), Assessment: current.Assessment, AppliedEvidence: current.AppliedEvidence,
		Prerequisites: current.Prerequisites, Conditions: current.Conditions, Recertification: current.Recertification},
		Address: a.Addresses.Scheme(s.ID), Grade: s.Grade, Note: s.Note, Sources: sourcesOf(s.Sources), RuleSets: []ruleSetResponse{}}
	for _, x := range s.Rules {
		r.RuleSets = append(r.RuleSets, ruleSetOf(x))
	}
	return r
}

// scheme serves the call below.
//
// @Summary A scheme
// @Tags registry
// @Produce json
// @Param id path string true "Scheme id"
// @Success 200 {object} schemeResponse
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/schemes/{id} [get]
func (a *API) scheme(c echo.Context) error {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return err
	}
	s, ok := v.Scheme(c.Param("id"))
	if !ok {
		return registry.ErrNotFound
	}
	answers, err := a.Registrar.Answers(c.Request().Context(), s)
	if err != nil {
		return err
	}
	contested, err := a.contested(c.Request().Context())
	if err != nil {
		return err
	}
	r := a.schemeOf(s)
	r.Questions, r.Disputes = answersOf(answers), contested(disputes.AboutScheme, s.ID)
	return readJSON(c, cacheShort, r)
}

// listSchemes serves the call below.
//
// @Summary Search schemes
// @Description Tolerant of case, accents, script, word order and small errors; each hit of a search says how well it matches.
// @Tags registry
// @Produce json
// @Param q query string false "Name or acronym"
// @Param owner query string false "Body id of the owner"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Success 200 {object} list[schemeResponse]
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/schemes [get]
func (a *API) listSchemes(c echo.Context) error {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return err
	}
	var out []schemeResponse
	owned := func(s registry.Scheme) bool { o := c.QueryParam("owner"); return o == "" || o == s.Owner }
	if q := c.QueryParam("q"); q != "" {
		if len(q) > 500 {
			return fault.Invalid{{Pointer: "?q", Detail: "is longer than 500 bytes"}}
		}
		for _, h := range v.SearchSchemes(q) {
			if owned(h.Scheme) {
				x := a.schemeOf(h.Scheme)
				x.Match = string(h.Match)
				out = append(out, x)
			}
		}
		return paged(c, out, func(s schemeResponse) string { return s.ID })
	}
	for _, s := range v.Schemes() {
		if owned(s) {
			out = append(out, a.schemeOf(s))
		}
	}
	return paged(c, out, func(s schemeResponse) string { return s.ID })
}
