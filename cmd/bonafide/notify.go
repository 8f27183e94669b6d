package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bonafide-dev/bonafide/api"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/notify"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// openNotices wires webhooks and watches. They are served once notices runs.
func (a *app) openNotices(c config) error {
	sender, err := fetch.NewSender(fetch.Options{Loopback: c.FetchLoopback, Agent: "bonafide/" + version + " (+" + c.PublicURL + ")"})
	if err != nil {
		return err
	}
	a.notices = &notify.Office{Store: a.db, Watches: a.db, Jobs: a.db, Calendar: a.db, Registrar: a.registrar, Renewals: a.renewals, Custodian: a.custodian, Addresses: a.addresses, May: sender.May, Post: sender.Post, Server: rand.Text(), Now: a.now, Rand: rand.Reader,
		Jitter: mathrand.Float64, Report: func(ctx context.Context, number string) (*verify.Report, error) {
			return a.lookup.Certificate(ctx, number, lookup.Query{})
		}}
	a.metrics.Add(a.noticeReadings()...)
	return nil
}

// lagEvery is how often the lag is read from the database at most.
const lagEvery = 10 * time.Second

// noticeReadings are the figures of messages that machines watch.
func (a *app) noticeReadings() []api.Reading {
	sent := func(pick func(notify.Sent) int64) func() float64 {
		return func() float64 { return float64(pick(a.notices.Sent())) }
	}
	var read atomic.Int64
	var waiting, oldest atomic.Int64
	lag := func() {
		if now := time.Now().UnixNano(); now-read.Swap(now) < int64(lagEvery) {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if n, since, err := a.db.Lag(ctx, a.now()); err == nil { // what cannot be read now stays as it was
			waiting.Store(n)
			oldest.Store(int64(since / time.Second))
		}
	}
	return []api.Reading{
		{Name: "webhook_delivered_total", Help: "Messages that receivers took.", Total: true, Value: sent(func(s notify.Sent) int64 { return s.Delivered })},
		{Name: "webhook_failed_total", Help: "Attempts to send a message that failed.", Total: true, Value: sent(func(s notify.Sent) int64 { return s.Failed })},
		{Name: "webhook_given_up_total", Help: "Messages given up after all attempts.", Total: true, Value: sent(func(s notify.Sent) int64 { return s.GivenUp })},
		{Name: "webhook_waiting", Help: "Messages that wait to be sent, of webhooks that are enabled.", Value: func() float64 { lag(); return float64(waiting.Load()) }},
		{Name: "webhook_lag_seconds", Help: "Age of the oldest of them that is overdue.", Value: func() float64 { lag(); return float64(oldest.Load()) }},
	}
}

// notify serves webhooks and watches until stop, which waits for what is on its way.
func (a *app) notify(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		a.notices.Run(ctx, func(err error) { log.Error("webhooks and watches", "error", err) })
	})
	return func() { cancel(); running.Wait() }
}
