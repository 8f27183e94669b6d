package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/bonafide-dev/bonafide/api"
	"github.com/bonafide-dev/bonafide/api/interop"
	v1 "github.com/bonafide-dev/bonafide/api/v1"
	"github.com/bonafide-dev/bonafide/api/web"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/world"
)

type serveCmd struct{}

// Time limits of the server: generous for people, tight for idle sockets.
const (
	readTimeout     = 30 * time.Second
	writeTimeout    = 60 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 20 * time.Second // to finish what was begun
	maxHeaderBytes  = 64 << 10
)

// Run serves until told to stop, then finishes what it began.
func (serveCmd) Run(e *environment) error {
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if c.Documents != "" && !c.Conformance {
		return &exitError{exitUsage, errors.New("BONAFIDE_DOCUMENTS: only with BONAFIDE_CONFORMANCE=true: it replaces what issuers publish today")}
	}
	log := slog.New(slog.NewJSONHandler(e.errOut, &slog.HandlerOptions{Level: c.LogLevel}))
	a, err := openApp(e.ctx, c, store.Options{})
	if err != nil {
		return err
	}
	defer a.close() //nolint:errcheck // the process ends here; every write was durable when answered
	if err := seed(e, a, c); err != nil {
		return err
	}
	if err := a.noteAnchors(e.ctx); err != nil {
		return fmt.Errorf("noting whom is trusted: %w", err)
	}
	defer a.sequence(e.ctx, log)()
	defer a.settleKeys(e.ctx, log)()
	defer a.notify(e.ctx, log)()
	defer a.countLooks(e.ctx, log)()
	stopReload := a.reloadOnHangup(log)
	defer stopReload()
	var sent func(context.Context) error
	if a.tracer, sent, err = tracer(e.ctx, log); err != nil {
		return err
	}
	front := a.server(c, log)
	servers := []*http.Server{listening(c.Listen, front.Handler(), log)}
	if c.RateLimit > 0 && !strings.HasPrefix(c.Database, "sqlite:") { // where one process serves, it counts alone
		share, err := a.counting()
		if err != nil {
			return err
		}
		go front.ShareLimits(e.ctx, share)
	}
	if c.MetricsListen != "" {
		servers = append(servers, listening(c.MetricsListen, a.metrics.Handler(), log))
	}
	failed := make(chan error, len(servers))
	for i, s := range servers {
		listener, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", s.Addr)
		if err != nil {
			return fmt.Errorf("listening on %s: %w", s.Addr, err)
		}
		cert, key := c.TLSCertFile, c.TLSKeyFile
		if i > 0 { // the metrics are for the machine or the cluster
			cert, key = "", ""
		}
		go func() {
			if cert != "" {
				failed <- s.ServeTLS(listener, cert, key)
				return
			}
			failed <- s.Serve(listener)
		}()
		log.Info("serving", "address", listener.Addr().String(), "public_url", c.PublicURL)
	}
	select {
	case err := <-failed:
		return err
	case <-e.ctx.Done():
	}
	return a.stop(e.ctx, c.Drain, servers, sent, log)
}

func listening(address string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: address, Handler: h, ReadTimeout: readTimeout, ReadHeaderTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// stop says that the server is not ready, still answers while whoever sends
// requests learns of it, then finishes what was begun.
func (a *app) stop(ctx context.Context, drain time.Duration, servers []*http.Server, sent func(context.Context) error, log *slog.Logger) error {
	a.stopping.Store(true)
	log.Info("stopping", "drain", drain.String())
	if drain > 0 {
		time.Sleep(drain)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	var failed []error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			failed = append(failed, err)
		}
	}
	if err := sent(ctx); err != nil {
		log.Warn("the last traces were not sent", "error", err)
	}
	return errors.Join(failed...)
}

// counting has the rate limits of all servers count together. Networks are
// known to the database by a keyed hash, another one each minute.
func (a *app) counting() (api.Share, error) {
	secret, err := a.custodian.Secret("rate limits")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, minute time.Time, more map[string]int) (map[string]int, error) {
		return a.db.CountTogether(ctx, minute, more, func(network string) []byte {
			h := hmac.New(sha256.New, secret)
			fmt.Fprintf(h, "%d %s", minute.Unix(), network)
			return h.Sum(nil)[:16]
		})
	}, nil
}

func (a *app) handler(c config, log *slog.Logger) http.Handler { return a.server(c, log).Handler() }

func (a *app) server(c config, log *slog.Logger) *api.Server {
	var conformance []map[string]any
	if a.vcapi.Keys != nil {
		methods, err := a.vcapi.Keys.Methods(a.vcapi.DID)
		if err != nil {
			log.Error("conformance keys not published", "error", err)
		}
		conformance = methods
	}
	filings := a.filings(c)
	site := a.site(c.Seed == "demo")
	site.File = a.file(filings)
	s := &api.Server{
		API: &v1.API{Registrar: a.registrar, Issuer: a.issuer, Records: a.db, Status: a.desk, Renewals: a.renewals, Reports: a.reports, Sweeper: a.sweeper, Publisher: a.publisher, Custodian: a.custodian,
			Gate: a.gate, Lookup: a.lookup, Forms: a.forms, Claims: a.claims, PDF: a.pdf, Flags: a.flags, Answers: a.answers, Addresses: a.addresses, Conformance: conformance, Now: a.now,
			Rotation: a.rotation, Log: a.log, Cosigner: a.cosigner, Notify: a.notices,
			Privacy: a.privacy, Holders: a.holders, Looked: a.holders.Counter.Look,
			Batches: a.batches,
			Clerk:   a.clerk(), Disputes: a.db, Journal: a.db, Filings: filings},
		Interop: &interop.Protocols{Registrar: a.registrar, Federation: a.federated, VCAPI: a.vcapi, Issuer: a.issuer, Records: a.db, Desk: a.desk, Gate: a.gate,
			Addresses: a.addresses, Now: a.now},
		Site: site, Ready: a.db.Ping, Log: log, RateLimit: c.RateLimit, TLS: c.TLSCertFile != "", Now: a.now,
		Metrics: a.metrics, MetricsApart: c.MetricsListen != "", Stopping: a.stopping.Load, Tracer: a.tracer,
	}
	return s
}

// seed fills an empty register: with the reference data, and in demo mode with
// the demo world.
func seed(e *environment, a *app, c config) error {
	if c.Seed == "none" {
		return nil
	}
	view, err := a.registrar.View(e.ctx)
	if err != nil {
		return err
	}
	if len(view.Bodies()) == 0 {
		added, _, err := a.registrar.Import(e.ctx, registry.Reference(), progress(e.errOut, "loading the reference registry"))
		if err != nil {
			return fmt.Errorf("loading the reference registry: %w", err)
		}
		fmt.Fprintf(e.errOut, "reference registry: %d records\n", added)
	}
	if c.Seed != "demo" {
		return nil
	}
	w := world.Demo{Registrar: a.registrar, Issuer: a.issuer, Status: a.desk, Gate: a.gate, Custodian: a.custodian,
		Lookup: a.lookup, Records: a.db, Addresses: a.addresses, Now: time.Now, Trust: a.anchors.Load}
	guide, err := w.Build(e.ctx)
	if err != nil {
		return fmt.Errorf("making the demo world: %w", err)
	}
	for _, x := range guide.Pages {
		a.examples = append(a.examples, web.Example{Number: x.Number, Label: x.Shows})
	}
	if _, err := fmt.Fprint(e.out, guide.Text(a.addresses, a.now())); err != nil {
		return err
	}
	return a.printHolderLink(e.ctx, e.out, guide)
}

func (a *app) reloadOnHangup(log *slog.Logger) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangup:
				if err := a.anchors.Load(); err != nil {
					log.Error("anchors not reloaded, the list in force stays", "error", err)
					continue
				}
				if err := a.noteAnchors(context.Background()); err != nil {
					log.Error("the change of anchors is not noted", "error", err)
				}
				log.Info("anchors reloaded")
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(hangup); close(done) }
}
