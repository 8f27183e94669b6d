package wording_test

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/wording"
)

func open(t testing.TB) *wording.Book {
	t.Helper()
	b, err := wording.Open()
	require.NoError(t, err)
	return b
}

func placeholders(s string) []string {
	out := regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(s, -1)
	sort.Strings(out)
	return out
}

// TestEveryLanguageSaysEverything: no key more, none less, and the same values
// in every translation.
func TestEveryLanguageSaysEverything(t *testing.T) {
	b := open(t)
	en, ok := b.Voice(wording.English)
	require.True(t, ok)
	require.Greater(t, len(en.Keys()), 10)
	for _, v := range b.Voices() {
		for _, key := range en.Keys() {
			if key == "date.first" || !v.Has(key) {
				require.True(t, v.Has(key), "%s lacks %s", v.Tag, key)
				continue
			}
			require.Equal(t, placeholders(en.Template(key)), placeholders(v.Template(key)), "%s: %s", v.Tag, key)
			require.Equal(t, strings.Count(v.Template(key), "{"), len(placeholders(v.Template(key))), "%s: %s has a brace that names nothing", v.Tag, key)
			require.NotContains(t, v.Template(key), "<", "%s: %s: messages are text, not markup", v.Tag, key)
		}
		for _, key := range v.Keys() {
			require.True(t, en.Has(key) || key == "date.first" || strings.HasPrefix(key, "report."), "%s has %s, which English has not", v.Tag, key)
		}
	}
}

// TestReportsAreToldAlike: what reports say stands in English in the program;
// the other languages hold each other to the same keys and values.
func TestReportsAreToldAlike(t *testing.T) {
	b := open(t)
	first, _ := b.Voice("de")
	for _, v := range b.Voices()[1:] {
		for _, w := range b.Voices()[1:] {
			for _, key := range w.Keys() {
				if strings.HasPrefix(key, "report.") {
					require.True(t, v.Has(key), "%s lacks %s, which %s has", v.Tag, key, w.Tag)
				}
			}
		}
		for _, key := range first.Keys() {
			if strings.HasPrefix(key, "report.") {
				require.Equal(t, placeholders(first.Template(key)), placeholders(v.Template(key)), "%s: %s", v.Tag, key)
			}
		}
	}
}

// TestScripts: a message in the wrong folder, or left in English, is seen by
// its letters.
func TestScripts(t *testing.T) {
	b := open(t)
	for tag, script := range map[string][]*unicode.RangeTable{"ar": {unicode.Arabic}, "ja": {unicode.Han, unicode.Hiragana, unicode.Katakana}} {
		v, _ := b.Voice(tag)
		for _, key := range v.Keys() {
			if strings.HasPrefix(key, "date.") || strings.HasPrefix(key, "language.") {
				continue
			}
			words := regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(v.Template(key), "")
			if !strings.ContainsFunc(words, unicode.IsLetter) {
				continue // values and punctuation alone
			}
			require.True(t, strings.ContainsFunc(words, func(r rune) bool { return unicode.In(r, script...) }), "%s: %s = %s", tag, key, v.Template(key))
		}
	}
	for _, v := range b.Voices() {
		for _, key := range v.Keys() {
			require.False(t, strings.ContainsFunc(v.Template(key), func(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }), "%s: %s reorders text", v.Tag, key)
		}
	}
}

func TestChoose(t *testing.T) {
	b := open(t)
	for _, c := range []struct{ asked, accept, want string }{
		{"", "", "en"}, {"de", "fr", "de"}, {"xx", "fr-CA, en;q=0.5", "fr"}, {"", "pt-BR,pt;q=0.9", "en"}, {"", "ar-EG", "ar"}, {"", "ja;q=0.4, es-MX;q=0.9", "es"},
		{"DE", "", "en"}, {"../de", "", "en"}, {"", "*", "en"}, {"", "zh-CN", "en"}, {"", strings.Repeat("de,", 1000), "en"}, {"", "\x00;;q=,", "en"},
	} {
		v, byName := b.Choose(c.asked, c.accept)
		require.Equal(t, c.want, v.Tag, "%q %q", c.asked, c.accept)
		require.Equal(t, slices.Contains(wording.Tags(), c.asked), byName)
	}
}

func TestDays(t *testing.T) {
	b := open(t)
	first := time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"en": "1 March 2026", "de": "1. März 2026", "fr": "1er mars 2026", "es": "1 de marzo de 2026", "ar": "1 مارس 2026", "ja": "2026年3月1日",
	} {
		v, _ := b.Voice(tag)
		require.Equal(t, want, v.Day(first))
		require.Contains(t, v.Minute(first), "09:05")
	}
}

func TestFill(t *testing.T) {
	say := func(template string) string {
		return wording.Fill(template, func(name string) (string, bool) {
			s, ok := map[string]string{"a": "{b}", "b": "B"}[name]
			return s, ok
		})
	}
	require.Equal(t, "{b} and B", say("{a} and {b}"), "what is filled in is not filled again")
	for _, s := range []string{"{", "}", "{c}", "{a", "{}", "{{c}}"} {
		require.Equal(t, s, say(s))
	}
}
