package v1

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// filingWindow is how long a count of anonymous filings holds.
const filingWindow = time.Hour

// maxFilers bounds the memory of the counts; beyond it they begin anew.
const maxFilers = 50_000

// Filings limits what strangers file: so many an hour and address. Addresses
// are held in memory for an hour and nowhere else.
type Filings struct {
	Most int // 0: no limit
	Now  func() time.Time

	mu    sync.Mutex
	start time.Time
	count map[string]int // guarded by mu
}

func (f *Filings) take(c echo.Context) error {
	wait := f.Take(c.RealIP())
	if wait == 0 {
		return nil
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(wait))
	return Problem{http.StatusTooManyRequests, "RATE_LIMITED", fmt.Sprintf("More than %d filings in an hour from this address; wait, or use a client of the body concerned.", f.Most)}
}

// Take counts a filing from the address; if it has filed enough it returns the
// seconds to wait.
func (f *Filings) Take(address string) (wait int) {
	if f == nil || f.Most == 0 {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Now()
	if now.Sub(f.start) >= filingWindow || now.Before(f.start) || len(f.count) > maxFilers {
		f.start, f.count = now, map[string]int{}
	}
	if f.count[address] >= f.Most {
		return max(1, int((filingWindow - now.Sub(f.start)).Seconds()))
	}
	f.count[address]++
	return 0
}
