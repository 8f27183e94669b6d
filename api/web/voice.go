package web

import (
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/wording"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// voice is the language a page is told in. It was asked for by name, and then
// the page's own links ask for it again, or chosen by what the browser says.
type voice struct {
	*wording.Voice
	byName bool
}

// voice chooses the language of the request.
func (s *Site) voice(c echo.Context) voice {
	s.prepare()
	v, byName := s.book.Choose(c.QueryParam("lang"), c.Request().Header.Get("Accept-Language"))
	return voice{v, byName}
}

// inEnglish is the voice of what is drawn once for everybody.
func (s *Site) inEnglish() voice {
	s.prepare()
	v, _ := s.book.Voice(wording.English)
	return voice{Voice: v}
}

// functions are what templates may call. They are bound to a language, so that
// a template says {{t "key"}} and no more:
//
//	t    a message; names in it are set apart for their script, days are times
//	to   an address of this site, in the language asked for
//	said what a register or report says: a message if it has one in this
//	     language, else the English text, marked as English
func (v voice) functions() template.FuncMap {
	return template.FuncMap{
		"t": v.html, "to": v.to, "day": v.Day, "stamp": stamp, "minute": v.Minute, "english": v.english, "lang": func() string { return v.Tag },
		"asked":      func() bool { return v.byName },
		"severities": func() []string { return []string{"info", "low", "medium", "high", "critical"} },
		"web":        webAddress, "host": host,
		"address": func(b verify.Body) string { return v.to(address(b)) },
		"page":    func(n any) string { return v.to("/c/" + v.Write(n)) },
	}
}

// html is a message fit for a page: what was filled in may be in any script
// and must not reorder the words around it (Unicode TR9), so it stands in bdi.
func (v voice) html(key string, with ...any) template.HTML {
	return fillHTML(v.Template(key), func(name string) (any, bool) {
		for i := 0; i+1 < len(with); i += 2 {
			if with[i] == name {
				return with[i+1], true
			}
		}
		return nil, false
	}, v)
}

// fillHTML escapes the message and everything filled in.
func fillHTML(message string, value func(string) (any, bool), v voice) template.HTML {
	return template.HTML(wording.Fill(template.HTMLEscapeString(message), func(name string) (string, bool) { //nolint:gosec // both parts are escaped
		x, ok := value(name)
		if !ok {
			return "", false
		}
		switch y := x.(type) {
		case template.HTML:
			return string(y), true
		case time.Time:
			return `<time datetime="` + stamp(y) + `">` + template.HTMLEscapeString(v.Day(y)) + `</time>`, true
		case *time.Time:
			return `<time datetime="` + stamp(*y) + `">` + template.HTMLEscapeString(v.Day(*y)) + `</time>`, true
		case int, int64:
			return v.Write(x), true
		}
		return "<bdi>" + template.HTMLEscapeString(v.Write(x)) + "</bdi>", true
	}))
}

// to keeps the language that was asked for by name on the way to another page.
func (v voice) to(path string) string {
	if path == "" || !v.byName {
		return path
	}
	path, fragment, marked := strings.Cut(path, "#")
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	path += sep + url.Values{"lang": {v.Tag}}.Encode()
	if marked {
		path += "#" + fragment
	}
	return path
}

// english marks a text that exists in English alone, so that it is read aloud
// and set as such on a page in another language (WCAG 2.2, 3.1.2).
func (v voice) english(s string) template.HTML {
	text := template.HTMLEscapeString(s)
	if v.Tag == wording.English {
		return template.HTML(text) //nolint:gosec // escaped
	}
	return template.HTML(`<bdi lang="en" dir="auto">` + text + `</bdi>`) //nolint:gosec // escaped
}

// inOther lists the languages a page can be had in.
func (s *Site) inOther(c echo.Context, now voice) []translation {
	var out []translation
	for _, v := range s.book.Voices() {
		q := url.Values{}
		for name, values := range c.QueryParams() {
			if name != "lang" {
				q[name] = values
			}
		}
		q.Set("lang", v.Tag)
		out = append(out, translation{Tag: v.Tag, Dir: v.Dir, Name: v.Name, Address: c.Request().URL.EscapedPath() + "?" + q.Encode(), Here: v.Tag == now.Tag})
	}
	return out
}

// translation is the same page in a language.
type translation struct {
	Tag, Dir, Name, Address string
	Here                    bool
}
