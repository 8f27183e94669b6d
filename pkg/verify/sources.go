package verify

import (
	"context"
	"errors"
	"time"
)

// Sources asks several sources, the first of them first. Statements of all are
// taken, each once, and what one of them could not obtain is told beside those;
// keys and lists come from the first that has them; of registers, the
// first that speaks is believed and the others are not asked.
type Sources []Source

// Statements implements Source.
func (all Sources) Statements(ctx context.Context, body string) ([]*UnverifiedStatement, error) {
	var out []*UnverifiedStatement
	var lacking error
	held := map[string]bool{}
	for _, s := range all {
		more, err := s.Statements(ctx, body)
		if err != nil && !errors.Is(err, ErrUnobtainable) {
			return nil, err
		}
		if err != nil {
			lacking = err
		}
		for _, u := range more {
			if !held[u.Token()] {
				held[u.Token()] = true
				out = append(out, u)
			}
		}
	}
	return out, lacking
}

// Controller implements Source.
func (all Sources) Controller(ctx context.Context, id string) ([]PublishedKey, error) {
	for _, s := range all {
		keys, err := s.Controller(ctx, id)
		if !errors.Is(err, ErrUnobtainable) {
			return keys, err
		}
	}
	return nil, ErrUnobtainable
}

// StatusList implements Source.
func (all Sources) StatusList(ctx context.Context, address string, at time.Time) (string, error) {
	for _, s := range all {
		list, err := s.StatusList(ctx, address, at)
		if !errors.Is(err, ErrUnobtainable) {
			return list, err
		}
	}
	return "", ErrUnobtainable
}

// Register implements Source.
func (all Sources) Register(ctx context.Context, q RegisterQuery) (Register, error) {
	for _, s := range all {
		r, err := s.Register(ctx, q)
		if err != nil || r.Registrar != "" {
			return r, err
		}
	}
	return Register{}, nil
}
