package v1

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/access"
)

// token is the OAuth 2.0 token endpoint; its errors are those of RFC 6749, 5.2.
//
// @Summary Get an access token
// @Description OAuth 2.0 client credentials (RFC 6749, 4.4): client_secret_basic, client_secret_post or private_key_jwt (RFC 7523). The token lasts 15 minutes.
// @Tags access
// @Accept x-www-form-urlencoded
// @Produce json
// @Param grant_type formData string true "client_credentials" Enums(client_credentials)
// @Param scope formData string false "Scopes, separated by spaces; default: all of the client"
// @Param client_id formData string false "Client id, unless by HTTP Basic"
// @Param client_secret formData string false "Secret, unless by HTTP Basic"
// @Param client_assertion_type formData string false "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
// @Param client_assertion formData string false "Signed JWT instead of a secret"
// @Success 200 {object} tokenResponse
// @Router /oauth2/token [post]
func (a *API) token(c echo.Context) error {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return err
	}
	q := access.TokenRequest{GrantType: r.PostFormValue("grant_type"), ClientID: r.PostFormValue("client_id"), ClientSecret: r.PostFormValue("client_secret"),
		AssertionType: r.PostFormValue("client_assertion_type"), Assertion: r.PostFormValue("client_assertion"), Scope: r.PostFormValue("scope")}
	id, secret, basic := r.BasicAuth()
	if basic {
		q.ClientID, q.ClientSecret = id, secret
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	answer, err := a.Gate.Token(r.Context(), q)
	var refused *access.OAuthError
	if errors.As(err, &refused) {
		status := http.StatusBadRequest
		if refused.Code == "invalid_client" {
			status = http.StatusUnauthorized
			c.Response().Header().Set("WWW-Authenticate", `Basic realm="bonafide"`)
		}
		return c.JSON(status, map[string]string{"error": refused.Code, "error_description": refused.Description})
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tokenResponse{answer.AccessToken, "Bearer", answer.ExpiresIn, answer.Scope})
}

// serverMetadata is RFC 8414.
//
// @Summary Authorization server metadata (RFC 8414)
// @Tags access
// @Produce json
// @Success 200 {object} map[string]any
// @Router /.well-known/oauth-authorization-server [get]
func (a *API) serverMetadata(c echo.Context) error {
	return readJSON(c, cacheShort, map[string]any{"issuer": a.Addresses.Public, "token_endpoint": a.Addresses.Public + "/oauth2/token",
		"grant_types_supported": []string{"client_credentials"}, "response_types_supported": []string{}, "scopes_supported": access.Scopes(),
		"token_endpoint_auth_methods_supported":            []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"ES256", "RS256", "EdDSA"}})
}
