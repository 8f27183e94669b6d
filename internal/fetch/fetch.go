// Package fetch obtains evidence from the network, and is the only room that
// does: controller documents, keys, status lists, hosted Open Badges 2.0
// assertions and the pages that share links lead to. It judges nothing.
//
// Whoever hands in a credential chooses the addresses in it, so every address
// is taken for an attack on somebody: on the operator's own network, on a
// third party, or on this service. Only https on port 443 of a public address
// is reached; the address is checked where it is dialled, again for every
// redirect, so that a name which changes its mind gains nothing. Time, size,
// redirects, fetches for one verification, for one asker, of one host and at
// once are bounded, and answers, failures too, are kept for a while.
//
// Nothing that an unverified credential names is fetched, but for what its
// verification rests on and could not begin without: the controller document
// of its issuer and, of an Open Badges 2.0 assertion, the assertion at its own
// address. All else (status lists, badge classes, profiles) is read only for
// records whose signature or host was checked before.
//
// What cannot be obtained is verify.ErrUnobtainable: an outcome, COULD_NOT_FETCH,
// and never a pass. Errors come from a fixed list of words; nothing that was
// received, resolved or looked for is in them.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Limits of one fetch and of all together.
const (
	maxData      = 1 << 20          // a status list of a million entries is 170 kB
	maxPage      = 4 << 20          // as much as may be uploaded
	maxHeader    = 64 << 10         // of an answer
	maxAddress   = 2048             // characters
	maxRedirects = 2                // http to https is refused, so: www, and a moved page
	maxTime      = 5 * time.Second  // for one fetch with its redirects, to the last byte
	maxAtOnce    = 16               // fetches of the whole service
	maxPerHost   = 2                // connections to one host
	keepAnswer   = 5 * time.Minute  // controller documents and pages
	keepList     = 1 * time.Minute  // status lists: a withdrawal must be seen soon
	keepFailure  = 30 * time.Second // long enough not to hammer a host that is down
	maxKept      = 64 << 20         // bytes of all answers kept
)

// Kind is what is fetched; it decides which media types and sizes are taken.
type Kind int

// The kinds.
const (
	Data   Kind = iota // JSON, JSON-LD or a compact JWS
	List               // a status list: Data that is soon stale
	Object             // of Open Badges 2.0: Data, where "410 Gone" is an answer too
	Page               // what a person links to: Data, HTML, a picture or a PDF
)

// Answer is what was read.
type Answer struct {
	Address string // where it was found, behind every redirect
	Type    string // media type without parameters
	Body    []byte // shared with the cache: read only
}

// Why something could not be obtained: the whole vocabulary, so that an error
// tells nothing about the operator's network or about what was received.
var (
	errAddress = fmt.Errorf("%w: only https addresses of public hosts are read", verify.ErrUnobtainable)
	errReach   = fmt.Errorf("%w: the host could not be reached in time", verify.ErrUnobtainable)
	errStatus  = fmt.Errorf("%w: the host has nothing under this address", verify.ErrUnobtainable)
	errType    = fmt.Errorf("%w: the host answered with another kind of document", verify.ErrUnobtainable)
	errSize    = fmt.Errorf("%w: the answer is too large", verify.ErrUnobtainable)
	// ErrBudget says that this verification, this asker or this host had its
	// share of fetches; later it may work.
	ErrBudget = fmt.Errorf("%w: the limit of fetches is reached, try again in a minute", verify.ErrUnobtainable)
)

// Reader obtains what is under an address; the network does, and documents on
// disk do. An error is verify.ErrUnobtainable.
type Reader interface {
	Get(ctx context.Context, address string, kind Kind) (Answer, error)
}

// Options of a Client. The zero Options reach the public network alone.
type Options struct {
	// Loopback lets addresses on this machine be read, over http too and on any
	// port: for development and tests. No other address becomes reachable.
	Loopback bool
	// Agent is who asks, in the User-Agent header.
	Agent string
	// Roots are the certificate authorities; nil: the system's.
	Roots *x509.CertPool
	// Resolve and Dial stand for the system's resolver and dialer in tests.
	// Dial is given an address and port that were checked.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Now     func() time.Time // for limits by time; nil: time.Now
	Send    time.Duration    // for one message of a Sender, to the last byte read; zero: maxSendTime
}

// Client is the network. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
	kept    *otter.Cache[key, outcome]
	flights singleflight.Group
	seats   chan struct{} // maxAtOnce
	hosts   *allowance
	askers  *allowance
}

type key struct {
	kind    Kind
	address string
}

// outcome is an answer or why there is none.
type outcome struct {
	answer Answer
	err    error
}

// New makes a Client.
func New(o Options) (*Client, error) {
	if o.Resolve == nil {
		o.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: maxTime}).DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{options: o, seats: make(chan struct{}, maxAtOnce)}
	var err error
	if c.hosts, err = newAllowance(hostRate, hostBurst); err != nil {
		return nil, err
	}
	if c.askers, err = newAllowance(askerRate, askerBurst); err != nil {
		return nil, err
	}
	c.kept, err = otter.New(&otter.Options[key, outcome]{
		MaximumWeight: maxKept,
		Weigher:       func(k key, v outcome) uint32 { return uint32(len(k.address) + len(v.answer.Body) + 512) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[key, outcome]) time.Duration {
			switch {
			case e.Value.err != nil:
				return keepFailure
			case e.Key.kind == List:
				return keepList
			}
			return keepAnswer
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("making the cache of answers: %w", err)
	}
	c.http = &http.Client{Timeout: maxTime, CheckRedirect: c.redirect, Transport: &http.Transport{
		Proxy: nil, DialContext: c.dial, DisableCompression: true, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true,
		MaxConnsPerHost: maxPerHost, MaxIdleConnsPerHost: 1, MaxIdleConns: maxAtOnce, IdleConnTimeout: time.Minute,
		TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: maxTime, ResponseHeaderTimeout: maxTime,
	}}
	return c, nil
}

// For is the network as one asker may use it: askers, told apart by their
// address, have a limit of their own. An empty asker is the operator.
func (c *Client) For(asker string) Reader { return reader{c, Network(asker)} }

type reader struct {
	client *Client
	asker  string
}

// Get implements Reader. What is kept costs the asker nothing.
func (r reader) Get(ctx context.Context, address string, kind Kind) (Answer, error) {
	u, err := r.client.admit(address)
	if err != nil {
		return Answer{}, err
	}
	k := key{kind, u.String()}
	if kept, ok := r.client.kept.GetIfPresent(k); ok {
		return kept.answer, kept.err
	}
	if r.asker != "" && !r.client.askers.take(r.asker, r.client.options.Now()) {
		return Answer{}, ErrBudget
	}
	return r.client.get(ctx, k, u.Host)
}

// get fetches once for all who ask at the same time, and goes on if the first
// of them leaves.
func (c *Client) get(ctx context.Context, k key, host string) (Answer, error) {
	flight := c.flights.DoChan(fmt.Sprint(k.kind, k.address), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTime)
		defer cancel()
		var o outcome
		if !c.hosts.take(host, c.options.Now()) {
			return outcome{err: ErrBudget}, nil
		}
		select {
		case c.seats <- struct{}{}:
			o.answer, o.err = c.fetch(ctx, k)
			<-c.seats
		case <-ctx.Done():
			return outcome{err: ErrBudget}, nil // our own lack of room is not the host's failure
		}
		c.kept.Set(k, o)
		return o, nil
	})
	select {
	case r := <-flight:
		o, ok := r.Val.(outcome)
		if !ok {
			return Answer{}, errors.New("fetching: the flight came back empty")
		}
		return o.answer, o.err
	case <-ctx.Done():
		return Answer{}, errReach
	}
}
