package v1

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

// Journal is where the notes of all writes are read.
type Journal interface {
	// Trail reads notes in the order of writing.
	Trail(ctx context.Context, q journal.Query) ([]journal.Kept, error)
}

type callerJSON struct {
	Client  string `json:"client,omitempty"`
	Body    string `json:"body,omitempty"` // whom the client acts for
	Address string `json:"address,omitempty"`
	Request string `json:"request_id,omitempty"`
}

type noteResponse struct {
	ID       int64       `json:"id"`
	LogIndex *int64      `json:"log_index"` // null while it waits for its place in the log
	Kind     string      `json:"kind"`
	About    aboutJSON   `json:"about"`
	Body     string      `json:"body,omitempty"`    // whose act it is
	Subject  string      `json:"subject,omitempty"` // the body it is about
	At       time.Time   `json:"at"`
	Caller   *callerJSON `json:"caller,omitempty"` // left out where another's client wrote
	Before   string      `json:"before,omitempty"` // SHA-256 of the state before; empty for the first note of a thing
	After    string      `json:"after"`            // SHA-256 over before, a zero byte and what was written
	Leaf     string      `json:"leaf"`             // the log's entry, byte for byte
	Record   string      `json:"record,omitempty"` // the exact bytes of which the leaf has the hash; left out as the caller is
}

// audit serves the call below.
//
// @Summary The trail of every write
// @Description Who wrote what, when, through which client, from which address, with the hashes of the state before and after. An operator sees all, a body's client its own acts and what was written about it. Each note's leaf is an entry of the transparency log and holds the SHA-256 of the record: a note that was changed afterwards shows. Oldest first.
// @Tags audit
// @Produce json
// @Param body query string false "Body id; operators only"
// @Param about query string false "Kind and id of what was written about, joined by a colon: certificate:NUMBER, statement:ID, body:ID, scheme:ID, key:KID, client:ID"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[reports:read]
// @Success 200 {object} list[noteResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/audit [get]
func (a *API) audit(c echo.Context) error {
	caller, err := a.caller(c)
	if err != nil {
		return err
	}
	if !caller.May("reports:read", caller.Body) {
		return missing("reports:read")
	}
	limit, cursor, err := window(c)
	if err != nil {
		return err
	}
	q := journal.Query{Body: c.QueryParam("body"), Limit: limit + 1}
	if q.After, err = afterNote(cursor); err != nil {
		return err
	}
	if about := c.QueryParam("about"); about != "" {
		what, id, ok := strings.Cut(about, ":")
		if !ok {
			return fault.Invalid{{Pointer: "?about", Detail: "must be a kind and an id joined by a colon, as certificate:NUMBER"}}
		}
		q.Thing = journal.Thing{What: what, ID: id}.String()
	}
	if !caller.Operator {
		if q.Body != "" && q.Body != caller.Body {
			return &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Pointer: "?body", Detail: "The client acts for another body."}
		}
		q.Body = caller.Body
	}
	found, err := a.Journal.Trail(c.Request().Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], strconv.FormatInt(found[limit-1].ID, 10)
	}
	out := make([]noteResponse, len(found))
	for i, n := range found {
		if out[i], err = noteOf(n, caller); err != nil {
			return err
		}
	}
	return pageOf(c, out, next)
}

func afterNote(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return 0, fault.Invalid{{Pointer: "?cursor", Detail: "is not a cursor of this list"}}
	}
	return id, nil
}

// noteOf tells a note to the caller: who wrote it only if that was the caller's
// own body, or to an operator.
func noteOf(n journal.Kept, caller access.Caller) (noteResponse, error) {
	var r journal.Record
	if err := json.Unmarshal(n.Record, &r); err != nil {
		return noteResponse{}, fmt.Errorf("note %d: %w", n.ID, err)
	}
	what, id, _ := strings.Cut(n.Thing, " ")
	out := noteResponse{ID: n.ID, Kind: n.Kind, About: aboutJSON{what, id}, Body: n.Body, Subject: n.Subject, At: n.At, Before: r.Before, After: n.After, Leaf: string(n.Leaf)}
	if n.Index >= 0 {
		out.LogIndex = &n.Index
	}
	if caller.Operator || r.Caller.Body == caller.Body {
		by := callerJSON(r.Caller)
		out.Caller, out.Record = &by, string(n.Record)
	}
	return out, nil
}
