package v1

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

type verificationRequest struct {
	Credential json.RawMessage `json:"credential"`
	Bundle     json.RawMessage `json:"bundle"`
	At         string          `json:"at"`
	Expect     struct {
		Name   string `json:"name"`
		Email  string `json:"email"`
		Issuer string `json:"issuer"`
		Scheme string `json:"scheme"`
		// BirthDate is taken and never compared: dates of birth are not on record. The answer says so.
		BirthDate string `json:"birth_date"`
	} `json:"expect"`
	Policy policyRequest `json:"policy"`
	receiptRequest
}

// verify judges what is handed in, by this register's holdings first. What can
// be read as a credential at all is answered 200 with a report.
//
// @Summary Judge a submitted credential
// @Description As JSON: credential is a compact JWT, a JSON credential, a bundle, or the https address of one or of a page that shares one. As a form, with at, expect (JSON, or expect.name and so on), policy and bundle (JSON) beside it: the field file holds a JWT, a JSON credential, a bundle, a baked PNG or SVG badge, or a PDF with a credential attached or an address of this register in it. Open Badges 2.0 and 3.0 and W3C credentials of 1.1 and 2.0 are read. What can be read as a credential at all is answered 200 with a report; what could not be fetched is unknown in it. Of a file that only names a certificate of this register, the report is on that record, and handed_in says that the file was not checked.
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
	var r verificationRequest
	pointer := "/credential"
	if kind == "multipart/form-data" {
		pointer = "/file"
		r, s, err = submittedForm(c)
	} else {
		r, s, err = submittedJSON(c)
	}
	if err != nil {
		return err
	}
	s.Asker = c.RealIP()
	report, err := a.Lookup.Verify(c.Request().Context(), s)
	if err != nil {
		return unreadable(err, pointer)
	}
	if err := a.signed(c.Request().Context(), report, r.receiptRequest, r.asked(s)); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, report)
}

// unreadable tells what to hand in instead of what could not be read.
func unreadable(err error, pointer string) error {
	remedy, ok := intake.Remedy(err)
	if errors.Is(err, lookup.ErrBundle) {
		pointer = "/bundle"
	}
	switch {
	case !ok:
		return err
	case errors.Is(err, verify.ErrUnobtainable):
		return &fault.Refusal{Kind: fault.Unprocessable, Code: verify.CouldNotFetch, Pointer: pointer, Detail: "What was handed in " + remedy + "."}
	}
	return fault.Invalid{{Pointer: pointer, Detail: remedy}}
}

// asked is the question as a receipt repeats it.
func (r verificationRequest) asked(s lookup.Submission) receipt.Asked {
	a := s.Asked(r.Asker)
	a.Expect, a.Policy = wording(verify.Expect(r.Expect)), r.Policy.wording()
	return a
}

func submittedJSON(c echo.Context) (verificationRequest, lookup.Submission, error) {
	var r verificationRequest
	if err := bind(c, &r); err != nil {
		return r, lookup.Submission{}, err
	}
	s, err := r.submission()
	return r, s, err
}

func (r verificationRequest) submission() (lookup.Submission, error) {
	var f fault.Invalid
	s := lookup.Submission{At: dated(&f, "/at", r.At, false), Expect: verify.Expect(r.Expect), Demand: r.Policy.demand(&f)}
	r.faults(&f)
	if err := f.Err(); err != nil {
		return s, err
	}
	if len(r.Bundle) > 0 && string(r.Bundle) != "null" {
		s.Bundle = r.Bundle
	}
	switch {
	case len(r.Credential) == 0 || string(r.Credential) == "null":
		if s.Bundle == nil {
			return s, fault.Invalid{{Pointer: "/credential", Detail: "is missing: give a compact JWT, a JSON credential, its address, or a bundle"}}
		}
	case r.Credential[0] == '"':
		if err := json.Unmarshal(r.Credential, &s.Text); err != nil {
			return s, err
		}
		if s.Text = strings.TrimSpace(s.Text); s.Text == "" {
			return s, fault.Invalid{{Pointer: "/credential", Detail: "is empty: give a compact JWT, a JSON credential or its address"}}
		}
	default:
		s.Text = string(r.Credential)
	}
	return s, nil
}

// submittedForm reads a form: the file, and beside it the members of the JSON
// request: at as text, the others as JSON, expect also as expect.name and so on.
func submittedForm(c echo.Context) (verificationRequest, lookup.Submission, error) {
	var r verificationRequest
	file, err := uploaded(c)
	if err != nil {
		return r, lookup.Submission{}, err
	}
	form, err := c.MultipartForm()
	if err != nil {
		return r, lookup.Submission{}, err
	}
	var f fault.Invalid
	for name, values := range form.Value {
		value := values[0]
		to := map[string]*string{"at": &r.At, "asker": &r.Asker, "expect.name": &r.Expect.Name, "expect.email": &r.Expect.Email, "expect.issuer": &r.Expect.Issuer, "expect.scheme": &r.Expect.Scheme}[name]
		members := map[string]any{"receipt": &r.Receipt, "expect": &r.Expect, "policy": &r.Policy, "bundle": &r.Bundle}[name]
		switch {
		case len(values) > 1:
			f.Add("/"+name, "is given more than once")
		case to != nil:
			*to = value
		case members == nil:
			f.Add("/"+name, "is not a field of this form: it has file, at, expect, policy, bundle, receipt and asker")
		case strings.TrimSpace(value) == "":
		default:
			if err := ijson.Decode([]byte(value), members); err != nil {
				f.Add("/"+name, "cannot be read as JSON")
			}
		}
	}
	if err := f.Err(); err != nil {
		return r, lookup.Submission{}, err
	}
	r.Credential = json.RawMessage("{}") // the file stands for it
	s, err := r.submission()
	s.File, s.Text = file, ""
	return r, s, err
}

// uploaded reads the form field file.
func uploaded(c echo.Context) ([]byte, error) {
	header, err := c.FormFile("file")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, large
	}
	if err != nil {
		return nil, fault.Invalid{{Pointer: "/file", Detail: "is missing: send the credential as the form field file"}}
	}
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > intake.MaxFile:
		return nil, &http.MaxBytesError{Limit: intake.MaxFile}
	case len(data) == 0:
		return nil, fault.Invalid{{Pointer: "/file", Detail: "is empty"}}
	}
	return data, nil
}
