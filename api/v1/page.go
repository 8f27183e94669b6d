package v1

import (
	"encoding/base64"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// Page sizes.
const (
	defaultLimit = 50
	maxLimit     = 200
)

type list[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"next_cursor"`
}

// window reads limit and cursor; the cursor names the last item seen.
func window(c echo.Context) (limit int, after string, err error) {
	var f fault.Invalid
	limit = defaultLimit
	if s := c.QueryParam("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 1 || limit > maxLimit {
			f.Add("?limit", "must be a whole number from 1 to 200")
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.QueryParam("cursor"))
	if err != nil {
		f.Add("?cursor", "is not a cursor of this list")
	}
	return limit, string(raw), f.Err()
}

// paged answers with one page of a list held in memory.
func paged[T any](c echo.Context, items []T, id func(T) string) error {
	limit, after, err := window(c)
	if err != nil {
		return err
	}
	start := 0
	if after != "" {
		start = len(items)
		for i, x := range items {
			if id(x) == after {
				start = i + 1
				break
			}
		}
	}
	end := min(start+limit, len(items))
	next := ""
	if end < len(items) && end > start {
		next = id(items[end-1])
	}
	return pageOf(c, items[start:end], next)
}

// pageOf answers with a page and, if there is more behind it, where.
func pageOf[T any](c echo.Context, items []T, next string) error {
	out := list[T]{Data: items}
	if items == nil {
		out.Data = []T{}
	}
	if next != "" {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(next))
		out.NextCursor = &cursor
		q := c.Request().URL.Query()
		q.Set("cursor", cursor)
		u := url.URL{Path: c.Request().URL.Path, RawQuery: q.Encode()}
		c.Response().Header().Set("Link", "<"+u.String()+`>; rel="next"`)
	}
	cache := cacheState
	if c.Request().Header.Get("Authorization") != "" {
		cache = "private, no-store"
	}
	return readJSON(c, cache, out)
}
