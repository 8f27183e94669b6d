package status_test

import (
	"context"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// ring is the custodian as the registry sees it.
type ring struct{ *keys.Custodian }

// Sign implements registry.Keyring.
func (k ring) Sign(ctx context.Context, body string, payload []byte) (string, error) {
	s, err := k.Signer(ctx, body, keys.ForCredentials)
	if err != nil {
		return "", err
	}
	return jws.Sign(payload, "JWT", s)
}

// Public implements registry.Keyring.
func (k ring) Public(ctx context.Context, body string) ([]jws.JWK, error) {
	held, err := k.Custodian.Public(ctx, body)
	var out []jws.JWK
	for _, x := range held {
		if x.RevokedAt.IsZero() {
			out = append(out, x.Public)
		}
	}
	return out, err
}

// Open implements registry.Keyring.
func (k ring) Open(ctx context.Context, body, did string) error {
	return k.Ensure(ctx, body, did, keys.ForCredentials)
}
