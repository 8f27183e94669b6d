package v1

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/report"
)

// Media types of a report.
const (
	mimeCSV  = "text/csv"
	mimeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// patience is how long a reader may take for the next piece of a report.
const patience = time.Minute

// paced gives the reader of each piece a time of its own: a report may take
// longer than any other answer, as long as it moves.
type paced struct {
	to      io.Writer
	control *http.ResponseController
}

// Write writes a piece.
func (p paced) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return p.to.Write(b)
}

// formatOf is the format asked for: by format, else by Accept.
func formatOf(c echo.Context) (string, error) {
	switch f := c.QueryParam("format"); f {
	case "json", "csv", "xlsx":
		return f, nil
	case "":
	default:
		return "", fault.Invalid{{Pointer: "?format", Detail: "must be json, csv or xlsx"}}
	}
	return map[string]string{echo.MIMEApplicationJSON: "json", mimeCSV: "csv", mimeXLSX: "xlsx"}[prefers(c, echo.MIMEApplicationJSON, mimeCSV, mimeXLSX)], nil
}

// answerReport writes a report as it is read. If that fails in the middle the
// connection is cut: half a report must not look like a whole one.
func answerReport(c echo.Context, r *report.Report) error {
	format, err := formatOf(c)
	if err != nil {
		return err
	}
	table := c.QueryParam("table")
	if !r.Has(table) {
		return fault.Invalid{{Pointer: "?table", Detail: "is no table of this report"}}
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Accept, Authorization")
	out := paced{c.Response(), http.NewResponseController(c.Response())}
	ctx := c.Request().Context()
	name := r.Body + "-" + r.Name + "-" + r.AsOf.Format(time.DateOnly)
	switch format {
	case "csv":
		h.Set(echo.HeaderContentType, mimeCSV+"; charset=utf-8; header=present")
		h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
		err = r.CSV(ctx, out, table)
	case "xlsx":
		h.Set(echo.HeaderContentType, mimeXLSX)
		h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.xlsx"`)
		err = r.XLSX(ctx, out)
	default:
		h.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		err = r.JSON(ctx, out)
	}
	if err == nil {
		return nil
	}
	if c.Response().Committed {
		_ = out.control.SetWriteDeadline(time.Unix(1, 0)) // the end of the answer is never written; err is logged
		return err
	}
	h.Del(echo.HeaderContentDisposition)
	return err
}

// ahead reads how many days a report looks ahead.
func ahead(c echo.Context) (int, error) {
	s := c.QueryParam("within")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > report.MaxWithinDays {
		return 0, fault.Invalid{{Pointer: "?within", Detail: "must be a whole number of days from 1 to " + strconv.Itoa(report.MaxWithinDays)}}
	}
	return n, nil
}

// reportStatus serves the call below.
//
// @Summary Report: where the certificates stand
// @Description Tables: certificates, counts (by scheme, status, level and month of decision). JSON has all tables, XLSX a sheet for each, CSV the one named by table. In CSV, text that a spreadsheet would take for a formula begins with an apostrophe. Written as it is read: a report that was cut short is no valid JSON or XLSX and ends in an error of the connection.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the body to act for"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Param table query string false "CSV: which table; the first if none is named" Enums(certificates, counts)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/status [get]
func (a *API) reportStatus(c echo.Context) error {
	body, err := a.acting(c, "reports:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	return answerReport(c, a.Reports.Status(body))
}

// reportExpiring serves the call below.
//
// @Summary Report: what ends soon
// @Description Certificates in force or suspended that end within some days, and how many in 30, 60, 90, 180 and 365 days. Tables: certificates, windows. Formats as of the status report.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the body to act for"
// @Param within query int false "Days ahead, 1 to 3660" default(90)
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Param table query string false "CSV: which table; the first if none is named" Enums(certificates, windows)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/expiring [get]
func (a *API) reportExpiring(c echo.Context) error {
	body, err := a.acting(c, "reports:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	within, err := ahead(c)
	if err != nil {
		return err
	}
	return answerReport(c, a.Reports.Expiring(body, report.Options{Within: within}))
}

// reportCPD serves the call below.
//
// @Summary Report: continuing education outstanding
// @Description For each certificate in force, suspended or expired whose scheme has a rule for renewing: state, required, earned, and exactly what is missing. Table: certificates. Formats as of the status report.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the body to act for"
// @Param all query bool false "Also those of whom nothing is missing"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/cpd [get]
func (a *API) reportCPD(c echo.Context) error {
	body, err := a.acting(c, "reports:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	return answerReport(c, a.Reports.CPD(body, report.Options{All: c.QueryParam("all") == "true"}))
}

// people makes the two reports below.
func (a *API) people(by report.By) echo.HandlerFunc {
	return func(c echo.Context) error {
		body, err := a.acting(c, "reports:read", c.QueryParam("issuer"))
		if err != nil {
			return err
		}
		var o report.Options
		if o.From, err = instant(c, "from"); err != nil {
			return err
		}
		if o.To, err = instant(c, "to"); err != nil {
			return err
		}
		if len(c.QueryParam("to")) == len(time.DateOnly) {
			o.To = o.To.Add(24*time.Hour - time.Microsecond)
		}
		return answerReport(c, a.Reports.People(body, by, o))
	}
}

// reportExaminers serves the call below.
//
// @Summary Report: pass rates and pace of each examiner
// @Description Each examiner within each scheme beside all others of the scheme (Fisher's exact test, two-sided, Bonferroni, 0.01), and the busiest day beside the other days (modified z-score above 3.5). Small numbers say too_few; without recorded failures of the scheme only_passes_known. A mark is a reason to look, not a finding. Table: examiners. Formats as of the status report.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the body to act for"
// @Param from query string false "Decided at this instant, or on this day, or later"
// @Param to query string false "Decided at this instant, or on this day, or earlier"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/examiners [get]
func (a *API) reportExaminers(c echo.Context) error { return a.people(report.Examiner)(c) }

// reportCentres serves the call below.
//
// @Summary Report: pass rates and pace of each exam centre
// @Description As the report on examiners, by centre. Table: centres.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the body to act for"
// @Param from query string false "Decided at this instant, or on this day, or later"
// @Param to query string false "Decided at this instant, or on this day, or earlier"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/centres [get]
func (a *API) reportCentres(c echo.Context) error { return a.people(report.Centre)(c) }

// reportAccreditor serves the call below.
//
// @Summary Report: what an accreditation body sees of the bodies it accredits
// @Description Refused claims of accreditation, certificates issued under its accreditation by scheme and week, and how current the register is. Counts alone: no certificate and no person is named. Tables: bodies, refused_claims, issuing, synchronisation. Formats as of the status report.
// @Tags reports
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param issuer query string false "Operators: the accreditation body to act for"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Param table query string false "CSV: which table; the first if none is named" Enums(bodies, refused_claims, issuing, synchronisation)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/accreditor [get]
func (a *API) reportAccreditor(c echo.Context) error {
	body, err := a.acting(c, "reports:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	r, err := a.Reports.Accreditor(c.Request().Context(), body)
	if err != nil {
		return err
	}
	return answerReport(c, r)
}
