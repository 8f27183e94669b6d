package intake

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Alternates are the addresses of machine-readable forms that an HTML page
// names about itself:
//
//	<link rel="alternate" type="application/vc+jwt" href="…">
//
// those with more evidence first: a presentation with the whole chain, then a
// credential as JWT, then JSON. Only addresses of the page's own host are
// given: a page speaks for its host and for no other.
func Alternates(page []byte, address string) []string {
	base, err := url.Parse(address)
	if err != nil {
		return nil
	}
	ranked := make([][]string, len(machineReadable()))
	count := 0
	for z := html.NewTokenizer(bytes.NewReader(page)); count < maxAddresses; {
		switch z.Next() {
		case html.ErrorToken:
			return flat(ranked)
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "link" {
				continue
			}
			rel, kind, href := attributes(t)
			at := rank(kind)
			u, err := base.Parse(href)
			if at < 0 || err != nil || href == "" || u.Host != base.Host || u.Scheme != base.Scheme || !contains(rel, "alternate") {
				continue
			}
			ranked[at] = append(ranked[at], u.String())
			count++
		}
	}
	return flat(ranked)
}

// embedded is the first script of the page that holds a credential as data:
//
//	<script type="application/ld+json">{"@context":…,"type":["VerifiableCredential"],…}</script>
//
// What search engines read there, such as schema.org, is passed over.
func embedded(page []byte) (Item, bool) {
	count := 0
	for z := html.NewTokenizer(bytes.NewReader(page)); count < maxAddresses; {
		switch z.Next() {
		case html.ErrorToken:
			return Item{}, false
		case html.StartTagToken:
			t := z.Token()
			if _, kind, _ := attributes(t); t.Data != "script" || rank(kind) < 0 || z.Next() != html.TextToken {
				continue
			}
			count++
			text := z.Text()
			if item, err := readText(text); err == nil && (verify.IsAssertion(text) || isCredential(text)) {
				return item, true
			}
		}
	}
	return Item{}, false
}

func isCredential(text []byte) bool {
	_, _, err := verify.Open(text, verify.Policy{})
	return err == nil
}

func machineReadable() []string {
	return []string{"application/vp", "application/vp+ld+json", "application/vc+jwt", "application/jwt", "application/vc", "application/vc+ld+json", "application/ld+json", "application/json"}
}

func rank(kind string) int {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	for i, k := range machineReadable() {
		if k == strings.TrimSpace(kind) {
			return i
		}
	}
	return -1
}

func attributes(t html.Token) (rel, kind, href string) {
	for _, a := range t.Attr {
		switch a.Key {
		case "rel":
			rel = a.Val
		case "type":
			kind = a.Val
		case "href":
			href = strings.TrimSpace(a.Val)
		}
	}
	return rel, kind, href
}

func contains(words, word string) bool {
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if w == word {
			return true
		}
	}
	return false
}

func flat(ranked [][]string) []string {
	var out []string
	for _, r := range ranked {
		out = append(out, r...)
	}
	return out
}
