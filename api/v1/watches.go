package v1

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/notify"
)

type watchEntryRequest struct {
	Certificate string `json:"certificate"` // its id, or …
	Number      string `json:"number"`      // … its number with the issuer
	Issuer      string `json:"issuer"`      // id or DID of a body
	Consent     string `json:"consent_reference"`
}

type watchTargetRequest struct {
	URL string `json:"url"`
}

type watchRequest struct {
	Issuer       string              `json:"issuer"`       // operators: the body to act for; none: the operator itself
	Certificates []string            `json:"certificates"` // ids
	Entries      []watchEntryRequest `json:"entries"`      // with an issuer or a consent reference of their own
	Consent      string              `json:"consent_reference"`
	ExpiresAt    string              `json:"expires_at"` // of the watch; default in a year
	Digest       string              `json:"digest" enums:"none,daily,weekly"`
	ExpiryDays   int                 `json:"expiry_notice_days"` // before the end of a certificate; default 30
	Webhook      *watchTargetRequest `json:"webhook"`            // none: the feed alone
}

type watchListRequest struct {
	Certificates []string            `json:"certificates"`
	Entries      []watchEntryRequest `json:"entries"`
}

type watchResponse struct {
	ID         string             `json:"id"`
	Owner      string             `json:"owner"`
	Consent    string             `json:"consent_reference"`
	Watched    int                `json:"watched"` // certificates
	Digest     string             `json:"digest" enums:"none,daily,weekly"`
	ExpiryDays int                `json:"expiry_notice_days"`
	CreatedAt  time.Time          `json:"created_at"`
	ExpiresAt  time.Time          `json:"expires_at"`
	WebhookID  string             `json:"webhook_id,omitempty"`
	Webhook    *webhookResponse   `json:"webhook,omitempty"` // with its secret; told once
	Results    []watchResult      `json:"results,omitempty"` // of what was asked for, in order
	Links      watchLinksResponse `json:"links"`
}

type watchLinksResponse struct {
	Notices      string `json:"notices"`
	Certificates string `json:"certificates"`
}

type watchResult struct {
	Index       int    `json:"index"`
	Certificate string `json:"certificate"` // as it was asked for
	Outcome     string `json:"outcome" enums:"watching,not_found,check_character,malformed,consent_reference"`
}

type watchedResponse struct {
	Certificate string    `json:"certificate"`
	Issuer      string    `json:"issuer"`
	Consent     string    `json:"consent_reference,omitempty"` // where it is not the watch's
	AddedAt     time.Time `json:"added_at"`
}

type noticeResponse struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Certificate string    `json:"certificate"`
	At          time.Time `json:"at"`
	Notice      string    `json:"notice"` // compact JWS by the register, typ bonafide-notice+jwt; empty once the holder's data were erased
}

func (a *API) watchOf(w notify.Watch) watchResponse {
	at := a.Addresses.Public + "/v1/watches/" + w.ID
	out := watchResponse{ID: w.ID, Owner: string(w.Owner), Consent: w.Consent, Watched: w.Watched, Digest: w.Digest, ExpiryDays: w.ExpiryDays, CreatedAt: w.CreatedAt, ExpiresAt: w.ExpiresAt,
		WebhookID: w.Webhook, Links: watchLinksResponse{at + "/notices", at + "/certificates"}}
	if out.Digest == "" {
		out.Digest = "none"
	}
	return out
}

func noticeOf(n notify.Notice) noticeResponse {
	return noticeResponse{ID: n.ID, Type: n.Type, Certificate: n.Number, At: n.At, Notice: n.Token}
}

// asked reads what is to be watched.
func asked(certificates []string, entries []watchEntryRequest) ([]notify.Asked, error) {
	var f fault.Invalid
	var out []notify.Asked
	for _, n := range certificates {
		out = append(out, notify.Asked{Certificate: n})
	}
	for i, e := range entries {
		at := "/entries/" + strconv.Itoa(i)
		if (e.Certificate == "") == (e.Number == "") {
			f.Add(at, "needs certificate, or number with issuer")
		}
		if e.Number != "" && e.Issuer == "" {
			f.Add(at+"/issuer", "is missing: the body that issued the number")
		}
		out = append(out, notify.Asked{Certificate: e.Certificate + e.Number, Issuer: e.Issuer, Consent: e.Consent})
	}
	if len(out) > notify.MaxWatched {
		f.Add("", "names more certificates than one watch holds: "+strconv.Itoa(notify.MaxWatched))
	}
	return out, f.Err()
}

func results(all []notify.Asked, outcomes []string) []watchResult {
	out := make([]watchResult, len(all))
	for i, x := range all {
		out[i] = watchResult{i, x.Certificate, outcomes[i]}
	}
	return out
}

// addWatch serves the call below.
//
// @Summary Be told when certificates change
// @Description For whoever relies on certificates. A signed notice, with the report of the moment inside, is given when a certificate is suspended, restored, withdrawn, renewed, superseded, corrected or erased, when its end is ahead or has come, and when something happens to its issuer's accreditation, to the bodies above it or to the issuer's keys. Notices are kept in a feed; with a webhook a message with a link comes too, at once or as a digest. A certificate that follows a watched one is watched as well. An unknown number, one of another issuer and one that is not published are told alike. Holders may see that a watch exists, and its consent reference. The watch ends when it expires or is deleted.
// @Tags watches
// @Accept json
// @Produce json
// @Param watch body watchRequest true "Which certificates, with whose consent, until when"
// @Param Idempotency-Key header string false "Repeat the call under the same key and it is never carried out twice; the first answer is replayed" maxlength(255)
// @Security OAuth2[watches:write]
// @Success 201 {object} watchResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches [post]
func (a *API) addWatch(c echo.Context) error {
	var r watchRequest
	if err := bind(c, &r); err != nil {
		return err
	}
	owner, err := a.told(c, "watches:write", r.Issuer)
	if err != nil {
		return err
	}
	key, err := creationKey(c)
	if err != nil {
		return err
	}
	list, err := asked(r.Certificates, r.Entries)
	if err != nil {
		return err
	}
	var f fault.Invalid
	want := notify.WantedWatch{Consent: r.Consent, ExpiresAt: dated(&f, "/expires_at", r.ExpiresAt, false), Digest: r.Digest, ExpiryDays: r.ExpiryDays}
	if r.Webhook != nil {
		if want.URL = r.Webhook.URL; want.URL == "" {
			f.Add("/webhook/url", "is missing")
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	made, err := a.Notify.CreateWatch(ctx, owner, want, list, key)
	if err != nil {
		return err
	}
	add := a.Notify.Add
	if made.Replayed && made.Watched > 0 { // the call was carried out, and since then some may have been taken out
		add = a.Notify.Judge
	}
	outcomes, err := add(ctx, made.Watch, list)
	if err != nil {
		return err
	}
	w, err := a.Notify.Watches.Watch(ctx, made.ID)
	if err != nil {
		return err
	}
	out := a.watchOf(w)
	out.Results = results(list, outcomes)
	if made.Endpoint != nil {
		hook := createdOf(*made.Endpoint)
		out.Webhook = &hook
	}
	if made.Replayed {
		c.Response().Header().Set("Idempotency-Replayed", "true")
	}
	c.Response().Header().Set("Location", "/v1/watches/"+made.ID)
	unshared(c)
	return c.JSON(http.StatusCreated, out)
}

// listWatches serves the call below.
//
// @Summary The own watches
// @Tags watches
// @Produce json
// @Param issuer query string false "Body id; operators only"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[watches:write]
// @Success 200 {object} list[watchResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches [get]
func (a *API) listWatches(c echo.Context) error {
	owner, err := a.told(c, "watches:write", c.QueryParam("issuer"))
	if err != nil {
		return err
	}
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	found, err := a.Notify.Watches.WatchesOf(c.Request().Context(), owner, after, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID
	}
	out := make([]watchResponse, len(found))
	for i, w := range found {
		out[i] = a.watchOf(w)
	}
	return pageOf(c, out, next)
}

// ownWatch finds the watch of the path if it is the caller's own.
func (a *API) ownWatch(c echo.Context) (notify.Watch, error) {
	owner, err := a.told(c, "watches:write", "")
	if err != nil {
		return notify.Watch{}, err
	}
	w, err := a.Notify.Watches.Watch(c.Request().Context(), c.Param("id"))
	if err == nil && w.Owner != owner && owner != notify.Operator {
		err = notify.ErrNotFound
	}
	return w, err
}

// watch serves the call below.
//
// @Summary One watch
// @Tags watches
// @Produce json
// @Param id path string true "Its id"
// @Security OAuth2[watches:write]
// @Success 200 {object} watchResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id} [get]
func (a *API) watch(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	return readJSON(c, "private, no-store", a.watchOf(w))
}

// removeWatch serves the call below.
//
// @Summary End a watch: its certificates, notices and webhook are forgotten
// @Tags watches
// @Param id path string true "Its id"
// @Security OAuth2[watches:write]
// @Success 204
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id} [delete]
func (a *API) removeWatch(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	if err := a.Notify.Watches.RemoveWatch(c.Request().Context(), w.ID, "removed"); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// watchNotices serves the call below.
//
// @Summary The notices of a watch, oldest first
// @Description A feed to poll: follow next_cursor; when there is none, come back later with after and the id of the last notice.
// @Tags watches
// @Produce json
// @Param id path string true "Its id"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Param after query string false "Id of the last notice that was read, instead of a cursor"
// @Security OAuth2[watches:write]
// @Success 200 {object} list[noticeResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id}/notices [get]
func (a *API) watchNotices(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	limit, cursor, err := window(c)
	if err != nil {
		return err
	}
	ctx, after := c.Request().Context(), int64(0)
	if cursor != "" {
		if after, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return fault.Invalid{{Pointer: "?cursor", Detail: "is not a cursor of this list"}}
		}
	}
	if id := c.QueryParam("after"); id != "" {
		last, err := a.Notify.Watches.OneNotice(ctx, w.ID, id)
		if err != nil {
			return err
		}
		after = last.Seq
	}
	found, err := a.Notify.Watches.Notices(ctx, w.ID, after, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = strconv.FormatInt(found[limit-1].Seq, 10)
	}
	out := make([]noticeResponse, len(found))
	for i, n := range found {
		out[i] = noticeOf(n)
	}
	return pageOf(c, out, next)
}

// watchNotice serves the call below.
//
// @Summary One notice
// @Tags watches
// @Produce json
// @Param id path string true "Id of the watch"
// @Param notice path string true "Id of the notice"
// @Security OAuth2[watches:write]
// @Success 200 {object} noticeResponse
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id}/notices/{notice} [get]
func (a *API) watchNotice(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	n, err := a.Notify.Watches.OneNotice(c.Request().Context(), w.ID, c.Param("notice"))
	if err != nil {
		return err
	}
	return readJSON(c, "private, no-store", noticeOf(n))
}
