package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
)

// The read calls of the Open Badges 3.0 API (clause 8), over a body's own
// certificates. Tokens come from our token endpoint by client credentials: the
// specification's authorisation code and registration flows are for backpacks
// of earners, which this service is not.

// Page sizes of the API; a larger limit is cut.
const (
	badgesLimit    = 50
	maxBadgesLimit = 200
)

// badgeList is GetOpenBadgeCredentialsResponse.
type badgeList struct {
	Credential       []any    `json:"credential"`
	CompactJwsString []string `json:"compactJwsString"`
}

// statusInfo is Imsx_StatusInfo, the error of the API.
type statusInfo struct {
	CodeMajor   string    `json:"imsx_codeMajor" example:"failure"`
	Severity    string    `json:"imsx_severity" example:"error"`
	Description string    `json:"imsx_description"`
	CodeMinor   codeMinor `json:"imsx_codeMinor"`
}

type codeMinor struct {
	Field []codeMinorField `json:"imsx_codeMinorField"`
}

type codeMinorField struct {
	Name  string `json:"imsx_codeMinorFieldName"`
	Value string `json:"imsx_codeMinorFieldValue"`
}

func badgeFault(c echo.Context, d v1.ProblemDocument) error {
	minor, major := "unknown", "failure"
	switch d.Status {
	case http.StatusUnauthorized:
		minor = "unauthorizedrequest"
	case http.StatusForbidden:
		minor = "forbidden"
	case http.StatusNotFound:
		minor = "not_found"
	case http.StatusMethodNotAllowed:
		minor, major = "not_allowed", "unsupported"
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		d.Status, minor = http.StatusBadRequest, "invalid_query_parameter"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		minor = "server_busy"
	case http.StatusInternalServerError:
		minor = "internal_server_error"
	}
	text := d.Detail
	for _, e := range d.Errors {
		text += fmt.Sprintf(" %s %s.", e.Pointer, e.Detail)
	}
	return c.JSON(d.Status, statusInfo{major, "error", text, codeMinor{[]codeMinorField{{"bonafide", minor}}}})
}

// badges serves the call below.
//
// @Summary Open Badges 3.0 API: the body's credentials
// @Description The calling body's own certificates in order of number, as compact JWS. X-Total-Count and Link tell the pages.
// @Tags interoperability
// @Produce json
// @Param limit query int false "Credentials on a page, at most 200" default(50)
// @Param offset query int false "Credentials to pass over" default(0)
// @Param since query string false "Only those issued after this instant"
// @Param issuer query string false "Operators: the body to act for"
// @Security OAuth2[certificates:read]
// @Success 200 {object} badgeList
// @Failure 400 {object} statusInfo
// @Failure 401 {object} statusInfo
// @Failure 403 {object} statusInfo
// @Failure 429 {object} statusInfo
// @Router /ims/ob/v3p0/credentials [get]
func (p *Protocols) badges(c echo.Context) error {
	body, err := p.reader(c, access.BadgesRead)
	if err != nil {
		return err
	}
	limit, offset, f, err := badgeWindow(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	total, err := p.Records.Count(ctx, body, f)
	if err != nil {
		return err
	}
	f.Offset, f.Limit = offset, limit
	found, err := p.Records.Certificates(ctx, body, f)
	if err != nil {
		return err
	}
	out := badgeList{Credential: []any{}, CompactJwsString: []string{}}
	for _, r := range found {
		out.CompactJwsString = append(out.CompactJwsString, r.Token)
	}
	c.Response().Header().Set("X-Total-Count", strconv.Itoa(total))
	c.Response().Header().Set("Link", p.pages(c.Request().URL, limit, offset, total))
	return private(c, http.StatusOK, out)
}

// reader finds the body whose data a token with the scope may read.
func (p *Protocols) reader(c echo.Context, scope string) (string, error) {
	caller, err := v1.Caller(c, p.Gate)
	if err != nil {
		return "", err
	}
	if !caller.Has(scope) && !caller.Has("certificates:read") {
		return "", &fault.Refusal{Kind: fault.Forbidden, Code: "INSUFFICIENT_SCOPE", Detail: "The access token lacks the scope " + scope + "."}
	}
	return acting(caller, "certificates:read", c.QueryParam("issuer"))
}

func badgeWindow(c echo.Context) (limit, offset int, f issue.Filter, err error) {
	var bad fault.Invalid
	number := func(name string, fallback, least int) int {
		s := c.QueryParam(name)
		if s == "" {
			return fallback
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < least {
			bad.Add("?"+name, fmt.Sprintf("must be a whole number, %d or more", least))
		}
		return n
	}
	limit, offset = min(number("limit", badgesLimit, 1), maxBadgesLimit), number("offset", 0, 0)
	if s := c.QueryParam("since"); s != "" {
		if f.SealedAfter, err = time.Parse(time.RFC3339, s); err != nil {
			bad.Add("?since", "is not an instant with zone, such as 2026-03-01T09:00:00Z")
		}
	}
	return limit, offset, f, bad.Err()
}

// pages is the Link header: first, last, and prev and next where there are such.
func (p *Protocols) pages(u *url.URL, limit, offset, total int) string {
	var links []string
	link := func(rel string, at int) {
		q := u.Query()
		q.Set("limit", strconv.Itoa(limit))
		q.Set("offset", strconv.Itoa(at))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel=%q`, p.Addresses.Public, u.Path, q.Encode(), rel))
	}
	if offset+limit < total {
		link("next", offset+limit)
	}
	link("last", max(0, total-1)/limit*limit)
	link("first", 0)
	if offset > 0 {
		link("prev", max(0, offset-limit))
	}
	return strings.Join(links, ", ")
}

// badgeProfile is the Profile of a body.
type badgeProfile struct {
	ID   string   `json:"id"`
	Type []string `json:"type" example:"Profile"`
	Name string   `json:"name"`
	URL  string   `json:"url,omitempty"`
}

// profile serves the call below.
//
// @Summary Open Badges 3.0 API: the body's profile
// @Tags interoperability
// @Produce json
// @Param issuer query string false "Operators: the body to act for"
// @Security OAuth2[certificates:read]
// @Success 200 {object} badgeProfile
// @Failure 401 {object} statusInfo
// @Failure 403 {object} statusInfo
// @Failure 404 {object} statusInfo
// @Failure 429 {object} statusInfo
// @Router /ims/ob/v3p0/profile [get]
func (p *Protocols) profile(c echo.Context) error {
	body, err := p.reader(c, access.ProfileRead)
	if err != nil {
		return err
	}
	v, err := p.Registrar.View(c.Request().Context())
	if err != nil {
		return err
	}
	b, ok := v.Body(body)
	if !ok {
		return registry.ErrNotFound
	}
	return private(c, http.StatusOK, badgeProfile{b.DID, []string{"Profile"}, b.Name, b.Website})
}

// discovery serves the call below.
//
// @Summary Open Badges 3.0 API: service description
// @Description OpenAPI 3.0 with the extensions of the specification; only what is served is described.
// @Tags interoperability
// @Produce json
// @Success 200 {object} map[string]any
// @Failure 429 {object} statusInfo
// @Router /ims/ob/v3p0/discovery [get]
func (p *Protocols) discovery(c echo.Context) error {
	public := p.Addresses.Public
	operation := func(id, summary, scope string) map[string]any {
		return map[string]any{"get": map[string]any{"operationId": id, "summary": summary,
			"security": []any{map[string]any{"OAuth2": []string{scope}}}, "responses": map[string]any{"200": map[string]any{"description": "As the Open Badges 3.0 API says."}}}}
	}
	doc := map[string]any{
		"openapi": "3.0.1",
		"info": map[string]any{"title": "bonafide: Open Badges 3.0 API, read calls", "version": "3.0", "description": "A certification body's own certificates as Open Badges.",
			"termsOfService": public + "/", "x-imssf-privacyPolicyUrl": public + "/", "x-imssf-image": public + "/assets/mark.svg"},
		"servers": []any{map[string]any{"url": public + "/ims/ob/v3p0"}},
		"paths": map[string]any{"/credentials": operation("getCredentials", "Credentials of the calling body", access.BadgesRead),
			"/profile": operation("getProfile", "Profile of the calling body", access.ProfileRead)},
		"components": map[string]any{"securitySchemes": map[string]any{"OAuth2": map[string]any{"type": "oauth2", "description": "Clients are registered by the operator.",
			"x-imssf-registrationUrl": public + "/",
			"flows": map[string]any{"clientCredentials": map[string]any{"tokenUrl": public + "/oauth2/token",
				"scopes": map[string]string{access.BadgesRead: "Read credentials", access.ProfileRead: "Read the profile"}}}}}},
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, data)
}
