package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/bonafide-dev/bonafide/internal/store/storetest/server"
)

func port(s *server.Server) string { return strconv.Itoa(s.Port) }

func deployed(t *testing.T, name string) string {
	data, err := os.ReadFile("../../deploy/" + name)
	require.NoError(t, err)
	return string(data)
}

func found(text, pattern string) []string {
	all := regexp.MustCompile(pattern).FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// TestEveryVariableIsShown in the example, the README and the code alike.
func TestEveryVariableIsShown(t *testing.T) {
	const variable = `BONAFIDE_[A-Z0-9_]*[A-Z0-9]`
	var code []byte
	for _, file := range []string{"config.go", "config_keys.go"} {
		more, err := os.ReadFile(file)
		require.NoError(t, err)
		code = append(code, more...)
	}
	known := found(string(code), `"`+variable+`"`)
	for i := range known {
		known[i] = strings.Trim(known[i], `"`)
	}
	example := found(deployed(t, "bonafide.env.example"), variable)
	require.Equal(t, known, example, "the example names every variable, and no other")
	for _, file := range []string{"compose.yaml", "bonafide.service", "kubernetes/deployment.yaml", "Dockerfile"} {
		for _, name := range found(deployed(t, file), variable) {
			require.Contains(t, known, name, file)
		}
	}
}

// TestWatchedFiguresExist: rules and dashboard ask for what the server tells.
func TestWatchedFiguresExist(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	h.do("GET", "/v1/certificates/"+h.pages["bona_fide"], "", "")
	told := string(h.do("GET", "/metrics", "", "").raw)
	asked := deployed(t, "prometheus/rules.yaml") + deployed(t, "grafana/dashboard.json")
	for _, name := range found(asked, `\b(bonafide|process|go)_[a-z0-9_]+\b`) {
		require.Contains(t, told, "\n"+name, name)
	}
	for _, route := range found(asked, `route=\\?"[^"\\]+`) {
		route = route[strings.Index(route, `"`)+1:]
		require.True(t, strings.Contains(told, `route="`+route+`"`) || slices.Contains(h.routes(t), route), route)
	}
	require.Regexp(t, `bonafide_verdicts_total\{verdict="bona_fide",way="lookup"\} [1-9]`, told)
	require.NotContains(t, told, h.pages["bona_fide"], "figures name no certificate")
	var board map[string]any
	require.NoError(t, json.Unmarshal([]byte(deployed(t, "grafana/dashboard.json")), &board))
}

// routes are those of the description, as the server writes them.
func (h *house) routes(t *testing.T) []string {
	var out []string
	for route := range described(t) {
		_, path, _ := strings.Cut(route, " ")
		out = append(out, strings.NewReplacer("{", ":", "}", "").Replace(path))
	}
	return out
}

// TestManifestsAreRead by their own tools where they are at hand, and as YAML
// everywhere.
func TestManifestsAreRead(t *testing.T) {
	files, err := filepath.Glob("../../deploy/*/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 5)
	for _, f := range append(files, "../../deploy/compose.yaml") {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		d := yaml.NewDecoder(strings.NewReader(string(data)))
		for n := 0; ; n++ {
			var doc map[string]any
			if err := d.Decode(&doc); err != nil {
				require.ErrorContains(t, err, "EOF", f)
				require.Positive(t, n, f)
				break
			}
			require.NotEmpty(t, doc, f)
		}
	}
	if kubectl, err := exec.LookPath("kubectl"); err == nil {
		out, err := exec.Command(kubectl, "kustomize", "../../deploy/kubernetes").CombinedOutput()
		require.NoError(t, err, string(out))
		require.Equal(t, 8, strings.Count(string(out), "\nkind: "), "every object")
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil {
		unit := filepath.Join(t.TempDir(), "bonafide.service") // where its program is at hand
		text := strings.ReplaceAll(deployed(t, "bonafide.service"), "/usr/local/bin/bonafide", "/bin/true")
		require.NoError(t, os.WriteFile(unit, []byte(text), 0o600))
		out, err := exec.Command(analyze, "verify", unit).CombinedOutput()
		require.NoError(t, err, string(out))
		require.NotContains(t, string(out), "bonafide.service:", string(out))
	}
}
