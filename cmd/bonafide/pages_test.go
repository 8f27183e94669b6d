package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestCheckItYourself does what the page of a certificate tells its readers to
// do: download both files, and run the command, offline.
func TestCheckItYourself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := h.pages[verify.BonaFide]
		page := string(h.do("GET", "/c/"+n, "", "", "Accept", "text/html").raw)
		told := regexp.MustCompile(`<code>bonafide verify (\S+) --anchors (\S+)</code>`).FindStringSubmatch(page)
		require.Len(t, told, 3)
		dir := t.TempDir()
		for name, address := range map[string]string{told[1]: regexp.MustCompile(`href="([^"]*/bundle)"`).FindStringSubmatch(page)[1], told[2]: "/anchors.json"} {
			address = strings.TrimPrefix(address, "http://localhost:8080")
			a := h.do("GET", address, "", "")
			require.Equal(t, http.StatusOK, a.status, address)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), a.raw, 0o600))
		}
		s := command(t, nil, filepath.Join(dir, told[1]), "--anchors", filepath.Join(dir, told[2]))
		require.Equal(t, 0, s.code, s.err)
		require.Equal(t, verify.BonaFide, s.report.Verdict)
	})
}
