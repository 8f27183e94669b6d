package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/forms"
	"github.com/bonafide-dev/bonafide/internal/idempotency"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// problem is an error as the caller sees it (RFC 9457).
type problem struct {
	Status int
	Code   string
	Detail string
	Fields []fault.Field
	Extra  map[string]any
}

func (p problem) Error() string { return p.Code + ": " + p.Detail }

// problemOf is the one table of errors. What it does not know is a 500 without
// detail; the cause goes to the log.
func problemOf(err error) (problem, bool) {
	var p problem
	var own v1.Problem
	var invalid fault.Invalid
	var refusal *fault.Refusal
	var duplicate *issue.DuplicateError
	var text *ijson.Error
	var framework *echo.HTTPError
	var tooLarge *http.MaxBytesError
	var guesses *lookup.TooManyGuessesError
	switch {
	case errors.As(err, &p):
		return p, true
	case errors.As(err, &own):
		return problem{Status: own.Status, Code: own.Code, Detail: own.Detail}, true
	case errors.As(err, &tooLarge):
		return problem{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Detail: fmt.Sprintf("The body is larger than %d bytes.", tooLarge.Limit)}, true
	case errors.As(err, &invalid):
		return problem{Status: http.StatusUnprocessableEntity, Code: "INVALID_INPUT", Detail: "The input cannot be accepted; errors names every faulty field.", Fields: invalid}, true
	case errors.As(err, &refusal):
		q := problem{Code: refusal.Code, Detail: refusal.Detail, Extra: refusal.Extra,
			Status: map[fault.Kind]int{fault.Unprocessable: 422, fault.Conflict: 409, fault.Forbidden: 403, fault.Missing: 404}[refusal.Kind]}
		if refusal.Pointer != "" {
			q.Fields = []fault.Field{{Pointer: refusal.Pointer, Detail: refusal.Detail}}
		}
		return q, true
	case errors.As(err, &guesses):
		return problem{Status: http.StatusTooManyRequests, Code: "TOO_MANY_ATTEMPTS", Detail: "Too many different names or addresses were asked about this certificate from your network. Ask the holder, or wait."}, true
	case errors.As(err, &duplicate):
		return problem{Status: http.StatusConflict, Code: "DUPLICATE", Detail: "The holder already has a certificate of this scheme, which allows one.", Extra: map[string]any{"id": duplicate.Number}}, true
	case errors.As(err, &text):
		return problem{Status: http.StatusBadRequest, Code: "MALFORMED_JSON", Detail: "The body cannot be read: " + cmp.Or(text.Pointer, "it") + " " + text.Detail + ".", Fields: []fault.Field{{Pointer: text.Pointer, Detail: text.Detail}}}, true
	case errors.Is(err, jws.ErrMalformed), errors.Is(err, jws.ErrKey), errors.Is(err, credential.ErrMalformed), errors.Is(err, verify.ErrNoCertificate):
		return problem{Status: http.StatusUnprocessableEntity, Code: "MALFORMED", Detail: err.Error() + "."}, true
	case errors.As(err, &framework):
		return problem{Status: framework.Code, Code: map[int]string{404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}[framework.Code], Detail: fmt.Sprint(framework.Message)}, true
	}
	for _, known := range sentinels() {
		if slices.ContainsFunc(known.errs, func(e error) bool { return errors.Is(err, e) }) {
			return known.problem, true
		}
	}
	return problem{Status: http.StatusInternalServerError, Code: "INTERNAL", Detail: "Something went wrong on our side; the request id finds it in the log."}, false
}

// sentinel is what errors without data of their own become.
type sentinel struct {
	errs    []error
	problem problem
}

func sentinels() []sentinel {
	return []sentinel{
		{[]error{credential.ErrCheckCharacter},
			problem{Status: http.StatusNotFound, Code: "CHECK_CHARACTER", Detail: "The number was mistyped: its last character does not fit the others. Compare it with the certificate."}},
		{[]error{registry.ErrNotFound, issue.ErrNotFound, disputes.ErrNotFound, notify.ErrNotFound, credential.ErrNotANumber},
			problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "There is nothing under this address that you may see."}},
		{[]error{disputes.ErrFull},
			problem{Status: http.StatusServiceUnavailable, Code: "TOO_MANY_WAITING", Detail: "Too many filings wait to be read; try again later, or use a client of the body concerned."}},
		{[]error{registry.ErrDuplicate},
			problem{Status: http.StatusConflict, Code: "ALREADY_EXISTS", Detail: "The id is taken."}},
		{[]error{idempotency.ErrKeyReused, issue.ErrKeyReused, notify.ErrKeyReused},
			problem{Status: http.StatusUnprocessableEntity, Code: "IDEMPOTENCY_KEY_REUSED", Detail: "The Idempotency-Key was used for another request; choose a new one."}},
		{[]error{idempotency.ErrInProgress},
			problem{Status: http.StatusConflict, Code: "IN_PROGRESS", Detail: "The first request under this Idempotency-Key is still running; try again."}},
		{[]error{issue.ErrWrongState},
			problem{Status: http.StatusConflict, Code: "WRONG_STATE", Detail: "The certificate is not prepared, or is sealed already."}},
		{[]error{forms.ErrNoForm},
			problem{Status: http.StatusNotAcceptable, Code: "NO_EMBEDDED_FORM", Detail: "This credential exists as a signed token alone; ask for application/vc+jwt."}},
		{[]error{keys.ErrNoKey},
			problem{Status: http.StatusConflict, Code: "NO_KEY", Detail: "The body has no hosted key that may sign; register one, rotate, or prepare and seal with your own."}},
		{[]error{access.ErrToken},
			problem{Status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Detail: "A valid access token is needed; get one at /oauth2/token."}},
		{[]error{jws.ErrSignature},
			problem{Status: http.StatusUnprocessableEntity, Code: "INVALID_SIGNATURE", Detail: "The signature does not verify with the body's key."}},
		{[]error{fault.ErrFull},
			problem{Status: http.StatusInsufficientStorage, Code: "INSUFFICIENT_STORAGE", Detail: "The register has no room left and takes nothing in until its operator makes some; what it holds can be read."}},
		{[]error{fault.ErrAway},
			problem{Status: http.StatusServiceUnavailable, Code: "DATABASE_UNAVAILABLE", Detail: "The register's database cannot be reached; try again, with the same Idempotency-Key if you sent one."}},
		{[]error{claims.ErrBusy},
			problem{Status: http.StatusServiceUnavailable, Code: "BUSY", Detail: "Too many documents are being read just now; try again."}},
		{[]error{context.Canceled, context.DeadlineExceeded},
			problem{Status: http.StatusServiceUnavailable, Code: "TIMEOUT", Detail: "It took too long; try again."}},
	}
}

// fail renders every error, once.
func (s *Server) fail(err error, c echo.Context) {
	id := c.Response().Header().Get(echo.HeaderXRequestID)
	if c.Response().Committed {
		s.Log.Error("failed after it was answered", "request_id", id, "route", c.Path(), "error", err)
		return
	}
	p, known := problemOf(err)
	p.Status = s.Interop.Status(c.Request().URL.Path, p.Status)
	if !known || p.Status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "request_id", id, "route", c.Path(), "error", err)
	}
	var guesses *lookup.TooManyGuessesError
	if errors.As(err, &guesses) {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(guesses.Retry.Seconds())+1))
	}
	switch p.Status {
	case http.StatusUnauthorized:
		c.Response().Header().Set("WWW-Authenticate", `Bearer realm="bonafide"`)
	case http.StatusServiceUnavailable, http.StatusConflict:
		if p.Code == "IN_PROGRESS" || p.Status == http.StatusServiceUnavailable {
			c.Response().Header().Set("Retry-After", "1")
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if web.WantsPage(c.Request()) {
		if err := s.Site.Fault(c, p.Status, id); err == nil {
			return
		}
	}
	doc := p.document()
	doc.RequestID = id
	if foreign, err := s.Interop.Fault(c, doc); foreign {
		if err != nil {
			s.Log.Warn("problem not sent", "request_id", id, "error", err)
		}
		return
	}
	data, err := withExtra(doc, p.Extra)
	if err == nil {
		err = c.Blob(p.Status, "application/problem+json", data)
	}
	if err != nil {
		s.Log.Warn("problem not sent", "request_id", id, "error", err)
	}
}

// document is the problem as a document, but for the request's id.
func (p problem) document() v1.ProblemDocument {
	doc := v1.ProblemDocument{Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: p.Detail, Code: p.Code}
	for _, f := range p.Fields {
		doc.Errors = append(doc.Errors, v1.ProblemField{Pointer: f.Pointer, Detail: f.Detail})
	}
	return doc
}

// explain is the table of errors for protocols that answer several at once.
func explain(err error) (v1.ProblemDocument, bool) {
	p, known := problemOf(err)
	return p.document(), known
}

// document is the problem of one line of many, with the members of its code.
func document(err error) (json.RawMessage, error) {
	p, _ := problemOf(err) // of another failure it says only that it is ours
	return withExtra(p.document(), p.Extra)
}

// withExtra adds a code's own members to the document; they never replace its.
func withExtra(doc v1.ProblemDocument, extra map[string]any) ([]byte, error) {
	data, err := json.Marshal(doc)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	members := map[string]any{}
	for k, v := range extra {
		members[k] = v
	}
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}
