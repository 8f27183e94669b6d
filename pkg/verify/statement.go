package verify

import (
	"fmt"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// UnverifiedStatement is a well-formed statement credential whose signatures
// are still to be checked. It is immutable and safe for concurrent use, so that
// a source may keep it: a signature is checked once per key, not once per
// report.
type UnverifiedStatement struct {
	raw        string
	signatures []secured
	statement  credential.Statement
}

// ParseStatement reads a statement credential strictly: a compact JWS or a JSON
// document with embedded proofs.
func ParseStatement(text string) (*UnverifiedStatement, error) {
	u := &UnverifiedStatement{raw: text}
	if strings.HasPrefix(text, "{") {
		doc, err := dataintegrity.Parse([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("reading statement: %w", err)
		}
		if u.statement, err = credential.ParseStatementDocument([]byte(text)); err != nil {
			return nil, fmt.Errorf("reading statement: %w", err)
		}
		u.signatures = embeddedProofs(doc)
		return u, nil
	}
	token, err := jws.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading statement: %w", err)
	}
	if u.statement, err = credential.ParseStatement(token); err != nil {
		return nil, fmt.Errorf("reading statement: %w", err)
	}
	u.signatures = []secured{&tokenSignature{token: token}}
	return u, nil
}

// Claims returns what the statement says, believed by nobody yet.
func (u *UnverifiedStatement) Claims() credential.Statement { return u.statement }

// Token returns the exact text: a compact JWS or a JSON document.
func (u *UnverifiedStatement) Token() string { return u.raw }
