package fetch

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// Rates. A verification of a foreign credential takes two to four fetches;
// whoever checks a list of a hundred badges of one issuer is served from what
// is kept. Beyond that this service would be a way to make somebody else ask.
const (
	askerRate  = 0.5 // fetches a second of one asker, 30 a minute
	askerBurst = 30
	hostRate   = 2 // fetches a second of one host, whoever asks
	hostBurst  = 40
	maxCounted = 100_000 // askers or hosts remembered
	forgotten  = 10 * time.Minute
)

// allowance limits fetches by a name. It is safe for concurrent use.
type allowance struct {
	rate  rate.Limit
	burst int
	names *otter.Cache[string, *rate.Limiter]
}

func newAllowance(perSecond rate.Limit, burst int) (*allowance, error) {
	names, err := otter.New(&otter.Options[string, *rate.Limiter]{MaximumSize: maxCounted,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](forgotten)})
	if err != nil {
		return nil, fmt.Errorf("making a rate limit: %w", err)
	}
	return &allowance{rate: perSecond, burst: burst, names: names}, nil
}

// take spends one fetch, if there is one left.
func (a *allowance) take(name string, now time.Time) bool {
	l, ok := a.names.GetIfPresent(name)
	if !ok {
		l, _ = a.names.SetIfAbsent(name, rate.NewLimiter(a.rate, a.burst)) // the one that is kept, whoever was first
	}
	return l.AllowN(now, 1)
}

// Network is who counts as one asker: an IPv4 address, or the /64 that an
// IPv6 customer has for itself.
func Network(asker string) string {
	a, err := netip.ParseAddr(asker)
	if err != nil {
		return asker
	}
	if a = a.Unmap(); a.Is6() {
		return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
	}
	return a.String()
}
