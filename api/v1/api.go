// Package v1 is the JSON API: one file per resource. Handlers bind, call a
// room, and render; what is decided is decided inside. The annotations above
// them are the source of the OpenAPI description.
package v1

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/batch"
	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/forms"
	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/idempotency"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/internal/privacy"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/internal/report"
	"github.com/bonafide-dev/bonafide/internal/rotation"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// @title bonafide
// @version 1
// @description Is this certificate bona fide? Certification bodies issue signed credential records; anyone looks a certificate up and learns, with evidence, whether it is unaltered and in force, whether its issuer is accredited for exactly this scheme, and whether that accreditor is recognised, on the day of the decision and today.
// @description Errors are RFC 9457 problem documents; code is stable. Times are RFC 3339 in UTC. Unknown members of a request are refused.
// @description Quick starts in curl, Go, JavaScript and Python: /docs/start.
// @license.name Apache-2.0
// @license.url https://www.apache.org/licenses/LICENSE-2.0
// @BasePath /
// @securitydefinitions.oauth2.application OAuth2
// @tokenUrl /oauth2/token
// @scope.registry:write Register schemes and coverage
// @scope.statements:write State recognitions and accreditations
// @scope.certificates:write Issue certificates and change their status
// @scope.certificates:read Read the certificates of the own body
// @scope.keys:write Register and revoke keys
// @scope.clients:write Administer clients
// @scope.reports:read Read reports
// @scope.webhooks:write Administer webhooks
// @scope.watches:write Administer watches

// API serves /v1, the token endpoint and the machine-readable addresses.
type API struct {
	Registrar *registry.Registrar
	Issuer    *issue.Issuer
	Records   issue.Store
	Status    *status.Desk
	Renewals  *renewal.Desk
	Reports   *report.Desk
	Sweeper   *status.Sweeper
	Publisher *status.Publisher
	Custodian *keys.Custodian
	Rotation  *rotation.Desk
	Gate      *access.Gate
	Lookup    *lookup.Desk
	Forms     *forms.Desk
	Claims    *claims.Desk
	PDF       *claims.PDF
	Flags     []redflag.Rule // in force
	Answers   idempotency.Store
	Clerk     *disputes.Clerk
	Disputes  disputes.Store
	Journal   Journal
	Privacy   *privacy.Desk
	Holders   *holder.Desk
	Looked    func(number string) // counts a look at a certificate; nil: nobody counts
	Batches   *batch.Desk
	Filings   *Filings // limits what strangers file
	Log       *translog.Log
	Notify    *notify.Office
	Cosigner  *translog.Cosigner // nil: this service is no witness
	Addresses credential.Addresses
	// Conformance are further verification methods of the service's DID
	// document, of keys that sign conformance credentials and nothing else.
	Conformance []map[string]any
	Now         func() time.Time
	// Explain is the problem document of an error, for one line of many, with the
	// members of its code. Of a cause that is ours it tells nothing.
	Explain func(err error) (json.RawMessage, error)

	batches batches
}

// Problem is an error of the HTTP interface itself.
type Problem struct {
	Status int
	Code   string
	Detail string
}

func (p Problem) Error() string { return p.Code + ": " + p.Detail }

// Register mounts every route.
func (a *API) Register(e *echo.Echo) {
	e.POST("/oauth2/token", a.token)
	e.GET("/.well-known/oauth-authorization-server", a.serverMetadata)

	a.registerRegistry(e)
	a.registerCertificates(e)
	a.registerReports(e)
	a.registerLog(e)
	a.registerNotify(e)
	a.registerHolders(e)

	e.POST("/v1/verifications", a.verify)
	e.POST("/v1/verifications/batch", a.verifyBatch)
	e.POST("/v1/claims", a.claim)
	e.POST("/v1/receipts/verifications", a.judgeReceipt)
	e.GET("/v1/red-flags", a.redFlags)
	e.POST("/v1/disputes", a.once(a.fileDispute))
	e.GET("/v1/disputes", a.listDisputes)
	e.GET("/v1/disputes/:id", a.dispute)
	e.POST("/v1/disputes/:id/resolution", a.once(a.resolveDispute))
	e.POST("/v1/concerns", a.once(a.fileConcern))
	e.GET("/v1/concerns", a.listConcerns)
	e.GET("/v1/concerns/:id", a.concern)
	e.POST("/v1/concerns/:id/resolution", a.once(a.resolveConcern))

	e.GET("/.well-known/did.json", a.serviceDocument)
	e.GET("/bodies/:id/did.json", a.bodyDocument)
	e.GET("/bodies/:id/jwks.json", a.jwks)
	e.GET("/bodies/:id/keys/:thumbprint", a.key)
	e.GET("/status/:list", a.statusList)
	e.GET("/status/:list/suspension", a.suspensionList)
	e.GET("/ns/v1", a.context)
}

func (a *API) registerRegistry(e *echo.Echo) {
	e.GET("/v1/bodies", a.listBodies)
	e.POST("/v1/bodies", a.once(a.addBody))
	e.GET("/v1/bodies/:id", a.body)
	e.GET("/v1/bodies/:id/chain", a.chain)
	e.PUT("/v1/bodies/:id/coverage", a.setCoverage)
	e.GET("/v1/bodies/:id/keys", a.listKeys)
	e.POST("/v1/bodies/:id/keys", a.once(a.addKey))
	e.POST("/v1/bodies/:id/keys/rotation", a.once(a.rotateKey))
	e.POST("/v1/bodies/:id/keys/:kid/retirement", a.retireKey)
	e.POST("/v1/bodies/:id/keys/:kid/revocation", a.revokeKey)
	e.GET("/v1/schemes", a.listSchemes)
	e.POST("/v1/schemes", a.once(a.addScheme))
	e.GET("/v1/schemes/:id", a.scheme)
	e.POST("/v1/schemes/:id/rule-sets", a.once(a.addRules))
	e.POST("/v1/statements", a.once(a.addStatement))
	e.GET("/v1/statements/:id", a.statement)
	e.GET("/v1/statements/:id/credential", a.statementCredential)
	e.POST("/v1/statements/:id/events", a.once(a.statementEvent))
}

func (a *API) registerCertificates(e *echo.Echo) {
	e.GET("/v1/certificates", a.listCertificates)
	e.POST("/v1/certificates", a.issue) // issuing keeps its own idempotency keys
	e.POST("/v1/certificates/prepare", a.prepare)
	e.POST("/v1/certificates/:id/seal", a.seal)
	e.GET("/v1/certificates/:id", a.certificate)
	e.GET("/v1/certificates/:id/credential", a.credential)
	e.GET("/v1/certificates/:id/bundle", a.bundle)
	e.POST("/v1/certificates/:id/events", a.once(a.certificateEvent))
	e.POST("/v1/certificates/bulk-events", a.once(a.bulkEvent))
	e.POST("/v1/certificates/bulk-events/:id/undo", a.once(a.undoBulk))
	e.POST("/v1/certificates/:id/cpd", a.once(a.enterCPD))
	e.GET("/v1/certificates/:id/cpd", a.ledger)
	e.GET("/v1/certificates/:id/recertification", a.recertification)
	e.POST("/v1/certificates/:id/renewals", a.once(a.renew))
	e.POST("/v1/certificates/batch", a.issueBatch)
	e.GET("/v1/batches", a.listBatches)
	e.GET("/v1/batches/:id", a.batch)
	e.GET("/v1/certificates/:id/holder-data", a.holderData)
	e.POST("/v1/certificates/:id/erasure", a.once(a.erase))
}

func (a *API) registerReports(e *echo.Echo) {
	e.GET("/v1/reports/status", a.reportStatus)
	e.GET("/v1/reports/expiring", a.reportExpiring)
	e.GET("/v1/reports/cpd", a.reportCPD)
	e.GET("/v1/reports/examiners", a.reportExaminers)
	e.GET("/v1/reports/centres", a.reportCentres)
	e.GET("/v1/reports/accreditor", a.reportAccreditor)
	e.POST("/v1/reports/matrix", a.reportMatrix)
	e.POST("/v1/assessments", a.once(a.recordAssessment))
	e.GET("/v1/audit", a.audit)
}

// caller checks the access token of the request.
func (a *API) caller(c echo.Context) (access.Caller, error) { return Caller(c, a.Gate) }

// Caller checks the access token of the request, once in a request.
func Caller(c echo.Context, gate *access.Gate) (access.Caller, error) {
	if known, ok := c.Get(callerChecked).(access.Caller); ok {
		return known, nil
	}
	token, ok := strings.CutPrefix(c.Request().Header.Get("Authorization"), "Bearer ")
	if !ok {
		return access.Caller{}, access.ErrToken
	}
	caller, err := gate.Caller(c.Request().Context(), strings.TrimSpace(token))
	if err == nil {
		c.Set(callerChecked, caller)
		Sign(c, caller)
	}
	return caller, err
}

// Sign has what the rest of the request writes noted as the caller's.
func Sign(c echo.Context, caller access.Caller) {
	r := c.Request()
	by := journal.Who(r.Context())
	by.Client, by.Body = caller.Client, caller.Body
	c.SetRequest(r.WithContext(journal.By(r.Context(), by)))
}

// callerChecked names what is known of the caller from here to the end of the
// request.
const callerChecked = "caller"

// knownVersion is the registry's version as it was read with the caller, just
// now: what follows in the request need not ask for it again. Zero: not read.
func knownVersion(c echo.Context) int64 {
	caller, _ := c.Get(callerChecked).(access.Caller)
	return caller.Registry
}

// acting checks that the caller has the scope and finds the body acted for: a
// client's own, or for an operator the one named.
func (a *API) acting(c echo.Context, scope, named string) (string, error) {
	caller, err := a.caller(c)
	if err != nil {
		return "", err
	}
	body := caller.Body
	if caller.Operator {
		body = named
		if body == "" {
			return "", fault.Invalid{{Pointer: "/issuer", Detail: "is missing: an operator names the body it acts for"}}
		}
	} else if named != "" && named != body {
		return "", &fault.Refusal{Kind: fault.Forbidden, Code: "WRONG_BODY", Pointer: "/issuer", Detail: "The client acts for another body."}
	}
	if !caller.May(scope, body) {
		return "", missing(scope)
	}
	return body, nil
}

func missing(scope string) error {
	return &fault.Refusal{Kind: fault.Forbidden, Code: "INSUFFICIENT_SCOPE", Detail: "The access token lacks the scope " + scope + " for this body."}
}

// operator checks that the caller is one.
func (a *API) operator(c echo.Context) error {
	caller, err := a.caller(c)
	if err == nil && !caller.Operator {
		err = &fault.Refusal{Kind: fault.Forbidden, Code: "OPERATOR_ONLY", Detail: "Only an operator client may do this."}
	}
	return err
}

// bind reads a JSON body strictly into a request struct.
func bind(c echo.Context, v any) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return Problem{http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Send application/json."}
	}
	data, err := whole(c.Request())
	if err != nil {
		return err
	}
	return ijson.Decode(data, v)
}

// whole reads a body, into memory of its size where that is told and believable.
func whole(r *http.Request) ([]byte, error) {
	const believable = 64 << 10
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(min(r.ContentLength, believable)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(r.Body)
	return b.Bytes(), err
}

// lease is how long a claim of an idempotency key holds without an answer:
// longer than an honest request takes, short enough to repeat after a crash.
const lease = 10 * time.Second

// afterTime bounds keeping the answer when the request itself has had its time;
// without it the claim holds for its lease.
const afterTime = 5 * time.Second

// once answers a repeat under the same Idempotency-Key with the first answer,
// which is sent only once it is kept. Answers that a repeat could better (no
// permission, our own failure) are not kept. A call that was carried out and
// whose answer was lost is carried out again; creation tells it so.
func (a *API) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := idempotencyKey(c)
		if err != nil {
			return err
		}
		if key == "" {
			return next(c)
		}
		caller, err := a.caller(c)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		c.Request().Body = io.NopCloser(strings.NewReader(string(data)))
		sum := sha256.Sum256(append([]byte(c.Request().URL.RequestURI()+"\x00"), data...))
		answer := idempotency.Answer{Client: caller.Client, Route: c.Request().Method + " " + c.Path(), Key: key, Fingerprint: sum[:], StartedAt: a.Now().UTC()}
		ctx := c.Request().Context()
		prior, err := a.Answers.Begin(ctx, answer, lease)
		if err != nil {
			return err
		}
		if prior != nil {
			h := c.Response().Header()
			for k, v := range prior.Header {
				h.Set(k, v)
			}
			h.Set("Idempotency-Replayed", "true")
			return c.Blob(prior.Status, prior.Header["Content-Type"], prior.Body)
		}
		c.Set(creating, creationOf(answer))
		out := c.Response()
		kept := &keeper{header: out.Header()}
		c.SetResponse(echo.NewResponse(kept, c.Echo()))
		err = next(c)
		c.SetResponse(out)
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterTime) // the caller may have gone; the answer stays true
		defer cancel()
		if err != nil {
			return errors.Join(err, a.Answers.Abandon(after, answer))
		}
		answer.Status, answer.Body, answer.Header = kept.status, kept.body, map[string]string{"Content-Type": out.Header().Get("Content-Type")}
		if l := out.Header().Get("Location"); l != "" {
			answer.Header["Location"] = l
		}
		keep := a.Answers.Finish
		if kept.status >= http.StatusInternalServerError {
			keep = a.Answers.Abandon
		}
		if err := keep(after, answer); err != nil {
			return errors.Join(err, a.Answers.Abandon(after, answer))
		}
		out.WriteHeader(kept.status)
		_, err = out.Write(kept.body)
		return err
	}
}

// creating names the creation of a request.
const creating = "creation"

// creation is an id for what the request creates, the same for each repeat of
// it under the same Idempotency-Key; empty without one.
func creation(c echo.Context) string {
	id, _ := c.Get(creating).(string)
	return id
}

// creationOf is 80 bits of the SHA-256 of client, route, key and fingerprint.
func creationOf(a idempotency.Answer) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{a.Client, a.Route, a.Key, string(a.Fingerprint)}, "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// idempotencyKey reads the structured-field string, quoted or not.
func idempotencyKey(c echo.Context) (string, error) {
	key := strings.Trim(strings.TrimSpace(c.Request().Header.Get("Idempotency-Key")), `"`)
	if len(key) > 255 {
		return "", fault.Invalid{{Pointer: "", Detail: "Idempotency-Key is longer than 255 characters"}}
	}
	return key, nil
}

// keeper keeps an answer instead of sending it.
type keeper struct {
	header http.Header
	status int
	body   []byte
}

// Header is that of the answer as it will be sent.
func (k *keeper) Header() http.Header { return k.header }

// WriteHeader keeps the status.
func (k *keeper) WriteHeader(status int) { k.status = status }

// Write keeps the body.
func (k *keeper) Write(b []byte) (int, error) {
	k.body = append(k.body, b...)
	return len(b), nil
}

// read answers a GET with a strong ETag; a client that has it gets 304.
func read(c echo.Context, cache, contentType string, data []byte) error {
	return readTagged(c, cache, contentType, data, tagOf(data))
}

func tagOf(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// readReport answers with a report. Its ETag is weak: the instant of asking
// does not make it another report.
func readReport(c echo.Context, r *verify.Report) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	asked, err := json.Marshal(r.CheckedAt)
	if err != nil {
		return err
	}
	return readTagged(c, cacheState, echo.MIMEApplicationJSON, data, "W/"+tagOf(bytes.ReplaceAll(data, asked, nil)))
}

func readTagged(c echo.Context, cache, contentType string, data []byte, tag string) error {
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept")
	if match := c.Request().Header.Get("If-None-Match"); match == "*" || strings.Contains(match, strings.TrimPrefix(tag, "W/")) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentType, data)
}

// Caching of what changes with the registry, of what changes with status, and
// of what never changes.
const (
	cacheShort   = "public, max-age=15"
	cacheState   = "public, max-age=0, must-revalidate"
	cacheForever = "public, max-age=31536000, immutable"
)

func readJSON(c echo.Context, cache string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return read(c, cache, echo.MIMEApplicationJSON, data)
}

// instant reads a query parameter: an instant with zone, or a day.
func instant(c echo.Context, name string) (time.Time, error) {
	s := c.QueryParam(name)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fault.Invalid{{Pointer: "?" + name, Detail: "is neither an instant with zone (2026-03-01T09:00:00Z) nor a day"}}
}

// dated reads a member of a request body: an instant with zone.
func dated(f *fault.Invalid, pointer, s string, required bool) time.Time {
	if s == "" {
		if required {
			f.Add(pointer, "is missing")
		}
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		f.Add(pointer, "is not an instant with zone, such as 2026-03-01T09:00:00Z")
	}
	return t.UTC()
}
