// Package backlink asks an issuer's own web site whether its certificates are
// checked at this service. A page about a certificate can be copied to another
// host with every word on it; what the copier cannot write is the issuer's site.
//
// The site says it in a file under a well-known address (RFC 8615),
//
//	https://DOMAIN/.well-known/bonafide.json
//	{"verify_at":["https://bonafide.example"]}
//
// naming every origin where its certificates are checked. Other members are
// ignored. The domain is the register's, never the credential's.
//
// A file that cannot be had proves nothing: hosts that are down and hosts that
// publish no file are not told apart, and neither says a thing against anybody.
package backlink

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/bonafide-dev/bonafide/internal/fetch"
)

// Outcome is what the issuer's site says. The zero Outcome is Unknown.
type Outcome int

// The outcomes.
const (
	Unknown   Outcome = iota // could not be checked
	Confirmed                // this service is named
	Elsewhere                // others are named, this service is not
	Silent                   // the file names nobody
)

// Answer is the outcome and the domain that gave it.
type Answer struct {
	Domain  string
	Outcome Outcome
}

// Limits. The file is asked for when somebody looks at a page, so the page must
// not wait for a slow site: the next visitor has the answer.
const (
	patience    = 600 * time.Millisecond
	keepAnswer  = 10 * time.Minute
	keepUnknown = time.Minute
	maxDomains  = 3    // of one body
	maxOrigins  = 50   // in one file
	maxKept     = 4096 // domains
	atOnce      = 4    // files asked for at one time
)

// Checker asks. Its fields are set once.
type Checker struct {
	read   fetch.Reader
	origin string
	kept   *otter.Cache[string, Outcome]
	seats  chan struct{}

	mu    sync.Mutex
	asked map[string]chan struct{} // domains being asked; closed when answered
}

// New makes a checker for the service at the public origin.
func New(read fetch.Reader, public string) (*Checker, error) {
	kept, err := otter.New(&otter.Options[string, Outcome]{MaximumSize: maxKept, ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, Outcome]) time.Duration {
		if e.Value == Unknown {
			return keepUnknown
		}
		return keepAnswer
	})})
	if err != nil {
		return nil, fmt.Errorf("making the cache of back-links: %w", err)
	}
	return &Checker{read: read, origin: origin(public), kept: kept, seats: make(chan struct{}, atOnce), asked: map[string]chan struct{}{}}, nil
}

// Address is where a domain says where its certificates are checked.
func Address(domain string) string { return "https://" + domain + "/.well-known/bonafide.json" }

// Check answers for the first of the domains that says anything, and waits for
// them a moment only.
func (c *Checker) Check(ctx context.Context, domains []string) Answer {
	domains = domains[:min(len(domains), maxDomains)]
	if len(domains) == 0 {
		return Answer{}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	best := Answer{Domain: domains[0]}
	for _, d := range domains {
		switch o := c.one(ctx, d); {
		case o == Confirmed:
			return Answer{d, o}
		case best.Outcome == Unknown || best.Outcome == Silent && o == Elsewhere:
			best = Answer{d, o}
		}
	}
	if best.Outcome == Unknown {
		best.Domain = domains[0]
	}
	return best
}

func (c *Checker) one(ctx context.Context, domain string) Outcome {
	if o, ok := c.kept.GetIfPresent(domain); ok {
		return o
	}
	select {
	case <-c.begin(ctx, domain):
	case <-ctx.Done():
	}
	o, _ := c.kept.GetIfPresent(domain) // not there: not known yet
	return o
}

// begin asks a domain unless it is being asked, beyond the visit that wanted
// to know.
func (c *Checker) begin(ctx context.Context, domain string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, ok := c.asked[domain]; ok {
		return done
	}
	select {
	case c.seats <- struct{}{}:
	default:
		return nil // too many: this visit does not learn it
	}
	done := make(chan struct{})
	c.asked[domain] = done
	go func() {
		c.kept.Set(domain, c.ask(context.WithoutCancel(ctx), domain)) // package fetch bounds the time
		c.mu.Lock()
		delete(c.asked, domain)
		c.mu.Unlock()
		close(done)
		<-c.seats
	}()
	return done
}

func (c *Checker) ask(ctx context.Context, domain string) Outcome {
	a, err := c.read.Get(ctx, Address(domain), fetch.Data)
	if err != nil {
		return Unknown
	}
	at, err := url.Parse(a.Address)
	if err != nil || !within(at.Hostname(), domain) {
		return Unknown // led away: another site may not speak for this one
	}
	var file struct {
		VerifyAt []string `json:"verify_at"`
	}
	if err := json.Unmarshal(a.Body, &file); err != nil || len(file.VerifyAt) > maxOrigins {
		return Unknown
	}
	if len(file.VerifyAt) == 0 {
		return Silent
	}
	for _, o := range file.VerifyAt {
		if origin(o) == c.origin && c.origin != "" {
			return Confirmed
		}
	}
	return Elsewhere
}

// within tells whether a host is the domain or its www.
func within(host, domain string) bool {
	return strings.EqualFold(host, domain) || strings.EqualFold(strings.TrimPrefix(strings.ToLower(host), "www."), strings.TrimPrefix(strings.ToLower(domain), "www."))
}

// origin is scheme, host and port of an address, in one form; empty: none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	o := strings.ToLower(u.Scheme + "://" + u.Host)
	for scheme, port := range map[string]string{"https": ":443", "http": ":80"} {
		if u.Scheme == scheme {
			o = strings.TrimSuffix(o, port)
		}
	}
	return o
}
