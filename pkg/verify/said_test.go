package verify_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSaidIsAnnouncedWell: whoever sets a check with a key names its values in
// pairs. The same key always has the same values.
func TestSaidIsAnnouncedWell(t *testing.T) {
	for key, names := range saidKeys(t) {
		require.Regexp(t, `^[a-z_]+(\.[a-z_0-9]+)*$`, key)
		for _, n := range names {
			require.Equal(t, names[0], n, "%s has other values elsewhere", key)
		}
	}
}

// saidKeys reads the sources: key to the names of its values, for each place.
func saidKeys(t *testing.T) map[string][]string {
	out := map[string][]string{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "set" || len(call.Args) < 5 {
				return true
			}
			key, ok := literal(call.Args[4])
			if !ok {
				return true // made by a function, whose keys are held by the pages' tests
			}
			require.Equal(t, 1, len(call.Args[4:])%2, "%s: %s: values in pairs", name, key)
			var names []string
			for i := 5; i < len(call.Args); i += 2 {
				value, ok := literal(call.Args[i])
				require.True(t, ok, "%s: %s", name, key)
				names = append(names, value)
			}
			sort.Strings(names)
			out[key] = append(out[key], strings.Join(names, " "))
			return true
		})
	}
	require.Greater(t, len(out), 60)
	return out
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}
