package v1

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

type keyRequest struct {
	JWK json.RawMessage `json:"jwk"`
	Use keys.Use        `json:"use"`
}

type keyResponse struct {
	Kid           string     `json:"kid"`
	Use           keys.Use   `json:"use"`
	JWK           jws.JWK    `json:"jwk"`
	Hosted        bool       `json:"hosted,omitempty"`
	State         keys.State `json:"state,omitempty" enums:"next,active,retiring,retired,revoked"`
	CreatedAt     *time.Time `json:"created_at"`
	RetiredAt     *time.Time `json:"retired_at,omitempty"`
	RevokedAt     *time.Time `json:"revoked_at,omitempty"`
	CompromisedAt *time.Time `json:"compromised_at,omitempty"`
	Reason        string     `json:"reason,omitempty"`
}

func keyOf(k keys.Key) keyResponse {
	return keyResponse{Kid: k.ID, Use: k.Use, JWK: k.Public, Hosted: k.Hosted, State: k.State, RetiredAt: at(k.RetiredAt), CreatedAt: at(k.CreatedAt), RevokedAt: at(k.RevokedAt), CompromisedAt: at(k.CompromisedAt), Reason: k.Reason}
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
// @Description Records made at or after compromised_at are no longer believed. Statements about the body are made anew and vouch for the key no longer; a repeat with the same words finishes what a crash interrupted.
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
	out, err := a.Rotation.Revoke(c.Request().Context(), b.ID, kid, compromised, r.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, revocationResponse{kid, "revoked", reissuedOf(out), awaitedOf(out)})
}
