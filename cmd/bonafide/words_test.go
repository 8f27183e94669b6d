package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// accusing is what is never said about a body, in any language the pages or
// data could speak. Facts, dates and sources are said instead.
func accusing() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(fake\w*|fraud\w*|predatory|scam\w*|bogus|sham|crook\w*|swindl\w*|phon(?:e?y|ies)|con (?:artist|man|men)|(?:diploma|certificate|degree)[- ]mills?|worthless|charlatan\w*|liars?|betrug\w*|betrüger\w*|schwindel\w*|wertlos\w*|arnaqu\w*|escroc\w*|estafa\w*|timo)\b`)
}

// address is left out: where a source stands is the source's own wording.
func address() *regexp.Regexp { return regexp.MustCompile(`https?://[^\s"'<>)\]]+`) }

func accused(s string) string {
	return accusing().FindString(address().ReplaceAllString(s, " "))
}

// TestNobodyIsAccused scans every text the program can show: string literals,
// templates, generated pages and the data it carries.
func TestNobodyIsAccused(t *testing.T) {
	root := "../.."
	texts, literals := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "var" || name == "bin" || name == "fuzz" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".go":
			if strings.HasSuffix(name, "_test.go") {
				return nil
			}
			literals += scan(t, path)
		case ".html", ".md", ".json", ".jsonld", ".yaml", ".yml", ".svg", ".css", ".js", ".sql", ".txt":
			if strings.HasSuffix(path, "testdata/likeness.txt") {
				return nil // names of real bodies, one of which studies fraud
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			texts++
			for n, line := range strings.Split(string(data), "\n") {
				require.Empty(t, accused(line), "%s:%d: %.200s", path, n+1, line)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, texts, 40)
	require.Greater(t, literals, 3000)
}

// scan looks at the string literals of a file; comments are not shown to anybody.
func scan(t *testing.T, path string) int {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, 0)
	require.NoError(t, err)
	n := 0
	ast.Inspect(f, func(x ast.Node) bool {
		lit, ok := x.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		n++
		s, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		require.Empty(t, accused(s), "%s: %.200s", files.Position(lit.Pos()), s)
		return true
	})
	return n
}

func TestAccusationsAreCaught(t *testing.T) {
	for _, s := range []string{"This is a fake body", "Fraudulent!", "a diploma mill", "ein Betrüger", "a certificate-mill"} {
		require.NotEmpty(t, accused(s), s)
	}
	for _, s := range []string{"see https://example.org/beware-of-fake-certificates", "a steel mill", "not confirmed", "phone number"} {
		require.Empty(t, accused(s), s)
	}
}

// TestNobodyIsAccusedInAnswers: what the running service says of every
// demonstration certificate, of claims of the worst kind, and in its catalogue.
func TestNobodyIsAccusedInAnswers(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	var all []answer
	for _, number := range h.pages {
		all = append(all, h.do("GET", "/v1/certificates/"+number, "", ""), h.do("GET", "/c/"+number, "", "", "Accept", "text/html"))
	}
	all = append(all, h.do("GET", "/v1/red-flags?limit=200", "", ""), h.do("GET", "/", "", "", "Accept", "text/html"), h.do("GET", "/claims", "", ""),
		h.do("GET", "/openapi.json", "", ""), h.do("GET", "/v1/certificates/0000-0000-0000-0", "", ""),
		h.do("POST", "/v1/claims", "", `{"text":"IAF accredited, ISO certified coach, no exam, lifetime, 1-day course, registered with the World Coach Federation, accreditation in process"}`),
		h.do("POST", "/v1/claims", "", `{"issuer":{"name":"UK\u0410S"},"accreditation":[{"body":"UK\u0410S","arrangement":"World MLA"}]}`))
	for _, a := range all {
		require.NotEmpty(t, a.raw)
		require.Empty(t, accused(string(a.raw)), "%.300s", a.raw)
	}
}
