package v1

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// certificate serves the call below.
//
// @Summary Is this certificate bona fide?
// @Description The report, for anyone. An unknown number is 404 with the report of verdict not_found; a mistyped check character is 404 with code CHECK_CHARACTER. By Accept: application/vc+jwt or text/plain is the signed credential, application/vp the bundle, application/vc or application/vc+ld+json the credential with an embedded eddsa-rdfc-2022 proof, as with form=embedded.
// @Tags lookup
// @Produce json
// @Param id path string true "Certificate number, as typed"
// @Param at query string false "Another instant: RFC 3339 with zone, or a day"
// @Param known_at query string false "Judge by what the register knew then"
// @Param issuer query string false "Body whose certificate it is said to be: a record of another is told apart, and a not_found says how much it means for this body"
// @Param name query string false "Ask whether this is the holder, without being told the name"
// @Param email query string false "Ask whether this is the address of the holder"
// @Param receipt query bool false "true: the report comes with a member receipt, itself signed for your file"
// @Param asker query string false "Who asks, for the receipt alone: it is kept nowhere and checked by nobody"
// @Param form query string false "embedded: the credential as JSON with an embedded proof" Enums(embedded)
// @Success 200 {object} verify.Report
// @Failure 406 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument "RATE_LIMITED, or TOO_MANY_ATTEMPTS: at most 10 different names or addresses an hour are compared for one certificate and network"
// @Router /v1/certificates/{id} [get]
func (a *API) certificate(c echo.Context) error {
	form := prefers(c, echo.MIMEApplicationJSON, "application/vc+jwt", "application/jwt", echo.MIMETextPlain, "application/vp", mediaVC, mediaVCLD)
	if wantsEmbedded(c) {
		form = mediaVC
	}
	switch form {
	case mediaVC, mediaVCLD:
		return a.embedded(c, form)
	case "application/vp":
		return a.bundle(c)
	case "application/vc+jwt", "application/jwt", echo.MIMETextPlain: // Open Badges 3.0, 5.2: a JWS is text/plain
		return a.signedAs(c, form)
	}
	q := lookup.Query{Name: c.QueryParam("name"), Email: c.QueryParam("email"), Issuer: c.QueryParam("issuer"), Asker: c.RealIP()}
	var err error
	if q.At, err = instant(c, "at"); err != nil {
		return err
	}
	if q.KnownAt, err = instant(c, "known_at"); err != nil {
		return err
	}
	r, err := a.Lookup.Certificate(c.Request().Context(), c.Param("id"), q)
	if errors.Is(err, credential.ErrNotANumber) {
		r, err = a.Lookup.Unknown(c.Request().Context(), q)
	}
	if err != nil {
		return err
	}
	want := receiptRequest{Receipt: c.QueryParam("receipt") == "true", Asker: c.QueryParam("asker")}
	var f fault.Invalid
	want.faults(&f)
	if err := f.Err(); err != nil {
		return err
	}
	if err := a.signed(c.Request().Context(), r, want, askedFor(c.Param("id"), q)); err != nil {
		return err
	}
	if r.Verdict == verify.NotFound {
		c.Response().Header().Set("Cache-Control", "no-store")
		c.Response().Header().Add("Vary", "Accept")
		return c.JSON(http.StatusNotFound, r)
	}
	if a.Looked != nil && r.Certificate != nil {
		a.Looked(r.Certificate.Number)
	}
	if want.Receipt {
		c.Response().Header().Set("Cache-Control", "no-store")
		return c.JSON(http.StatusOK, r)
	}
	return readReport(c, r)
}

// askedFor is a lookup as a receipt repeats it.
func askedFor(number string, q lookup.Query) receipt.Asked {
	a := receipt.Asked{What: receipt.OfCertificate, Number: number, Expect: wording(verify.Expect{Name: q.Name, Email: q.Email, Issuer: q.Issuer})}
	if !q.At.IsZero() {
		a.At = &q.At
	}
	if !q.KnownAt.IsZero() {
		a.KnownAt = &q.KnownAt
	}
	return a
}

// credential serves the call below.
//
// @Summary The signed credential
// @Tags lookup
// @Produce plain
// @Param id path string true "Certificate number"
// @Param form query string false "embedded: as JSON with an embedded eddsa-rdfc-2022 proof" Enums(embedded)
// @Success 200 {string} string "Compact JWS, byte for byte what was signed"
// @Failure 404 {object} ProblemDocument
// @Failure 406 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/credential [get]
func (a *API) credential(c echo.Context) error {
	form := prefers(c, "application/vc+jwt", "application/jwt", echo.MIMETextPlain, mediaVC, mediaVCLD)
	switch {
	case wantsEmbedded(c):
		return a.embedded(c, mediaVC)
	case form == mediaVC, form == mediaVCLD:
		return a.embedded(c, form)
	}
	return a.signedAs(c, form)
}

// signedAs answers with the exact token under one of its media types.
func (a *API) signedAs(c echo.Context, kind string) error {
	token, err := a.Lookup.Credential(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return read(c, cacheState, kind, []byte(token))
}

// bundle serves the call below.
//
// @Summary Everything needed to verify offline
// @Description A W3C VerifiablePresentation: certificate, chain, status lists and the register's signed extract. It verifies with the anchors' keys alone.
// @Tags lookup
// @Produce json
// @Param id path string true "Certificate number"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/{id}/bundle [get]
func (a *API) bundle(c echo.Context) error {
	data, err := a.Lookup.Bundle(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Add("Vary", "Accept")
	return c.Blob(http.StatusOK, "application/vp", data)
}
