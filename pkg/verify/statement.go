package verify

import (
	"fmt"
	"sync/atomic"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// UnverifiedStatement is a well-formed statement credential whose signature is
// still to be checked. It is immutable and safe for concurrent use, so that a
// source may keep it: a signature is checked once per key, not once per report.
type UnverifiedStatement struct {
	token     *jws.Unverified
	statement credential.Statement
	verified  atomic.Pointer[string] // thumbprint of the key that last verified it
}

// ParseStatement reads a statement credential strictly.
func ParseStatement(token string) (*UnverifiedStatement, error) {
	u, err := jws.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("reading statement: %w", err)
	}
	s, err := credential.ParseStatement(u)
	if err != nil {
		return nil, fmt.Errorf("reading statement: %w", err)
	}
	return &UnverifiedStatement{token: u, statement: s}, nil
}

// Claims returns what the statement says, believed by nobody yet.
func (u *UnverifiedStatement) Claims() credential.Statement { return u.statement }

// Token returns the exact compact JWS.
func (u *UnverifiedStatement) Token() string { return u.token.String() }

func (u *UnverifiedStatement) verifies(key jws.JWK) bool {
	return verifiedBy(u.token, key, &u.verified)
}
