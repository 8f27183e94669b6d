// Package intake finds out what somebody handed in: a compact JWS, a JSON
// document, a picture or PDF with one of these inside, a page with a link to
// one, an address. It tells by the content, never by a name or media type, and
// believes nothing of what it finds: that is judged by package verify.
package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/bonafide-dev/bonafide/pkg/badge"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Remedy puts into words, for whoever handed something in, why it could not be
// judged and what to hand in instead: "cannot be read as …; hand in …". It is
// false for an error of another kind.
func Remedy(err error) (string, bool) {
	var no *UnreadableError
	switch {
	case errors.As(err, &no):
		return no.Remedy, true
	case errors.Is(err, verify.ErrUnreadable), errors.Is(err, verify.ErrNoCertificate), errors.Is(err, credential.ErrMalformed):
		return "cannot be read as a credential; hand in a compact JWT (three parts separated by dots), a JSON credential, a bundle with its certificate, a badge file or the https address of one", true
	case errors.Is(err, verify.ErrUnobtainable):
		_, why, _ := strings.Cut(err.Error(), ": ") // of a fixed list, see package fetch
		return "is an address from which nothing could be read: " + why + "; hand in the credential itself", true
	}
	return "", false
}

// MaxFile bounds what is handed in: a badge or a certificate as PDF is smaller.
const MaxFile = 4 << 20

// Item is what was found: a credential, or where one might be.
type Item struct {
	// Credential is a compact JWS or a JSON document; empty: only addresses
	// were found.
	Credential string
	// Addresses are those that a picture or document names as its proof, in
	// order. Nobody vouches for them.
	Addresses []string
	// Loose says that the addresses are only written somewhere in a document,
	// which need not name any of them as its proof.
	Loose bool
	// Named says that the addresses stand in a file that holds more: what else
	// is in it, nobody checks.
	Named bool
}

// UnreadableError says that something holds no credential that can be read,
// and what to hand in instead, in a sentence for people.
type UnreadableError struct{ Remedy string }

func (e *UnreadableError) Error() string { return e.Remedy }

// Desk reads what is handed in. It is safe for concurrent use.
type Desk struct{ seats chan struct{} }

// New makes a Desk.
func New() *Desk { return &Desk{seats: make(chan struct{}, maxPDFs)} }

// Read looks into what was handed in, up to MaxFile bytes.
func (d *Desk) Read(ctx context.Context, data []byte) (Item, error) {
	if len(data) > MaxFile {
		return Item{}, &UnreadableError{"is larger than 4 MiB; hand in the credential itself, or a smaller picture of it"}
	}
	if isPDF(data) {
		return d.readPDF(ctx, data)
	}
	return readPlain(data)
}

func readPlain(data []byte) (Item, error) {
	switch {
	case badge.IsPNG(data), badge.IsSVG(data):
		return readPicture(data)
	}
	return readText(data)
}

func readPicture(picture []byte) (Item, error) {
	content, err := badge.Extract(picture)
	switch {
	case errors.Is(err, badge.ErrNoCredential):
		return Item{}, &UnreadableError{"is a picture without a credential in it; hand in the badge file as its issuer gave it out, not a screenshot or a copy that was edited or sent through a messenger"}
	case err != nil:
		return Item{}, &UnreadableError{"cannot be read as a picture (" + strings.TrimPrefix(err.Error(), badge.ErrDamaged.Error()+": ") + "); download the badge again from its issuer"}
	}
	item, err := readText([]byte(content.Text))
	if err != nil {
		return Item{}, &UnreadableError{"is a picture whose embedded text is no credential; download the badge again from its issuer"}
	}
	item.Named = item.Credential == ""
	return item, nil
}

// readText tells a token, a document and an address apart.
func readText(data []byte) (Item, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return Item{}, &UnreadableError{"is no kind of file this service reads; hand in a compact JWT, a JSON credential, a baked PNG or SVG badge, or a PDF with a credential attached"}
	}
	text := string(data)
	switch {
	case text == "":
		return Item{}, &UnreadableError{"is empty; hand in a compact JWT, a JSON credential or a badge file"}
	case text[0] == '{':
		return readDocument(text)
	case isToken(text):
		return Item{Credential: text}, nil
	}
	if a, ok := Address(text); ok {
		return Item{Addresses: []string{a}}, nil
	}
	return Item{}, &UnreadableError{"cannot be read as a credential; hand in a compact JWT (three parts separated by dots), a JSON credential, a badge file or the https address of one"}
}

// readDocument takes a JSON object that has the members of a credential.
func readDocument(text string) (Item, error) {
	if err := ijson.Check([]byte(text)); err != nil {
		return Item{}, &UnreadableError{"is not well-formed JSON: it " + err.Error() + "; hand in the file exactly as its issuer gave it out"}
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return Item{}, &UnreadableError{"is not a JSON object; hand in one credential"}
	}
	for _, name := range []string{"@context", "type", "@type"} {
		if _, ok := o[name]; ok {
			return Item{Credential: text}, nil
		}
	}
	return Item{}, &UnreadableError{"is JSON but not a credential: it has neither @context nor type; hand in the credential itself"}
}

// isToken tells whether text has the shape of a compact JWS, whatever is in it.
func isToken(text string) bool {
	return strings.Count(text, ".") == 2 && strings.HasPrefix(text, "eyJ") &&
		strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/") == ""
}

func isAddress(text string) bool {
	if strings.ContainsAny(text, " \t\r\n\"<>") || !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && u.Host != ""
}

// Address reads text that is an address and nothing else, with its scheme or,
// as people copy it from a browser, without.
func Address(text string) (string, bool) {
	switch text = strings.TrimSpace(text); {
	case isAddress(text):
		return text, true
	case isBare(text):
		return "https://" + text, true
	}
	return "", false
}

// isBare tells whether text is an address without its scheme: a host name with
// a point in it, and a path.
func isBare(text string) bool {
	host, _, ok := strings.Cut(text, "/")
	return ok && len(text) <= 2048 && strings.Contains(strings.Trim(host, "."), ".") && isAddress("https://"+text)
}

// addressesIn finds https and http addresses in running text.
func addressesIn(text string) []string {
	var out []string
	for _, a := range regexp.MustCompile(`https?://[0-9A-Za-z\-._~:/?#@!$&'*+,;=%\[\]]+`).FindAllString(text, maxAddresses) {
		out = append(out, strings.TrimRight(a, ".,;:!?'"))
	}
	return out
}

// maxAddresses bounds what one document may name.
const maxAddresses = 64
