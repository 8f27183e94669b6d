package access

import (
	"context"
	"time"
)

// Client is a program that may write. It acts for one body, an operator for any.
type Client struct {
	ID         string
	Name       string
	Body       string // body id; empty for an operator
	Operator   bool
	Scopes     []string
	SecretHash []byte // SHA-256 of the 256-bit random secret
	CreatedAt  time.Time
	RevokedAt  time.Time
}

// relies tells whether the client may be one of somebody who only relies on
// certificates, such as an employer: it acts for no body, has a name, and may
// watch and be told, and nothing else.
func (c Client) relies() bool {
	for _, s := range c.Scopes {
		if s != "watches:write" && s != "webhooks:write" {
			return false
		}
	}
	return c.Name != "" && len(c.Scopes) > 0
}

// Store keeps clients and spent assertions.
type Store interface {
	AddClient(ctx context.Context, c Client) error
	// Client returns registry.ErrNotFound if there is none.
	Client(ctx context.Context, id string) (Client, error)
	// ClientNow is Client, without the secret's hash, and beside it the
	// registry's version at the same moment, in one statement to the database.
	ClientNow(ctx context.Context, id string) (c Client, version int64, err error)
	// Spend records that the client used the jti; registry.ErrDuplicate if it
	// did so before. Rows past until may be dropped.
	Spend(ctx context.Context, client, jti string, until time.Time) error
}
