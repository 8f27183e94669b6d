// Package privacy answers a certified person's two questions to a body: what do
// you keep about me, and will you forget it (Regulation (EU) 2016/679, articles
// 15 and 17). Forgetting takes the whole lineage of a certificate: what the
// person was called, what was signed, ledger and reasons go; number, dates and
// the bare history stay, so that status lists and the transparency log remain
// true and silent about them.
package privacy

import (
	"context"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Store keeps what there is to tell and to forget.
type Store interface {
	// Lineage returns every sealed certificate of the lineage that the number
	// belongs to, oldest first; issue.ErrNotFound if it is not the body's.
	Lineage(ctx context.Context, body, number string) ([]issue.Record, error)
	// Ledger returns the lineage's continuing education.
	Ledger(ctx context.Context, lineage string) ([]cpd.Entry, error)
	// Trail reads what was noted.
	Trail(ctx context.Context, q journal.Query) ([]journal.Kept, error)
	// Erase forgets the lineage in one transaction. What of it has not ended is
	// withdrawn by the event first, with which the holders of copies learn that
	// it counts no more. address is where a certificate's second form is kept.
	Erase(ctx context.Context, body, number string, withdrawn trust.Event, reason string, address func(number string) string) (Erased, error)
	// Ended returns numbers of the body's certificates, one of each lineage
	// whose every certificate ended before the instant, at most so many.
	Ended(ctx context.Context, body string, before time.Time, most int) ([]string, error)
}

// Erased says what was forgotten.
type Erased struct {
	Certificates []string // numbers
	Withdrawn    []string // of them those that had not ended
	Ledger       int      // entries
	Forms        int      // second forms of credentials
	Answers      int      // kept answers to repeated requests
}

// Held is all that is kept about a holder.
type Held struct {
	Certificates []issue.Record
	Ledger       []cpd.Entry
	Notes        []journal.Kept // without the callers
}

// Desk answers holders through the body that certified them.
type Desk struct {
	Store     Store
	Addresses credential.Addresses
	Now       func() time.Time
}

// maxNotes bounds what is told of one lineage.
const maxNotes = 10_000

// Held tells all that is kept about the holder of the body's certificate, over
// its whole lineage.
func (d *Desk) Held(ctx context.Context, body, number string) (Held, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return Held{}, issue.ErrNotFound
	}
	var h Held
	if h.Certificates, err = d.Store.Lineage(ctx, body, string(n)); err != nil {
		return Held{}, err
	}
	if h.Ledger, err = d.Store.Ledger(ctx, h.Certificates[0].Root()); err != nil {
		return Held{}, err
	}
	for _, r := range h.Certificates {
		notes, err := d.Store.Trail(ctx, journal.Query{Thing: journal.Thing{What: journal.Certificate, ID: r.Number}.String(), Limit: maxNotes})
		if err != nil {
			return Held{}, err
		}
		h.Notes = append(h.Notes, notes...)
	}
	return h, nil
}

// Erase forgets the holder of the body's certificate. It cannot be undone.
func (d *Desk) Erase(ctx context.Context, body, number, reason string) (Erased, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return Erased{}, issue.ErrNotFound
	}
	if fault := reasonFault(reason); fault != nil {
		return Erased{}, fault
	}
	now := d.Now().UTC().Truncate(time.Microsecond)
	return d.Store.Erase(ctx, body, string(n), trust.Event{Kind: trust.Withdrawn, EffectiveAt: now, LearntAt: now}, reason,
		func(number string) string { return d.Addresses.Certificate(credential.Number(number)) })
}

func reasonFault(reason string) error {
	if reason == "" {
		return fault.Invalid{{Pointer: "/reason", Detail: "is missing: say on what grounds, without naming the person"}}
	}
	if detail := issue.TextFault(reason, 500); detail != "" {
		return fault.Invalid{{Pointer: "/reason", Detail: detail}}
	}
	return nil
}

// together is how many lineages one step of Retain takes.
const together = 100

// Retain forgets, or with dry only counts, every lineage of the body whose
// certificates all ended before the instant.
func (d *Desk) Retain(ctx context.Context, body string, before time.Time, reason string, dry bool) (lineages int, err error) {
	if err := reasonFault(reason); err != nil {
		return 0, err
	}
	if dry {
		all, err := d.Store.Ended(ctx, body, before, 1<<31-1)
		return len(all), err
	}
	for {
		some, err := d.Store.Ended(ctx, body, before, together)
		if err != nil || len(some) == 0 {
			return lineages, err
		}
		for _, n := range some {
			if _, err := d.Erase(ctx, body, n, reason); err != nil {
				return lineages, err
			}
			lineages++
		}
	}
}
