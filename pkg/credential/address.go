package credential

import (
	"net/url"
	"strings"
)

// Addresses are the addresses and DIDs below a service's public address
// (scheme and host, no slash at the end).
type Addresses struct{ Public string }

func (a Addresses) host() string {
	_, host, _ := strings.Cut(a.Public, "://")
	return strings.ReplaceAll(host, ":", "%3A")
}

// Service is the DID of the service itself, a registrar.
func (a Addresses) Service() string { return "did:web:" + a.host() }

// Body is the DID of a body.
func (a Addresses) Body(id string) string { return a.Service() + ":bodies:" + id }

// Certificate is a certificate's credential id.
func (a Addresses) Certificate(n Number) string {
	return a.Public + "/v1/certificates/" + string(n) + "/credential"
}

// Page is where people read about a certificate.
func (a Addresses) Page(n Number) string { return a.Public + "/c/" + string(n) }

// Statement is a statement's credential id.
func (a Addresses) Statement(id string) string {
	return a.Public + "/v1/statements/" + url.PathEscape(id) + "/credential"
}

// Scheme is a scheme's address, the achievement id of its certificates.
func (a Addresses) Scheme(id string) string { return a.Public + "/v1/schemes/" + url.PathEscape(id) }

// StatusList is the address of a revocation list; see SuspensionAddress.
func (a Addresses) StatusList(id string) string { return a.Public + "/status/" + url.PathEscape(id) }

// Context is the address of our JSON-LD context.
func (a Addresses) Context() string { return a.Public + "/ns/v1" }

func (a Addresses) between(s, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(s, a.Public+prefix)
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, suffix)
	if !ok || s == "" || strings.Contains(s, "/") {
		return "", false
	}
	id, err := url.PathUnescape(s)
	return id, err == nil && url.PathEscape(id) == s // one spelling only
}

// CertificateNumber is the reverse of Certificate.
func (a Addresses) CertificateNumber(address string) (Number, bool) {
	s, ok := a.between(address, "/v1/certificates/", "/credential")
	if !ok {
		return "", false
	}
	n, err := ParseNumber(s)
	return n, err == nil && string(n) == s
}

// StatementID is the reverse of Statement.
func (a Addresses) StatementID(address string) (string, bool) {
	return a.between(address, "/v1/statements/", "/credential")
}

// SchemeID is the reverse of Scheme.
func (a Addresses) SchemeID(address string) (string, bool) {
	return a.between(address, "/v1/schemes/", "")
}

// BodyID is the reverse of Body.
func (a Addresses) BodyID(did string) (string, bool) {
	id, ok := strings.CutPrefix(did, a.Service()+":bodies:")
	return id, ok && id != "" && !strings.Contains(id, ":")
}

// StatusListID is the reverse of StatusList and SuspensionAddress.
func (a Addresses) StatusListID(address string) (id, purpose string, ok bool) {
	purpose = "revocation"
	if rest, suspension := strings.CutSuffix(address, "/suspension"); suspension {
		address, purpose = rest, "suspension"
	}
	id, ok = a.between(address, "/status/", "")
	return id, purpose, ok
}

// NumberIn is the number, as it stands there, in an address of one of our
// certificates in any form that people meet: its page, credential or embed,
// with or without scheme, the host in any case. Whether it is a number is
// ParseNumber's to say.
func (a Addresses) NumberIn(address string) (typed string, ours bool) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	own, err2 := url.Parse(a.Public)
	if err != nil || err2 != nil || !strings.EqualFold(u.Host, own.Host) || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	for _, folder := range []string{"/c/", "/v1/certificates/", "/embed/"} {
		if rest, ok := strings.CutPrefix(u.Path, folder); ok {
			typed, _, _ = strings.Cut(rest, "/")
			return typed, typed != ""
		}
	}
	return "", false
}
