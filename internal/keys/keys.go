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
	ForLog         Use = "log"        // checkpoints of the transparency log
	ForWitness     Use = "witness"    // cosignatures of others' logs
)

// Service is the body id under which the service itself, a registrar, holds
// its keys. Its DID is did:web of the public address without a path.
const Service = "register"

// Custody is who has a private half.
type Custody string

const (
	CustodyHere Custody = ""    // sealed in the database, or with the body if nothing is
	CustodyHSM  Custody = "hsm" // in a PKCS #11 token
)

// Key is a body's key. What is sealed is the private half, or for one in a token
// the name it has there. Sealed is empty for a key whose private half the body
// keeps, and for a retired one.
type Key struct {
	ID            string // kid: DID, "#", RFC 7638 thumbprint
	Body          string // body id
	Use           Use
	Public        jws.JWK
	Sealed        []byte
	KEK           string // names the key encryption key that sealed it; empty: sealed before keys were named
	Custody       Custody
	State         State // told by the custodian, not kept
	Hosted        bool  // likewise: it signs here
	CreatedAt     time.Time
	NextAt        time.Time // not zero: made known then, and does not sign yet
	RetiredAt     time.Time // zero: not retired
	RevokedAt     time.Time // zero: not revoked
	CompromisedAt time.Time // zero: not compromised
	Reason        string
}

// Store keeps keys. Every method is one transaction. A change of a key raises
// the registry's version in that transaction.
type Store interface {
	// AddKey inserts; registry.ErrDuplicate if the id is taken.
	AddKey(ctx context.Context, k Key) error
	// AddNextKey inserts a key with NextAt set, unless the active key of its
	// body and use is no longer after: ErrMoved. registry.ErrDuplicate if the
	// id is taken or there is such a key already.
	AddNextKey(ctx context.Context, k Key, after string) error
	// Keys returns the body's keys of the use, newest first, revoked ones too;
	// one that does not sign yet comes last.
	Keys(ctx context.Context, body string, use Use) ([]Key, error)
	// AllKeys returns every body's keys of the use, newest first.
	AllKeys(ctx context.Context, use Use) ([]Key, error)
	// ActivateKey makes a next key the newest; registry.ErrNotFound if the body
	// has no such next key.
	ActivateKey(ctx context.Context, body, id string, at time.Time) error
	// RetireKey marks a key that is neither next, retired nor revoked, and
	// forgets its private half; registry.ErrNotFound else.
	RetireKey(ctx context.Context, body, id string, at time.Time) error
	// RevokeKey marks a key that is not revoked yet; registry.ErrNotFound else.
	RevokeKey(ctx context.Context, body, id string, at, compromisedAt time.Time, reason string) error
	// SealedKeys returns every key that has something sealed, and not under the
	// key encryption key of the name.
	SealedKeys(ctx context.Context, notUnder string) ([]Key, error)
	// ResealKey replaces what is sealed, and the name of what sealed it, unless
	// it is no longer was: ErrMoved.
	ResealKey(ctx context.Context, k Key, was []byte) error
}
