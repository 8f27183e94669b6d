package v1

import (
	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/report"
)

type matrixRequest struct {
	Issuer string         `json:"issuer"` // operators only: the body to act for
	Team   []matrixMember `json:"team"`
	Roles  []matrixRole   `json:"roles"`
	Within int            `json:"within"` // days in which an end counts as expiring; 90 if none is named
}

// matrixMember is told by certificate, else by e-mail, else by name.
type matrixMember struct {
	Ref         string `json:"ref"`         // your own word for them
	Certificate string `json:"certificate"` // number of any certificate of theirs
	Email       string `json:"email"`
	Name        string `json:"name"`
}

type matrixRole struct {
	Role  string       `json:"role"`
	Needs []matrixNeed `json:"needs"` // every one of them
}

type matrixNeed struct {
	Scheme string `json:"scheme"`
	Level  string `json:"level"` // as the certificate tells it; any if none is named
}

// reportMatrix serves the call below.
//
// @Summary Report: who in a team holds what a role needs
// @Description Among the certificates of the own body. A member whom certificates of several people fit is ambiguous and holds nothing. Tables: needs (member, role, scheme: held, expiring, suspended, expired, not_held, ambiguous), roles (ready or not). Formats as of the status report.
// @Tags reports
// @Accept json
// @Produce json,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param matrix body matrixRequest true "The team, and what each role needs"
// @Param format query string false "Instead of Accept" Enums(json, csv, xlsx)
// @Param table query string false "CSV: which table; the first if none is named" Enums(needs, roles)
// @Security OAuth2[reports:read]
// @Success 200 {object} map[string]any "report, body, as_of, about, and a list of rows for each table"
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/reports/matrix [post]
func (a *API) reportMatrix(c echo.Context) error {
	var r matrixRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	body, err := a.acting(c, "reports:read", r.Issuer)
	if err != nil {
		return err
	}
	if r.Within < 0 || r.Within > report.MaxWithinDays {
		return fault.Invalid{{Pointer: "/within", Detail: "must be a number of days from 1 to 3660"}}
	}
	var team []report.Member
	for _, m := range r.Team {
		team = append(team, report.Member(m))
	}
	var roles []report.Role
	for _, x := range r.Roles {
		role := report.Role{Name: x.Role}
		for _, n := range x.Needs {
			role.Needs = append(role.Needs, report.Needed(n))
		}
		roles = append(roles, role)
	}
	out, err := a.Reports.Matrix(c.Request().Context(), body, team, roles, report.Options{Within: r.Within})
	if err != nil {
		return err
	}
	return answerReport(c, out)
}
