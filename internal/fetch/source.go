package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Limits of one verification: an issuer's document, the two statements above
// it, and of all three credentials two status lists at two instants take 15
// fetches.
const (
	maxFetches      = 20
	maxVerification = 10 * time.Second
	// instant is how near to now an instant may be to be now.
	instant = time.Minute
	// present is how near to now an instant may be to be answered by what an
	// address says today: the life of a status list.
	present = verify.MaxStatusAge
)

// Source is where one verification reads evidence. It has a budget of its own
// and is made anew for the next verification. It implements verify.Source.
type Source struct {
	from  Reader
	until time.Time
	spent atomic.Int32

	mu   sync.Mutex
	read map[what]had // guarded by mu
}

// what was asked for, and had what came of it: a verification that comes by
// an address again sees what it saw before, and pays nothing for it.
type what struct {
	address string
	kind    Kind
}

type had struct {
	answer Answer
	err    error
}

// NewSource begins a verification that reads through r.
func NewSource(r Reader) *Source {
	return &Source{from: r, until: time.Now().Add(maxVerification), read: map[what]had{}}
}

// Get reads what is under the address, within the budget.
func (s *Source) Get(ctx context.Context, address string, kind Kind) (Answer, error) {
	w := what{address, kind}
	s.mu.Lock()
	seen, ok := s.read[w]
	s.mu.Unlock()
	if ok {
		return seen.answer, seen.err
	}
	if s.spent.Add(1) > maxFetches {
		return Answer{}, ErrBudget
	}
	ctx, cancel := context.WithDeadline(ctx, s.until)
	defer cancel()
	answer, err := s.from.Get(ctx, address, kind)
	s.mu.Lock()
	s.read[w] = had{answer, err}
	s.mu.Unlock()
	return answer, err
}

// Document reads an object of Open Badges 2.0, for verify.GatherAssertion.
func (s *Source) Document(ctx context.Context, address string) ([]byte, error) {
	a, err := s.Get(ctx, address, Object)
	return a.Body, err
}

// Statements implements verify.Source: nobody is asked for statements, whoever
// stands above an issuer is the register's business.
func (s *Source) Statements(context.Context, string) ([]*verify.UnverifiedStatement, error) {
	return nil, nil
}

// Register implements verify.Source: the network is no register.
func (s *Source) Register(context.Context, verify.RegisterQuery) (verify.Register, error) {
	return verify.Register{}, nil
}

// Controller implements verify.Source. A document that cannot be read is as
// good as none: its issuer's key cannot be known.
func (s *Source) Controller(ctx context.Context, id string) ([]verify.PublishedKey, error) {
	address, err := did.Address(id)
	if err != nil {
		return nil, errAddress
	}
	answer, err := s.Get(ctx, address, Data)
	if err != nil && IsLoopback(address) { // a development server without a certificate
		answer, err = s.Get(ctx, "http://"+strings.TrimPrefix(address, "https://"), Data)
	}
	if err != nil {
		return nil, err
	}
	var methods []did.Method
	if address == id {
		methods, err = did.ParsePublished(answer.Body, id)
	} else {
		var doc did.Document
		doc, err = did.ParseDocument(answer.Body, id)
		methods = doc.Assertion
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the controller's document cannot be read", verify.ErrUnobtainable)
	}
	return verify.Published(methods), nil
}

// StatusList implements verify.Source. The zero instant asks for the present.
// A list of another instant is asked for by that (Bitstring Status List v1.0,
// 3.2); where a host has none and the instant is near, what it says today is
// taken, and speaks for as long as it says itself.
func (s *Source) StatusList(ctx context.Context, address string, at time.Time) (string, error) {
	then := address
	age := time.Since(at)
	if _, network := s.from.(reader); network && !at.IsZero() && age > instant {
		u, err := url.Parse(address)
		if err != nil {
			return "", errAddress
		}
		q := u.Query()
		q.Set("timestamp", at.UTC().Format(time.RFC3339))
		u.RawQuery = q.Encode()
		then = u.String()
	}
	answer, err := s.Get(ctx, then, List)
	if err != nil && then != address && age <= present {
		answer, err = s.Get(ctx, address, List)
	}
	return string(bytes.TrimSpace(answer.Body)), err
}
