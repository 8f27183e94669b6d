package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

type ruleSetRequest struct {
	ValidFrom       string      `json:"valid_from"`
	ValidityMonths  int         `json:"validity_months"`
	Assessment      assessment  `json:"assessment"`
	AppliedEvidence []string    `json:"applied_evidence"`
	Prerequisites   []string    `json:"prerequisites"`
	Conditions      []condition `json:"prerequisite_rules"`
	Recertification *recertify  `json:"recertification"`
}

type ruleSetResponse struct {
	ValidFrom       *time.Time  `json:"valid_from"` // null: since ever, or since an unknown day
	ValidityMonths  int         `json:"validity_months,omitempty"`
	Assessment      assessment  `json:"assessment"`
	AppliedEvidence []string    `json:"applied_evidence"`
	Prerequisites   []string    `json:"prerequisites"`
	Conditions      []condition `json:"prerequisite_rules,omitempty"`
	Recertification *recertify  `json:"recertification,omitempty"`
}

func (a assessment) rules(months int, evidence, prerequisites []string, needs []condition, x *recertify) (registry.RuleSet, error) {
	rule, err := x.rule("/recertification")
	return registry.RuleSet{ValidityMonths: months, Assessment: registry.Assessment(a), AppliedEvidence: evidence, Prerequisites: prerequisites, Conditions: conditions(needs),
		Recertification: rule}, err
}

func ruleSetOf(rules registry.RuleSet) ruleSetResponse {
	r := ruleSetResponse{ValidFrom: at(rules.From), ValidityMonths: rules.ValidityMonths, Assessment: assessment(rules.Assessment),
		AppliedEvidence: append([]string{}, rules.AppliedEvidence...), Prerequisites: append([]string{}, rules.Prerequisites...),
		Conditions: conditionsOf(rules.Conditions), Recertification: recertifyOf(rules.Recertification)}
	if r.Assessment.Modes == nil {
		r.Assessment.Modes = []string{}
	}
	return r
}

// addRules serves the call below.
//
// @Summary Give a scheme new rules from a day on
// @Description Rules change in mid-life, so rule sets are dated: what was decided under earlier rules is judged by them. valid_from must be later than that of the last rule set; it may lie in the future.
// @Tags registry
// @Accept json
// @Produce json
// @Param id path string true "Scheme id"
// @Param rules body ruleSetRequest true "The rules"
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
// @Router /v1/schemes/{id}/rule-sets [post]
func (a *API) addRules(c echo.Context) error {
	var r ruleSetRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	if !caller.Has("registry:write") {
		return missing("registry:write")
	}
	ctx := c.Request().Context()
	v, err := a.Registrar.View(ctx)
	if err != nil {
		return err
	}
	s, ok := v.Scheme(c.Param("id"))
	if !ok {
		return registry.ErrNotFound
	}
	if !caller.May("registry:write", s.Owner) {
		return &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Detail: "The scheme is another body's; only its owner changes its rules."}
	}
	var f fault.Invalid
	rules, err := r.Assessment.rules(r.ValidityMonths, r.AppliedEvidence, r.Prerequisites, r.Conditions, r.Recertification)
	if err != nil {
		return err
	}
	rules.From = dated(&f, "/valid_from", r.ValidFrom, true)
	if err := f.Err(); err != nil {
		return err
	}
	if s, err = a.Registrar.AddRules(ctx, s.ID, rules); err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/v1/schemes/"+s.ID)
	return c.JSON(http.StatusCreated, a.schemeOf(s))
}
