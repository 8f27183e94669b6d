package v1

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
)

type claimRequest struct {
	HolderName        string               `json:"holder_name"`
	CredentialName    string               `json:"credential_name"`
	CertificateNumber string               `json:"certificate_number"`
	Issuer            claimIssuer          `json:"issuer"`
	Accreditation     []claimAccreditation `json:"accreditation"`
	IssuedOn          string               `json:"issued_on" example:"2024-03-01"`  // a day, an instant, or a date as written
	ExpiresOn         string               `json:"expires_on" example:"2027-02-28"` // the same, or never
	Text              string               `json:"text"`                            // what the certificate or the CV says
	At                string               `json:"at"`
	Policy            policyRequest        `json:"policy"`
	receiptRequest
}

type claimIssuer struct {
	Name    string `json:"name"`
	Website string `json:"website"`
}

type claimAccreditation struct {
	Body        string `json:"body"`
	Number      string `json:"number"`
	Standard    string `json:"standard"`
	Arrangement string `json:"arrangement"`
}

// claim judges a certificate seen only on paper.
//
// @Summary Judge what a certificate on paper claims
// @Description Fields, free text, or a PDF (form field file) whose text is read. The answer says what was understood, compares each accreditation and recognition claimed with the registry on the stated date (confirmed, not confirmed, contradicted), and is a report: paper proves no authenticity, so an honest claim is undetermined, and one that its supposed source contradicts is misrepresented.
// @Tags lookup
// @Accept json
// @Produce json
// @Param claim body claimRequest true "What the certificate says"
// @Success 200 {object} verify.Report
// @Failure 400 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Failure 503 {object} ProblemDocument
// @Router /v1/claims [post]
func (a *API) claim(c echo.Context) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	var r claimRequest
	document := false
	if kind == "multipart/form-data" {
		if document, err = a.claimForm(c, &r); err != nil {
			return err
		}
	} else if err := bind(c, &r); err != nil {
		return err
	}
	in, err := r.input(document)
	if err != nil {
		return err
	}
	report, err := a.Claims.Check(c.Request().Context(), in)
	if err != nil {
		return err
	}
	if err := a.signed(c.Request().Context(), report, r.receiptRequest, receipt.Asked{What: receipt.OfClaim, Claim: r.wording(), Policy: r.Policy.wording()}); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, report)
}

// wording is the claim as a receipt repeats it.
func (r claimRequest) wording() json.RawMessage {
	r.Policy, r.receiptRequest = policyRequest{}, receiptRequest{}
	data, err := json.Marshal(r)
	if err != nil { // it came from JSON
		return nil
	}
	return data
}

func (r claimRequest) input(document bool) (claims.Input, error) {
	var f fault.Invalid
	in := claims.Input{
		Holder: r.HolderName, Credential: r.CredentialName, Number: r.CertificateNumber, IssuerName: r.Issuer.Name, IssuerWebsite: r.Issuer.Website,
		IssuedOn: r.IssuedOn, ExpiresOn: r.ExpiresOn, Text: r.Text, Document: document,
		At: dated(&f, "/at", r.At, false), Demand: r.Policy.demand(&f),
	}
	r.faults(&f)
	for _, x := range r.Accreditation {
		in.Accreditation = append(in.Accreditation, claims.Accreditation(x))
	}
	return in, f.Err()
}

// claimForm reads a form: a file, and beside it, if wanted, the JSON claim in
// the field claim, whose members go before what the file says.
func (a *API) claimForm(c echo.Context, r *claimRequest) (document bool, err error) {
	if s := c.FormValue("claim"); s != "" {
		if err := ijson.Decode([]byte(s), r); err != nil {
			return false, err
		}
	}
	header, err := c.FormFile("file")
	if err != nil {
		return false, fault.Invalid{{Pointer: "/file", Detail: "is missing: send the certificate as the form field file"}}
	}
	f, err := header.Open()
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
	if err != nil {
		return false, err
	}
	if len(data) > intake.MaxFile {
		return false, &http.MaxBytesError{Limit: intake.MaxFile}
	}
	if !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) && isText(data) {
		r.Text += string(data)
		return false, nil
	}
	text, err := a.PDF.Text(c.Request().Context(), data)
	if err != nil {
		return false, err
	}
	r.Text += text
	return true, nil
}

func isText(data []byte) bool {
	return !bytes.ContainsRune(data, 0) && bytes.Equal(data, bytes.ToValidUTF8(data, nil))
}

type ruleResponse struct {
	ID          string  `json:"id" example:"RF-23"`
	Title       string  `json:"title"`
	Severity    string  `json:"severity" enums:"info,low,medium,high,critical"`
	Explanation string  `json:"explanation"` // what an employer reads
	Condition   string  `json:"condition"`
	Guard       string  `json:"guard"`
	Absence     bool    `json:"concludes_from_absence"` // above info only where the register is complete
	Secondary   bool    `json:"secondary"`
	Effective   *string `json:"effective"` // certificates decided earlier are not judged by it
	Citation    string  `json:"citation"`
	Reference   string  `json:"reference"`
	Enabled     bool    `json:"enabled"` // false: the operator has switched it off
}

// redFlags tells the catalogue of rules.
//
// @Summary The catalogue of red flags
// @Description Each rule with its severity, condition, guard and source. A flag states evidence, not a conclusion, and never changes a verdict.
// @Tags registry
// @Produce json
// @Param limit query int false "At most so many, up to 200"
// @Param cursor query string false "next_cursor of the page before"
// @Success 200 {object} list[ruleResponse]
// @Failure 422 {object} ProblemDocument
// @Router /v1/red-flags [get]
func (a *API) redFlags(c echo.Context) error {
	var out []ruleResponse
	for _, r := range redflag.All() {
		x := ruleResponse{ID: r.ID, Title: r.Title, Severity: string(r.Severity), Explanation: r.Sentence, Condition: r.When, Guard: r.Unless,
			Absence: r.Absence, Secondary: r.Secondary, Citation: r.Citation, Reference: r.Reference,
			Enabled: slices.ContainsFunc(a.Flags, func(o redflag.Rule) bool { return o.ID == r.ID })}
		if !r.Effective.IsZero() {
			day := r.Effective.Format(time.DateOnly)
			x.Effective = &day
		}
		out = append(out, x)
	}
	return paged(c, out, func(r ruleResponse) string { return r.ID })
}
