package v1

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Limits of a batch.
const (
	// MaxBatchBytes bounds the list, before and after gzip: room for 20 000
	// credentials with their chains.
	MaxBatchBytes = 256 << 20
	// MaxBatchLines bounds it too: whoever checks more sends another.
	MaxBatchLines = 100_000

	maxLine      = 1 << 20 // a credential with its chain is 11 kB
	chunkLines   = 500     // as many as one statement reads
	chunkBytes   = 1 << 20
	chunksAhead  = 4 // read while others are judged: what keeps memory constant
	maxBatches   = 4 // at once, of everybody: each uses every core
	maxOwn       = 2 // at once, of one network
	chunkTimeout = 60 * time.Second
)

// batches counts those that run.
type batches struct {
	mu   sync.Mutex
	all  int
	each map[string]int
}

func (b *batches) begin(network string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all >= maxBatches || b.each[network] >= maxOwn {
		return false
	}
	if b.each == nil {
		b.each = map[string]int{}
	}
	b.all++
	b.each[network]++
	return true
}

func (b *batches) end(network string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if b.each[network]--; b.each[network] == 0 {
		delete(b.each, network)
	}
}

// batchResult is one line of the answer.
type batchResult struct {
	Index   int             `json:"index"`
	Report  *verify.Report  `json:"report,omitempty"`
	Problem json.RawMessage `json:"problem,omitempty" swaggertype:"object"`
}

// verifyBatch serves the call below.
//
// @Summary Judge a list
// @Description One line a question, as NDJSON: a number or credential as a string, a credential as an object, or an object with id, number or credential and beside it at, expect, policy, receipt and asker as in /v1/verifications. As CSV: a heading with id, number or credential, and if wanted name, email, birth_date, issuer, scheme, at. gzip is taken. Answers come as they are ready, in order, one NDJSON line each: {"index","report"} or {"index","problem"}; a bad line spoils no other. Read the answer while you send the list. At most 100000 lines and 256 MiB; two lists at a time from one network.
// @Tags lookup
// @Accept plain
// @Produce json
// @Param list body string true "The list"
// @Param receipt query bool false "true: every report comes with its receipt"
// @Param asker query string false "Who asks, for the receipts alone"
// @Param policy query string false "A policy as JSON, for lines without one of their own"
// @Success 200 {object} batchResult
// @Failure 400 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/verifications/batch [post]
func (a *API) verifyBatch(c echo.Context) error {
	standing, err := standingOf(c)
	if err != nil {
		return err
	}
	if c.Request().ContentLength > MaxBatchBytes {
		return &http.MaxBytesError{Limit: MaxBatchBytes}
	}
	network := fetch.Network(c.RealIP())
	if !a.batches.begin(network) {
		c.Response().Header().Set("Retry-After", "10")
		return Problem{http.StatusTooManyRequests, "BUSY", "Too many lists are being judged just now; wait until one of yours has ended."}
	}
	defer a.batches.end(network)
	control := http.NewResponseController(c.Response())
	lines, err := linesOf(c, standing, control)
	if lines.done != nil {
		defer lines.done()
	}
	if err != nil {
		return err
	}
	return a.answerBatch(c, lines, control)
}

// standingOf is what the query says for every line.
func standingOf(c echo.Context) (batchLine, error) {
	var l batchLine
	var f fault.Invalid
	l.Receipt, l.Asker = c.QueryParam("receipt") == "true", c.QueryParam("asker")
	if p := c.QueryParam("policy"); p != "" {
		if err := ijson.Decode([]byte(p), &l.Policy); err != nil {
			return l, fault.Invalid{{Pointer: "/policy", Detail: "cannot be read as a policy: " + err.Error()}}
		}
	}
	l.Policy.demand(&f)
	l.faults(&f)
	return l, f.Err()
}

// question is a line ready to be judged, and what belongs to its receipt.
type question struct {
	lookup.Line
	ask batchLine
}

// prepared is a chunk of which the register was read, or could not be.
type prepared struct {
	chunk []question
	lines lookup.Prepared
	err   error
}

// readAhead reads the register for the next chunk while one is judged.
func (a *API) readAhead(ctx context.Context, chunks <-chan []question, out chan<- prepared) {
	defer close(out)
	for chunk := range chunks {
		lines := make([]lookup.Line, len(chunk))
		for i, q := range chunk {
			lines[i] = q.Line
		}
		p := prepared{chunk: chunk}
		p.lines, p.err = a.Lookup.Prepare(ctx, lines)
		select {
		case out <- p:
		case <-ctx.Done():
		}
	}
}

// answerBatch reads ahead, judges chunk by chunk on all cores, and sends the
// answers in order. What ends a list early is its last line: nobody can take
// half a list for all of it.
func (a *API) answerBatch(c echo.Context, in incoming, control *http.ResponseController) error {
	notary, err := a.Lookup.Notary(c.Request().Context())
	if err != nil {
		return err
	}
	_ = control.EnableFullDuplex() // HTTP/2 is so already
	ctx, cancel := context.WithCancel(c.Request().Context())
	chunks, ready := make(chan []question, chunksAhead), make(chan prepared)
	var ended error
	go func() {
		defer close(chunks)
		ended = readChunks(ctx, in, c.RealIP(), chunks)
		_, _ = io.Copy(io.Discard, in.rest) // else the connection could not be used on, or would be reset before the answer is read
	}()
	go a.readAhead(ctx, chunks, ready)
	defer func() { // nobody reads the body once the request is answered
		cancel()
		for range ready {
		}
	}()
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set(echo.HeaderContentType, "application/x-ndjson")
	c.Response().WriteHeader(http.StatusOK)
	index := 0
	send := func(lines ...[]byte) error {
		_ = control.SetWriteDeadline(time.Now().Add(chunkTimeout)) // where there is none, none is needed
		if _, err := c.Response().Write(append(bytes.Join(lines, []byte("\n")), '\n')); err != nil {
			return err
		}
		return control.Flush()
	}
	for p := range ready {
		out := make([][]byte, len(p.chunk))
		err := p.err
		if err == nil {
			err = a.Lookup.BatchOf(ctx, p.lines, func(i int, r *verify.Report, err error) {
				if err == nil && p.chunk[i].ask.Receipt {
					err = notary.Sign(r, p.chunk[i].asked())
				}
				out[i] = a.resultLine(index+i, r, err)
			})
		}
		if err != nil {
			return send(a.resultLine(index, nil, err))
		}
		if send(out...) != nil {
			return nil //nolint:nilerr // nobody reads on
		}
		index += len(p.chunk)
	}
	if ended != nil {
		return send(a.resultLine(index, nil, ended))
	}
	return nil
}

// readChunks hands lines on in chunks: full ones while input is at hand, what
// there is where the next line would have to be waited for.
func readChunks(ctx context.Context, in incoming, asker string, chunks chan<- []question) error {
	total := 0
	for {
		var chunk []question
		size := 0
		var err error
		for len(chunk) < chunkLines && size < chunkBytes && (len(chunk) == 0 || in.ready()) {
			var l batchLine
			l, err = in.next()
			if err != nil && !own(err) {
				break
			}
			if total++; total > MaxBatchLines {
				err = Problem{http.StatusRequestEntityTooLarge, "TOO_MANY_LINES", fmt.Sprintf("A list has at most %d lines; send the rest as another.", MaxBatchLines)}
				break
			}
			chunk = append(chunk, l.question(asker, err))
			size += len(l.Credential) + len(l.Bundle) + 64
			err = nil
		}
		if len(chunk) > 0 {
			select {
			case chunks <- chunk:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if p, ok := broken(err); ok {
			return p
		}
		if err != nil {
			return err
		}
	}
}

// broken says what is wrong with a list that cannot be read on.
func broken(err error) (Problem, bool) {
	switch {
	case errors.Is(err, errEndless):
		return Problem{http.StatusBadRequest, "MALFORMED", fmt.Sprintf("A record is longer than %d bytes; a quotation mark may be open.", maxLine)}, true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return Problem{http.StatusBadRequest, "MALFORMED", "The list breaks off, or its gzip is damaged."}, true
	}
	return Problem{}, false
}

// own tells whether an error is the line's own; others end the list.
func own(err error) bool {
	var text *ijson.Error
	var invalid fault.Invalid
	return errors.Is(err, errLine) || errors.As(err, &text) || errors.As(err, &invalid)
}

func (l batchLine) question(asker string, err error) question {
	q := question{ask: l}
	q.Number, q.Fault = l.Number, err
	switch {
	case err != nil:
		return q
	case l.Number != "":
		l.Credential = json.RawMessage("{}") // the number stands for it
	}
	q.Submission, q.Fault = l.submission()
	if q.Submission.Asker = asker; l.Number != "" {
		q.Text = ""
	}
	return q
}

// asked is the question as a receipt repeats it.
func (q question) asked() receipt.Asked {
	x := q.Line.AskedOf(q.ask.Asker)
	x.Expect, x.Policy = wording(verify.Expect(q.ask.Expect)), q.ask.Policy.wording()
	return x
}

// resultLine is one line of the answer. What failed on our side is told without
// its cause.
func (a *API) resultLine(index int, r *verify.Report, err error) []byte {
	out := batchResult{Index: index, Report: r}
	if err != nil {
		out.Report = nil
		out.Problem = a.problemLine(err)
	}
	data, err := json.Marshal(out)
	if err != nil { // a report is made to be written
		return fmt.Appendf(nil, `{"index":%d,"problem":{"status":500,"code":"INTERNAL"}}`, index)
	}
	return data
}

func (a *API) problemLine(err error) json.RawMessage {
	switch {
	case errors.Is(err, errLine):
		err = fault.Invalid{{Pointer: "", Detail: err.Error()}}
	default:
		err = unreadable(err, "/credential")
	}
	data, failed := a.Explain(err)
	if failed != nil { // strings and numbers do not fail
		return json.RawMessage(`{"status":500,"code":"INTERNAL"}`)
	}
	return data
}
