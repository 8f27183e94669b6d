package web_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/bonafide-dev/bonafide/internal/wording"
)

// maxPage is what a page may weigh before compression, so that it is quick on
// a poor connection.
const maxPage = 60_000

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func texts(t testing.TB, page []byte, element string) []string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err)
	var out []string
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			out = append(out, text(n))
		}
	}
	return out
}

// sound holds a page to what every page owes its readers and returns it parsed.
func sound(t testing.TB, page []byte) *html.Node {
	t.Helper()
	require.Less(t, len(page), maxPage)
	balanced(t, page)
	doc, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err)
	ids, labels := map[string]bool{}, map[string]bool{}
	count := map[string]int{}
	level := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		if id := attr(n, "id"); id != "" {
			require.False(t, ids[id], "id %q twice", id)
			ids[id] = true
		}
		require.Empty(t, attr(n, "style"), "inline style on <%s>", n.Data)
		switch n.Data {
		case "html":
			require.Contains(t, wording.Tags(), attr(n, "lang"))
		case "label":
			labels[attr(n, "for")] = true
		case "script":
			own := strings.HasPrefix(attr(n, "src"), "/assets/") && text(n) == ""
			require.True(t, own || attr(n, "type") == "application/ld+json", "<script> on a page that is neither a file of ours nor data")
		case "style", "iframe", "object":
			t.Errorf("<%s> on a page", n.Data)
		case "h1", "h2", "h3":
			now := int(n.Data[1] - '0')
			require.LessOrEqual(t, now, level+1, "heading %q skips a level", text(n))
			require.NotEmpty(t, text(n))
			level = now
		case "a":
			require.NotEmpty(t, text(n), "link to %s without words", attr(n, "href"))
		}
	}
	for _, one := range []string{"h1", "main", "header", "footer", "nav", "title"} {
		require.Equal(t, 1, count[one], "<%s>", one)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "input":
			require.True(t, labels[attr(n, "id")] || attr(n, "type") == "hidden", "input %q has no label", attr(n, "id"))
		case "img":
			require.NotEmpty(t, attr(n, "alt"))
		case "use":
			require.True(t, ids[strings.TrimPrefix(attr(n, "href"), "#")], "symbol %s", attr(n, "href"))
		}
		for _, ref := range []string{"aria-labelledby", "aria-describedby"} {
			if id := attr(n, ref); id != "" {
				require.True(t, ids[id], "%s=%q leads nowhere", ref, id)
			}
		}
	}
	return doc
}

// balanced holds that every element which needs an end has it, in order: a
// parser mends silently what authors forget.
func balanced(t testing.TB, page []byte) {
	t.Helper()
	void := map[string]bool{"meta": true, "link": true, "img": true, "input": true, "br": true}
	var openElements []string
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			require.Empty(t, openElements)
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !void[string(name)] {
				openElements = append(openElements, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			require.NotEmpty(t, openElements, "</%s>", name)
			last := len(openElements) - 1
			require.Equal(t, openElements[last], string(name))
			openElements = openElements[:last]
		}
	}
}

// TestContrast computes WCAG 2.2, 1.4.3 for every pair of colours that the
// style sheet puts on each other, in both schemes.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("assets/style.css")
	require.NoError(t, err)
	light, rest, _ := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "*, ::before")
	pairs := [][2]string{{"ink", "paper"}, {"ink", "sheet"}, {"ink", "soft"}, {"muted", "paper"}, {"muted", "sheet"}, {"accent", "paper"}, {"accent", "sheet"},
		{"on-accent", "accent"}, {"paper", "ink"}, {"muted", "soft"}}
	for _, tone := range []string{"good", "caution", "stop", "open", "plain"} {
		pairs = append(pairs, [2]string{tone, tone + "-bg"}, [2]string{tone, "sheet"}, [2]string{tone, "paper"}, [2]string{"ink", tone + "-bg"})
	}
	for name, block := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(block, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, p := range pairs {
			a, b := colours[p[0]], colours[p[1]]
			ratio := (math.Max(a, b) + .05) / (math.Min(a, b) + .05)
			require.GreaterOrEqual(t, ratio, 4.5, fmt.Sprintf("%s: %s on %s", name, p[0], p[1]))
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(hex, 16, 32)
	require.NoError(t, err)
	part := func(shift uint, weight float64) float64 {
		c := float64(v>>shift&0xff) / 255
		if c <= .04045 {
			return weight * c / 12.92
		}
		return weight * math.Pow((c+.055)/1.055, 2.4)
	}
	return part(16, .2126) + part(8, .7152) + part(0, .0722)
}
