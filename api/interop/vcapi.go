package interop

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// VC-API as the W3C suites call it: they look at the status code alone, so
// what does not verify is 400, where VCALM 1.0 would answer 200 with verified
// false; the body is the same.

type vcIssueRequest struct {
	Credential json.RawMessage `json:"credential" swaggertype:"object"`
	Options    json.RawMessage `json:"options" swaggertype:"object"`
}

type vcIssueResponse struct {
	VerifiableCredential json.RawMessage `json:"verifiableCredential" swaggertype:"object"`
}

type vcVerifyRequest struct {
	VerifiableCredential json.RawMessage `json:"verifiableCredential" swaggertype:"object"`
	Options              json.RawMessage `json:"options" swaggertype:"object"`
}

type vcPresentationRequest struct {
	VerifiablePresentation json.RawMessage `json:"verifiablePresentation" swaggertype:"object"`
	Options                json.RawMessage `json:"options" swaggertype:"object"`
}

// vcResult says that a document is unaltered, or why it is not held to be. It
// says nothing of what it is worth: see /v1/verifications.
type vcResult struct {
	Verified       bool            `json:"verified"`
	Checks         []string        `json:"checks"`
	Warnings       []vcapi.Problem `json:"warnings"`
	Errors         []string        `json:"errors"`
	ProblemDetails []vcapi.Problem `json:"problemDetails"`
}

// issueCredential serves the call below.
//
// @Summary VC-API: secure a credential of any kind (conformance mode only)
// @Description Signs what it is given with keys that no statement vouches for: nothing it signs is ever judged bona_fide. Off (404) unless the service runs with BONAFIDE_CONFORMANCE=true. options: cryptosuite, securingMechanism EnvelopingProof, statusPurpose, credentialId; others are no error.
// @Tags interoperability
// @Accept json
// @Produce json
// @Param request body vcIssueRequest true "The credential"
// @Success 201 {object} vcIssueResponse
// @Failure 400 {object} vcResult
// @Failure 404 {object} v1.ProblemDocument
// @Failure 415 {object} vcResult
// @Failure 429 {object} v1.ProblemDocument
// @Router /credentials/issue [post]
func (p *Protocols) issueCredential(c echo.Context) error {
	var r vcIssueRequest
	if err := bindVC(c, &r); err != nil {
		return vcAnswer(c, vcapi.Verification{}, err)
	}
	var q struct {
		Type, Cryptosuite, SecuringMechanism, StatusPurpose, CredentialID any
	}
	if len(r.Options) > 0 {
		if err := json.Unmarshal(r.Options, &q); err != nil {
			return vcAnswer(c, vcapi.Verification{}, vcapi.Problems{{Type: "https://www.w3.org/TR/vc-data-model#PARSING_ERROR", Title: "Malformed request", Detail: "options must be an object."}})
		}
	}
	text := func(v any) string { s, _ := v.(string); return s }
	signed, err := p.VCAPI.Issue(c.Request().Context(), r.Credential, vcapi.Options{Type: text(q.Type), Cryptosuite: text(q.Cryptosuite),
		SecuringMechanism: text(q.SecuringMechanism), StatusPurpose: text(q.StatusPurpose), CredentialID: text(q.CredentialID)})
	if errors.Is(err, vcapi.ErrOff) {
		return v1.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "Nothing is issued here: the service does not run in conformance mode. Certificates are issued at /v1/certificates."}
	}
	if err != nil {
		return vcAnswer(c, vcapi.Verification{}, err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusCreated, vcIssueResponse{signed})
}

// verifyCredential serves the call below.
//
// @Summary VC-API: does a credential verify?
// @Description Proof and data model; validity period and status are warnings. 200 with verified true, or 400 with verified false. Whether the credential is worth anything, /v1/verifications says.
// @Tags interoperability
// @Accept json
// @Produce json
// @Param request body vcVerifyRequest true "The secured or enveloped credential"
// @Success 200 {object} vcResult
// @Failure 400 {object} vcResult
// @Failure 415 {object} vcResult
// @Failure 429 {object} v1.ProblemDocument
// @Router /credentials/verify [post]
func (p *Protocols) verifyCredential(c echo.Context) error {
	var r vcVerifyRequest
	if err := bindVC(c, &r); err != nil {
		return vcAnswer(c, vcapi.Verification{}, err)
	}
	var q struct {
		Checks []string `json:"checks"`
	}
	withStatus := true
	if len(r.Options) > 0 && json.Unmarshal(r.Options, &q) == nil && len(q.Checks) > 0 {
		withStatus = false
		for _, x := range q.Checks {
			withStatus = withStatus || x == "status" || x == "credentialStatus"
		}
	}
	v, err := p.VCAPI.For(c.RealIP()).Credential(c.Request().Context(), r.VerifiableCredential, withStatus)
	return vcAnswer(c, v, err)
}

// verifyPresentation serves the call below.
//
// @Summary VC-API: does a presentation verify?
// @Description The presentation's own proof, with challenge and domain of the options, and every credential in it. An unsigned presentation is taken, its credentials are not.
// @Tags interoperability
// @Accept json
// @Produce json
// @Param request body vcPresentationRequest true "The presentation"
// @Success 200 {object} vcResult
// @Failure 400 {object} vcResult
// @Failure 415 {object} vcResult
// @Failure 429 {object} v1.ProblemDocument
// @Router /presentations/verify [post]
func (p *Protocols) verifyPresentation(c echo.Context) error {
	var r vcPresentationRequest
	if err := bindVC(c, &r); err != nil {
		return vcAnswer(c, vcapi.Verification{}, err)
	}
	var q struct {
		Challenge string `json:"challenge"`
		Domain    string `json:"domain"`
	}
	if len(r.Options) > 0 {
		if err := json.Unmarshal(r.Options, &q); err != nil {
			return vcAnswer(c, vcapi.Verification{}, vcapi.Problems{{Type: "https://www.w3.org/TR/vc-data-model#PARSING_ERROR", Title: "Malformed request", Detail: "options must be an object; challenge and domain texts."}})
		}
	}
	v, err := p.VCAPI.For(c.RealIP()).Presentation(c.Request().Context(), r.VerifiablePresentation, q.Challenge, q.Domain)
	return vcAnswer(c, v, err)
}

// bindVC reads a request strictly at its top; options may hold anything.
func bindVC(c echo.Context, v any) error {
	if err := isJSON(c); err != nil {
		return err
	}
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	return ijson.Decode(data, v)
}

// vcAnswer renders a verification, or the faults for which there is none.
func vcAnswer(c echo.Context, v vcapi.Verification, err error) error {
	var faults vcapi.Problems
	var text *ijson.Error
	switch {
	case errors.As(err, &text):
		faults = vcapi.Problems{{Type: "https://www.w3.org/TR/vc-data-model#PARSING_ERROR", Title: "Malformed request", Detail: "The body " + text.Detail + "."}}
	case err != nil && !errors.As(err, &faults):
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	out := vcResult{Verified: err == nil, Checks: []string{"proof"}, Warnings: []vcapi.Problem{}, Errors: []string{}, ProblemDetails: []vcapi.Problem{}}
	if err == nil {
		out.Warnings = append(out.Warnings, v.Warnings...)
		out.ProblemDetails = append(out.ProblemDetails, v.Warnings...)
		return c.JSON(http.StatusOK, out)
	}
	out.ProblemDetails = append(out.ProblemDetails, faults...)
	for _, f := range faults {
		out.Errors = append(out.Errors, f.Detail)
	}
	return c.JSON(http.StatusBadRequest, out)
}
