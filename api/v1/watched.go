package v1

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// addWatched serves the call below.
//
// @Summary Watch more certificates: a list
// @Description JSON, NDJSON with an entry on each line, or CSV with a header of certificate, number, issuer and consent_reference (certificate or number is needed). Adding one again changes its consent reference. The answer tells of each line what became of it.
// @Tags watches
// @Accept json
// @Produce json
// @Param id path string true "Id of the watch"
// @Param list body watchListRequest true "Which certificates"
// @Security OAuth2[watches:write]
// @Success 200 {object} watchResponse
// @Failure 400 {object} ProblemDocument
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 409 {object} ProblemDocument
// @Failure 413 {object} ProblemDocument
// @Failure 415 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id}/certificates [post]
func (a *API) addWatched(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	list, err := watchList(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	outcomes, err := a.Notify.Add(ctx, w, list)
	if err != nil {
		return err
	}
	if w, err = a.Notify.Watches.Watch(ctx, w.ID); err != nil {
		return err
	}
	out := a.watchOf(w)
	out.Results = results(list, outcomes)
	unshared(c)
	return c.JSON(http.StatusOK, out)
}

func watchList(c echo.Context) ([]notify.Asked, error) {
	kind, _, _ := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	switch kind {
	case "text/csv", "application/x-ndjson":
	default:
		var r watchListRequest
		if err := bind(c, &r); err != nil {
			return nil, err
		}
		return asked(r.Certificates, r.Entries)
	}
	data, err := whole(c.Request())
	if err != nil {
		return nil, err
	}
	read := ndjsonEntries
	if kind == "text/csv" {
		read = csvEntries
	}
	entries, err := read(data)
	if err != nil {
		return nil, err
	}
	return asked(nil, entries)
}

func ndjsonEntries(data []byte) ([]watchEntryRequest, error) {
	var out []watchEntryRequest
	for i, line := range bytes.Split(data, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var e watchEntryRequest
		if err := ijson.Decode(line, &e); err != nil {
			return nil, fault.Invalid{{Pointer: "/" + strconv.Itoa(i), Detail: "is no entry: " + err.Error()}}
		}
		out = append(out, e)
	}
	return out, nil
}

func csvEntries(data []byte) ([]watchEntryRequest, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	header, err := r.Read()
	if err != nil {
		return nil, fault.Invalid{{Pointer: "", Detail: "is no CSV with a header"}}
	}
	var e watchEntryRequest
	columns := map[string]*string{"certificate": &e.Certificate, "number": &e.Number, "issuer": &e.Issuer, "consent_reference": &e.Consent}
	into := make([]*string, len(header))
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if into[i] = columns[name]; into[i] == nil || slices.Contains(into[:i], into[i]) {
			return nil, fault.Invalid{{Pointer: "/0", Detail: "must name each of the columns certificate, number, issuer and consent_reference at most once, and no others"}}
		}
	}
	var out []watchEntryRequest
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault.Invalid{{Pointer: "/" + strconv.Itoa(len(out)+1), Detail: "cannot be read as CSV"}}
		}
		e = watchEntryRequest{}
		for i, field := range row {
			*into[i] = strings.TrimSpace(field)
		}
		out = append(out, e)
	}
}

// listWatched serves the call below.
//
// @Summary The certificates of a watch
// @Tags watches
// @Produce json
// @Param id path string true "Id of the watch"
// @Param limit query int false "Items on a page, 1 to 200" default(50)
// @Param cursor query string false "next_cursor of the page before"
// @Security OAuth2[watches:write]
// @Success 200 {object} list[watchedResponse]
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id}/certificates [get]
func (a *API) listWatched(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	found, err := a.Notify.Watches.Watched(c.Request().Context(), w.ID, after, limit+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].Number
	}
	out := make([]watchedResponse, len(found))
	for i, x := range found {
		out[i] = watchedResponse{x.Number, x.Body, x.Consent, x.AddedAt}
	}
	return pageOf(c, out, next)
}

// removeWatched serves the call below.
//
// @Summary Watch a certificate no more
// @Tags watches
// @Param id path string true "Id of the watch"
// @Param certificate path string true "Certificate number"
// @Security OAuth2[watches:write]
// @Success 204
// @Failure 401 {object} ProblemDocument
// @Failure 403 {object} ProblemDocument
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /v1/watches/{id}/certificates/{certificate} [delete]
func (a *API) removeWatched(c echo.Context) error {
	w, err := a.ownWatch(c)
	if err != nil {
		return err
	}
	n, err := credential.ParseNumber(c.Param("certificate"))
	if err != nil {
		return err
	}
	if err := a.Notify.Watches.RemoveWatched(c.Request().Context(), w.ID, string(n)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
