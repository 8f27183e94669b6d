package v1

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/batch"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// maxIssueBytes bounds a list of certificates to issue, inside and outside of
// gzip: some two million lines.
const maxIssueBytes = 1 << 30

// issuedLine is one line of the answer.
type issuedLine struct {
	Index      int             `json:"index"`
	Status     string          `json:"status,omitempty"` // of the certificate; valid in a dry run
	ID         string          `json:"id,omitempty"`
	Number     string          `json:"number,omitempty"`
	URL        string          `json:"url,omitempty"`
	ExternalID string          `json:"external_id,omitempty"`
	Replayed   bool            `json:"replayed,omitempty"` // an earlier try issued it
	Credential string          `json:"credential,omitempty"`
	Problem    json.RawMessage `json:"problem,omitempty" swaggertype:"object"`
}

type batchResponse struct {
	ID        string    `json:"id"`
	State     string    `json:"state" enums:"running,finished,interrupted"`
	Received  int       `json:"received"`
	Issued    int       `json:"issued"`
	Failed    int       `json:"failed"`
	StartedAt time.Time `json:"started_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func batchOf(b batch.Batch) batchResponse {
	return batchResponse{b.ID, string(b.State), b.Received, b.Issued, b.Failed, b.StartedAt, b.UpdatedAt}
}

// issueBatch serves the call below.
//
// @Summary Issue many certificates
// @Description One issue body a line, as NDJSON, or CSV with a heading (the members' names, joined by points as in holder.name; mapping gives other columns such names; a day begins at midnight UTC). gzip is taken. Answers come in order while lines are still being sent, one NDJSON line each: {"index","status","id"…} or {"index","problem"}; a bad line spoils no other. Repeated under the same Idempotency-Key after a cut connection or a crash, it issues what is missing and answers the rest again; a line that differs is refused. Location tells where to ask how far it has come.
// @Tags certificates
// @Accept plain
// @Produce json
// @Param list body string true "The list"
// @Param issuer query string false "Body id; operators only, who may name it in the lines instead"
// @Param atomic query bool false "true: all or nothing, at most 10000 lines"
// @Param dry_run query bool false "true: judge every line and issue nothing"
// @Param credentials query bool false "true: answer with the signed credentials too"
// @Param mapping query string false "JSON object: name of a column to name of a member, for CSV"
// @Param defaults query string false "JSON object: an issue body whose members hold where a line has none"
// @Param Idempotency-Key header string false "Makes the call resumable" maxlength(255)
// @Security OAuth2[certificates:write]
// @Success 200 {object} issuedLine
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/certificates/batch [post]
func (a *API) issueBatch(c echo.Context) error {
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	body, later := "", caller.Operator && c.QueryParam("issuer") == "" // the lines name it, as in a single call
	if !later {
		if body, err = a.acting(c, "certificates:write", c.QueryParam("issuer")); err != nil {
			return err
		}
	}
	o := batch.Options{Atomic: c.QueryParam("atomic") == "true", DryRun: c.QueryParam("dry_run") == "true"}
	if o.Key, err = idempotencyKey(c); err != nil {
		return err
	}
	if c.Request().ContentLength > maxIssueBytes {
		return &http.MaxBytesError{Limit: maxIssueBytes}
	}
	control := http.NewResponseController(c.Response())
	list, rest, separated, err := listOf(c, control, maxIssueBytes, nil)
	if err != nil {
		return err
	}
	defaults, mapping, err := standing(c, separated)
	if err != nil {
		return err
	}
	read := objects(list)
	if separated {
		if read, err = rows(list, mapping); err != nil {
			return err
		}
	}
	if later {
		var named string
		named, read = namedFirst(read, defaults)
		if body, err = a.acting(c, "certificates:write", named); err != nil {
			return err
		}
	}
	_ = control.EnableFullDuplex() // HTTP/2 is so already
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set(echo.HeaderContentType, "application/x-ndjson")
	if !o.DryRun {
		if id, err := a.Batches.ID(body, &o); err != nil {
			return err
		} else {
			h.Set("Location", "/v1/batches/"+id)
		}
	}
	var atHand atomic.Bool // the next line, as far as the reader of lines knows
	s := sender{c: c, control: control, waiting: atHand.Load}
	credentials := c.QueryParam("credentials") == "true"
	index := 0
	_, err = a.Batches.Run(c.Request().Context(), body, o, func() (batch.Line, error) {
		line, err := lineIn(read, defaults, body)
		atHand.Store(list.Buffered() > 0)
		return line, err
	}, func(out batch.Outcome) error {
		index = out.Index + 1
		return s.send(a.issuedLine(out, o.DryRun, credentials))
	})
	if err != nil && !errors.Is(err, errGone) {
		_ = s.send(issuedLine{Index: index, Problem: a.problemLine(listFault(err))}) // what was issued stands; this ends the list
	}
	_, _ = io.Copy(io.Discard, rest) // else the connection would be reset before the answer is read
	_ = control.Flush()              // whoever has gone reads nothing
	return nil
}

// namedFirst finds the issuer that the first line names, and reads that line
// again.
func namedFirst(read func() (map[string]json.RawMessage, error), defaults map[string]json.RawMessage) (issuer string, again func() (map[string]json.RawMessage, error)) {
	object, err := read()
	text, ok := object["issuer"]
	if !ok {
		text = defaults["issuer"]
	}
	_ = json.Unmarshal(text, &issuer) // what is no text names nobody
	first := true
	return issuer, func() (map[string]json.RawMessage, error) {
		if first {
			first = false
			return object, err
		}
		return read()
	}
}

// listFault says what broke off a list, where that was the list's fault.
func listFault(err error) error {
	if p, ok := broken(err); ok {
		return p
	}
	return err
}

// errGone says that nobody reads the answer any more.
var errGone = errors.New("nobody reads the answer")

// sender writes lines, and sends them at the latest when the next would have to
// be waited for.
type sender struct {
	c       echo.Context
	control *http.ResponseController
	waiting func() bool // input is at hand
	last    time.Time
}

// flushEvery bounds how long an answer waits while input is at hand.
const flushEvery = 100 * time.Millisecond

func (s *sender) send(line issuedLine) error {
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("writing a line: %w", err)
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(chunkTimeout)) // where there is none, none is needed
	if _, err := s.c.Response().Write(append(data, '\n')); err != nil {
		return errGone
	}
	if now := time.Now(); !s.waiting() || now.Sub(s.last) > flushEvery {
		s.last = now
		if s.control.Flush() != nil {
			return errGone
		}
	}
	return nil
}

func (a *API) issuedLine(out batch.Outcome, dry, credentials bool) issuedLine {
	l := issuedLine{Index: out.Index}
	if out.Err != nil {
		l.Problem = a.problemLine(out.Err)
		return l
	}
	if dry {
		l.Status = "valid"
		return l
	}
	r := out.Record
	l.ID, l.Number, l.ExternalID, l.Replayed = r.Number, r.Number, r.Request.ExternalID, out.Replayed
	l.URL = a.Addresses.Page(credential.Number(r.Number))
	l.Status = string(trust.At(trust.Statement{ValidFrom: r.Request.ValidFrom, ValidUntil: r.Request.ValidUntil, Events: r.Events}, a.Now(), time.Time{}).Status)
	if credentials {
		l.Credential = r.Token
	}
	return l
}

// standing reads what the query says of every line.
func standing(c echo.Context, separated bool) (defaults map[string]json.RawMessage, mapping map[string]string, err error) {
	var f fault.Invalid
	if s := c.QueryParam("defaults"); s != "" {
		if ijson.Decode([]byte(s), &defaults) != nil {
			f.Add("?defaults", "must be a JSON object with members of an issue body")
		}
	}
	if s := c.QueryParam("mapping"); s != "" {
		switch {
		case !separated:
			f.Add("?mapping", "belongs to text/csv")
		case ijson.Decode([]byte(s), &mapping) != nil:
			f.Add("?mapping", "must be a JSON object from names of columns to names of members, such as holder.name")
		}
	}
	return defaults, mapping, f.Err()
}

// objects reads one JSON object a line; empty lines are none.
func objects(in *bufio.Reader) func() (map[string]json.RawMessage, error) {
	return func() (map[string]json.RawMessage, error) {
		for {
			text, err := oneLine(in)
			if err != nil {
				return nil, err
			}
			if text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF")); text == "" {
				continue
			}
			var out map[string]json.RawMessage
			return out, ijson.Decode([]byte(text), &out)
		}
	}
}

// rows reads CSV into the objects that its columns name.
func rows(in *bufio.Reader, mapping map[string]string) (func() (map[string]json.RawMessage, error), error) {
	t, err := tableOf(in)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(t.heading))
	for i, h := range t.heading {
		h = strings.TrimSpace(h)
		if paths[i] = h; mapping != nil {
			paths[i] = mapping[h] // what the mapping does not name is passed over
		}
		if paths[i] != "" && !member(paths[i]) {
			return nil, fault.Invalid{{Pointer: "", Detail: fmt.Sprintf("has a column %.40q that is no member of an issue body: name it in the mapping, which leaves out what it does not name", h)}}
		}
	}
	return func() (map[string]json.RawMessage, error) {
		row, err := t.row()
		if err != nil {
			return nil, err
		}
		out, holder := map[string]json.RawMessage{}, map[string]string{}
		for i, v := range row {
			if v = strings.TrimSpace(v); v == "" || i >= len(paths) || paths[i] == "" {
				continue
			}
			inner, nested := strings.CutPrefix(paths[i], "holder.")
			switch {
			case nested:
				holder[inner] = v
			case paths[i] == "accreditation_claim" || paths[i] == "imported":
				b, err := strconv.ParseBool(strings.ToLower(v))
				if err != nil {
					return nil, fault.Invalid{{Pointer: "/" + paths[i], Detail: "must be true or false"}}
				}
				out[paths[i]] = json.RawMessage(strconv.FormatBool(b))
			case paths[i] == "decided_at" || paths[i] == "valid_from" || paths[i] == "valid_until":
				if t, err := time.Parse(time.DateOnly, v); err == nil { // a day begins at midnight UTC
					v = t.Format(time.RFC3339)
				}
				out[paths[i]] = quoted(v)
			default:
				out[paths[i]] = quoted(v)
			}
		}
		if len(holder) > 0 {
			data, err := json.Marshal(holder)
			if err != nil {
				return nil, err
			}
			out["holder"] = data
		}
		return out, nil
	}, nil
}

// member tells whether a column can be a member of an issue body.
func member(path string) bool {
	switch path {
	case "scheme", "external_id", "holder.name", "holder.email", "holder.kind", "decided_at", "valid_from", "valid_until", "level", "examiner", "centre", "batch",
		"examiner_certificate", "accreditation_claim", "publication", "imported":
		return true
	}
	return false
}

func quoted(s string) json.RawMessage {
	data, _ := json.Marshal(s) // strings do not fail
	return data
}

// lineIn reads the next line. Errors of its own are in the line; others end the
// list.
func lineIn(read func() (map[string]json.RawMessage, error), defaults map[string]json.RawMessage, body string) (batch.Line, error) {
	object, err := read()
	if err != nil {
		if own(err) {
			return batch.Line{Err: err}, nil
		}
		return batch.Line{}, err
	}
	if len(defaults) > 0 {
		whole := maps.Clone(defaults)
		maps.Copy(whole, object)
		object = whole
	}
	data, err := json.Marshal(object)
	if err != nil {
		return batch.Line{Err: fmt.Errorf("%w: %w", errLine, err)}, nil
	}
	var r issueRequest
	if err := ijson.Decode(data, &r); err != nil {
		return batch.Line{Err: err}, nil
	}
	if r.Issuer != "" && r.Issuer != body {
		return batch.Line{Err: &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Pointer: "/issuer", Detail: "The batch is of another body."}}, nil
	}
	req, err := r.request()
	return batch.Line{Request: req, Err: err}, nil
}

// batch serves the call below.
//
// @Summary How far a batch has come
// @Description interrupted: repeat it under its Idempotency-Key.
// @Tags certificates
// @Produce json
// @Param id path string true "Id of the batch"
// @Param issuer query string false "Body id; operators only"
// @Security OAuth2[certificates:read]
// @Success 200 {object} batchResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/batches/{id} [get]
func (a *API) batch(c echo.Context) error {
	body, err := a.acting(c, "certificates:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	b, err := a.Batches.Batch(c.Request().Context(), body, c.Param("id"))
	if err != nil {
		return err
	}
	return readJSON(c, "private, no-store", batchOf(b))
}

// listBatches serves the call below.
//
// @Summary Batches, newest first
// @Tags certificates
// @Produce json
// @Param issuer query string false "Body id; operators only"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[certificates:read]
// @Success 200 {object} list[batchResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/batches [get]
func (a *API) listBatches(c echo.Context) error {
	body, err := a.acting(c, "certificates:read", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	found, err := a.Batches.Batches(c.Request().Context(), body, after, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID
	}
	out := make([]batchResponse, len(found))
	for i, b := range found {
		out[i] = batchOf(b)
	}
	return pageOf(c, out, next)
}
