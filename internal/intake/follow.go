package intake

import (
	"context"
	"errors"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/fetch"
)

// maxSteps bounds the forms of a page that are tried.
const maxSteps = 3

// Follow reads what a share link leads to: a credential, a badge file, or a
// page that names a machine-readable form of itself or holds one. The error is
// *UnreadableError, or verify.ErrUnobtainable if nothing could be read there.
func (d *Desk) Follow(ctx context.Context, address string, src *fetch.Source) (Item, error) {
	answer, err := src.Get(ctx, address, fetch.Page)
	if rest, plain := strings.CutPrefix(address, "http://"); err != nil && plain && !fetch.IsLoopback(address) {
		answer, err = src.Get(ctx, "https://"+rest, fetch.Page) // an old link; in clear text nothing is read
	}
	if err != nil {
		return Item{}, err
	}
	if !strings.Contains(answer.Type, "html") {
		return d.there(ctx, answer)
	}
	for i, a := range Alternates(answer.Body, answer.Address) {
		if i == maxSteps {
			break
		}
		answer, err := src.Get(ctx, a, fetch.Page)
		if err != nil {
			continue
		}
		if item, err := d.there(ctx, answer); err == nil {
			return item, nil
		}
	}
	if item, ok := embedded(answer.Body); ok {
		return item, nil
	}
	return Item{}, &UnreadableError{"is a page that names no machine-readable credential; download the badge or credential there and hand in the file"}
}

// there reads an answer, which must be a credential itself: an address of an
// address is not followed.
func (d *Desk) there(ctx context.Context, answer fetch.Answer) (Item, error) {
	item, err := d.Read(ctx, answer.Body)
	var unreadable *UnreadableError
	if errors.As(err, &unreadable) {
		return Item{}, &UnreadableError{"leads to something that " + unreadable.Remedy}
	}
	if err == nil && item.Credential == "" {
		return Item{}, &UnreadableError{"leads to something that only names another address; hand in that one"}
	}
	return item, err
}
