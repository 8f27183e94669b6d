package main

import (
	"bufio"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// exchange is one request of a script and what must come back. A script is
// written so, with an empty line between exchanges:
//
//	# what is tried
//	POST /v1/certificates certifier      (method, path, caller; no caller: anonymous)
//	Content-Type: text/plain             (request headers, any number)
//	> {"scheme":"x"}                     (the body, one line)
//	= 422 INVALID_INPUT /scheme          (status, code or verdict, pointer of a fault)
//	= Retry-After: 1                     (answer headers that must contain this)
//
// $NAME stands for a value of the house; see (*house).words.
type exchange struct {
	title, method, path, caller, body string
	header, answer                    []string
	status                            int
	code, pointer                     string
	line                              int
}

func script(t *testing.T, file string) []exchange {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var out []exchange
	var x exchange
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
			if x.method != "" {
				out = append(out, x)
			}
			x = exchange{}
		case kind == "#":
			x.title = strings.TrimSpace(x.title + " " + rest)
		case kind == ">":
			x.body = rest
		case kind == "=" && x.status == 0:
			f := strings.Fields(rest)
			x.status, err = strconv.Atoi(f[0])
			require.NoError(t, err, "%s:%d", file, n)
			if len(f) > 1 {
				x.code = f[1]
			}
			if len(f) > 2 {
				x.pointer = f[2]
			}
		case kind == "=":
			x.answer = append(x.answer, rest)
		case x.method == "":
			f := append(strings.Fields(line), "", "")
			x.method, x.path, x.caller, x.line = f[0], f[1], f[2], n
		default:
			name, value, ok := strings.Cut(line, ": ")
			require.True(t, ok, "%s:%d", file, n)
			x.header = append(x.header, name, value)
		}
	}
	require.NoError(t, lines.Err())
	if x.method != "" {
		out = append(out, x)
	}
	for _, x := range out {
		require.NotZero(t, x.status, "%s:%d says nothing of the answer", file, x.line)
	}
	return out
}

// words are what a script may name.
func (h *house) words(t *testing.T) func(string) string {
	pairs := []string{
		"$HOUR_AGO", instantOf(-time.Hour), "$TOMORROW", instantOf(24 * time.Hour), "$NEXT_YEAR", instantOf(365 * 24 * time.Hour), "$LAST_YEAR", instantOf(-365 * 24 * time.Hour),
		"$TEN_MEGABYTES", strings.Repeat("a", 10<<20), "$NAME_TOO_LONG", strings.Repeat("a", 201), "$DEEP", strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"$BONA_FIDE", h.pages[verify.BonaFide], "$SUSPENDED", h.pages[verify.NotInForce],
	}
	r := strings.NewReplacer(pairs...)
	return r.Replace
}

// play runs a script, in order, and holds every answer against it.
func (h *house) play(t *testing.T, file string) {
	tokens := map[string]string{
		"": "", "certifier": h.certifier(), "operator": h.token(access.Client{Operator: true}), "garbage": "eyJhbGciOiJub25lIn0.e30.",
		"accreditor": h.token(access.Client{Body: accred, Scopes: access.Scopes()}),
	}
	unknown := regexp.MustCompile(`\$[A-Z]`)
	for _, x := range script(t, file) {
		words := h.words(t)
		token, ok := tokens[x.caller]
		require.True(t, ok, "%s:%d: no caller %q", file, x.line, x.caller)
		path, body := words(x.path), words(x.body)
		require.False(t, unknown.MatchString(path+body), "%s:%d names what is not there", file, x.line)
		a := h.do(x.method, path, token, body, x.header...)
		require.Equal(t, x.status, a.status, "%s:%d %s: %.600s", file, x.line, x.title, a.raw)
		require.Equal(t, x.code, a.code(), "%s:%d %s: %.600s", file, x.line, x.title, a.raw)
		for _, want := range x.answer {
			name, value, _ := strings.Cut(want, ": ")
			require.Contains(t, a.header.Get(name), value, "%s:%d %s", file, x.line, x.title)
		}
		if x.status < 400 || a.json["verdict"] != nil || x.method == "HEAD" {
			continue
		}
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%s:%d %s", file, x.line, x.title)
		require.EqualValues(t, x.status, a.json["status"], "%s:%d", file, x.line)
		for _, member := range []string{"type", "title", "detail", "request_id"} {
			require.NotEmpty(t, a.json[member], "%s:%d %s: %s", file, x.line, x.title, member)
		}
		if x.pointer != "" {
			require.Contains(t, string(a.raw), `"pointer":"`+x.pointer+`"`, "%s:%d %s", file, x.line, x.title)
		}
	}
}

// TestRefusals: every refusal is a clear problem document, and the store is
// afterwards what it was.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.intact(t)
		h.play(t, "testdata/refused.txt")
		require.Equal(t, before, h.intact(t), "nothing refused leaves a trace")
	})
}
