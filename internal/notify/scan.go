package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Jobs keeps who does what all processes could do.
type Jobs interface {
	// ClaimJob takes or keeps the lease of a job; ok is false while another holds
	// it. A job that is new begins at the end of the journal.
	ClaimJob(ctx context.Context, name, server string, now, until time.Time) (j Job, ok bool, err error)
	// KeepJob notes how far it has come, if the lease is still held.
	KeepJob(ctx context.Context, name, server string, j Job) error
	ReleaseJob(ctx context.Context, name, server string) error
	// JournalMoved tells, without a write, whether the job has notes to look at.
	JournalMoved(ctx context.Context, name string) (bool, error)
}

// Job is how far a job has come.
type Job struct {
	Cursor int64  // place in the journal
	Mark   string // what it did last
}

// Scanning is the job that tells watches what the journal says.
const Scanning = "watches"

const pagesRun = 50 // of the journal in one turn

// NoticeType is the type of the JWS of a notice, in its header.
const NoticeType = "bonafide-notice+jwt"

// noticePayload is what the register signs: members in this order.
type noticePayload struct {
	Issuer      string         `json:"iss"`
	IssuedAt    int64          `json:"iat"`
	ID          string         `json:"jti"`
	Watch       string         `json:"watch"`
	Consent     string         `json:"consent_reference"`
	Certificate string         `json:"certificate"`
	Event       noticeEvent    `json:"event"`
	Report      *verify.Report `json:"report"` // as anybody gets it, at the moment of the notice
}

// noticeEvent is what the notice is about.
type noticeEvent struct {
	Type        string    `json:"type"`
	At          time.Time `json:"at"`
	EffectiveAt time.Time `json:"effective_at,omitzero"`
	ValidUntil  time.Time `json:"valid_until,omitzero"`
	Successor   string    `json:"successor,omitempty"` // which is watched from now on
	Statement   string    `json:"statement,omitempty"`
	Key         string    `json:"key,omitempty"`
	Body        string    `json:"body,omitempty"`    // whose act it is
	Subject     string    `json:"subject,omitempty"` // the body it is about
	LogIndex    *int64    `json:"log_index,omitempty"`
}

// watch moves on in the journal for all watches. Each notice is kept before the
// place moves on, and once.
func (o *Office) watch(ctx context.Context) (err error) {
	if moved, err := o.Jobs.JournalMoved(ctx, Scanning); err != nil || !moved {
		return err
	}
	now := o.now()
	job, ok, err := o.Jobs.ClaimJob(ctx, Scanning, o.Server, now, now.Add(leaseTime))
	if err != nil || !ok {
		return err
	}
	defer func() {
		err = errors.Join(err, o.Jobs.ReleaseJob(context.WithoutCancel(ctx), Scanning, o.Server))
	}()
	for range pagesRun {
		notes, upTo, err := o.Store.Notes(ctx, Operator, job.Cursor, notesAhead, notesAtOnce)
		if err != nil || upTo == job.Cursor {
			return err
		}
		for _, n := range notes {
			if err := o.concern(ctx, n); err != nil {
				return fmt.Errorf("note %d: %w", n.ID, err)
			}
		}
		job.Cursor = upTo
		if err := o.Jobs.KeepJob(ctx, Scanning, o.Server, job); err != nil {
			return err
		}
		now = o.now()
		if _, ok, err = o.Jobs.ClaimJob(ctx, Scanning, o.Server, now, now.Add(leaseTime)); err != nil || !ok {
			return err
		}
	}
	return nil
}

// concern tells everybody who watches what the note concerns.
func (o *Office) concern(ctx context.Context, n journal.Kept) error {
	what, id, _ := strings.Cut(n.Thing, " ")
	leaf, err := journal.ParseLeaf(n.Leaf)
	if err != nil {
		return err
	}
	e := noticeEvent{Type: n.Kind, At: n.At.UTC(), EffectiveAt: leaf.Effective, Body: n.Body, Subject: n.Subject, LogIndex: &n.Index}
	switch {
	case what == journal.Certificate && aboutCertificate(n.Kind):
		if err := o.aboutOne(ctx, n, id, e); err != nil || n.Kind != journal.CertificateErased {
			return err
		}
		return o.Watches.ForgetWatched(ctx, id)
	case what == journal.Statement && n.Subject != "":
		e.Statement = id
		bodies := []string{n.Subject}
		if n.Kind != journal.StatementMade { // a new word about somebody further up changes nothing for the worse
			view, err := o.Registrar.View(ctx)
			if err != nil {
				return err
			}
			bodies = below(view, n.Subject)
		}
		return o.tellAll(ctx, n, "", bodies, e)
	case n.Kind == journal.KeyRevoked:
		e.Key = id
		return o.tellAll(ctx, n, "", []string{n.Subject}, e)
	}
	return nil
}

// aboutOne is concern for a certificate. What supersedes it is watched from then on.
func (o *Office) aboutOne(ctx context.Context, n journal.Kept, number string, e noticeEvent) error {
	if n.Kind == "certificate.superseded" {
		rec, err := o.Calendar.Certificate(ctx, number)
		if err != nil && !errors.Is(err, issue.ErrNotFound) {
			return err
		}
		if e.Successor = rec.Successor(); e.Successor != "" {
			follows, err := o.Store.Successions(ctx, []string{e.Successor})
			if err != nil {
				return err
			}
			if f, ok := follows[e.Successor]; ok && f.Kind != issue.Corrected {
				e.Type = CertificateRenewed
			}
		}
	}
	return o.tellAll(ctx, n, number, nil, e)
}

// below lists the body and all whose accreditation hangs on it.
func below(view *registry.View, body string) []string {
	out := []string{body}
	for i := 0; i < len(out); i++ {
		b, ok := view.Body(out[i])
		if !ok {
			continue
		}
		for _, s := range view.By(b.DID) {
			if !slices.Contains(out, s.Subject) {
				out = append(out, s.Subject)
			}
		}
	}
	return out
}

func (o *Office) tellAll(ctx context.Context, n journal.Kept, number string, bodies []string, e noticeEvent) error {
	for after := (Place{}); ; {
		page, err := o.Watches.Concerned(ctx, number, bodies, n.Index, o.now(), after, notesAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			after = Place{c.Watch.ID, c.Number}
			if err := o.notice(ctx, c, fmt.Sprintf("note %d %s", n.Index, c.Number), n.Index, e); err != nil {
				return err
			}
		}
	}
}

// notice signs and keeps one notice.
func (o *Office) notice(ctx context.Context, c Concerned, source string, pos int64, e noticeEvent) error {
	now := o.now()
	n := Notice{ID: idOf("ntc_", c.Watch.ID, source), Watch: c.Watch.ID, Source: source, Type: e.Type, Number: c.Number, At: now}
	report, err := o.Report(ctx, c.Number)
	if err != nil {
		return fmt.Errorf("judging %s: %w", c.Number, err)
	}
	payload, err := encode(noticePayload{Issuer: o.Addresses.Service(), IssuedAt: now.Unix(), ID: n.ID, Watch: c.Watch.ID, Consent: c.consent(), Certificate: c.Number, Event: e, Report: report})
	if err != nil {
		return err
	}
	signer, err := o.Custodian.Signer(ctx, keys.Service, keys.ForCredentials)
	if err != nil {
		return fmt.Errorf("finding the register's key: %w", err)
	}
	if n.Token, err = jws.Sign(payload, NoticeType, signer); err != nil {
		return fmt.Errorf("signing a notice: %w", err)
	}
	var d *Delivery
	if c.Watch.Webhook != "" && c.Watch.Digest == "" {
		links := o.links(journal.Certificate, c.Number)
		links["notice"] = o.Addresses.Public + "/v1/watches/" + c.Watch.ID + "/notices/" + n.ID
		x, err := delivery(Endpoint{ID: c.Watch.Webhook}, "notice "+n.ID, "certificate "+c.Number, pos,
			message{WatchNotice, now, watchData{Watch: c.Watch.ID, Notice: n.ID, Event: e.Type, Certificate: c.Number, Successor: e.Successor, Verdict: string(report.Verdict), LogIndex: e.LogIndex, Links: links}})
		if err != nil {
			return err
		}
		d = &x
	}
	var follow *Watched
	if e.Successor != "" {
		follow = &Watched{Number: e.Successor, Body: c.Body, Consent: c.Consent, AddedAt: now}
	}
	return o.Watches.Notice(ctx, n, d, follow, now)
}

// watchData is data of messages to a watch.
type watchData struct {
	Watch       string            `json:"watch"`
	Notice      string            `json:"notice,omitempty"`
	Event       string            `json:"event,omitempty"`
	Certificate string            `json:"certificate,omitempty"`
	Successor   string            `json:"successor,omitempty"`
	Verdict     string            `json:"verdict,omitempty"`
	LogIndex    *int64            `json:"log_index,omitempty"`
	Since       time.Time         `json:"since,omitzero"`    // digest
	Watched     *int              `json:"watched,omitempty"` // digest: certificates
	Notices     *int              `json:"notices,omitempty"` // digest: since then
	Links       map[string]string `json:"links,omitempty"`
}
