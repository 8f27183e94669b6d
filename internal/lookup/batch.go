package lookup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Line is one question of many. Number is what was typed; without one, the
// submission is judged. Fault is why the line cannot be judged at all.
type Line struct {
	Number string
	Submission
	Fault error
}

// prefetched is what the store told of many certificates at once, just now.
type prefetched struct {
	found    map[string]issue.Published
	asked    map[string]bool
	registry int64
	at       time.Time
}

// Prepared are lines for which the register was read beforehand.
type Prepared struct {
	Lines []Line
	known *prefetched
}

// fresh is how long what was read beforehand counts as read just now: who reads
// answers slowly must not be told an old state.
const fresh = time.Second

// Prepare reads what the register holds of all the lines at once. It may be done
// while others are judged.
func (d *Desk) Prepare(ctx context.Context, lines []Line) (Prepared, error) {
	known, err := d.prefetch(ctx, lines)
	return Prepared{lines, known}, err
}

// publishedOf reads a certificate, or takes it from what was read beforehand.
func (d *Desk) publishedOf(ctx context.Context, n credential.Number, known *prefetched) (issue.Published, error) {
	if known == nil || !known.asked[string(n)] {
		return d.Certificates.Published(ctx, string(n))
	}
	if p, ok := known.found[string(n)]; ok {
		return p, nil
	}
	return issue.Published{Registry: known.registry}, issue.ErrNotFound
}

// Batch judges lines on all cores and hands each answer to done, in any order
// and several at once. What the register holds of all of them is read
// beforehand. It ends early only with the context.
func (d *Desk) Batch(ctx context.Context, lines []Line, done func(i int, r *verify.Report, err error)) error {
	p, err := d.Prepare(ctx, lines)
	if err != nil {
		return err
	}
	return d.BatchOf(ctx, p, done)
}

// BatchOf is Batch for lines that were prepared.
func (d *Desk) BatchOf(ctx context.Context, p Prepared, done func(i int, r *verify.Report, err error)) error {
	lines, known := p.Lines, p.known
	if d.Now().Sub(known.at) > fresh {
		var err error
		if known, err = d.prefetch(ctx, lines); err != nil {
			return err
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(lines)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(lines) {
					return
				}
				r, err := d.line(ctx, lines[i], known)
				done(i, r, err)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func (d *Desk) line(ctx context.Context, l Line, known *prefetched) (*verify.Report, error) {
	if l.Fault != nil {
		return nil, l.Fault
	}
	if l.Number == "" {
		l.Submission.known = known
		return d.Verify(ctx, l.Submission)
	}
	q := Query{At: l.At, Name: l.Expect.Name, Email: l.Expect.Email, BirthDate: l.Expect.BirthDate, Issuer: l.Expect.Issuer, Scheme: l.Expect.Scheme,
		Demand: &l.Demand, Asker: l.Submission.Asker, known: known}
	r, err := d.Certificate(ctx, l.Number, q)
	if errors.Is(err, credential.ErrNotANumber) {
		return d.Unknown(ctx, q)
	}
	return r, err
}

func (d *Desk) prefetch(ctx context.Context, lines []Line) (*prefetched, error) {
	k := &prefetched{asked: map[string]bool{}, at: d.Now()}
	var numbers []string
	for _, l := range lines {
		n, err := credential.ParseNumber(l.Number)
		if l.Number == "" {
			n, err = d.numberIn(l.Text)
		}
		if err == nil && !k.asked[string(n)] {
			k.asked[string(n)] = true
			numbers = append(numbers, string(n))
		}
	}
	slices.Sort(numbers) // in the order of the index
	if len(numbers) == 0 {
		return k, nil
	}
	var err error
	k.found, k.registry, err = d.Certificates.PublishedAll(ctx, numbers)
	return k, err
}

// numberIn reads which certificate of this register a token says it is, or an
// address leads to. It is a hint of what to read, and believed by nobody.
func (d *Desk) numberIn(text string) (credential.Number, error) {
	if a, ok := intake.Address(text); ok {
		typed, _ := d.Addresses.NumberIn(a)
		return credential.ParseNumber(typed)
	}
	_, rest, _ := strings.Cut(text, ".")
	payload, _, _ := strings.Cut(rest, ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return "", err
	}
	var c struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return "", err
	}
	if n, ok := d.Addresses.CertificateNumber(c.ID); ok {
		return n, nil
	}
	return "", credential.ErrNotANumber
}

// AskedOf is the question of a line, as a receipt tells it.
func (l Line) AskedOf(by string) receipt.Asked {
	if l.Number == "" {
		return l.Submission.Asked(by)
	}
	a := receipt.Asked{By: by, What: receipt.OfCertificate, Number: l.Number}
	if !l.At.IsZero() {
		a.At = &l.At
	}
	return a
}
