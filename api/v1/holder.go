package v1

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

type holderLinkRequest struct {
	Issuer    string `json:"issuer"`                 // operators only, and not needed: the certificate tells it
	ExpiresIn int64  `json:"expires_in" minimum:"0"` // seconds; default 30 days, at most 400 days
}

type holderLinkResponse struct {
	URL       string    `json:"url"` // told once; send it to the holder and keep it nowhere
	ExpiresAt time.Time `json:"expires_at"`
}

type holderLinksEndedResponse struct {
	Ended int `json:"ended"` // links that were open
}

func (a *API) registerHolders(e *echo.Echo) {
	e.POST("/v1/certificates/:id/holder-link", a.holderLink) // never twice the same: the answer is kept nowhere
	e.DELETE("/v1/certificates/:id/holder-link", a.endHolderLinks)
}

// holderLink serves the call below.
//
// @Summary A link for the holder
// @Description Makes a link by which the holder sees who looked (counts alone) and decides what this service shows of the certificate: the publication level, no wider than signed, the level, each item of evidence, and whether the signed record is handed out. Whoever has the link acts, so send it to the holder alone. It is told once; every call makes another.
// @Tags certificates
// @Accept json
// @Produce json
// @Security OAuth2[certificates:write]
// @Param id path string true "Certificate number"
// @Param body body holderLinkRequest false "How long it lives"
// @Success 201 {object} holderLinkResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /v1/certificates/{id}/holder-link [post]
func (a *API) holderLink(c echo.Context) error {
	var r holderLinkRequest
	if c.Request().ContentLength != 0 {
		if err := bind(c, &r); err != nil {
			return err
		}
	}
	body, number, err := a.ownCertificate(c, r.Issuer)
	if err != nil {
		return err
	}
	address, until, err := a.Holders.Invite(c.Request().Context(), body, number, time.Duration(r.ExpiresIn)*time.Second)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.JSON(http.StatusCreated, holderLinkResponse{address, until})
}

// endHolderLinks serves the call below.
//
// @Summary Take back the holder's links
// @Description Ends every open link of the certificate. What the holder chose stays.
// @Tags certificates
// @Produce json
// @Security OAuth2[certificates:write]
// @Param id path string true "Certificate number"
// @Success 200 {object} holderLinksEndedResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Router /v1/certificates/{id}/holder-link [delete]
func (a *API) endHolderLinks(c echo.Context) error {
	body, number, err := a.ownCertificate(c, "")
	if err != nil {
		return err
	}
	ended, err := a.Holders.Revoke(c.Request().Context(), body, number)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, holderLinksEndedResponse{ended})
}

// ownCertificate is the body that the caller acts for and the number named.
func (a *API) ownCertificate(c echo.Context, named string) (body, number string, err error) {
	if body, err = a.own(c, "certificates:write", named); err != nil {
		return "", "", err
	}
	n, err := credential.ParseNumber(c.Param("id"))
	return body, string(n), err
}
