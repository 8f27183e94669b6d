package v1

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
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

type keyRequest struct {
	JWK json.RawMessage `json:"jwk"`
	Use keys.Use        `json:"use"`
}

type keyResponse struct {
	Kid           string     `json:"kid"`
	Use           keys.Use   `json:"use"`
	JWK           jws.JWK    `json:"jwk"`
	Hosted        bool       `json:"hosted,omitempty"`
	CreatedAt     *time.Time `json:"created_at"`
	RevokedAt     *time.Time `json:"revoked_at,omitempty"`
	CompromisedAt *time.Time `json:"compromised_at,omitempty"`
	Reason        string     `json:"reason,omitempty"`
}

func keyOf(k keys.Key) keyResponse {
	return keyResponse{Kid: k.ID, Use: k.Use, JWK: k.Public, CreatedAt: at(k.CreatedAt), RevokedAt: at(k.RevokedAt), CompromisedAt: at(k.CompromisedAt), Reason: k.Reason}
}

// named finds the body of the path.
func (a *API) named(c echo.Context) (registry.Body, error) {
	v, err := a.Registrar.View(c.Request().Context())
	if err != nil {
		return registry.Body{}, err
	}
	b, ok := v.Body(c.Param("id"))
	if !ok {
		return b, registry.ErrNotFound
	}
	return b, nil
}

// addKey serves the call below.
//
// @Summary Register a body's own public key
// @Tags keys
// @Accept json
// @Produce json
// @Param id path string true "Body id"
// @Param key body keyRequest true "Public JWK: EC P-256, RSA of 2048 bits or more, or Ed25519"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[keys:write]
// @Success 201 {object} keyResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/keys [post]
func (a *API) addKey(c echo.Context) error {
	if _, err := a.acting(c, "keys:write", c.Param("id")); err != nil {
		return err
	}
	b, err := a.named(c)
	if err != nil {
		return err
	}
	var r keyRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	jwk, err := jws.ParseJWK(r.JWK)
	if err != nil {
		return fault.Invalid{{Pointer: "/jwk", Detail: err.Error()}}
	}
	k, err := a.Custodian.Register(c.Request().Context(), b.ID, b.DID, jwk, r.Use)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, keyOf(k))
}

// listKeys serves the call below.
//
// @Summary Public keys of a body
// @Tags keys
// @Produce json
// @Param id path string true "Body id"
// @Success 200 {object} list[keyResponse]
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/keys [get]
func (a *API) listKeys(c echo.Context) error {
	b, err := a.named(c)
	if err != nil {
		return err
	}
	held, err := a.Custodian.Asserting(c.Request().Context(), b.ID)
	if err != nil {
		return err
	}
	out := []keyResponse{}
	for _, k := range held {
		out = append(out, keyOf(k))
	}
	return readJSON(c, cacheShort, list[keyResponse]{Data: out})
}

type revocationRequest struct {
	CompromisedAt string `json:"compromised_at"`
	Reason        string `json:"reason"`
}

// revokeKey serves the call below.
//
// @Summary Revoke a key
// @Description Records made at or after compromised_at are no longer believed.
// @Tags keys
// @Accept json
// @Produce json
// @Param id path string true "Body id"
// @Param kid path string true "Key id, or its thumbprint alone"
// @Param revocation body revocationRequest true "Why, and since when"
// @Security OAuth2[keys:write]
// @Success 201 {object} revocationResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/keys/{kid}/revocation [post]
func (a *API) revokeKey(c echo.Context) error {
	if _, err := a.acting(c, "keys:write", c.Param("id")); err != nil {
		return err
	}
	b, err := a.named(c)
	if err != nil {
		return err
	}
	var r revocationRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	var f fault.Invalid
	compromised := dated(&f, "/compromised_at", r.CompromisedAt, false)
	if err := f.Err(); err != nil {
		return err
	}
	kid := keyOfBody(b.DID, c.Param("kid"))
	if err := a.Custodian.Revoke(c.Request().Context(), b.ID, kid, compromised, r.Reason); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, revocationResponse{kid, "revoked"})
}
