// Package keys has custody of signing keys: it creates, seals, rotates and
// revokes them and lists what the public may see. Hosted private keys rest
// sealed with AES-256-GCM under the operator's key encryption key. It does not
// decide who may sign what (package access) and keeps no certificate.
package keys

import (
	"context"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Use keeps keys for different purposes apart (RFC 8725, 3.8 to 3.12).
type Use string

const (
	ForCredentials Use = "credential" // certificates, statements, status lists
	ForProofs      Use = "proof"      // the same with an embedded proof, Ed25519
	ForClients     Use = "client"     // private_key_jwt of API clients
	ForAccess      Use = "access"     // access tokens of this service
	ForFederation  Use = "federation" // OpenID Federation statements and trust marks
)

// Service is the body id under which the service itself, a registrar, holds
// its keys. Its DID is did:web of the public address without a path.
const Service = "register"

// Key is a body's key. Sealed is empty for a key whose private half the body keeps.
type Key struct {
	ID            string // kid: DID, "#", RFC 7638 thumbprint
	Body          string // body id
	Use           Use
	Public        jws.JWK
	Sealed        []byte
	CreatedAt     time.Time
	RevokedAt     time.Time // zero: not revoked
	CompromisedAt time.Time // zero: not compromised
	Reason        string
}

// Store keeps keys. Every method is one transaction. A change of a key for
// credentials raises the registry's version in that transaction.
type Store interface {
	// AddKey inserts; registry.ErrDuplicate if the id is taken.
	AddKey(ctx context.Context, k Key) error
	// Keys returns the body's keys of the use, newest first, revoked ones too.
	Keys(ctx context.Context, body string, use Use) ([]Key, error)
	// AllKeys returns every body's keys of the use, newest first.
	AllKeys(ctx context.Context, use Use) ([]Key, error)
	// RevokeKey marks a key that is not revoked yet; registry.ErrNotFound else.
	RevokeKey(ctx context.Context, body, id string, at, compromisedAt time.Time, reason string) error
}
