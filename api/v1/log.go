package v1

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// Caching of what the log publishes: a checkpoint for as long as nobody minds
// seeing it late; keys and the list of logs change with the year.
const (
	cacheCheckpoint = "public, max-age=1"
	cacheLogs       = "public, max-age=60"
)

// registerLog mounts what the log publishes, the newest tree and each by name.
func (a *API) registerLog(e *echo.Echo) {
	e.GET("/log/checkpoint", a.logCheckpoint)
	e.GET("/log/key", a.logKey)
	e.GET("/log/tile/*", a.logTile)
	e.GET("/log/:shard/checkpoint", a.shardCheckpoint)
	e.GET("/log/:shard/key", a.shardKey)
	e.GET("/log/:shard/tile/*", a.shardTile)
	e.GET("/log/witness/key", a.witnessKey)
	e.POST("/log/witness/add-checkpoint", a.addCheckpoint)
	e.GET("/v1/log", a.logs)
	e.GET("/v1/log/proof", a.logProof)
}

// logCheckpoint serves the call below.
//
// @Summary The checkpoint of the transparency log
// @Description Signed note (C2SP tlog-checkpoint) of the newest log: its origin, size and root, with the log's signature and the cosignatures of witnesses. The same log is at /log/SHARD, where SHARD is the last part of its origin, for good.
// @Tags log
// @Produce plain
// @Success 200 {string} string "Signed note"
// @Failure 404 {object} ProblemDocument
// @Router /log/checkpoint [get]
func (a *API) logCheckpoint(c echo.Context) error { return a.published(c, "", "checkpoint") }

// logKey serves the call below.
//
// @Summary The verifier key of the transparency log
// @Tags log
// @Produce plain
// @Success 200 {string} string "name+id+key (C2SP signed-note)"
// @Failure 404 {object} ProblemDocument
// @Router /log/key [get]
func (a *API) logKey(c echo.Context) error { return a.published(c, "", "key") }

// logTile serves the call below.
//
// @Summary A tile of the transparency log
// @Description C2SP tlog-tiles: hashes at tile/LEVEL/N[.p/WIDTH], entries at tile/entries/N[.p/WIDTH]. Tiles never change.
// @Tags log
// @Produce octet-stream
// @Param path path string true "LEVEL/N or entries/N, N in groups of three digits (x001/x234/067), a partial tile with .p/WIDTH"
// @Success 200 {file} binary
// @Failure 404 {object} ProblemDocument
// @Router /log/tile/{path} [get]
func (a *API) logTile(c echo.Context) error { return a.published(c, "", "tile/"+c.Param("*")) }

// shardCheckpoint serves the call below.
//
// @Summary The checkpoint of one log
// @Tags log
// @Produce plain
// @Param shard path string true "Last part of the origin, such as 2026"
// @Success 200 {string} string "Signed note"
// @Failure 404 {object} ProblemDocument
// @Router /log/{shard}/checkpoint [get]
func (a *API) shardCheckpoint(c echo.Context) error {
	return a.published(c, c.Param("shard"), "checkpoint")
}

// shardKey serves the call below.
//
// @Summary The verifier key of one log
// @Tags log
// @Produce plain
// @Param shard path string true "Last part of the origin, such as 2026"
// @Success 200 {string} string "name+id+key (C2SP signed-note)"
// @Failure 404 {object} ProblemDocument
// @Router /log/{shard}/key [get]
func (a *API) shardKey(c echo.Context) error { return a.published(c, c.Param("shard"), "key") }

// shardTile serves the call below.
//
// @Summary A tile of one log
// @Tags log
// @Produce octet-stream
// @Param shard path string true "Last part of the origin, such as 2026"
// @Param path path string true "As of the newest log"
// @Success 200 {file} binary
// @Failure 404 {object} ProblemDocument
// @Router /log/{shard}/tile/{path} [get]
func (a *API) shardTile(c echo.Context) error {
	return a.published(c, c.Param("shard"), "tile/"+c.Param("*"))
}

func (a *API) published(c echo.Context, shard, path string) error {
	ctx := c.Request().Context()
	t, err := a.Log.Tree(ctx, shard)
	if err != nil {
		return logProblem(err)
	}
	data, forever, err := a.Log.Tile(ctx, t, path)
	switch {
	case err != nil:
		return logProblem(err)
	case forever:
		return read(c, cacheForever, echo.MIMEOctetStream, data)
	case path == "checkpoint":
		return read(c, cacheCheckpoint, echo.MIMETextPlainCharsetUTF8, data)
	default:
		return read(c, cacheLogs, echo.MIMETextPlainCharsetUTF8, data)
	}
}

func logProblem(err error) error {
	switch {
	case errors.Is(err, translog.ErrNotFound):
		return Problem{http.StatusNotFound, "NOT_IN_LOG", "The transparency log has no such thing, or not yet."}
	case errors.Is(err, translog.ErrWaiting):
		return Problem{http.StatusNotFound, "LOG_PENDING", "The entry waits for its place in the log; at most " + translog.MaxMergeDelay.String() + " after it was written it has one."}
	default:
		return err
	}
}

type logResponse struct {
	Origin    string     `json:"origin"`
	Key       string     `json:"key"`
	URL       string     `json:"url"` // prefix of checkpoint, key and tile/
	Size      int64      `json:"size"`
	OpenedAt  time.Time  `json:"opened_at"`
	ClosedAt  *time.Time `json:"closed_at"`           // null: entries are added to it
	Lost      bool       `json:"lost,omitempty"`      // more of it was published than is kept, which was declared
	Witness   string     `json:"witness,omitempty"`   // key with which this service cosigns other logs
	Witnesses []string   `json:"witnesses,omitempty"` // keys of those who are asked to cosign this one
}

// logs serves the call below.
//
// @Summary Every log, oldest first
// @Description A new log begins with every year, and after a declared loss. Old ones are frozen and stay where they are.
// @Tags log
// @Produce json
// @Success 200 {object} list[logResponse]
// @Failure 429 {object} ProblemDocument
// @Router /v1/log [get]
func (a *API) logs(c echo.Context) error {
	all, err := a.Log.Store.Trees(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]logResponse, len(all))
	for i, t := range all {
		out[i] = logResponse{Origin: t.Origin, Key: t.Key, URL: a.Addresses.Public + "/log/" + translog.Shard(t.Origin), Size: t.Size, OpenedAt: t.OpenedAt,
			ClosedAt: at(t.ClosedAt), Lost: t.Lost}
		if i == len(all)-1 {
			for _, w := range a.Log.Witnesses {
				out[i].Witnesses = append(out[i].Witnesses, w.Key)
			}
			if a.Cosigner != nil {
				out[i].Witness = a.Cosigner.Key
			}
		}
	}
	return readJSON(c, cacheCheckpoint, map[string]any{"data": out, "next_cursor": nil})
}

type proofResponse struct {
	Origin string          `json:"origin"`
	Index  int64           `json:"index"`
	Size   int64           `json:"size"`                       // of the checkpoint
	Entry  json.RawMessage `json:"entry" swaggertype:"object"` // as it was logged; its exact bytes are in proof
	Proof  string          `json:"proof"`                      // C2SP tlog-proof; its line "extra" holds the entry
}

type consistencyResponse struct {
	Origin string   `json:"origin"`
	From   int64    `json:"from"`
	To     int64    `json:"to"`
	Hashes []string `json:"hashes"` // RFC 6962, base64
}

// logProof serves the call below.
//
// @Summary Prove an entry, or that the log only grew
// @Description With token_sha256 or index: that the entry is in the log, as a C2SP tlog-proof under the published checkpoint (Accept: text/plain gives the proof alone). With from and to: that the log of size to continues that of size from. LOG_PENDING says that the entry was written and waits for its place.
// @Tags log
// @Produce json
// @Produce plain
// @Param token_sha256 query string false "SHA-256 of the exact token of a certificate or statement, in hexadecimal"
// @Param index query int false "Index of the entry"
// @Param from query int false "Size that the log had"
// @Param to query int false "Size that it has; the published one without"
// @Param log query string false "Last part of the log's origin; the newest log without"
// @Success 200 {object} proofResponse
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/log/proof [get]
func (a *API) logProof(c echo.Context) error {
	ctx, hash, index, from := c.Request().Context(), c.QueryParam("token_sha256"), c.QueryParam("index"), c.QueryParam("from")
	if set(hash)+set(index)+set(from) != 1 {
		return fault.Invalid{{Pointer: "?token_sha256", Detail: "name one of token_sha256, index, and from"}}
	}
	if hash != "" {
		raw, err := hex.DecodeString(hash)
		if err != nil || len(raw) != 32 {
			return fault.Invalid{{Pointer: "?token_sha256", Detail: "is not a SHA-256 in hexadecimal"}}
		}
		p, at, err := a.Log.ProveToken(ctx, [32]byte(raw))
		if err != nil {
			return logProblem(err)
		}
		return proven(c, at.Origin, p)
	}
	t, err := a.Log.Tree(ctx, c.QueryParam("log"))
	if err != nil {
		return logProblem(err)
	}
	if index != "" {
		n, err := number(c, "index", 0)
		if err != nil {
			return err
		}
		p, err := a.Log.ProveEntry(ctx, t, n)
		if err != nil {
			return logProblem(err)
		}
		return proven(c, t.Origin, p)
	}
	return a.consistency(c, t)
}

func set(s string) int {
	if s == "" {
		return 0
	}
	return 1
}

func number(c echo.Context, name string, without int64) (int64, error) {
	s := c.QueryParam(name)
	if s == "" {
		return without, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Invalid{{Pointer: "?" + name, Detail: "is not a whole number"}}
	}
	return n, nil
}

// proven answers with a proof. It is not kept: the next one is under a later
// checkpoint.
func proven(c echo.Context, origin string, p inclusion.Proof) error {
	if prefers(c, echo.MIMEApplicationJSON, echo.MIMETextPlain) == echo.MIMETextPlain {
		return read(c, cacheCheckpoint, echo.MIMETextPlainCharsetUTF8, p.Encode())
	}
	at, err := inclusion.Peek(p.Checkpoint)
	if err != nil {
		return err
	}
	return readJSON(c, cacheCheckpoint, proofResponse{origin, p.Index, at.Size, p.Entry, string(p.Encode())})
}

func (a *API) consistency(c echo.Context, t translog.Tree) error {
	from, err := number(c, "from", 0)
	if err != nil {
		return err
	}
	at, err := inclusion.Peek(t.Published)
	if err != nil {
		return logProblem(translog.ErrNotFound)
	}
	to, err := number(c, "to", at.Size)
	if err != nil {
		return err
	}
	hashes, err := a.Log.ProveSize(c.Request().Context(), t, from, to)
	if err != nil {
		return logProblem(err)
	}
	out := consistencyResponse{Origin: t.Origin, From: from, To: to, Hashes: make([]string, len(hashes))}
	for i, h := range hashes {
		out.Hashes[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return readJSON(c, cacheCheckpoint, out)
}

// witnessKey serves the call below.
//
// @Summary The key with which this service cosigns other logs
// @Tags log
// @Produce plain
// @Success 200 {string} string "name+id+key (C2SP tlog-cosignature)"
// @Failure 404 {object} ProblemDocument
// @Router /log/witness/key [get]
func (a *API) witnessKey(c echo.Context) error {
	if a.Cosigner == nil {
		return noWitness()
	}
	return read(c, cacheLogs, echo.MIMETextPlainCharsetUTF8, []byte(a.Cosigner.Key+"\n"))
}

func noWitness() error {
	return Problem{http.StatusNotFound, "NO_WITNESS", "This service is no witness; BONAFIDE_WITNESS_LOGS names the logs it would watch."}
}

// addCheckpoint serves the call below.
//
// @Summary Have another log's checkpoint cosigned
// @Description C2SP tlog-witness. Answered for the logs that the operator told this service to watch, if the checkpoint continues the one cosigned before.
// @Tags log
// @Accept plain
// @Produce plain
// @Param request body string true "old SIZE, hashes of the consistency proof, an empty line, the checkpoint"
// @Success 200 {string} string "Cosignature line"
// @Failure 400 {string} string
// @Failure 403 {string} string
// @Failure 404 {string} string
// @Failure 409 {string} string "The size cosigned before, as text/x.tlog.size"
// @Failure 422 {string} string
// @Router /log/witness/add-checkpoint [post]
func (a *API) addCheckpoint(c echo.Context) error {
	if a.Cosigner == nil {
		return noWitness()
	}
	const longest = 32 << 10 // a checkpoint, and 63 hashes
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, longest))
	if err != nil {
		return err
	}
	line, err := a.Cosigner.AddCheckpoint(c.Request().Context(), body)
	var no *translog.Refusal
	switch {
	case errors.As(err, &no) && no.Status == http.StatusConflict:
		return c.Blob(no.Status, "text/x.tlog.size", []byte(strconv.FormatInt(no.Size, 10)+"\n"))
	case errors.As(err, &no):
		return c.String(no.Status, no.Why+"\n")
	case err != nil:
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, line)
}

// logMember is where an issued certificate stands in the log.
type logMember struct {
	State      string `json:"state,omitempty" enums:"pending,included,stopped"` // left out where it was not asked; stopped: the log does not go on until its operator declares a loss
	Token      string `json:"token_sha256"`
	MaxDelay   int    `json:"max_delay_seconds,omitempty"` // while pending: until then it is included
	Origin     string `json:"origin,omitempty"`
	Index      *int64 `json:"index,omitempty"`
	Proof      string `json:"proof"` // where its proof is
	Checkpoint string `json:"checkpoint,omitempty"`
}

// logWait is how long a request waits for its place in the log: less than
// clients wait for an answer.
const logWait = 10 * time.Second

// logged tells where the token stands. It asks the log only if told to.
func (a *API) logged(ctx context.Context, token string, ask, wait bool) (*logMember, error) {
	if a.Log == nil || token == "" {
		return nil, nil //nolint:nilnil // there is nothing to tell
	}
	hash := inclusion.TokenHash(token)
	name := hex.EncodeToString(hash[:])
	m := &logMember{Token: name, Proof: a.Addresses.Public + "/v1/log/proof?token_sha256=" + name}
	if !ask && !wait {
		return m, nil
	}
	find := a.Log.Find
	if wait {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, logWait)
		defer cancel()
		find = a.Log.Await
	}
	at, err := find(ctx, hash)
	switch {
	case errors.Is(err, translog.ErrInconsistent): // it is issued all the same; the sequencer tells the operator
		m.State = "stopped"
	case errors.Is(err, translog.ErrWaiting):
		m.pending()
	case errors.Is(err, translog.ErrNotFound): // issued before there was a log
	case err != nil:
		return nil, err
	default:
		m.State, m.Origin, m.Index = "included", at.Origin, &at.Index
		m.Checkpoint = a.Addresses.Public + "/log/" + translog.Shard(at.Origin) + "/checkpoint"
	}
	return m, nil
}

// pending is what can be told of a certificate just sealed without asking.
func (m *logMember) pending() {
	if m != nil {
		m.State, m.MaxDelay = "pending", int(translog.MaxMergeDelay.Seconds())
	}
}
