package notify

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// Limits of watches.
const (
	maxWatches      = 100    // of one owner
	MaxWatched      = 10_000 // certificates of one watch
	maxConsent      = 200
	maxReference    = 200 // of what is asked for
	defaultAhead    = 30  // days before the end of a certificate in which a notice says so
	maxAhead        = 365
	defaultWatching = 365 * 24 * time.Hour
	maxWatching     = 5 * defaultWatching // a consent that is older is asked for again
)

// Digests.
const (
	Daily  = "daily"
	Weekly = "weekly"
)

// Watch is whose certificates an owner relies on and is told about. A watch
// knows of a certificate what anybody may look up, and no more.
type Watch struct {
	ID          string
	Owner       Owner
	Webhook     string // endpoint that its messages go to; empty: the feed alone
	Consent     string // where the owner keeps the holders' consent
	Digest      string // Daily, Weekly; empty: each notice by itself
	ExpiryDays  int
	Since       int64 // place of the journal at which it began
	CreatedAt   time.Time
	ExpiresAt   time.Time
	DigestedAt  time.Time
	Fingerprint []byte
	Watched     int // certificates
}

// Watched is one certificate of a watch.
type Watched struct {
	Number  string
	Body    string
	Consent string // empty: the watch's
	AddedAt time.Time
}

// Seen is a watch as the holder of a certificate may know it.
type Seen struct {
	Consent string
	Since   time.Time
	Until   time.Time
}

// Notice is a signed message about a certificate that is watched.
type Notice struct {
	Seq    int64
	ID     string
	Watch  string
	Source string
	Type   string
	Number string
	At     time.Time
	Token  string // compact JWS by the register; empty: erased
}

// Place is an entry of a watch in the order of Concerned.
type Place struct {
	Watch, Number string
}

// Concerned is an entry with its watch.
type Concerned struct {
	Watch Watch
	Watched
}

// Watches keeps them. Every method is one transaction.
type Watches interface {
	// AddWatch keeps w, as AddEndpoint keeps endpoints.
	AddWatch(ctx context.Context, w Watch, most int) (kept Watch, existing bool, err error)
	// Watch returns ErrNotFound if there is none.
	Watch(ctx context.Context, id string) (Watch, error)
	WatchesOf(ctx context.Context, owner Owner, after string, limit int) ([]Watch, error)
	// RemoveWatch forgets it, with its entries, notices and endpoint.
	RemoveWatch(ctx context.Context, id, why string) error
	// Issued tells which of the numbers are of certificates that anybody finds,
	// and of which body.
	Issued(ctx context.Context, numbers []string) (map[string]string, error)
	// AddWatched answers a fault.Refusal if there would be more than most.
	AddWatched(ctx context.Context, watch string, all []Watched, most int) error
	RemoveWatched(ctx context.Context, watch, number string) error
	// ForgetWatched has nobody watch the certificate any more.
	ForgetWatched(ctx context.Context, number string) error
	Watched(ctx context.Context, watch, after string, limit int) ([]Watched, error)
	// WatchedBy tells who watches the certificate at the instant.
	WatchedBy(ctx context.Context, number string, now time.Time) ([]Seen, error)
	// Concerned pages through the entries of live watches that began before the
	// place in the journal: those of the certificate, or of the bodies.
	Concerned(ctx context.Context, number string, bodies []string, place int64, now time.Time, after Place, limit int) ([]Concerned, error)
	// EndingWatched pages through what is watched and ends in (from, until], and is
	// neither withdrawn nor superseded.
	EndingWatched(ctx context.Context, watch string, from, until time.Time, after string, limit int) ([]Ending, error)
	// Notice keeps a notice unless its source was told, and with it the delivery,
	// if one, and what else is watched from now on.
	Notice(ctx context.Context, n Notice, d *Delivery, follow *Watched, now time.Time) error
	// Notices lists the oldest first.
	Notices(ctx context.Context, watch string, after int64, limit int) ([]Notice, error)
	OneNotice(ctx context.Context, watch, id string) (Notice, error)
	CountNotices(ctx context.Context, watch string, since time.Time) (int, error)
	Digested(ctx context.Context, watch string, at time.Time) error
	// AllWatches lists those of every owner, in order of id.
	AllWatches(ctx context.Context, after string, limit int) ([]Watch, error)
}

// WantedWatch is what an owner asks of a watch.
type WantedWatch struct {
	Consent    string
	ExpiresAt  time.Time // zero: in a year
	Digest     string
	ExpiryDays int    // zero: 30
	URL        string // where messages go; empty: the feed alone
}

func (o *Office) checkWatch(w *WantedWatch, now time.Time) error {
	var f fault.Invalid
	switch {
	case strings.TrimSpace(w.Consent) == "":
		f.Add("/consent_reference", "is missing: where you keep the holders' consent; they may see it")
	case !oneLine(w.Consent, maxConsent):
		f.Add("/consent_reference", fmt.Sprintf("must be one line of at most %d bytes", maxConsent))
	}
	if w.ExpiresAt.IsZero() {
		w.ExpiresAt = now.Add(defaultWatching)
	}
	if !w.ExpiresAt.After(now) || w.ExpiresAt.After(now.Add(maxWatching)) {
		f.Add("/expires_at", "must lie ahead, by five years at most")
	}
	if w.Digest == "none" {
		w.Digest = ""
	}
	if w.Digest != "" && w.Digest != Daily && w.Digest != Weekly {
		f.Add("/digest", "must be none, daily or weekly")
	}
	if w.ExpiryDays == 0 {
		w.ExpiryDays = defaultAhead
	}
	if w.ExpiryDays < 0 || w.ExpiryDays > maxAhead {
		f.Add("/expiry_notice_days", fmt.Sprintf("must be a whole number of days from 1 to %d", maxAhead))
	}
	if w.URL != "" && (len(w.URL) > maxURL || !o.May(w.URL)) {
		f.Add("/webhook/url", "must be an https address, port 443, of a named public host, without user, of at most 2048 characters")
	}
	return f.Err()
}

func oneLine(s string, most int) bool {
	return len(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

// CreatedWatch is a watch with the endpoint made for it, if one.
type CreatedWatch struct {
	Watch
	Endpoint *Created
	Replayed bool
}

// CreateWatch begins a watch. creation is as of Create.
func (o *Office) CreateWatch(ctx context.Context, owner Owner, want WantedWatch, list any, creation string) (CreatedWatch, error) {
	now := o.now()
	asked, err := json.Marshal([]any{owner, want, list})
	if err != nil {
		return CreatedWatch{}, fmt.Errorf("encoding a request: %w", err)
	}
	if err := o.checkWatch(&want, now); err != nil {
		return CreatedWatch{}, err
	}
	print := sha256.Sum256(asked)
	w := Watch{Owner: owner, Consent: want.Consent, Digest: want.Digest, ExpiryDays: want.ExpiryDays, CreatedAt: now, ExpiresAt: want.ExpiresAt, DigestedAt: now, Fingerprint: print[:]}
	if w.ID = idOf("wt_", string(owner), creation); creation == "" {
		if w.ID, err = o.id("wt_"); err != nil {
			return CreatedWatch{}, err
		}
	}
	if want.URL != "" {
		w.Webhook = idOf("wh_", string(owner), "watch "+w.ID) // the id that create gives it
	}
	kept, existing, err := o.Watches.AddWatch(ctx, w, maxWatches)
	if err != nil {
		return CreatedWatch{}, err
	}
	out := CreatedWatch{Watch: kept, Replayed: existing}
	if want.URL != "" {
		made, err := o.create(ctx, owner, kept.ID, Wanted{URL: want.URL}, "watch "+kept.ID)
		if err != nil {
			return out, err
		}
		out.Endpoint = &made
	}
	return out, nil
}

// Asked is a certificate as somebody names it: by id, or by number and issuer.
type Asked struct {
	Certificate string
	Issuer      string // id or DID of a body; empty: whoever
	Consent     string
}

// What became of an Asked. An unknown number, one of another issuer and one
// that nobody finds are told alike, as a lookup tells them.
const (
	Watching       = "watching"
	Unknown        = "not_found"
	Mistyped       = "check_character"
	Unreadable     = "malformed"
	ConsentTooLong = "consent_reference"
)

// Add has a watch watch certificates too, and tells of each what became of it.
func (o *Office) Add(ctx context.Context, w Watch, all []Asked) (outcomes []string, err error) {
	outcomes, found, err := o.judge(ctx, all)
	if err != nil || len(found) == 0 {
		return outcomes, err
	}
	return outcomes, o.Watches.AddWatched(ctx, w.ID, found, MaxWatched)
}

// Judge tells what Add would, and adds nothing.
func (o *Office) Judge(ctx context.Context, _ Watch, all []Asked) (outcomes []string, err error) {
	outcomes, _, err = o.judge(ctx, all)
	return outcomes, err
}

func (o *Office) judge(ctx context.Context, all []Asked) (outcomes []string, found []Watched, err error) {
	outcomes, numbers := make([]string, len(all)), make([]string, len(all))
	var known []string
	for i, a := range all {
		n, err := credential.ParseNumber(a.Certificate)
		switch {
		case errors.Is(err, credential.ErrCheckCharacter):
			outcomes[i] = Mistyped
		case err != nil || len(a.Certificate) > maxReference:
			outcomes[i] = Unreadable
		case !oneLine(a.Consent, maxConsent):
			outcomes[i] = ConsentTooLong
		default:
			numbers[i] = string(n)
			known = append(known, string(n))
		}
	}
	issued, err := o.Watches.Issued(ctx, known)
	if err != nil {
		return nil, nil, err
	}
	view, err := o.Registrar.View(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i, a := range all {
		if outcomes[i] != "" {
			continue
		}
		body, ok := issued[numbers[i]]
		b, _ := view.Body(body)
		if !ok || a.Issuer != "" && a.Issuer != b.ID && a.Issuer != b.DID {
			outcomes[i] = Unknown
			continue
		}
		outcomes[i] = Watching
		found = append(found, Watched{Number: numbers[i], Body: body, Consent: a.Consent, AddedAt: o.now()})
	}
	return outcomes, found, nil
}

// consent of an entry.
func (c Concerned) consent() string {
	if c.Consent != "" {
		return c.Consent
	}
	return c.Watch.Consent
}

// aboutCertificate tells the kinds of the journal that concern who watches a
// certificate itself.
func aboutCertificate(kind string) bool {
	switch kind {
	case "certificate.suspended", "certificate.restored", "certificate.withdrawn", "certificate.superseded", "certificate.name_corrected", journal.CertificateErased:
		return true
	}
	return false
}
