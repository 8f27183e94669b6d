// Package lookup finds an issued certificate and answers for it from the
// register's own holdings: the report, the credential, the offline bundle; and
// for a credential handed in, from these first and then from where else
// evidence is (package fetch). It judges nothing itself (package verify).
package lookup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Certificates finds a record by its canonical number; issue.ErrNotFound if
// there is none.
type Certificates interface {
	Certificate(ctx context.Context, number string) (issue.Record, error)
	// Published finds what the public is answered from, in one statement to the
	// database. The registry's version is told also beside issue.ErrNotFound.
	Published(ctx context.Context, number string) (issue.Published, error)
	// PublishedAll is Published for many numbers, in few statements. What is not
	// found is not in the map; the registry's version is that of the last of them.
	PublishedAll(ctx context.Context, numbers []string) (found map[string]issue.Published, registry int64, err error)
}

// Desk answers the public.
type Desk struct {
	Certificates Certificates
	Registrar    *registry.Registrar
	Custodian    *keys.Custodian
	Publisher    *status.Publisher
	Addresses    credential.Addresses
	// Trust gives the anchors and registrars in force: the operator's list,
	// re-read while the service runs.
	Trust func() ([]verify.Anchor, []verify.Registrar)
	Now   func() time.Time
	// Flags are the rules in force; nil: all. Warnings are on record.
	Flags    []redflag.Rule
	Warnings []verify.Warning
	// Foreign is where evidence beyond this register comes from, for one
	// verification of one asker; nil: from nowhere.
	Foreign func(asker string) *fetch.Source
	// Contexts gives JSON-LD contexts beside those held by package
	// dataintegrity; nil: there are none.
	Contexts func(address string) ([]byte, bool)
	Intake   *intake.Desk
	// Log is the register's own transparency log; nil: it keeps none.
	Log *translog.Log
	// Logs are those whose proofs count; nil: none.
	Logs func() []verify.Log
	// Workers bounds the work on documents of strangers.
	Workers *dataintegrity.Workers
	// Disputes gives the open disputes; nil: there are none. They are read when
	// the registry's version rises, which every step of a dispute makes it do.
	Disputes func(ctx context.Context) ([]verify.Dispute, error)
	// Judged, if set, is told of every report, and whether what it judges was
	// looked up or submitted.
	Judged func(r *verify.Report, way string)
	// Memory bounds, in bytes, the issued certificates kept as they were read
	// and verified; zero keeps none.
	Memory int

	guesses guesses // of who holders are

	once   sync.Once
	memory memory

	mu     sync.Mutex
	cached *holdings
}

// read reads an issued certificate. What strangers hand in is never kept: they
// could push out what is asked for.
func (d *Desk) read(token string) *verify.UnverifiedCertificate {
	d.once.Do(func() { d.memory.most = d.Memory })
	return d.memory.read(token)
}

// Query is how a certificate is asked for. Zero members ask nothing special.
type Query struct {
	At      time.Time
	KnownAt time.Time
	Name    string
	Email   string
	Issuer  string // body id: whose certificate it is said to be
	For     string // body id: who asks, and may compare what it hid itself; empty: anyone
	Scheme  string // scheme id or address: what it is said to be for
	// BirthDate is compared with nothing: no register here keeps any.
	BirthDate string
	Demand    *verify.Demand // nil: nothing is demanded

	Asker string // the network address that asks; empty: the operator, or a body

	known *prefetched // read beforehand; nil: it is read now
}

// Certificate answers for the certificate with the number as typed. The error
// is credential.ErrCheckCharacter or credential.ErrNotANumber for a slip of
// the pen; an unknown number is a report of verdict not_found.
func (d *Desk) Certificate(ctx context.Context, number string, q Query) (*verify.Report, error) {
	r, err := d.certificate(ctx, number, q)
	return d.tell(r, "lookup"), err
}

// tell says that a report is given, if one is.
func (d *Desk) tell(r *verify.Report, way string) *verify.Report {
	if r != nil && d.Judged != nil {
		d.Judged(r, way)
	}
	return r
}

func (d *Desk) certificate(ctx context.Context, number string, q Query) (*verify.Report, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return nil, err
	}
	p := d.policy(q.At)
	p.KnownAt, p.Expect = q.KnownAt, verify.Expect{Name: q.Name, Email: q.Email, Issuer: q.Issuer, Scheme: q.Scheme, BirthDate: q.BirthDate}
	p.Demand = q.demand()
	if q.For == "" {
		if err := d.guesses.take(q.Asker, n, p.Expect, p.Now); err != nil {
			return nil, err
		}
	}
	ev, version, err := d.evidenceOf(ctx, n, &p, q.known)
	if errors.Is(err, issue.ErrNotFound) {
		return d.notFound(ctx, version, p, verify.Asked{Own: true})
	}
	if err != nil {
		return nil, err
	}
	if p.Expect.Holder() {
		if ev.Holder, err = d.holder(ctx, n, q.For, p.KnownAt); err != nil {
			return nil, err
		}
	}
	return verify.Evaluate(ev, p), nil
}

// Credential returns the exact signed certificate; issue.ErrNotFound if there
// is none.
func (d *Desk) Credential(ctx context.Context, number string) (string, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return "", err
	}
	found, err := d.Certificates.Published(ctx, string(n))
	if err == nil {
		err = issue.Withheld(found.Events)
	}
	if err == nil {
		err = found.Choice.Refuse()
	}
	if err != nil {
		return "", err
	}
	return found.Token, nil
}

// Bundle returns everything needed to verify the certificate offline.
func (d *Desk) Bundle(ctx context.Context, number string) ([]byte, error) {
	n, err := credential.ParseNumber(number)
	if err != nil {
		return nil, err
	}
	p := d.policy(time.Time{})
	ev, _, err := d.evidence(ctx, n, &p)
	if err != nil {
		return nil, err
	}
	rec, err := d.Certificates.Certificate(ctx, string(n))
	if err != nil {
		return nil, err
	}
	if err := issue.Withheld(rec.Events); err != nil {
		return nil, err
	}
	found, err := d.Certificates.Published(ctx, string(n))
	if err != nil {
		return nil, err
	}
	if err := found.Choice.Refuse(); err != nil {
		return nil, err
	}
	if err := d.addLists(ctx, &ev, rec); err != nil {
		return nil, err
	}
	signer, err := d.Custodian.Signer(ctx, keys.Service, keys.ForCredentials)
	if err != nil {
		return nil, fmt.Errorf("finding the register's key: %w", err)
	}
	payload, err := verify.Extract(ev.Register, d.Addresses.Certificate(n), d.Addresses.Public+"/ns/v1")
	if err != nil {
		return nil, fmt.Errorf("writing the register's extract: %w", err)
	}
	extract, err := signPayload(payload, signer)
	if err != nil {
		return nil, err
	}
	if ev.LogProofs, err = d.proofs(ctx, rec.Token); err != nil {
		return nil, err
	}
	return verify.Bundle(ev, extract, d.Addresses.Public+"/ns/v1")
}

func (d *Desk) policy(at time.Time) verify.Policy {
	anchors, registrars := d.Trust()
	var logs []verify.Log
	if d.Logs != nil {
		logs = d.Logs()
	}
	return verify.Policy{Anchors: anchors, Registrars: registrars, Logs: logs, MergeDelay: translog.MaxMergeDelay, Now: d.Now().UTC(), At: at, PublicURL: d.Addresses.Public, Contexts: d.Contexts, Workers: d.Workers,
		Flags: d.Flags, Warnings: d.Warnings}
}

// evidence is everything the register holds about one of its certificates, and
// the registry's version at that moment.
func (d *Desk) evidence(ctx context.Context, n credential.Number, p *verify.Policy) (verify.Evidence, int64, error) {
	return d.evidenceOf(ctx, n, p, nil)
}

func (d *Desk) evidenceOf(ctx context.Context, n credential.Number, p *verify.Policy, known *prefetched) (verify.Evidence, int64, error) {
	found, err := d.publishedOf(ctx, n, known)
	if err != nil {
		return verify.Evidence{}, found.Registry, err
	}
	if !p.KnownAt.IsZero() && found.SealedAt.After(p.KnownAt) {
		return verify.Evidence{}, found.Registry, issue.ErrNotFound
	}
	h, err := d.holdings(ctx, found.Registry)
	if err != nil {
		return verify.Evidence{}, found.Registry, err
	}
	p.Registrars = h.registrars(p.Registrars, d.Addresses.Service())
	src := &source{desk: d, holdings: h, now: p.Now, number: n, found: &found}
	ev, err := verify.GatherFor(ctx, d.read(found.Token), *p, src)
	ev.Disputes = h.disputes
	return ev, found.Registry, err
}

// Unknown is the report for what cannot be a number of this register.
func (d *Desk) Unknown(ctx context.Context, q Query) (*verify.Report, error) {
	p := d.policy(q.At)
	p.KnownAt, p.Expect.Issuer, p.Demand = q.KnownAt, q.Issuer, q.demand()
	return d.notFound(ctx, 0, p, verify.Asked{})
}

// notFound says of the body named, or of the register as a whole, what it covers.
func (d *Desk) notFound(ctx context.Context, version int64, p verify.Policy, asked verify.Asked) (*verify.Report, error) {
	h, err := d.holdings(ctx, version)
	if err != nil {
		return nil, err
	}
	r := verify.Register{Registrar: d.Addresses.Service(), AsOf: p.Now, Coverage: h.certificates}
	if p.Expect.Issuer != "" {
		r.Coverage = nil
		b, ok := h.view.Body(p.Expect.Issuer)
		if !ok {
			b, ok = h.view.ByDID(p.Expect.Issuer)
		}
		if ok {
			r.Bodies, r.Coverage = []verify.Body{h.bodies[b.DID]}, coverage(h.view, b.ID)
		}
	}
	return verify.Evaluate(verify.Evidence{Register: r, Asked: asked}, p), nil
}

func (q Query) demand() verify.Demand {
	if q.Demand == nil {
		return verify.Demand{}
	}
	return *q.Demand
}
