package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/bonafide-dev/bonafide/"

// pkgOf is what go list tells of one package.
type pkgOf struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// floor of a package: cmd 3, api 2, internal 1, pkg 0.
func floor(path string) int {
	rest, ours := strings.CutPrefix(path, module)
	if !ours {
		return -1
	}
	for i, top := range []string{"pkg/", "internal/", "api", "cmd/"} {
		if strings.HasPrefix(rest, top) {
			return i
		}
	}
	return -1
}

// one is who alone may import a third-party library.
func one() map[string]string {
	return map[string]string{
		"gorm.io/": "internal/store", "modernc.org/sqlite": "internal/store", "github.com/jackc/pgx": "internal/store",
		"github.com/pressly/goose": "internal/store", "github.com/labstack/echo": "api", "github.com/golang-jwt/": "pkg/jws",
		"github.com/go-jose/": "pkg/jws", "github.com/alecthomas/kong": "cmd", "github.com/prometheus/": "api",
		"github.com/piprate/json-gold": "pkg/dataintegrity", "github.com/gowebpki/jcs": "pkg/dataintegrity",
		"github.com/multiformats/": "pkg/did",
		"github.com/go-text/":      "internal/picture", "codeberg.org/go-pdf/": "internal/picture", "golang.org/x/image": "internal/picture",
		"github.com/go-fonts/": "internal/picture", "rsc.io/qr": "internal/picture",
		"github.com/pdfcpu/":        "internal/intake",
		"github.com/xuri/excelize":  "internal/report internal/roster", // tables are written in one, lists are read in the other
		"github.com/ledongthuc/pdf": "internal/claims",
		"golang.org/x/mod/":         "pkg/inclusion internal/translog", // formats and arithmetic of logs: who checks, and who keeps one
	}
}

// impure is what nothing in pkg but client may import: network and environment.
func impure() []string {
	return []string{"net", "net/http", "os", "os/exec", "syscall", "crypto/tls"}
}

// judge returns every import of the package that a rule of the house forbids.
func judge(p pkgOf) []string {
	var broken []string
	rel := strings.TrimPrefix(p.ImportPath, module)
	for _, i := range p.Imports {
		if f := floor(i); f > floor(p.ImportPath) && floor(p.ImportPath) >= 0 {
			broken = append(broken, rel+" imports upward: "+i)
		}
		for lib, room := range one() {
			in := func(room string) bool { return rel == room || strings.HasPrefix(rel, room+"/") }
			if strings.HasPrefix(i, lib) && !slices.ContainsFunc(strings.Fields(room), in) {
				broken = append(broken, rel+" imports "+i+", which only "+room+" may")
			}
		}
		if strings.HasPrefix(rel, "pkg/") && rel != "pkg/client" {
			for _, x := range impure() {
				if i == x {
					broken = append(broken, rel+" imports "+i+": pkg has no network and no environment")
				}
			}
		}
	}
	return broken
}

func TestImportRules(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	require.NoError(t, err)
	dec, seen := json.NewDecoder(strings.NewReader(string(out))), 0
	for dec.More() {
		var p pkgOf
		require.NoError(t, dec.Decode(&p))
		seen++
		require.Empty(t, judge(p))
	}
	require.Greater(t, seen, 15, "go list found too few packages to mean anything")
}

// TestNoClockInPkg: what pkg decides depends on the instant it is given.
func TestNoClockInPkg(t *testing.T) {
	out, err := exec.Command("grep", "-rnE", `\btime\.(Now|Since|Until|Sleep|After|Tick|NewTimer|NewTicker)\(`, "--include=*.go", "--exclude=*_test.go", "--exclude-dir=client", "../../pkg").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "found:\n%s", out)
	require.Equal(t, 1, exit.ExitCode(), "%s", out)
}

func TestImportRulesCatch(t *testing.T) {
	for rel, imported := range map[string]string{
		"pkg/trust": "net/http", "pkg/verify": module + "internal/issue", "internal/issue": module + "api/v1",
		"internal/lookup": "gorm.io/gorm", "internal/access": "github.com/golang-jwt/jwt/v5", "cmd/bonafide": "github.com/labstack/echo/v4",
	} {
		require.Len(t, judge(pkgOf{ImportPath: module + rel, Imports: []string{imported}}), 1, rel)
	}
}
