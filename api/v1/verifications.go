package v1

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxFile bounds an uploaded file.
const maxFile = 4 << 20

// verify judges a submitted credential or bundle by this register's holdings.
// What can be read as a credential at all is answered 200 with a report.
//
// @Summary Judge a submitted credential
// @Description A compact JWT, an enveloped credential or a bundle, as JSON or as the form field file. What can be read as a credential at all is answered 200 with a report.
// @Tags lookup
// @Accept json
// @Produce json
// @Param verification body verificationRequest true "The credential, a bundle, and what you expect"
// @Success 200 {object} verify.Report
// @Failure 400 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/verifications [post]
func (a *API) verify(c echo.Context) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	var s lookup.Submission
	if kind == "multipart/form-data" {
		s, err = submittedFile(c)
	} else {
		s, err = submittedJSON(c)
	}
	if err != nil {
		return err
	}
	report, err := a.Lookup.Verify(c.Request().Context(), s)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, report)
}

func submittedJSON(c echo.Context) (lookup.Submission, error) {
	var r verificationRequest
	if err := bind(c, &r); err != nil {
		return lookup.Submission{}, err
	}
	var f fault.Invalid
	s := lookup.Submission{At: dated(&f, "/at", r.At, false), Expect: verify.Expect(r.Expect)}
	if err := f.Err(); err != nil {
		return s, err
	}
	if len(r.Bundle) > 0 && string(r.Bundle) != "null" {
		s.Bundle = r.Bundle
	}
	switch {
	case len(r.Credential) == 0 || string(r.Credential) == "null":
		if s.Bundle == nil {
			return s, fault.Invalid{{Pointer: "/credential", Detail: "is missing: give a compact JWT or a bundle"}}
		}
		return s, nil
	case r.Credential[0] == '"':
		var token string
		if err := json.Unmarshal(r.Credential, &token); err != nil {
			return s, err
		}
		return submitted(s, []byte(token), "/credential")
	default:
		return submitted(s, r.Credential, "/credential")
	}
}

func submittedFile(c echo.Context) (lookup.Submission, error) {
	header, err := c.FormFile("file")
	if err != nil {
		return lookup.Submission{}, fault.Invalid{{Pointer: "/file", Detail: "is missing: send the credential as the form field file"}}
	}
	f, err := header.Open()
	if err != nil {
		return lookup.Submission{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return lookup.Submission{}, err
	}
	if len(data) > maxFile {
		return lookup.Submission{}, &http.MaxBytesError{Limit: maxFile}
	}
	return submitted(lookup.Submission{}, data, "/file")
}

// submitted tells a token, an enveloped credential and a bundle apart.
func submitted(s lookup.Submission, data []byte, pointer string) (lookup.Submission, error) {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '{' {
		var o struct {
			ID   string `json:"id"`
			Type any    `json:"type"`
		}
		err := json.Unmarshal(data, &o)
		if token, ok := strings.CutPrefix(o.ID, "data:application/vc+jwt,"); err == nil && ok {
			data = []byte(token)
		} else if tokens, err := credential.ParsePresentation(data); err == nil && len(tokens) > 0 {
			s.Bundle = data
			return s, nil
		}
	}
	s.Token = string(data)
	if _, err := jws.Parse(s.Token); err != nil {
		// A report needs something that is at least shaped like a credential.
		if strings.Count(s.Token, ".") != 2 || strings.ContainsAny(s.Token, " {}\x00") {
			return s, fault.Invalid{{Pointer: pointer, Detail: "cannot be read as a credential: give a compact JWT (three parts separated by dots) or a bundle"}}
		}
	}
	return s, nil
}
