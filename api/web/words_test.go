package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/wording"
)

// TestEveryMessageAskedForExists: a template or a program line that names a
// message finds it. Keys put together from words of the wire are held by the
// pages' own tests.
func TestEveryMessageAskedForExists(t *testing.T) {
	book, err := wording.Open()
	require.NoError(t, err)
	en, _ := book.Voice(wording.English)
	asked := 0
	for pattern, key := range map[string]*regexp.Regexp{
		"templates/*.html": regexp.MustCompile(`\bt "([^"]+)"`),
		"*.go":             regexp.MustCompile(`(?:Say|html)\("([a-z_.0-9]+[a-z_0-9])"`),
	} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			data, err := os.ReadFile(f)
			require.NoError(t, err)
			for _, m := range key.FindAllStringSubmatch(string(data), -1) {
				asked++
				require.True(t, en.Has(m[1]), "%s asks for %s", f, m[1])
			}
		}
	}
	require.Greater(t, asked, 200)
}

// TestTemplatesSpeakByMessages: no word of English stands in a template, where
// no translator would find it.
func TestTemplatesSpeakByMessages(t *testing.T) {
	files, err := filepath.Glob("templates/*.html")
	require.NoError(t, err)
	action, tag := regexp.MustCompile(`{{[^}]*}}`), regexp.MustCompile(`<[^>]*>`)
	code := regexp.MustCompile(`(?s)<pre>.*?</pre>|<svg.*?</svg>|<title>.*?</title>|<code>.*?</code>`)
	for _, f := range files {
		if slices.Contains([]string{"embed.html", "list.html", "receipt.html"}, filepath.Base(f)) {
			continue // in English for everybody, and marked as such
		}
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		text := tag.ReplaceAllString(action.ReplaceAllString(code.ReplaceAllString(string(data), ""), ""), "")
		text = strings.ReplaceAll(text, "bonafide", "")
		require.NotRegexp(t, `[A-Za-z]{2,}`, text, f)
	}
}
