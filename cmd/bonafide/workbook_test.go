package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
)

// readBook has openpyxl tell every sheet: type and value of each cell.
const readBook = `
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({s.title: [[[c.data_type, str(c.value)] for c in row] for row in s.iter_rows()] for s in book}))
`

// TestWorkbookIsReadByOthers: openpyxl reads the workbook, and finds text,
// numbers and dates, and no formula.
func TestWorkbookIsReadByOthers(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if err := exec.Command(python, "-c", "import openpyxl").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("python3-openpyxl is not installed (make sheets): %v", err)
		}
		t.Skipf("python3-openpyxl is not installed, NOTHING IS TESTED (make sheets): %v", err)
	}
	each(t, func(t *testing.T, h *house) {
		decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		number := h.one(issue.Request{Holder: issue.Holder{Name: "=1+1 Åsa 王"}, DecidedAt: decided, ValidUntil: decided.AddDate(20, 0, 0)})
		path := filepath.Join(t.TempDir(), "report.xlsx")
		require.NoError(t, os.WriteFile(path, h.do("GET", "/v1/reports/status?format=xlsx", h.reporter(mine), "").raw, 0o600))
		out, err := exec.CommandContext(t.Context(), python, "-c", readBook, path).CombinedOutput()
		require.NoError(t, err, "%s", out)
		var book map[string][][][2]string
		require.NoError(t, json.Unmarshal(out, &book))
		require.Contains(t, book, "counts")
		require.Contains(t, book, "about")
		require.Equal(t, [2]string{"s", "number"}, book["certificates"][0][0])
		found := false
		for sheet, rows := range book {
			for _, row := range rows {
				if row[0][1] == number {
					found = true
					require.Equal(t, [2]string{"s", "=1+1 Åsa 王"}, row[2])
					require.Equal(t, [2]string{"d", "2026-03-01 09:00:00"}, row[6])
					require.Equal(t, [2]string{"n", "1"}, row[9])
				}
				for _, cell := range row {
					require.NotEqual(t, "f", cell[0], "%s: a formula", sheet)
				}
			}
		}
		require.True(t, found)
	})
}
