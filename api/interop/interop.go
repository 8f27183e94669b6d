// Package interop speaks other people's protocols over the same rooms as the
// JSON API: TRQP, OpenID Federation, the Open Badges 3.0 API, VC-API, and the
// issuing calls of two badge platforms. One file per protocol; handlers bind,
// call a room and render. Errors take the shape each protocol wants.
package interop

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/federation"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// Protocols serves every protocol of this package.
type Protocols struct {
	Registrar  *registry.Registrar
	Federation *federation.Office
	VCAPI      *vcapi.Office
	Issuer     *issue.Issuer
	Records    issue.Store
	Desk       *status.Desk
	Gate       *access.Gate
	Addresses  credential.Addresses
	// Explain is the one table of errors: what to tell the caller, and whether
	// the error is known at all.
	Explain func(error) (v1.ProblemDocument, bool)
	Now     func() time.Time
}

// Register mounts every route.
func (p *Protocols) Register(e *echo.Echo) {
	e.POST("/trqp/authorization", p.authorization)
	e.POST("/trqp/recognition", p.recognition)

	e.GET("/bodies/:id/.well-known/openid-federation", p.entityConfiguration)
	e.GET("/bodies/:id/federation/fetch", p.fetchSubordinate)
	e.GET("/bodies/:id/federation/list", p.listSubordinates)
	e.GET("/bodies/:id/federation/resolve", p.resolve)
	e.GET("/bodies/:id/federation/trust_mark", p.trustMark)
	e.GET("/bodies/:id/federation/trust_mark_list", p.trustMarked)
	e.POST("/bodies/:id/federation/trust_mark_status", p.trustMarkStatus)

	e.POST("/credentials/issue", p.issueCredential)
	e.POST("/credentials/verify", p.verifyCredential)
	e.POST("/presentations/verify", p.verifyPresentation)

	e.GET("/ims/ob/v3p0/credentials", p.badges)
	e.GET("/ims/ob/v3p0/profile", p.profile)
	e.GET("/ims/ob/v3p0/discovery", p.discovery)

	e.POST("/compat/credly/v1/organizations/:org/badges", p.credlyIssue)
	e.GET("/compat/credly/v1/organizations/:org/badges", p.credlyList)
	e.GET("/compat/credly/v1/organizations/:org/badges/:id", p.credlyBadge)
	e.PUT("/compat/credly/v1/organizations/:org/badges/:id/replace", p.credlyReplace)
	e.PUT("/compat/credly/v1/organizations/:org/badges/:id/revoke", p.credlyRevoke)

	e.POST("/compat/accredible/v1/credentials", p.accredibleIssue)
	e.POST("/compat/accredible/v1/credentials/bulk_create", p.accredibleBulk)
	e.GET("/compat/accredible/v1/credentials/:id", p.accredibleCredential)
	e.PUT("/compat/accredible/v1/credentials/:id", p.accrediblePublish)
	e.DELETE("/compat/accredible/v1/credentials/:id", p.accredibleRevoke)
}

// Fault renders an error in the shape of the protocol to which the request
// belongs and reports whether there is one; its problem document is already
// decided.
func (p *Protocols) Fault(c echo.Context, d v1.ProblemDocument) (bool, error) {
	path := c.Request().URL.Path
	switch {
	case strings.HasPrefix(path, "/ims/ob/v3p0/"):
		return true, badgeFault(c, d)
	case strings.HasPrefix(path, "/compat/credly/"):
		return true, credlyFault(c, d)
	case strings.HasPrefix(path, "/compat/accredible/"):
		return true, accredibleFault(c, d)
	case strings.HasPrefix(path, "/bodies/") && (strings.Contains(path, "/federation/") || strings.HasSuffix(path, "/openid-federation")):
		return true, federationFault(c, d)
	}
	return false, nil
}

// Status is the HTTP status that the protocol of the request has for invalid
// input where the JSON API answers 422: TRQP 2.0 knows 400 alone.
func (p *Protocols) Status(path string, status int) int {
	if status == http.StatusUnprocessableEntity && strings.HasPrefix(path, "/trqp/") {
		return http.StatusBadRequest
	}
	return status
}

// acting finds the body that the caller acts for; an operator names it.
func acting(caller access.Caller, scope, named string) (string, error) {
	body := caller.Body
	if caller.Operator {
		body = named
	}
	if body == "" {
		return "", fault.Invalid{{Pointer: "?issuer", Detail: "is missing: an operator names the body it acts for"}}
	}
	if !caller.May(scope, body) {
		return "", &fault.Refusal{Kind: fault.Forbidden, Code: "INSUFFICIENT_SCOPE", Detail: "The access token lacks the scope " + scope + " for this body."}
	}
	return body, nil
}

// scheme tells a scheme by its register id.
func (p *Protocols) scheme(ctx context.Context, id string) (registry.Scheme, error) {
	v, err := p.Registrar.View(ctx)
	if err != nil {
		return registry.Scheme{}, err
	}
	s, _ := v.Scheme(id) // the store keeps the reference
	return s, nil
}

// isJSON refuses a body that is announced as something else.
func isJSON(c echo.Context) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || kind != echo.MIMEApplicationJSON && kind != "application/ld+json" {
		return v1.Problem{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Detail: "Send application/json."}
	}
	return nil
}

// private answers with what only the caller may see.
func private(c echo.Context, status int, v any) error {
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(status, v)
}

// entity reads the id of a body as other protocols write it: its DID, or its
// https address here, which is also its federation entity identifier.
func (p *Protocols) entity(s string) string {
	if id, ok := strings.CutPrefix(s, p.Addresses.Public+"/bodies/"); ok && !strings.Contains(id, "/") {
		if id, err := url.PathUnescape(id); err == nil {
			return p.Addresses.Body(id)
		}
	}
	if s == p.Addresses.Public || s == p.Addresses.Public+"/" {
		return p.Addresses.Service()
	}
	return s
}
