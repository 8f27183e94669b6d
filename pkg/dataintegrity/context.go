package dataintegrity

import (
	"embed"
	"encoding/json"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

//go:generate go run ../../internal/contextfetch contexts

//go:embed contexts
var contexts embed.FS // never written to

// ownPath is where every register of this kind serves its own context. The
// document is the same everywhere: it is known by its path.
const ownPath = "/ns/v1"

// examples is the context of the W3C's examples and test vectors: it puts
// every term that no other context defines into one vocabulary.
const (
	examples         = "https://www.w3.org/ns/credentials/examples/v2"
	examplesDocument = `{"@context":{"@vocab":"https://www.w3.org/ns/credentials/examples#"}}`
)

// Held is one context that is held here and never fetched.
type Held struct {
	Address string `json:"address"`
	File    string `json:"file"`
	Package string `json:"package"` // of npm, which it was taken from
	Version string `json:"version"`
	Path    string `json:"path"` // in the package
	Licence string `json:"licence"`
	SHA256  string `json:"sha256"` // of the file
}

// HeldContexts lists the third-party contexts held here.
func HeldContexts() ([]Held, error) {
	raw, err := contexts.ReadFile("contexts/contexts.json")
	if err != nil {
		return nil, err
	}
	var out []Held
	return out, json.Unmarshal(raw, &out)
}

// Context returns the context document held for the address.
func Context(address string) ([]byte, bool) {
	if scheme, rest, ok := strings.Cut(address, "://"); ok && (scheme == "https" || scheme == "http") {
		if host, own := strings.CutSuffix(rest, ownPath); own && host != "" && !strings.ContainsAny(host, "/?#") {
			return credential.Context(), true
		}
	}
	if address == examples {
		return []byte(examplesDocument), true
	}
	all, err := HeldContexts()
	if err != nil {
		return nil, false
	}
	for _, h := range all {
		if h.Address == address {
			raw, err := contexts.ReadFile("contexts/" + h.File)
			return raw, err == nil
		}
	}
	return nil, false
}
