package lookup

import (
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// How often one network may guess who the holder of one certificate is: as often
// as somebody mistypes a name, and too seldom to try a telephone book. The same
// question again is no other guess.
const (
	mostGuesses  = 10
	guessWindow  = time.Hour
	mostGuessers = 100_000 // pairs of network and certificate in memory
)

// TooManyGuessesError says that an asker has asked too often whose a certificate is.
type TooManyGuessesError struct{ Retry time.Duration }

func (e *TooManyGuessesError) Error() string {
	return fmt.Sprintf("too many different names or addresses were asked about this certificate; ask again in %s", e.Retry.Round(time.Minute))
}

// guesses counts, in memory alone, and forgets everything when the window ends:
// who asked is kept nowhere. A certificate that is hidden, or that there is not,
// is counted as any other, so that the limit tells nothing.
type guesses struct {
	mu    sync.Mutex
	seed  maphash.Seed
	start time.Time
	asked map[guess][]uint64
}

type guess struct {
	network string
	number  credential.Number
}

// take counts a question; a *TooManyGuessesError is one too many. Nobody is
// counted without an address: that is the operator.
func (g *guesses) take(asker string, n credential.Number, x verify.Expect, now time.Time) error {
	if asker == "" || !x.Holder() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked == nil || now.Sub(g.start) >= guessWindow || now.Before(g.start) {
		g.seed, g.start, g.asked = maphash.MakeSeed(), now, map[guess][]uint64{}
	}
	key := guess{fetch.Network(asker), n}
	question := maphash.String(g.seed, credential.NormalName(x.Name)+"\x00"+credential.NormalEmail(x.Email)+"\x00"+x.BirthDate)
	before := g.asked[key]
	switch {
	case slices.Contains(before, question):
		return nil
	case len(before) >= mostGuesses:
		return &TooManyGuessesError{guessWindow - now.Sub(g.start)}
	case before == nil && len(g.asked) >= mostGuessers:
		g.forget()
	}
	g.asked[key] = append(before, question)
	return nil
}

// forget drops who asked least among a few, so that a crowd does not wipe out
// what is known of one who guesses.
func (g *guesses) forget() {
	var least guess
	fewest, looked := mostGuesses+1, 0
	for k, q := range g.asked {
		if len(q) < fewest {
			least, fewest = k, len(q)
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(g.asked, least)
}
