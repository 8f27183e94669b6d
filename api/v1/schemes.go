package v1

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

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
