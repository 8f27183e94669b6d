package translog

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// ParseWitnesses reads the operator's list: KEY ADDRESS, KEY ADDRESS …
func ParseWitnesses(list string) ([]Witness, error) {
	var out []Witness
	for item := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		parts := strings.Fields(item)
		if len(parts) != 2 {
			return nil, fmt.Errorf("%q is not a verifier key and an address", strings.TrimSpace(item))
		}
		if _, err := inclusion.NewCosignatureVerifier(parts[0]); err != nil {
			return nil, fmt.Errorf("%q: %w", parts[0], err)
		}
		u, err := url.Parse(parts[1])
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("%q is not an http or https address", parts[1])
		}
		out = append(out, Witness{parts[0], parts[1]})
	}
	return out, nil
}

// ParseKeys reads verifier keys of logs, comma-separated.
func ParseKeys(list string) ([]string, error) {
	var out []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if _, err := note.NewVerifier(item); err != nil {
			return nil, fmt.Errorf("%q is not the verifier key of a log", item)
		}
		out = append(out, item)
	}
	return out, nil
}
