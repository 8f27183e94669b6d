package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/bonafide-dev/bonafide/api"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/anchors"
	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/batch"
	claimcheck "github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/federation"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/forms"
	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/idempotency"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/internal/privacy"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/internal/report"
	"github.com/bonafide-dev/bonafide/internal/rotation"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/internal/world"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// app is the wired house.
type app struct {
	db        *store.DB
	now       func() time.Time
	addresses credential.Addresses
	anchors   *anchors.List
	custodian *keys.Custodian
	token     io.Closer // of hardware that keeps keys; nil: none
	registrar *registry.Registrar
	publisher *status.Publisher
	desk      *status.Desk
	issuer    *issue.Issuer
	renewals  *renewal.Desk
	sweeper   *status.Sweeper
	reports   *report.Desk
	gate      *access.Gate
	answers   idempotency.Store
	lookup    *lookup.Desk
	forms     *forms.Desk
	holders   *holder.Desk
	federated *federation.Office
	rotation  *rotation.Desk
	vcapi     *vcapi.Office
	claims    *claimcheck.Desk
	pdf       *claimcheck.PDF
	log       *translog.Log
	cosigner  *translog.Cosigner // nil: no witness
	studio    *picture.Studio
	notices   *notify.Office
	backlinks *backlink.Checker
	flags     []redflag.Rule // in force
	examples  []web.Example  // of the demo world
	metrics   *api.Metrics
	privacy   *privacy.Desk
	batches   *batch.Desk
	tracer    trace.TracerProvider // nil: no traces
	stopping  *atomic.Bool
}

// Work on documents with embedded proofs, which anybody may hand in: half of the
// machine at most, a short queue, and seconds for what usually takes
// milliseconds.
const (
	embeddedQueue = 32
	embeddedLimit = 3 * time.Second
)

// openApp opens and migrates the database and wires every room. Close it.
func openApp(ctx context.Context, c config, o store.Options) (*app, error) {
	return openAppAt(ctx, c, o, func() time.Time { return time.Now().UTC() })
}

// openAppAt is openApp by another clock.
func openAppAt(ctx context.Context, c config, o store.Options, now func() time.Time) (*app, error) {
	kekFile, create := c.KEKFile, false
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok && c.KEK == "" && kekFile == "" {
		kekFile, create = filepath.Join(filepath.Dir(path), "key-encryption-key"), true
	}
	o.Now = now
	db, err := store.Open(ctx, c.Database, o)
	if err != nil {
		return nil, fmt.Errorf("opening database: %w", err)
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, joinClose(fmt.Errorf("migrating database: %w", err), db)
	}
	if err := db.Follow(ctx, c.Replicas); err != nil {
		return nil, joinClose(err, db)
	}
	kek, err := keys.LoadKEK(c.KEK, kekFile, create)
	if err != nil {
		return nil, joinClose(err, db)
	}
	a := wire(db, c, kek, now) //nolint:contextcheck // anchors are re-read on a signal, beside any request
	if err := a.openKeys(c); err != nil {
		return nil, joinClose(err, db)
	}
	if err := a.openClaims(c); err != nil {
		return nil, joinClose(err, db)
	}
	for _, use := range []keys.Use{keys.ForCredentials, keys.ForProofs, keys.ForAccess} {
		if err := a.custodian.Ensure(ctx, keys.Service, a.addresses.Service(), use); err != nil {
			return nil, joinClose(fmt.Errorf("preparing the register's own key: %w", err), db)
		}
	}
	if err := a.openLog(ctx, c); err != nil {
		return nil, joinClose(err, db)
	}
	if c.Seed == "demo" && c.AnchorsFile == "" {
		a.anchors.Demo = func() ([]verify.Anchor, error) { //nolint:contextcheck // anchors are re-read on a signal, beside any request
			held, err := publicKeys(a.custodian, world.Arrangement)
			return world.Anchors(a.addresses, held), err
		}
	}
	if err := a.anchors.Load(); err != nil {
		return nil, joinClose(err, db)
	}
	if err := a.reach(c); err != nil {
		return nil, joinClose(err, db)
	}
	if err := a.openNotices(c); err != nil { //nolint:contextcheck // figures are read beside any request
		return nil, joinClose(err, db)
	}
	if c.Conformance {
		if a.vcapi.Keys, err = vcapi.NewKeys(a.vcapi.DID, rand.Reader); err != nil {
			return nil, joinClose(err, db)
		}
	}
	return a, nil
}

// reach wires where evidence beyond the register comes from: documents on
// disk, or the network with limits for each asker.
func (a *app) reach(c config) error {
	if c.Documents != "" {
		documents, err := fetch.ReadDocuments(c.Documents)
		if err != nil {
			return err
		}
		a.lookup.Foreign = func(string) *fetch.Source { return fetch.NewSource(documents) }
		a.lookup.Contexts, a.vcapi.Contexts = documents.Context, documents.Context
		return a.show(c, nil)
	}
	client, err := fetch.New(fetch.Options{Loopback: c.FetchLoopback, Agent: "bonafide/" + version + " (+" + c.PublicURL + ")"})
	if err != nil {
		return err
	}
	a.lookup.Foreign = func(asker string) *fetch.Source { return fetch.NewSource(client.For(asker)) }
	return a.show(c, client)
}

func wire(db *store.DB, c config, kek [32]byte, now func() time.Time) *app {
	at := credential.Addresses{Public: c.PublicURL}
	a := &app{db: db, answers: db, addresses: at, now: now, stopping: new(atomic.Bool), metrics: api.NewMetrics(version, readings(db)...)}
	a.custodian = &keys.Custodian{Store: db, KEK: kek, Now: now, Rand: rand.Reader}
	a.anchors = &anchors.List{Path: c.AnchorsFile, Addresses: at, Self: func() ([]jws.JWK, error) { return publicKeys(a.custodian, keys.Service) }}
	a.publisher = &status.Publisher{Store: db, Addresses: at, Keys: a.custodian, Now: now, Rand: rand.Reader}
	a.registrar = &registry.Registrar{Store: db, Addresses: at, Now: now, Rand: rand.Reader,
		Keys: keyring{a.custodian}, Lists: a.publisher.Place, Anchors: a.anchors.Plain}
	a.desk = &status.Desk{Certificates: db, Now: now}
	a.issuer = &issue.Issuer{Store: db, Registrar: a.registrar, Keys: a.custodian, Place: a.publisher.Place,
		Addresses: at, Now: now, Rand: rand.Reader}
	a.sweeper = &status.Sweeper{Bulks: db, Now: now, Rand: rand.Reader}
	a.renewals = &renewal.Desk{Store: db, Issuer: a.issuer, Registrar: a.registrar, Now: now, Rand: rand.Reader}
	a.batches = &batch.Desk{Issuer: a.issuer, Store: db, Now: now, Rand: rand.Reader}
	a.privacy = &privacy.Desk{Store: db, Addresses: at, Now: now}
	a.issuer.Refused = db.Refused
	a.reports = &report.Desk{Store: db, Registrar: a.registrar, Renewals: a.renewals, Need: a.issuer.Need, Now: now}
	a.gate = &access.Gate{Store: db, Keys: a.custodian, Addresses: at, Now: now, Rand: rand.Reader}
	a.lookup = &lookup.Desk{Certificates: db, Registrar: a.registrar, Custodian: a.custodian, Publisher: a.publisher,
		Addresses: at, Trust: a.anchors.Trust, Now: now, Intake: intake.New(), Memory: lookup.DefaultMemory, Disputes: a.openDisputes,
		Workers: dataintegrity.NewWorkers(max(1, runtime.NumCPU()/2), embeddedQueue, func() <-chan time.Time { return time.After(embeddedLimit) })}
	a.lookup.Judged = a.metrics.Judged
	a.issuer.Lookup = func(ctx context.Context, body, number string, at time.Time, name string) (*verify.Report, error) {
		return a.lookup.Certificate(ctx, number, lookup.Query{At: at, Name: name, For: body})
	}
	a.holders = &holder.Desk{Store: db, Public: at.Public, Now: now, Rand: rand.Reader, Watches: a.watchesOn, Counter: &holder.Counter{Store: db, Now: now}}
	a.forms = &forms.Desk{Store: db, Keys: a.custodian, Certificates: db, Registrar: a.registrar, Addresses: at, Now: now}
	a.publisher.Embed = a.forms.Embed
	a.vcapi = &vcapi.Office{DID: at.Service(), Place: a.publisher.Place, StatusList: at.StatusList, Sources: func(asker string) vcapi.Source { return a.lookup.Proofs(asker) }, Workers: a.lookup.Workers, Now: now}
	a.rotation = &rotation.Desk{Keys: a.custodian, Registrar: a.registrar, Addresses: at, Anchors: func() ([]verify.Anchor, error) {
		err := a.anchors.Load()
		all, _ := a.anchors.Trust()
		return all, err
	}}
	a.federated = &federation.Office{Registrar: a.registrar, Keys: a.custodian, Addresses: at, Now: now}
	return a
}

// readings are the figures of the database that machines watch.
func readings(db *store.DB) []api.Reading {
	of := func(pick func(store.Pool) float64) func() float64 { return func() float64 { return pick(db.Pool()) } }
	return []api.Reading{
		{Name: "database_connections_max", Help: "Connections that may be open.", Value: of(func(p store.Pool) float64 { return float64(p.Max) })},
		{Name: "database_connections_in_use", Help: "Connections that do something.", Value: of(func(p store.Pool) float64 { return float64(p.InUse) })},
		{Name: "database_connections_idle", Help: "Connections that wait for work.", Value: of(func(p store.Pool) float64 { return float64(p.Idle) })},
		{Name: "database_waits_total", Help: "Times that somebody waited for a connection.", Total: true, Value: of(func(p store.Pool) float64 { return float64(p.Waits) })},
		{Name: "replica_answers_total", Help: "Lookups that a read replica answered.", Total: true, Value: func() float64 { n, _ := db.Followed(); return float64(n) }},
		{Name: "replica_refused_total", Help: "Times that a read replica was away or too far behind, and the primary was asked.", Total: true, Value: func() float64 { _, n := db.Followed(); return float64(n) }},
	}
}

// publicKeys reads a body's keys for the anchors, which are read beside any request.
func publicKeys(c *keys.Custodian, body string) ([]jws.JWK, error) {
	held, err := c.Asserting(context.Background(), body)
	out := make([]jws.JWK, len(held))
	for i, k := range held {
		out[i] = k.Public
	}
	return out, err
}

func (a *app) close() error {
	if a.token == nil {
		return a.db.Close()
	}
	return errors.Join(a.token.Close(), a.db.Close())
}

func joinClose(err error, db *store.DB) error {
	if e := db.Close(); e != nil {
		return fmt.Errorf("%w (and closing the database: %w)", err, e)
	}
	return err
}
