package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type cpdRequest struct {
	Issuer      string     `json:"issuer"` // operators only, and not needed: the certificate tells it
	Category    string     `json:"category"`
	Units       float64    `json:"units"`
	EarnedOn    string     `json:"earned_on"` // a day
	Description string     `json:"description"`
	EvidenceURL string     `json:"evidence_url"`
	Reviewer    string     `json:"reviewer"`
	Status      cpd.Status `json:"status" enums:"accepted,submitted,rejected"` // default accepted; nothing else counts
	Kind        cpd.Kind   `json:"kind" enums:"activity,waiver"`               // default activity
	Corrects    string     `json:"corrects"`                                   // id of an entry taken back; with description alone
}

type cpdResponse struct {
	ID          string     `json:"id"`
	Certificate string     `json:"certificate"`
	Cycle       int        `json:"cycle"`
	Kind        cpd.Kind   `json:"kind"`
	Category    string     `json:"category"`
	Units       float64    `json:"units"`
	EarnedOn    string     `json:"earned_on"`
	Description string     `json:"description"`
	EvidenceURL string     `json:"evidence_url,omitempty"`
	Reviewer    string     `json:"reviewer,omitempty"`
	Status      cpd.Status `json:"status"`
	Corrects    string     `json:"corrects,omitempty"`
	EnteredAt   time.Time  `json:"entered_at"`
}

func cpdOf(e cpd.Entry) cpdResponse {
	return cpdResponse{e.ID, e.Certificate, e.Cycle, e.Kind, e.Category, e.Units, e.EarnedOn.Format(time.DateOnly), e.Description,
		e.EvidenceURL, e.Reviewer, e.Status, e.Corrects, e.LearntAt}
}

type ledgerResponse struct {
	Certificate string         `json:"certificate"`
	Cycle       cycleResponse  `json:"cycle"`
	Data        []cpdResponse  `json:"data"` // in the order of entering; entries taken back stay
	Audit       sampleResponse `json:"audit"`
}

type cycleResponse struct {
	Number     int        `json:"number"`
	From       *time.Time `json:"from"`
	Until      *time.Time `json:"until"`
	EarnedFrom string     `json:"earned_from"` // the first day whose units count
}

type sampleResponse struct {
	Selected  bool       `json:"selected"`
	Percent   float64    `json:"percent"`
	Why       string     `json:"why"`
	KeepProof *time.Time `json:"keep_proof_until"`
}

func cycleResponseOf(c cpd.Cycle) cycleResponse {
	return cycleResponse{c.Number, at(c.From), at(c.Until), c.Earns.UTC().Format(time.DateOnly)}
}

// own finds the body that a caller acts for on a certificate: its own, or for
// an operator the certificate's. If the request names one, it must be that.
func (a *API) own(c echo.Context, scope, named string) (string, error) {
	body, err := a.owner(c, scope)
	if err == nil && named != "" && named != body {
		err = &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Pointer: "/issuer", Detail: "The certificate or the client is another body's."}
	}
	return body, err
}

func (a *API) owner(c echo.Context, scope string) (string, error) {
	caller, err := a.caller(c)
	if err != nil {
		return "", err
	}
	if !caller.Has(scope) {
		return "", missing(scope)
	}
	if !caller.Operator {
		return caller.Body, nil
	}
	n, err := credential.ParseNumber(c.Param("id"))
	if err != nil {
		return "", err
	}
	rec, err := a.Records.Certificate(c.Request().Context(), string(n))
	return rec.Body, err
}

// enterCPD serves the call below.
//
// @Summary Enter continuing education
// @Description Appends to the ledger of the certificate's cycle. Category and step are checked against the scheme's rule. Entries are never changed: with corrects an entry is taken back by a counter-entry, once. Units earned outside the cycle are kept and do not count. A renewed or withdrawn certificate takes no entries.
// @Tags renewal
// @Accept json
// @Produce json
// @Param id path string true "Certificate number"
// @Param entry body cpdRequest true "The entry"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 201 {object} cpdResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/cpd [post]
func (a *API) enterCPD(c echo.Context) error {
	var r cpdRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.own(c, "certificates:write", r.Issuer)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var e cpd.Entry
	if r.Corrects != "" {
		if r.Units != 0 || r.Category != "" || r.EarnedOn != "" || r.EvidenceURL != "" || r.Status != "" || r.Kind != "" {
			return fault.Invalid{{Pointer: "/corrects", Detail: "goes with description and reviewer alone: the entry is taken back whole; enter the right one anew"}}
		}
		e, err = a.Renewals.TakeBack(ctx, body, c.Param("id"), r.Corrects, r.Description, r.Reviewer)
		if err != nil {
			return err
		}
	} else {
		e = cpd.Entry{Kind: r.Kind, Category: r.Category, Units: r.Units, Description: r.Description, EvidenceURL: r.EvidenceURL, Reviewer: r.Reviewer, Status: r.Status}
		if t, err := time.Parse(time.DateOnly, r.EarnedOn); err == nil { // else the ledger names it
			e.EarnedOn = t
		}
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	entry, replayed, err := a.Renewals.Enter(ctx, body, c.Param("id"), e, key)
	if err != nil {
		return err
	}
	if replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusCreated, cpdOf(entry))
}

// ledger serves the call below.
//
// @Summary The ledger of a certificate's cycle
// @Description For the issuing body alone. audit says whether the proofs of this ledger are asked for, and why: the draw can be repeated by anyone who sees the ledger.
// @Tags renewal
// @Produce json
// @Param id path string true "Certificate number"
// @Security OAuth2[certificates:read]
// @Success 200 {object} ledgerResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/cpd [get]
func (a *API) ledger(c echo.Context) error {
	body, err := a.own(c, "certificates:read", "")
	if err != nil {
		return err
	}
	s, err := a.Renewals.Sheet(c.Request().Context(), body, c.Param("id"))
	if err != nil {
		return err
	}
	out := ledgerResponse{Certificate: s.Record.Number, Cycle: cycleResponseOf(s.Cycle), Data: []cpdResponse{},
		Audit: sampleResponse{Selected: s.Sample.Selected, Percent: s.Sample.Percent, Why: s.Sample.Why}}
	if s.Rule.ProofMonths > 0 && !s.Cycle.Until.IsZero() {
		out.Audit.KeepProof = at(s.Cycle.Until.AddDate(0, s.Rule.ProofMonths, 0))
	}
	for _, e := range s.Entries {
		out.Data = append(out.Data, cpdOf(e))
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

type recertificationResponse struct {
	State cpd.State `json:"state" enums:"on_track,due,overdue"`
	// Status is the certificate's own today, whatever its units say.
	Status trust.LinkStatus `json:"status" enums:"in_force,not_yet_valid,expired,suspended,withdrawn,superseded"`
	// The rest is for the issuing body alone.
	*recertificationDetail
}

type recertificationDetail struct {
	Required    float64         `json:"required"`
	Earned      float64         `json:"earned"`
	Missing     []missingUnits  `json:"missing"`
	Unit        string          `json:"unit,omitempty"`
	Exempt      bool            `json:"exempt,omitempty"`
	CarriedOver float64         `json:"carried_over,omitempty"`
	Waived      float64         `json:"waived,omitempty"`
	Pending     float64         `json:"pending,omitempty"` // submitted, not yet accepted
	Cycle       cycleResponse   `json:"cycle"`
	OpensAt     *time.Time      `json:"opens_at"`
	GraceUntil  *time.Time      `json:"grace_until"`
	Categories  []countResponse `json:"categories"`
	Years       []countResponse `json:"years,omitempty"`
	Renewal     renewalOutlook  `json:"renewal"`
}

type missingUnits struct {
	Category   string  `json:"category,omitempty"`
	Year       int     `json:"year,omitempty"`       // of the cycle, from 1
	Categories int     `json:"categories,omitempty"` // so many more categories
	Units      float64 `json:"units"`
}

type countResponse struct {
	Category string  `json:"category,omitempty"`
	Year     int     `json:"year,omitempty"`
	Earned   float64 `json:"earned"`
	Counted  float64 `json:"counted"` // what the maximum lets through
}

// renewalOutlook is what renewing now would give, or why it is refused.
type renewalOutlook struct {
	Possible   bool       `json:"possible"`
	Kind       string     `json:"kind,omitempty" enums:"renewed,late,reinstated"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	LatePath   string     `json:"late_path,omitempty"` // what the rule asks for first
	Code       string     `json:"code,omitempty"`
	Detail     string     `json:"detail,omitempty"`
}

// recertification serves the call below.
//
// @Summary Is the holder on track to renew?
// @Description Anyone learns the state; the issuing body also what is required, earned and missing, and what renewing would give. overdue: the certificate has ended, or a year of the cycle ended below its minimum.
// @Tags renewal
// @Produce json
// @Param id path string true "Certificate number"
// @Success 200 {object} recertificationResponse
// @Failure 401 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/recertification [get]
func (a *API) recertification(c echo.Context) error {
	s, err := a.Renewals.Sheet(c.Request().Context(), "", c.Param("id"))
	if err != nil {
		return err
	}
	q := s.Record.Request
	own := trust.At(trust.Statement{ValidFrom: q.ValidFrom, ValidUntil: q.ValidUntil, Events: s.Record.Events}, a.Now(), time.Time{})
	out := recertificationResponse{State: s.Standing.State, Status: own.Status}
	if c.Request().Header.Get("Authorization") == "" {
		return readJSON(c, cacheState, out)
	}
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	if caller.May("certificates:read", s.Record.Body) || caller.May("certificates:write", s.Record.Body) {
		out.recertificationDetail = detailOf(s)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

func detailOf(s renewal.Sheet) *recertificationDetail {
	t := s.Standing
	out := &recertificationDetail{Required: t.Required, Earned: t.Earned, Missing: []missingUnits{}, Unit: s.Rule.Unit, Exempt: t.Exempt,
		CarriedOver: s.Cycle.Carried, Waived: t.Waived, Pending: t.Pending, Cycle: cycleResponseOf(s.Cycle), OpensAt: at(t.OpensAt),
		GraceUntil: at(t.GraceUntil), Categories: []countResponse{}}
	for _, m := range t.Missing {
		out.Missing = append(out.Missing, missingUnits(m))
	}
	for _, k := range t.Categories {
		out.Categories = append(out.Categories, countResponse(k))
	}
	for _, y := range t.Years {
		out.Years = append(out.Years, countResponse(y))
	}
	if refusal, ok := s.Refused.(*fault.Refusal); ok { //nolint:errorlint // a Sheet holds the refusal itself
		out.Renewal = renewalOutlook{Code: refusal.Code, Detail: refusal.Detail}
		return out
	}
	out.Renewal = renewalOutlook{Possible: true, Kind: s.Grant.Kind, ValidUntil: at(s.Grant.Until)}
	if s.Grant.Kind == cpd.Reinstated {
		out.Renewal.LatePath = s.Rule.Late
	}
	return out
}
