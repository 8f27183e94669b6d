package interop

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/federation"
)

// cacheFederation lets resolvers keep an answer for a minute: a suspension
// shows within it.
const cacheFederation = "public, max-age=60"

// federationError is an error of OpenID Federation 1.0, 8.9.
type federationError struct {
	Code        string `json:"error" example:"not_found"`
	Description string `json:"error_description"`
}

func federationFault(c echo.Context, d v1.ProblemDocument) error {
	code := map[int]string{400: "invalid_request", 404: "not_found", 405: "invalid_request", 422: "invalid_request", 429: "temporarily_unavailable",
		503: "temporarily_unavailable"}[d.Status]
	if code == "" {
		code = "server_error"
	}
	status := d.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	return c.JSON(status, federationError{code, d.Detail})
}

func (p *Protocols) signed(c echo.Context, kind, token string, err error) error {
	switch {
	case errors.Is(err, federation.ErrNoEntity):
		return refuse(c, http.StatusNotFound, "not_found", "There is no such entity here, or none that this service may speak for.")
	case errors.Is(err, federation.ErrNoMark):
		return refuse(c, http.StatusNotFound, "not_found", "There is no such trust mark of this issuer.")
	case errors.Is(err, federation.ErrNoAnchor):
		return refuse(c, http.StatusNotFound, "invalid_trust_anchor", "No chain leads from the subject to that trust anchor now.")
	case err != nil:
		return err
	}
	c.Response().Header().Set("Cache-Control", cacheFederation)
	return c.Blob(http.StatusOK, "application/"+kind, []byte(token))
}

func refuse(c echo.Context, status int, code, description string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, federationError{code, description})
}

// only refuses a query parameter that the endpoint does not know, and a
// required one that is missing.
func only(c echo.Context, required []string, known ...string) (refused bool, err error) {
	q := c.QueryParams()
	for name := range q {
		found := false
		for _, k := range append(known, required...) {
			found = found || k == name
		}
		if !found {
			return true, refuse(c, http.StatusBadRequest, "unsupported_parameter", "This endpoint does not know the parameter "+strconv.Quote(name)+".")
		}
	}
	for _, name := range required {
		if q.Get(name) == "" {
			return true, refuse(c, http.StatusBadRequest, "invalid_request", "The parameter "+name+" is missing.")
		}
	}
	return false, nil
}

// entityConfiguration serves the call below.
//
// @Summary OpenID Federation: entity configuration of a body
// @Description Derived from the signed statements in force, for bodies whose keys this service hosts; signed with a federation key of the body.
// @Tags interoperability
// @Produce plain
// @Param id path string true "Body id"
// @Success 200 {string} string "Entity statement"
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/.well-known/openid-federation [get]
func (p *Protocols) entityConfiguration(c echo.Context) error {
	token, err := p.Federation.Configuration(c.Request().Context(), c.Param("id"))
	return p.signed(c, federation.EntityStatement, token, err)
}

// fetchSubordinate serves the call below.
//
// @Summary OpenID Federation: statement about a subordinate
// @Tags interoperability
// @Produce plain
// @Param id path string true "Body id of the superior"
// @Param sub query string true "Entity identifier of the subordinate"
// @Success 200 {string} string "Entity statement"
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/fetch [get]
func (p *Protocols) fetchSubordinate(c echo.Context) error {
	if refused, err := only(c, []string{"sub"}); refused {
		return err
	}
	token, err := p.Federation.Subordinate(c.Request().Context(), c.Param("id"), c.QueryParam("sub"))
	return p.signed(c, federation.EntityStatement, token, err)
}

// listSubordinates serves the call below.
//
// @Summary OpenID Federation: subordinates of a body
// @Description Those about whom a signed statement of the body is in force now.
// @Tags interoperability
// @Produce json
// @Param id path string true "Body id of the superior"
// @Param entity_type query string false "Only federation_entity is known"
// @Param trust_marked query bool false "Only with a trust mark"
// @Param trust_mark_type query string false "Only with a trust mark of the type"
// @Param intermediate query bool false "Only those that may have subordinates, or that may not"
// @Success 200 {array} string
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/list [get]
func (p *Protocols) listSubordinates(c echo.Context) error {
	if refused, err := only(c, nil, "entity_type", "trust_marked", "trust_mark_type", "intermediate"); refused {
		return err
	}
	f := federation.Filter{EntityType: c.QueryParam("entity_type"), TrustMarkType: c.QueryParam("trust_mark_type")}
	for name, set := range map[string]func(bool){"trust_marked": func(b bool) { f.TrustMarked = b }, "intermediate": func(b bool) { f.Intermediate = &b }} {
		s := c.QueryParam(name)
		if s == "" {
			continue
		}
		b, err := strconv.ParseBool(s)
		if err != nil {
			return refuse(c, http.StatusBadRequest, "invalid_request", name+" must be true or false.")
		}
		set(b)
	}
	found, err := p.Federation.List(c.Request().Context(), c.Param("id"), f)
	return p.named(c, found, err)
}

func (p *Protocols) named(c echo.Context, found []string, err error) error {
	if err != nil {
		return p.signed(c, "", "", err)
	}
	c.Response().Header().Set("Cache-Control", cacheFederation)
	return c.JSON(http.StatusOK, found)
}

// resolve serves the call below.
//
// @Summary OpenID Federation: resolved metadata with the whole chain
// @Tags interoperability
// @Produce plain
// @Param id path string true "Body id of the resolver"
// @Param sub query string true "Entity identifier of the subject"
// @Param trust_anchor query string true "Entity identifier of a trust anchor; may be repeated"
// @Param entity_type query string false "Only federation_entity is known"
// @Success 200 {string} string "Resolve response"
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/resolve [get]
func (p *Protocols) resolve(c echo.Context) error {
	if refused, err := only(c, []string{"sub", "trust_anchor"}, "entity_type"); refused {
		return err
	}
	token, err := p.Federation.Resolve(c.Request().Context(), c.Param("id"), c.QueryParam("sub"), c.QueryParams()["trust_anchor"])
	return p.signed(c, federation.ResolveResponse, token, err)
}

// trustMark serves the call below.
//
// @Summary OpenID Federation: a trust mark of an accredited body
// @Tags interoperability
// @Produce plain
// @Param id path string true "Body id of the issuer"
// @Param trust_mark_type query string true "Type of the mark"
// @Param sub query string true "Entity identifier of the subject"
// @Success 200 {string} string "Trust mark"
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/trust_mark [get]
func (p *Protocols) trustMark(c echo.Context) error {
	if refused, err := only(c, []string{"trust_mark_type", "sub"}); refused {
		return err
	}
	token, err := p.Federation.Mark(c.Request().Context(), c.Param("id"), c.QueryParam("trust_mark_type"), c.QueryParam("sub"))
	return p.signed(c, federation.TrustMark, token, err)
}

// trustMarked serves the call below.
//
// @Summary OpenID Federation: entities with a trust mark
// @Tags interoperability
// @Produce json
// @Param id path string true "Body id of the issuer"
// @Param trust_mark_type query string true "Type of the mark"
// @Param sub query string false "Only this entity"
// @Success 200 {array} string
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/trust_mark_list [get]
func (p *Protocols) trustMarked(c echo.Context) error {
	if refused, err := only(c, []string{"trust_mark_type"}, "sub"); refused {
		return err
	}
	found, err := p.Federation.Marked(c.Request().Context(), c.Param("id"), c.QueryParam("trust_mark_type"), c.QueryParam("sub"))
	return p.named(c, found, err)
}

// trustMarkStatus serves the call below.
//
// @Summary OpenID Federation: does a trust mark still stand?
// @Description status is active, expired, revoked (also while suspended) or invalid.
// @Tags interoperability
// @Accept x-www-form-urlencoded
// @Produce plain
// @Param id path string true "Body id of the issuer"
// @Param trust_mark formData string true "The trust mark"
// @Success 200 {string} string "Trust mark status response"
// @Failure 400 {object} federationError
// @Failure 404 {object} federationError
// @Failure 429 {object} federationError
// @Router /bodies/{id}/federation/trust_mark_status [post]
func (p *Protocols) trustMarkStatus(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return err
	}
	mark := c.Request().PostForm.Get("trust_mark")
	if mark == "" {
		return refuse(c, http.StatusBadRequest, "invalid_request", "The form field trust_mark is missing.")
	}
	token, err := p.Federation.MarkStatus(c.Request().Context(), c.Param("id"), mark)
	return p.signed(c, federation.MarkStatus, token, err)
}
