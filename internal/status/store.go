package status

import (
	"context"
	"time"
)

// Store reads status lists.
type Store interface {
	// ListOwner returns the body id whose list it is; registry.ErrNotFound if none.
	ListOwner(ctx context.Context, list string) (body string, err error)
	// OpenList returns the id of a list of the body with room for another
	// index, creating it with id if there is none.
	OpenList(ctx context.Context, body, id string) (string, error)
	// Set returns every index of the list that is withdrawn or superseded
	// (revocation) or suspended (suspension) at the instant, of certificates
	// and statements both.
	Set(ctx context.Context, list, purpose string, at time.Time) ([]int, error)
	// Changed returns the instant of the last event on the list, zero if none.
	Changed(ctx context.Context, list string) (time.Time, error)
}
