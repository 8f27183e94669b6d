// Package wording owns the languages in which people are answered: message
// files, one folder per language and one file per subject, the choice among
// languages, and days and figures as each language writes them. It knows no
// page and no report. English is the language everything was first written in:
// its files say which keys and which placeholders there are, and a test holds
// the others to them.
package wording

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
)

//go:embed messages
var embedded embed.FS

// English is the tag of the language that has every message.
const English = "en"

// Tags lists the languages by their BCP 47 tags, English first.
func Tags() []string { return []string{English, "de", "fr", "es", "ar", "ja"} }

// Book is all messages in all languages.
type Book struct{ voices map[string]*Voice }

// Voice tells messages in one language.
type Voice struct {
	Tag      string
	Name     string // what its speakers call it
	Dir      string // ltr or rtl
	messages map[string]string
	fallback *Voice // English; nil in English itself
}

// Open reads the message files, which are part of the binary. Of a file that
// is not well formed it tells the line.
func Open() (*Book, error) {
	b := &Book{voices: map[string]*Voice{}}
	for _, tag := range Tags() {
		v := &Voice{Tag: tag, Dir: "ltr", messages: map[string]string{}, fallback: b.voices[English]}
		files, err := fs.Glob(embedded, "messages/"+tag+"/*.txt")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if err := v.read(f); err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
		}
		v.Name = v.messages["language.name"]
		if v.messages["language.direction"] == "rtl" {
			v.Dir = "rtl"
		}
		b.voices[tag] = v
	}
	return b, nil
}

// read takes lines of the form "key = text". Empty lines and lines that begin
// with # are skipped; no key may come twice.
func (v *Voice) read(file string) error {
	data, err := embedded.ReadFile(file)
	if err != nil {
		return err
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("not UTF-8")
	}
	area := strings.TrimSuffix(path.Base(file), ".txt")
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, text, ok := strings.Cut(line, " = ")
		key, text = strings.TrimSpace(key), strings.TrimSpace(text)
		if !ok || key == "" || text == "" {
			return fmt.Errorf("line %d is not of the form key = text", i+1)
		}
		if _, twice := v.messages[key]; twice {
			return fmt.Errorf("line %d: %s comes twice (in %s)", i+1, key, area)
		}
		v.messages[key] = text
	}
	return nil
}

// Voices lists every language, in the order of Tags.
func (b *Book) Voices() []*Voice {
	var out []*Voice
	for _, tag := range Tags() {
		out = append(out, b.voices[tag])
	}
	return out
}

// Voice returns the language of a tag, exactly; false if there is none.
func (b *Book) Voice(tag string) (*Voice, bool) {
	v, ok := b.voices[tag]
	return v, ok
}

// Choose takes the language that was asked for by name or, failing that, the
// best by what a browser says its reader understands (RFC 9110, 12.5.4); by
// name tells which of the two it was. Whatever is not understood means English.
func (b *Book) Choose(asked, accept string) (v *Voice, byName bool) {
	if v, ok := b.voices[asked]; ok {
		return v, true
	}
	var have []language.Tag
	for _, tag := range Tags() {
		have = append(have, language.MustParse(tag))
	}
	if len(accept) > maxAccept {
		accept = ""
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return b.voices[English], false
	}
	_, i, confidence := language.NewMatcher(have).Match(wanted...)
	if confidence == language.No {
		i = 0
	}
	return b.voices[Tags()[i]], false
}

// maxAccept bounds the header that is parsed; no browser sends more.
const maxAccept = 500

// Has tells whether this very language has the message.
func (v *Voice) Has(key string) bool {
	_, ok := v.messages[key]
	return ok
}

// Keys lists the messages of this language.
func (v *Voice) Keys() []string {
	out := make([]string, 0, len(v.messages))
	for k := range v.messages {
		out = append(out, k)
	}
	return out
}

// Template returns a message with its placeholders unfilled: in this language,
// else in English, else the key itself, which the tests do not let happen.
func (v *Voice) Template(key string) string {
	if t, ok := v.messages[key]; ok {
		return t
	}
	if v.fallback != nil {
		return v.fallback.Template(key)
	}
	return key
}

// Say tells a message as plain text. With holds names of placeholders and
// their values, in pairs.
func (v *Voice) Say(key string, with ...any) string {
	return Fill(v.Template(key), func(name string) (string, bool) {
		for i := 0; i+1 < len(with); i += 2 {
			if with[i] == name {
				return v.Write(with[i+1]), true
			}
		}
		return "", false
	})
}

// Fill replaces every {name} that value knows.
func Fill(template string, value func(name string) (string, bool)) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		s, known := value(name)
		if !closed || !known {
			b.WriteByte('{')
			template = rest
			continue
		}
		b.WriteString(s)
		template = after
	}
}

// Write puts a value in words: days as days, figures as figures.
func (v *Voice) Write(value any) string {
	switch x := value.(type) {
	case string:
		return x
	case time.Time:
		return v.Day(x)
	case *time.Time:
		return v.Day(*x)
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatInt(x, 10)
	default:
		return fmt.Sprint(x)
	}
}

// Day writes the day of an instant, in UTC.
func (v *Voice) Day(t time.Time) string {
	t = t.UTC()
	months := strings.Split(v.Template("date.months"), "|")
	if len(months) != 12 {
		return t.Format(time.DateOnly)
	}
	day := strconv.Itoa(t.Day())
	if first := v.messages["date.first"]; first != "" && t.Day() == 1 {
		day = first // "1er mars"
	}
	return Fill(v.Template("date.day"), func(name string) (string, bool) {
		s, ok := map[string]string{"d": day, "m": months[t.Month()-1], "y": strconv.Itoa(t.Year())}[name]
		return s, ok
	})
}

// Minute writes an instant to the minute, in UTC.
func (v *Voice) Minute(t time.Time) string {
	return v.Say("date.minute", "day", t, "time", t.UTC().Format("15:04"))
}
