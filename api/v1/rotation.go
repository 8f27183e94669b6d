package v1

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/rotation"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

type rotationRequest struct {
	Use     keys.Use        `json:"use,omitempty" enums:"credential,proof"`
	From    string          `json:"from,omitempty"`    // kid of the key to follow: a repeat never rotates twice
	JWK     json.RawMessage `json:"jwk,omitempty"`     // public; of a body that keeps its own key
	Custody keys.Custody    `json:"custody,omitempty"` // hsm: in the deployment's PKCS #11 token
}

type rotationResponse struct {
	Key      keyResponse        `json:"key"`
	Reissued []reissuedResponse `json:"reissued"`
	Awaiting []awaitedResponse  `json:"awaiting"` // empty: the key signs from now on
}

type reissuedResponse struct {
	Statement string `json:"statement"`
	Issuer    string `json:"issuer"`
}

type awaitedResponse struct {
	Statement string `json:"statement,omitempty"`
	By        string `json:"by,omitempty"` // body id; empty: the operator of the register
	Detail    string `json:"detail"`
}

func reissuedOf(o rotation.Outcome) []reissuedResponse {
	out := []reissuedResponse{}
	for _, s := range o.Reissued {
		out = append(out, reissuedResponse{s.ID, s.Issuer})
	}
	return out
}

func awaitedOf(o rotation.Outcome) []awaitedResponse {
	out := []awaitedResponse{}
	for _, w := range o.Awaiting {
		out = append(out, awaitedResponse(w))
	}
	return out
}

// rotateKey serves the call below.
//
// @Summary Give a body a new signing key
// @Description The next key is made known, every statement about the body is made anew to vouch for it, and then it signs: 201. Where a superior must do something itself, awaiting says what, and the key signs once that is there: 202; a repeat, or time, goes on. The key before stays good for what it signed.
// @Tags keys
// @Accept json
// @Produce json
// @Param id path string true "Body id"
// @Param rotation body rotationRequest true "May be {}"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[keys:write]
// @Success 201 {object} rotationResponse
// @Success 202 {object} rotationResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/keys/rotation [post]
func (a *API) rotateKey(c echo.Context) error {
	if _, err := a.acting(c, "keys:write", c.Param("id")); err != nil {
		return err
	}
	b, err := a.named(c)
	if err != nil {
		return err
	}
	var r rotationRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	q := rotation.Request{Body: b.ID, Use: r.Use, From: r.From, Custody: r.Custody}
	if q.From != "" {
		q.From = keyOfBody(b.DID, r.From)
	}
	if len(r.JWK) > 0 {
		jwk, err := jws.ParseJWK(r.JWK)
		if err != nil {
			return fault.Invalid{{Pointer: "/jwk", Detail: err.Error()}}
		}
		q.JWK = &jwk
	}
	out, err := a.Rotation.Rotate(c.Request().Context(), q)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if len(out.Awaiting) > 0 {
		status = http.StatusAccepted
	}
	return c.JSON(status, rotationResponse{keyOf(out.Key), reissuedOf(out), awaitedOf(out)})
}

type retirementResponse struct {
	Kid    string `json:"kid"`
	Status string `json:"status" example:"retired"`
}

// retireKey serves the call below.
//
// @Summary Retire a key that another has followed
// @Description Its private half is forgotten for good; what it signed stays good.
// @Tags keys
// @Produce json
// @Param id path string true "Body id"
// @Param kid path string true "Key id, or its thumbprint alone"
// @Security OAuth2[keys:write]
// @Success 201 {object} retirementResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/bodies/{id}/keys/{kid}/retirement [post]
func (a *API) retireKey(c echo.Context) error {
	if _, err := a.acting(c, "keys:write", c.Param("id")); err != nil {
		return err
	}
	b, err := a.named(c)
	if err != nil {
		return err
	}
	kid := keyOfBody(b.DID, c.Param("kid"))
	if err := a.Custodian.Retire(c.Request().Context(), b.ID, kid); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, retirementResponse{kid, "retired"})
}
