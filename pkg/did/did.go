// Package did says which public keys a controller publishes: it works out
// did:key and did:jwk, gives the address of a did:web or https controller's
// document, and reads that document strictly (W3C Controlled Identifiers v1.0,
// DID Core v1.0). It fetches nothing and believes nothing beyond what a
// document says about its own controller.
package did

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Errors that callers branch on.
var (
	// ErrMethod says that the identifier's method is not one read here.
	ErrMethod = errors.New("unsupported identifier")
	// ErrMalformed says that an identifier or document breaks its own rules.
	ErrMalformed = errors.New("malformed controller document")
)

// Document is what a controller publishes about its keys.
type Document struct {
	ID             string
	Assertion      []Method // may sign credentials
	Authentication []Method // may sign presentations
}

// Method is one verification method; Key.KeyID is its full id.
type Method struct {
	Key jws.JWK
	// Ended is the first instant at which the controller no longer stands by
	// the key ("revoked" or "expires", whichever is earlier); zero: none named.
	Ended time.Time
}

// Controller is the identifier a verification method belongs to: the part
// before the fragment.
func Controller(method string) string {
	id, _, _ := strings.Cut(method, "#")
	return id
}

// Local tells whether the identifier carries its own keys, so that Key needs
// no document.
func Local(id string) bool {
	return strings.HasPrefix(id, "did:key:") || strings.HasPrefix(id, "did:jwk:")
}

// Address is the https address of the document of a did:web or https
// controller (did:web method, 3.2). IP addresses, user information, queries and
// relative paths are refused; a port is allowed.
func Address(id string) (string, error) {
	if rest, ok := strings.CutPrefix(id, "did:web:"); ok {
		return webAddress(rest)
	}
	rest, ok := strings.CutPrefix(id, "https://")
	if !ok {
		return "", fmt.Errorf("%w: %.60q", ErrMethod, id)
	}
	authority, path, _ := strings.Cut(rest, "/")
	if err := checkAuthority(authority); err != nil {
		return "", err
	}
	if strings.ContainsAny(path, "#?\\ ") || hasDots(strings.Split(path, "/")) {
		return "", fmt.Errorf("%w: the address has a query, a fragment or a relative part", ErrMalformed)
	}
	return id, nil
}

func webAddress(rest string) (string, error) {
	parts := strings.Split(rest, ":")
	authority := parts[0]
	for _, colon := range []string{"%3A", "%3a"} {
		authority = strings.Replace(authority, colon, ":", 1)
	}
	if err := checkAuthority(authority); err != nil {
		return "", err
	}
	if len(parts) == 1 {
		return "https://" + authority + "/.well-known/did.json", nil
	}
	for _, p := range parts[1:] {
		if p == "" || !plain(p) || hasDots([]string{p}) {
			return "", fmt.Errorf("%w: the path of a did:web has an empty or relative part", ErrMalformed)
		}
	}
	return "https://" + authority + "/" + strings.Join(parts[1:], "/") + "/did.json", nil
}

// checkAuthority takes a host name, and perhaps a port. What a resolver could
// take for an IP address in any spelling (127.1, 0x7f.1, 2130706433) is one.
func checkAuthority(authority string) error {
	host, port, hasPort := strings.Cut(authority, ":")
	if hasPort && (len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return fmt.Errorf("%w: %.80q has no valid port", ErrMalformed, authority)
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("%w: %.80q is not a host name", ErrMalformed, host)
		}
	}
	last := strings.ToLower(labels[len(labels)-1])
	if _, err := netip.ParseAddr(host); err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") || len(host) > 253 {
		return fmt.Errorf("%w: %.80q is an IP address", ErrMalformed, host)
	}
	return nil
}

// plain are the characters that DID Core lets stand in a method-specific id.
func plain(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-~%", r) {
			return false
		}
	}
	return !strings.Contains(strings.ToLower(s), "%2f") && !strings.Contains(strings.ToLower(s), "%5c")
}

func hasDots(parts []string) bool {
	for _, p := range parts {
		p = strings.ReplaceAll(strings.ToLower(p), "%2e", ".")
		if p == "." || p == ".." {
			return true
		}
	}
	return false
}
