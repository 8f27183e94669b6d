package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/wording"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// announced reads, from the program, every key under which a report says
// something, and the names of its values.
func announced(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{
		"status.withdrawn": "", "status.withdrawn.since": "day", "status.suspended": "", "status.suspended.since": "day", "supersession.replaced": "", "supersession.replaced.since": "day",
		"format.badge": "", "format.badge.older": "", "format.no_badge": "", "format.no_badge.older": "", "unchecked": "",
	}
	files, err := filepath.Glob("../../pkg/verify/*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "set" || len(call.Args) < 5 {
				return true
			}
			var words []string
			for i := 4; i < len(call.Args); i++ {
				if l, ok := call.Args[i].(*ast.BasicLit); ok && (i == 4 || i%2 == 1) {
					s, err := strconv.Unquote(l.Value)
					require.NoError(t, err)
					words = append(words, s)
				}
			}
			if len(words) > 0 {
				sort.Strings(words[1:])
				out[words[0]] = strings.Join(words[1:], " ")
			}
			return true
		})
	}
	return out
}

// TestReportsAreTranslated: every sentence that a report announces has its
// message in every language, with no value that the report does not give.
func TestReportsAreTranslated(t *testing.T) {
	book, err := wording.Open()
	require.NoError(t, err)
	all := announced(t)
	require.Greater(t, len(all), 90)
	for _, v := range book.Voices()[1:] {
		for key, names := range all {
			require.True(t, v.Has("report."+key), "%s lacks report.%s", v.Tag, key)
			for _, m := range regexp.MustCompile(`\{([a-z_]+)\}`).FindAllStringSubmatch(v.Template("report."+key), -1) {
				require.Contains(t, strings.Fields(names), m[1], "%s: report.%s", v.Tag, key)
			}
		}
		for _, id := range verify.CheckIDs() {
			require.True(t, v.Has("report.check."+string(id)), "%s lacks the question of %s", v.Tag, id)
		}
	}
}

// TestReportInAnotherLanguage: told by key and value, never by the English
// text; what has no message is marked as English.
func TestReportInAnotherLanguage(t *testing.T) {
	r := bonaFide(number(t))
	for i, c := range r.Checks {
		if c.ID == verify.CheckIssuerKey {
			r.Checks[i].Said = verify.Said{Key: "key.theirs", With: []any{"issuer", "مدقق <b>معتمد</b>"}}
		}
		if c.ID == verify.CheckFormat {
			r.Checks[i].Said = verify.Said{Key: "format.badge", More: "And more."}
		}
	}
	_, e := serve(t, r)
	w := get(t, e, "/c/"+string(number(t))+"?lang=de")
	require.Equal(t, http.StatusOK, w.Code)
	page := w.Body.String()
	require.Contains(t, page, "Der Schlüssel gehört <bdi>مدقق &lt;b&gt;معتمد&lt;/b&gt;</bdi>.")
	require.Contains(t, page, `Der Eintrag ist ein wohlgeformter Nachweis nach Open Badges 3.0. <bdi lang="en" dir="auto">And more.</bdi>`)
	require.Contains(t, page, `<bdi lang="en" dir="auto">The record agrees with itself and with the register.</bdi>`)
	require.Contains(t, page, "<b>Ist er unverändert?</b>")
	require.Contains(t, page, `war am <time datetime="2026-03-01">1. März 2026</time> für dieses Programm`)
	sound(t, w.Body.Bytes())
}

// TestFlagsAreTranslated: every sentence a red flag can tell, but the one with
// a name in it, which stays English.
func TestFlagsAreTranslated(t *testing.T) {
	book, err := wording.Open()
	require.NoError(t, err)
	keys := map[string]bool{}
	files, err := filepath.Glob("../../pkg/redflag/rf*.go")
	require.NoError(t, err)
	id, relief := regexp.MustCompile(`ID: "(RF-\d+)"`), regexp.MustCompile(`Relief\{[^}]*Say:`)
	for _, name := range files {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		rule := string(id.FindSubmatch(src)[1])
		keys["flag."+rule], keys["flag."+rule+".title"] = true, true
		for _, r := range relief.FindAllString(string(src), -1) {
			key := rule + "." + redflag.Eased
			if m := regexp.MustCompile(`Key: "([a-z]+)"`).FindStringSubmatch(r); m != nil {
				key = rule + "." + m[1]
			}
			keys["flag."+key] = key != "RF-36.transferred"
			if strings.Contains(r, "Title: ") {
				keys["flag."+key+".title"] = true
			}
		}
	}
	require.Greater(t, len(keys), 95)
	for _, v := range book.Voices()[1:] {
		for key, wanted := range keys {
			require.True(t, v.Has("report."+key) || !wanted, "%s lacks report.%s", v.Tag, key)
		}
		for _, r := range redflag.All() {
			require.True(t, keys["flag."+r.ID])
		}
	}
}
