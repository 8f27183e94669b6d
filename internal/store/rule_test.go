package store

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMigrationsLeaveOldProgramsWorking: while replicas are exchanged one by
// one, the program before runs on the new schema. So a migration adds; what
// the old program reads or writes stays, and what is added needs nothing of it.
func TestMigrationsLeaveOldProgramsWorking(t *testing.T) {
	before := map[string]bool{"00001": true, "00002": true} // made before anybody ran two versions at once
	forbidden := regexp.MustCompile(`(?i)\b(DROP\s+(TABLE|COLUMN)|RENAME|TRUNCATE|ALTER\s+COLUMN\s+\S+\s+(SET\s+NOT\s+NULL|TYPE)|DELETE\s+FROM)\b`)
	required := regexp.MustCompile(`(?i)ADD\s+COLUMN\s+[^,;]*NOT\s+NULL[^,;]*`)
	require.NoError(t, fs.WalkDir(migrations, "migrations", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(migrations, path)
		require.NoError(t, err)
		if before[d.Name()[:5]] {
			return nil
		}
		var statements []string
		for line := range strings.Lines(string(data)) {
			if !strings.HasPrefix(line, "--") {
				statements = append(statements, line)
			}
		}
		text := strings.Join(statements, "")
		require.Empty(t, forbidden.FindString(text), path)
		for _, column := range required.FindAllString(text, -1) {
			require.Contains(t, strings.ToUpper(column), "DEFAULT", "%s: the old program does not fill it", path)
		}
		return nil
	}))
}
