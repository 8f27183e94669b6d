package verify

import (
	"sync/atomic"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// UnverifiedCertificate is a certificate as it was handed in: read, but its
// signature still to be checked. It is immutable and safe for concurrent use,
// so that a source may keep it: what depends on nothing but the exact bytes and
// the key is worked out once, not once per report.
type UnverifiedCertificate struct {
	raw      string
	token    *jws.Unverified // nil if fault says that it cannot be read
	claims   credential.Certificate
	fault    error                  // told by Evaluate
	verified atomic.Pointer[string] // thumbprint of the key that last verified it
}

// ReadCertificate reads a certificate strictly. It does not fail: what cannot
// be read is kept with the reason, and Evaluate tells it.
func ReadCertificate(token string) *UnverifiedCertificate {
	u := &UnverifiedCertificate{raw: token}
	if u.token, u.fault = jws.Parse(token); u.fault != nil {
		return u
	}
	u.claims, u.fault = credential.ParseCertificate(u.token)
	return u
}

// Token returns the exact compact JWS.
func (u *UnverifiedCertificate) Token() string { return u.raw }

// names tells whether the certificate says that the key signed it.
func (u *UnverifiedCertificate) names(key jws.JWK) bool { return matches(u.token.Header, key) }

func (u *UnverifiedCertificate) verifies(key jws.JWK) bool {
	return verifiedBy(u.token, key, &u.verified)
}

// verifiedBy checks a signature, or remembers that the same key passed before.
func verifiedBy(u *jws.Unverified, key jws.JWK, last *atomic.Pointer[string]) bool {
	print := key.Thumbprint()
	if p := last.Load(); p != nil && *p == print {
		return true
	}
	if u.Verify(key) != nil {
		return false
	}
	last.Store(&print)
	return true
}
