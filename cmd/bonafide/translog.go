package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// openLog wires the transparency log; what is noted gets its place once it runs.
func (a *app) openLog(ctx context.Context, c config) error {
	custody := keys.LogKeys{Custodian: a.custodian, DID: a.addresses.Service()}
	a.log = &translog.Log{Store: a.db, Keys: custody, Host: translog.HostOf(c.PublicURL), Dir: c.LogDir, Witnesses: c.LogWitnesses,
		HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, Now: a.now}
	a.lookup.Log, a.lookup.Logs = a.log, func() []verify.Log { return append(a.log.Known(), a.anchors.Trusted()...) }
	a.anchors.Logs = a.trustedLogs
	if len(c.WitnessLogs) == 0 {
		return nil
	}
	key, err := custody.WitnessKey(ctx)
	if err != nil {
		return err
	}
	a.cosigner, err = translog.NewCosigner(a.db, a.log.Host+"/log/witness", key, c.WitnessLogs, a.now)
	return err
}

// sequence runs the log until stop, which waits for the round that is under way.
func (a *app) sequence(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		a.log.Run(ctx, func(err error) {
			log.Error("transparency log", "error", err, "stopped", errors.Is(err, translog.ErrInconsistent))
		})
	})
	return func() { cancel(); running.Wait() }
}

// noteAnchors notes whom the operator trusts, if that is not what was noted
// last. What the service adds of its own (its keys, its logs) is noted as such.
func (a *app) noteAnchors(ctx context.Context) error {
	list := verify.AnchorList{}
	list.Anchors, list.Registrars = a.anchors.Trust()
	list.Registrars = slices.DeleteFunc(slices.Clone(list.Registrars), func(r verify.Registrar) bool { return r.DID == a.addresses.Service() })
	own := a.log.Known()
	for _, l := range a.anchors.Trusted() {
		if !slices.ContainsFunc(own, func(o verify.Log) bool { return o.Key == l.Key }) {
			list.Logs = append(list.Logs, l)
		}
	}
	data, err := verify.FormatAnchors(list)
	if err != nil {
		return err
	}
	f := journal.Fact{Kind: journal.AnchorsChanged, Thing: journal.Thing{What: journal.Anchors, ID: "list"}, Token: sha256.Sum256(data), Wrote: data}
	var last []byte
	for q := (journal.Query{Thing: f.Thing.String(), Limit: 200}); ; {
		all, err := a.db.Trail(ctx, q)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			break
		}
		q.After, last = all[len(all)-1].ID, all[len(all)-1].Token
	}
	if bytes.Equal(last, f.Token[:]) {
		return nil
	}
	return a.db.Note(ctx, f)
}

// trustedLogs are the register's own.
func (a *app) trustedLogs() ([]inclusion.Log, error) { return a.log.Logs(context.Background()) }
