package keys

import (
	"context"
	"crypto"
	"fmt"
)

// LogKeys is the custody as the transparency log sees it.
type LogKeys struct {
	*Custodian
	DID string // of the service
}

// LogKey makes a key for one tree.
func (k LogKeys) LogKey(ctx context.Context) (id string, key crypto.Signer, err error) {
	made, err := k.Create(ctx, Service, k.DID, ForLog)
	if err != nil {
		return "", nil, err
	}
	s, err := k.open(made)
	return made.ID, s.Key, err
}

// LogSigner returns the key with the id. A revoked one signs no more: its tree
// has no other, and ends there.
func (k LogKeys) LogSigner(ctx context.Context, id string) (crypto.Signer, error) {
	held, err := k.Store.Keys(ctx, Service, ForLog)
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	for _, x := range held {
		if x.ID == id && x.RevokedAt.IsZero() {
			s, err := k.open(x)
			return s.Key, err
		}
	}
	return nil, fmt.Errorf("%s: %w", id, ErrNoKey)
}

// WitnessKey returns the key with which this service cosigns other logs, making
// it on the first day.
func (k LogKeys) WitnessKey(ctx context.Context) (crypto.Signer, error) {
	if err := k.Ensure(ctx, Service, k.DID, ForWitness); err != nil {
		return nil, err
	}
	s, err := k.Signer(ctx, Service, ForWitness)
	return s.Key, err
}
