package v1

import (
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// ProblemDocument is how every error is answered (RFC 9457). Some codes bring
// further members with them.
type ProblemDocument struct {
	Type      string         `json:"type" example:"about:blank"`
	Title     string         `json:"title" example:"Unprocessable Entity"`
	Status    int            `json:"status" example:"422"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code" example:"INVALID_INPUT"`
	RequestID string         `json:"request_id"`
	Errors    []ProblemField `json:"errors,omitempty"`
}

// ProblemField names one faulty field.
type ProblemField struct {
	Pointer string `json:"pointer" example:"/holder/name"`
	Detail  string `json:"detail"`
}

type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type" example:"Bearer"`
	ExpiresIn   int    `json:"expires_in" example:"900"`
	Scope       string `json:"scope"`
}

type coverageAnswer struct {
	Body     string             `json:"body"`
	Coverage []coverageResponse `json:"coverage"`
}

type revocationResponse struct {
	Kid    string `json:"kid"`
	Status string `json:"status" example:"revoked"`

	Reissued []reissuedResponse `json:"reissued"` // statements that vouch for it no longer
	Awaiting []awaitedResponse  `json:"awaiting"`
}

type preparedResponse struct {
	ID           string `json:"id"`
	Number       string `json:"number"`
	State        string `json:"state" example:"recorded"`
	Kid          string `json:"kid"`
	SigningInput string `json:"signing_input"`
}

type chainProblem struct {
	Code   trust.Code `json:"code"`
	About  string     `json:"about,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Detail string     `json:"detail"`
}

type chainResponse struct {
	Body          string              `json:"body"`
	At            time.Time           `json:"at"`
	Accreditation string              `json:"accreditation" enums:"recognised,elsewhere,none,unknown"`
	Accredited    string              `json:"accredited" enums:"pass,fail,unknown"`
	Recognised    string              `json:"recognised" enums:"pass,fail,unknown,not_applicable"`
	Links         []statementResponse `json:"links"`
	Problem       *chainProblem       `json:"problem"`
	Problems      []chainProblem      `json:"problems"`
	Arrangements  []bodyResponse      `json:"arrangements"`
}
