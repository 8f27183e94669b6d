package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/internal/cpd"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Ending is a certificate that ends.
type Ending struct {
	Number, Body, Scheme, Consent string
	ValidUntil                    time.Time
}

// Calendar finds what time alone brings.
type Calendar interface {
	// Owners lists whose endpoints are served and told what happens.
	Owners(ctx context.Context) ([]Owner, error)
	// EndingOf pages through the body's certificates that end in (from, until] and
	// are neither withdrawn nor superseded.
	EndingOf(ctx context.Context, body string, from, until time.Time, after string, limit int) ([]Ending, error)
	// Certificates as issue.Store has it.
	Certificates(ctx context.Context, body string, f issue.Filter) ([]issue.Record, error)
	// Certificate as issue.Store has it.
	Certificate(ctx context.Context, number string) (issue.Record, error)
}

const (
	daily     = "daily"
	dailyTime = 15 * time.Minute // of its lease; it is kept on as it goes
	daily1    = time.Minute      // how often a process looks whether it is time
	lookBack  = 30 * 24 * time.Hour
	pageAhead = 100
)

// aheadDays are how long before its end a body is told of a certificate: once in each.
func aheadDays() []int { return []int{7, 30, 90} }

// runDaily does the daily job when it is time, until ctx ends.
func (o *Office) runDaily(ctx context.Context, tell func(error)) {
	tick := time.NewTicker(daily1)
	defer tick.Stop()
	for {
		if err := o.Daily(ctx); err != nil && ctx.Err() == nil {
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Daily does the daily job unless it was done today. What a crash leaves is
// taken up by the next who tries; nothing is told twice.
func (o *Office) Daily(ctx context.Context) (err error) {
	now := o.now()
	today := now.Format(time.DateOnly)
	if known := o.done.Load(); known != nil && *known == today {
		return nil
	}
	job, ok, err := o.Jobs.ClaimJob(ctx, daily, o.Server, now, now.Add(dailyTime))
	if err != nil || !ok {
		return err
	}
	defer func() {
		err = errors.Join(err, o.Jobs.ReleaseJob(context.WithoutCancel(ctx), daily, o.Server))
	}()
	if job.Mark < today {
		for _, step := range []func(context.Context, time.Time) error{o.endWatches, o.tellBodies, o.tellWatches, o.prune} {
			if err := step(ctx, now); err != nil {
				return fmt.Errorf("the daily job: %w", err)
			}
			if _, ok, err := o.Jobs.ClaimJob(ctx, daily, o.Server, now, o.now().Add(dailyTime)); err != nil || !ok {
				return err
			}
		}
		job.Mark = today
		if err := o.Jobs.KeepJob(ctx, daily, o.Server, job); err != nil {
			return err
		}
	}
	o.done.Store(&today)
	return nil
}

// endWatches stops those whose time has come.
func (o *Office) endWatches(ctx context.Context, now time.Time) error {
	return o.eachWatch(ctx, func(w Watch) error {
		if now.Before(w.ExpiresAt) {
			return nil
		}
		return o.Watches.RemoveWatch(ctx, w.ID, "its time has come")
	})
}

func (o *Office) eachWatch(ctx context.Context, do func(Watch) error) error {
	for after := ""; ; {
		page, err := o.Watches.AllWatches(ctx, after, pageAhead)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, w := range page {
			after = w.ID
			if err := do(w); err != nil {
				return err
			}
		}
	}
}

// tellBodies tells bodies of ends ahead and of recertification.
func (o *Office) tellBodies(ctx context.Context, now time.Time) error {
	owners, err := o.Calendar.Owners(ctx)
	if err != nil {
		return err
	}
	_, end, err := o.Store.Place(ctx, now)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if owner.Body() == "" {
			continue
		}
		endpoints, err := o.Store.Endpoints(ctx, owner, "", maxEndpoints)
		if err != nil {
			return err
		}
		tell := func(kind, source string, data happening) error {
			data.Links = o.links(journal.Certificate, data.Certificate)
			for _, e := range endpoints {
				if e.Watch != "" || !e.DisabledAt.IsZero() || !wants(e.Events, kind) {
					continue
				}
				d, err := delivery(e, source, "certificate "+data.Certificate, end, message{kind, now, data})
				if err != nil {
					return err
				}
				if err := o.Store.Enqueue(ctx, e.ID, []Delivery{d}, now, false, nil); err != nil && !errors.Is(err, ErrNotFound) {
					return err
				}
			}
			return nil
		}
		if err := o.endings(ctx, owner.Body(), now, tell); err != nil {
			return err
		}
		if err := o.recertifications(ctx, owner.Body(), now, tell); err != nil {
			return err
		}
	}
	return nil
}

type teller func(kind, source string, data happening) error

func (o *Office) endings(ctx context.Context, body string, now time.Time, tell teller) error {
	days := aheadDays()
	for after := ""; ; {
		page, err := o.Calendar.EndingOf(ctx, body, now.Add(-lookBack), now.AddDate(0, 0, days[len(days)-1]), after, pageAhead)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, x := range page {
			after = x.Number
			kind, source := ending(x, days, now)
			if err := tell(kind, source, happening{Certificate: x.Number, Body: x.Body, Scheme: x.Scheme, ValidUntil: x.ValidUntil}); err != nil {
				return err
			}
		}
	}
}

// ending is what is told today of a certificate that ends within the longest of
// the days, once for each of them.
func ending(x Ending, days []int, now time.Time) (kind, source string) {
	until := x.ValidUntil.UTC().Format(time.RFC3339)
	if !x.ValidUntil.After(now) {
		return CertificateExpired, "expired " + x.Number + " " + until
	}
	for _, d := range days {
		if !x.ValidUntil.After(now.AddDate(0, 0, d)) {
			return CertificateExpiring, fmt.Sprintf("expiring %s %s %d", x.Number, until, d)
		}
	}
	return CertificateExpiring, fmt.Sprintf("expiring %s %s", x.Number, until)
}

// recertifications tells, once in a cycle, that renewing is due, and that it is
// overdue.
func (o *Office) recertifications(ctx context.Context, body string, now time.Time, tell teller) error {
	view, err := o.Registrar.View(ctx)
	if err != nil {
		return err
	}
	for _, scheme := range view.Schemes() {
		if scheme.Owner != body && scheme.RulesFor(now) == nil {
			continue
		}
		for after := ""; ; {
			page, err := o.Calendar.Certificates(ctx, body, issue.Filter{Scheme: scheme.ID, Now: now, After: after, Limit: pageAhead})
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].Number
			if err := o.sheets(ctx, page, now, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Office) sheets(ctx context.Context, page []issue.Record, now time.Time, tell teller) error {
	var open []issue.Record
	for _, r := range page {
		s := trust.At(trust.Statement{ValidFrom: r.Request.ValidFrom, ValidUntil: r.Request.ValidUntil, Events: r.Events}, now, time.Time{}).Status
		ended := !r.Request.ValidUntil.IsZero() && r.Request.ValidUntil.Before(now.Add(-lookBack))
		if (s == trust.LinkInForce || s == trust.LinkExpired || s == trust.LinkSuspended) && !ended {
			open = append(open, r)
		}
	}
	all, err := o.Renewals.Sheets(ctx, open, now)
	if err != nil {
		return err
	}
	for _, s := range all {
		kind := map[cpd.State]string{cpd.Due: RecertificationDue, cpd.Overdue: RecertificationOverdue}[s.Standing.State]
		if kind == "" || !s.Ruled || s.Standing.Exempt {
			continue
		}
		r := s.Record
		err := tell(kind, fmt.Sprintf("%s %s %d", kind, r.Number, s.Cycle.Number), happening{Certificate: r.Number, Body: r.Body, Scheme: r.Scheme, ValidUntil: r.Request.ValidUntil})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellWatches gives notice of ends ahead, and the digests.
func (o *Office) tellWatches(ctx context.Context, now time.Time) error {
	_, end, err := o.Store.Place(ctx, now)
	if err != nil {
		return err
	}
	return o.eachWatch(ctx, func(w Watch) error {
		for after := ""; ; {
			page, err := o.Watches.EndingWatched(ctx, w.ID, now.Add(-lookBack), now.AddDate(0, 0, w.ExpiryDays), after, pageAhead)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, x := range page {
				after = x.Number
				kind, source := ending(x, nil, now)
				c := Concerned{w, Watched{Number: x.Number, Body: x.Body, Consent: x.Consent}}
				if err := o.notice(ctx, c, source, end, noticeEvent{Type: kind, At: now, ValidUntil: x.ValidUntil, Body: x.Body}); err != nil {
					return err
				}
			}
		}
		return o.digest(ctx, w, end, now)
	})
}

// digest says in one message how many notices there were, also that there was none.
func (o *Office) digest(ctx context.Context, w Watch, end int64, now time.Time) error {
	every := map[string]time.Duration{Daily: 20 * time.Hour, Weekly: 7*24*time.Hour - 4*time.Hour}[w.Digest] // the job runs at another hour each day
	if every == 0 || w.Webhook == "" || now.Sub(w.DigestedAt) < every {
		return nil
	}
	n, err := o.Watches.CountNotices(ctx, w.ID, w.DigestedAt)
	if err != nil {
		return err
	}
	data := watchData{Watch: w.ID, Since: w.DigestedAt, Watched: &w.Watched, Notices: &n, Links: map[string]string{"notices": o.Addresses.Public + "/v1/watches/" + w.ID + "/notices"}}
	d, err := delivery(Endpoint{ID: w.Webhook}, "digest "+now.Format(time.DateOnly), "watch "+w.ID, end, message{WatchDigest, now, data})
	if err != nil {
		return err
	}
	if err := o.Store.Enqueue(ctx, w.Webhook, []Delivery{d}, now, false, nil); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return o.Watches.Digested(ctx, w.ID, now)
}

// prune keeps the delivery log short.
func (o *Office) prune(ctx context.Context, now time.Time) error {
	for {
		n, err := o.Store.Prune(ctx, now.Add(-keepFor), notesAtOnce)
		if err != nil || n < notesAtOnce {
			return err
		}
	}
}

func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a notice: %w", err)
	}
	return data, nil
}
