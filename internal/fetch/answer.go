package fetch

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// fetch asks the host. The error is one of the fixed list.
func (c *Client) fetch(ctx context.Context, k key) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.address, nil)
	if err != nil {
		return Answer{}, errAddress
	}
	r.Header.Set("Accept", k.kind.accept())
	r.Header.Set("Accept-Encoding", "identity") // nothing is inflated here
	r.Header.Set("User-Agent", c.options.Agent)
	answer, err := c.http.Do(r)
	if err != nil {
		for _, known := range []error{errAddress, ErrBudget} {
			if errors.Is(err, known) {
				return Answer{}, known
			}
		}
		return Answer{}, errReach // what net/http says names addresses
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	if s := answer.StatusCode; s != http.StatusOK && (s != http.StatusGone || k.kind != Object) {
		return Answer{}, errStatus
	}
	if e := answer.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return Answer{}, errType
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || !k.kind.takes(kind) {
		return Answer{}, errType
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, k.kind.most()+1))
	switch {
	case err != nil:
		return Answer{}, errReach
	case int64(len(body)) > k.kind.most():
		return Answer{}, errSize
	}
	return Answer{Address: answer.Request.URL.String(), Type: kind, Body: body}, nil
}

func (k Kind) most() int64 {
	if k == Page {
		return maxPage
	}
	return maxData
}

// accept prefers what a machine reads, also of a page that can be both, and of
// that the form with the most evidence.
func (k Kind) accept() string {
	const data = "application/vc+jwt;q=0.9, application/did+json;q=0.9, application/ld+json;q=0.8, application/json;q=0.7, application/jwt;q=0.7, text/plain;q=0.5"
	if k == Page {
		return "application/vp, " + data + ", text/html;q=0.4, image/png;q=0.4, image/svg+xml;q=0.4, application/pdf;q=0.4"
	}
	return data
}

// takes tells whether the kind may come as that media type. Credentials are
// served as text too (Open Badges 3.0, 8.2), but never as HTML.
func (k Kind) takes(media string) bool {
	switch media {
	case "application/json", "text/json", "text/plain", "application/jwt", "application/vc+jwt", "application/vp+jwt", "application/vc", "application/vp", "application/jose":
		return true
	case "text/html", "application/xhtml+xml", "image/png", "image/svg+xml", "application/pdf":
		return k == Page
	}
	return strings.HasPrefix(media, "application/") && (strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+jwt"))
}
