package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// keyring is the custodian as the registry sees it.
type keyring struct{ custodian *keys.Custodian }

// Sign implements registry.Keyring.
func (k keyring) Sign(ctx context.Context, body string, payload []byte) (string, error) {
	s, err := k.custodian.Signer(ctx, body, keys.ForCredentials)
	if errors.Is(err, keys.ErrNoKey) {
		return "", fmt.Errorf("%w: %w", registry.ErrNoSigner, err)
	}
	if err != nil {
		return "", err
	}
	return jws.Sign(payload, "JWT", s)
}

// Public implements registry.Keyring.
func (k keyring) Public(ctx context.Context, body string) ([]jws.JWK, error) {
	held, err := k.custodian.Asserting(ctx, body)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(held, func(a, b keys.Key) int {
		if next := a.State == keys.Next; next != (b.State == keys.Next) {
			if next {
				return -1
			}
			return 1
		}
		return b.CreatedAt.Compare(a.CreatedAt)
	})
	var out []jws.JWK
	for _, x := range held {
		if x.State != keys.Revoked {
			out = append(out, x.Public)
		}
	}
	return out, nil
}

// Open implements registry.Keyring.
func (k keyring) Open(ctx context.Context, body, did string) error {
	return k.custodian.Open(ctx, body, did)
}
