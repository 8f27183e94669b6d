package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

type scopeJSON struct {
	Activity  trust.Activity `json:"activity"`
	Standard  string         `json:"standard,omitempty"`
	Edition   string         `json:"edition,omitempty"`
	SubScopes []string       `json:"sub_scopes,omitempty"`
	Schemes   []string       `json:"schemes,omitempty"`
	Countries []string       `json:"countries,omitempty"`
}

func (s scopeJSON) scope() trust.Scope {
	standard, edition := trust.ParseStandard(s.Standard)
	if s.Edition != "" {
		edition = s.Edition
	}
	return trust.Scope{Activity: s.Activity, Standard: standard, Edition: edition, SubScopes: s.SubScopes, Schemes: s.Schemes, Countries: s.Countries}
}

func scopeOf(s trust.Scope) scopeJSON { return scopeJSON(s) }

type statementRequest struct {
	Kind       trust.Kind   `json:"kind"`
	Issuer     string       `json:"issuer"`
	Subject    string       `json:"subject"`
	Number     string       `json:"number"`
	Scope      scopeJSON    `json:"scope"`
	ValidFrom  string       `json:"valid_from"`
	ValidUntil string       `json:"valid_until"`
	Recorded   *recordedRef `json:"recorded"`
}

type recordedRef struct {
	SourceURL   string `json:"source_url"`
	RetrievedAt string `json:"retrieved_at"`
	Grade       string `json:"grade"`
}

type statementResponse struct {
	ID            string           `json:"id"`
	Kind          trust.Kind       `json:"kind"`
	Issuer        string           `json:"issuer"`
	IssuerName    string           `json:"issuer_name,omitempty"`
	Subject       string           `json:"subject"`
	SubjectName   string           `json:"subject_name,omitempty"`
	Number        string           `json:"number,omitempty"`
	Scope         scopeJSON        `json:"scope"`
	ValidFrom     *time.Time       `json:"valid_from"`
	ValidFromIs   string           `json:"valid_from_known,omitempty"` // exact, month, year or seen
	ValidUntil    *time.Time       `json:"valid_until"`
	Status        string           `json:"status"`
	StatusSince   *time.Time       `json:"status_since"`
	Assurance     trust.Assurance  `json:"assurance"`
	Grade         string           `json:"grade,omitempty"`
	Note          string           `json:"note,omitempty"`
	LearntAt      *time.Time       `json:"learnt_at"`
	Events        []eventResponse  `json:"events"`
	Sources       []sourceResponse `json:"sources"`
	Disputes      []disputeNote    `json:"disputes,omitempty"` // open ones
	Credential    string           `json:"credential,omitempty"`
	CredentialURL string           `json:"credential_url"`
}

type eventResponse struct {
	Event       trust.EventKind `json:"event"`
	EffectiveAt *time.Time      `json:"effective_at"`
	LearntAt    *time.Time      `json:"learnt_at"`
	Reason      string          `json:"reason,omitempty"`        // of a certificate: for its issuer alone
	Public      string          `json:"public_reason,omitempty"` // of a certificate: shown to anyone
	Scope       *scopeJSON      `json:"scope,omitempty"`
	Successor   string          `json:"successor,omitempty"`
}

func (a *API) statementOf(v *registry.View, s registry.Statement, now time.Time) statementResponse {
	l := trust.At(trust.Statement{Scope: s.Scope, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, Events: s.Events}, now, time.Time{})
	issuer, _ := v.Body(s.Issuer)   // the store keeps the reference
	subject, _ := v.Body(s.Subject) // likewise
	r := statementResponse{ID: s.ID, Kind: s.Kind, Issuer: s.Issuer, IssuerName: issuer.Name, Subject: s.Subject, SubjectName: subject.Name, Number: s.Number,
		Scope: scopeOf(l.Scope), ValidFrom: at(s.ValidFrom), ValidFromIs: s.Start, ValidUntil: at(s.ValidUntil), Status: string(l.Status), StatusSince: at(l.Since),
		Assurance: s.Assurance, Grade: s.Grade, Note: s.Note, LearntAt: at(s.LearntAt), Events: []eventResponse{}, Sources: sourcesOf(s.Sources),
		CredentialURL: a.Addresses.Statement(s.ID)}
	for _, e := range s.Events {
		x := eventResponse{Event: e.Kind, EffectiveAt: at(e.EffectiveAt), LearntAt: at(e.LearntAt), Reason: e.Reason, Successor: e.Successor}
		if e.Scope != nil {
			scope := scopeOf(*e.Scope)
			x.Scope = &scope
		}
		r.Events = append(r.Events, x)
	}
	return r
}

// addStatement serves the call below.
//
// @Summary State a recognition or accreditation
// @Description Signed by the issuer's key, or with recorded (operators only) by this register from a public source. A scope outside the issuer's own recognised one is refused with SCOPE_EXCEEDS_PARENT.
// @Tags statements
// @Accept json
// @Produce json
// @Param statement body statementRequest true "The statement"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[statements:write]
// @Success 201 {object} statementResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/statements [post]
func (a *API) addStatement(c echo.Context) error {
	var r statementRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	if r.Issuer == "" && !caller.Operator {
		r.Issuer = caller.Body
	}
	if _, err := a.acting(c, "statements:write", r.Issuer); err != nil {
		return err
	}
	if r.Recorded != nil && !caller.Operator { // a registrar's word, not the body's
		return &fault.Refusal{Kind: fault.Forbidden, Code: "OPERATOR_ONLY", Pointer: "/recorded", Detail: "Only an operator records statements from public sources; state it without recorded."}
	}
	var f fault.Invalid
	s := registry.Statement{ID: creation(c), Kind: r.Kind, Issuer: r.Issuer, Subject: r.Subject, Number: r.Number, Scope: r.Scope.scope(), Assurance: trust.Signed,
		ValidFrom: dated(&f, "/valid_from", r.ValidFrom, true), ValidUntil: dated(&f, "/valid_until", r.ValidUntil, false)}
	if x := r.Recorded; x != nil {
		s.Assurance, s.Grade = trust.Recorded, x.Grade
		s.Sources = []trust.Source{{URL: x.SourceURL, RetrievedAt: dated(&f, "/recorded/retrieved_at", x.RetrievedAt, true)}}
	}
	if err := f.Err(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if s, err = a.Registrar.State(ctx, s); err != nil {
		return err
	}
	return a.statementAnswer(c, http.StatusCreated, s)
}

func (a *API) statementAnswer(c echo.Context, status int, s registry.Statement) error {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return err
	}
	out := a.statementOf(v, s, a.Now())
	out.Credential = s.Credential
	c.Response().Header().Set("Location", "/v1/statements/"+s.ID)
	return c.JSON(status, out)
}

func (a *API) found(c echo.Context) (*registry.View, registry.Statement, error) {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return nil, registry.Statement{}, err
	}
	s, ok := v.Statement(c.Param("id"))
	if !ok {
		return nil, s, registry.ErrNotFound
	}
	return v, s, nil
}

// statement serves the call below.
//
// @Summary A statement with its history
// @Tags statements
// @Produce json
// @Param id path string true "Statement id"
// @Success 200 {object} statementResponse
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/statements/{id} [get]
func (a *API) statement(c echo.Context) error {
	v, s, err := a.found(c)
	if err != nil {
		return err
	}
	out := a.statementOf(v, s, a.Now())
	out.Credential = s.Credential
	contested, err := a.contested(c.Request().Context())
	if err != nil {
		return err
	}
	out.Disputes = contested(disputes.AboutStatement, s.ID)
	return readJSON(c, cacheShort, out)
}

// statementCredential serves the call below.
//
// @Summary The signed credential of a statement
// @Tags statements
// @Produce plain
// @Param id path string true "Statement id"
// @Param form query string false "embedded: as JSON with an embedded eddsa-rdfc-2022 proof" Enums(embedded)
// @Success 200 {string} string "Compact JWS"
// @Failure 404 {object} ProblemDocument
// @Failure 406 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/statements/{id}/credential [get]
func (a *API) statementCredential(c echo.Context) error {
	_, s, err := a.found(c)
	if err != nil {
		return err
	}
	form := prefers(c, "application/vc+jwt", "application/jwt", echo.MIMETextPlain, mediaVC, mediaVCLD)
	if wantsEmbedded(c) {
		form = mediaVC
	}
	if form == mediaVC || form == mediaVCLD {
		data, err := a.Forms.Statement(c.Request().Context(), s.ID)
		if err != nil {
			return err
		}
		return read(c, cacheForever, form, data)
	}
	return read(c, cacheForever, form, []byte(s.Credential))
}

type statementEventRequest struct {
	Event       trust.EventKind `json:"event"`
	EffectiveAt string          `json:"effective_at"`
	Reason      string          `json:"reason"`
	Scope       *scopeJSON      `json:"scope"`
}

// statementEvent serves the call below.
//
// @Summary Suspend, restore, withdraw, reduce or extend a statement
// @Description A past effective_at is taken; when it was learnt is recorded beside it.
// @Tags statements
// @Accept json
// @Produce json
// @Param id path string true "Statement id"
// @Param event body statementEventRequest true "The event"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[statements:write]
// @Success 201 {object} statementResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/statements/{id}/events [post]
func (a *API) statementEvent(c echo.Context) error {
	var r statementEventRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	if !caller.Has("statements:write") {
		return missing("statements:write")
	}
	_, s, err := a.found(c)
	if err != nil {
		return err
	}
	if !caller.May("statements:write", s.Issuer) {
		return &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Detail: "The statement is another body's; only its issuer changes it."}
	}
	var f fault.Invalid
	e := trust.Event{Kind: r.Event, EffectiveAt: dated(&f, "/effective_at", r.EffectiveAt, false), Reason: r.Reason}
	if err := f.Err(); err != nil {
		return err
	}
	if e.EffectiveAt.IsZero() {
		e.EffectiveAt = a.Now()
	}
	if r.Scope != nil {
		scope := r.Scope.scope()
		e.Scope = &scope
	}
	if s, err = a.Registrar.Event(c.Request().Context(), s.ID, e); err != nil {
		return err
	}
	return a.statementAnswer(c, http.StatusCreated, s)
}

// chain answers for a body: its accreditation for a scheme or standard and the
// recognitions above it, each with its sources.
//
// @Summary The chain of trust above a body
// @Description Whether the body is accredited for a scheme or standard at an instant and by whom its accreditor is recognised, each link with its sources.
// @Tags registry
// @Produce json
// @Param id path string true "Body id"
// @Param scheme query string false "Scheme id"
// @Param standard query string false "Standard, with edition if it matters" example(ISO/IEC 17024)
// @Param at query string false "Another instant: RFC 3339 with zone, or a day"
// @Success 200 {object} chainResponse
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/chain [get]
func (a *API) chain(c echo.Context) error {
	t, err := instant(c, "at")
	if err != nil {
		return err
	}
	if t.IsZero() {
		t = a.Now()
	}
	ctx := c.Request().Context()
	v, err := a.Registrar.View(ctx)
	if err != nil {
		return err
	}
	b, ok := v.Body(c.Param("id"))
	if !ok {
		return registry.ErrNotFound
	}
	need := trust.Scope{Activity: trust.CertificationOfPersons}
	need.Standard, need.Edition = trust.ParseStandard(c.QueryParam("standard"))
	switch need.Standard {
	case "ISO/IEC 17021-1":
		need.Activity = trust.CertificationOfManagementSystems
	case "ISO/IEC 17065":
		need.Activity = trust.CertificationOfProducts
	}
	if id := c.QueryParam("scheme"); id != "" {
		s, ok := v.Scheme(id)
		if !ok {
			return fault.Invalid{{Pointer: "?scheme", Detail: "is not a scheme of this register"}}
		}
		need.Activity, need.Schemes = s.Activity, []string{id}
	}
	f, err := a.Registrar.Chain(ctx, b.ID, need, t, time.Time{})
	if err != nil {
		return err
	}
	problems := []chainProblem{}
	for _, p := range f.Problems {
		problems = append(problems, chainProblem{p.Code, p.Statement, at(p.Since), p.Detail})
	}
	var first *chainProblem
	if f.State != trust.StateRecognised && len(problems) > 0 {
		first = &problems[0]
	}
	links := []statementResponse{}
	for _, l := range f.Path {
		if id, ok := a.Addresses.StatementID(l.Statement.ID); ok {
			if s, ok := v.Statement(id); ok {
				links = append(links, a.statementOf(v, s, t))
			}
		}
	}
	return readJSON(c, cacheShort, chainResponse{Body: b.ID, At: t, Accreditation: f.State.String(), Accredited: f.Accredited.String(),
		Recognised: f.Recognised.String(), Links: links, Problem: first, Problems: problems, Arrangements: a.arrangements(v, f.Path)})
}

// arrangements tells the dates and successors of the arrangements above a path.
func (a *API) arrangements(v *registry.View, path []trust.Link) []bodyResponse {
	out := []bodyResponse{}
	if len(path) == 0 {
		return out
	}
	for b, ok := v.ByDID(path[len(path)-1].Statement.Issuer); ok && len(out) < trust.DefaultMaxDepth; b, ok = v.Body(b.Successor) {
		out = append(out, bodyOf(b))
	}
	return out
}
