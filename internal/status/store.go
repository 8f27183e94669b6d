package status

import (
	"context"
	"time"
)

// Store reads status lists.
type Store interface {
	// ListOwner returns the body id whose list it is; registry.ErrNotFound if none.
	ListOwner(ctx context.Context, list string) (body string, err error)
	// OpenList returns the id of a list of the body with room for more entries,
	// creating it with id if there is none, and for how many there is room.
	OpenList(ctx context.Context, body, id string) (list string, room int, err error)
	// Set returns every index of the list that is withdrawn or superseded
	// (revocation) or suspended (suspension) at the instant, of certificates
	// and statements both, as who reads them at now must take them (see
	// trust.Happened).
	Set(ctx context.Context, list, purpose string, at, now time.Time) ([]int, error)
	// Changed returns the instant of the last event on the list, zero if none.
	Changed(ctx context.Context, list string) (time.Time, error)
}
