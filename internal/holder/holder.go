// Package holder owns what the holder of a certificate may do here: through a
// link that the issuer made, see who looked and decide what is shown. The link
// is a capability: whoever has it acts, so that no account is needed; it ends,
// can be taken back, and is kept as a digest alone. The package decides nothing
// about a certificate's standing: a holder can hide a name, never a withdrawal.
package holder

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

const (
	// DefaultLife of a link is long enough to find the mail again.
	DefaultLife = 30 * 24 * time.Hour
	// MaxLife bounds how long a lost link is a danger.
	MaxLife = 400 * 24 * time.Hour
	// tokenBytes are beyond guessing.
	tokenBytes = 32
	// shownDays is how far back the counts are told.
	shownDays = 30
)

// ErrNotFound means that a link leads nowhere: never made, ended or taken back.
var ErrNotFound = errors.New("no such link")

// Link is a link as it is kept.
type Link struct {
	Digest    []byte // SHA-256 of the token
	Number    string
	Body      string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Day is how often a certificate was looked at on a day, in UTC.
type Day struct {
	Day   string // 2006-01-02
	Count int64
}

// Watched tells of the watches on a certificate.
type Watched struct {
	Count    int
	Consents []string // the references to the holder's consent that the watchers gave
}

// Store keeps links, choices and counts.
type Store interface {
	// AddHolderLink keeps a link and notes it.
	AddHolderLink(ctx context.Context, l Link) error
	// EndHolderLinks takes back every link of the certificate and tells how many
	// were open.
	EndHolderLinks(ctx context.Context, body, number string, now time.Time) (int, error)
	// HolderLink finds an open link by its digest; ErrNotFound else.
	HolderLink(ctx context.Context, digest []byte, now time.Time) (Link, error)
	// Choice is the holder's present choice; the zero one if none was made.
	Choice(ctx context.Context, number string) (issue.Choice, error)
	// Choose keeps a choice in the place of the one before.
	Choose(ctx context.Context, body, number string, c issue.Choice, now time.Time) error
	// AddLooks adds to the counts of a day.
	AddLooks(ctx context.Context, day string, counts map[string]int64) error
	// Looks are the counts of a certificate since a day, the latest first.
	Looks(ctx context.Context, number, since string) ([]Day, error)
	// Certificate finds a sealed certificate; issue.ErrNotFound else.
	Certificate(ctx context.Context, number string) (issue.Record, error)
}

// Desk serves holders and those who invite them.
type Desk struct {
	Store  Store
	Public string // of this service
	Now    func() time.Time
	Rand   io.Reader
	// Watches tells who watches a certificate; nil: nobody can.
	Watches func(ctx context.Context, number string) (Watched, error)
	Counter *Counter
}

// Invite makes a link for the holder of the body's certificate. The address is
// told once and kept nowhere.
func (d *Desk) Invite(ctx context.Context, body, number string, life time.Duration) (address string, until time.Time, err error) {
	r, err := d.owned(ctx, body, number)
	if err != nil {
		return "", until, err
	}
	if life == 0 {
		life = DefaultLife
	}
	if life < time.Minute || life > MaxLife {
		return "", until, fault.Invalid{{Pointer: "/expires_in", Detail: "must be between a minute and 400 days, in seconds"}}
	}
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(d.Rand, raw); err != nil {
		return "", until, fmt.Errorf("drawing a link: %w", err)
	}
	token, now := base64.RawURLEncoding.EncodeToString(raw), d.Now().UTC().Truncate(time.Second)
	l := Link{Digest: digest(token), Number: number, Body: r.Body, CreatedAt: now, ExpiresAt: now.Add(life)}
	if err := d.Store.AddHolderLink(ctx, l); err != nil {
		return "", until, err
	}
	return d.Public + "/holder/" + token, l.ExpiresAt, nil
}

// Revoke takes back every link of the body's certificate.
func (d *Desk) Revoke(ctx context.Context, body, number string) (int, error) {
	r, err := d.owned(ctx, body, number)
	if err != nil {
		return 0, err
	}
	return d.Store.EndHolderLinks(ctx, r.Body, number, d.Now().UTC())
}

// owned is the body's certificate; an empty body owns all.
func (d *Desk) owned(ctx context.Context, body, number string) (issue.Record, error) {
	r, err := d.Store.Certificate(ctx, number)
	if err == nil && body != "" && r.Body != body {
		err = issue.ErrNotFound
	}
	return r, err
}

// View is what a holder sees.
type View struct {
	Record issue.Record
	Choice issue.Choice
	Until  time.Time // end of the link
	Looks  []Day
	Total  int64 // of the days told
	Watch  Watched
	Form   string // goes with every action, see Act
}

// Open shows the certificate of a link; ErrNotFound if it leads nowhere.
func (d *Desk) Open(ctx context.Context, token string) (View, error) {
	now := d.Now().UTC()
	l, err := d.link(ctx, token, now)
	if err != nil {
		return View{}, err
	}
	v := View{Until: l.ExpiresAt, Form: formOf(token)}
	if v.Record, err = d.Store.Certificate(ctx, l.Number); err != nil {
		return v, err
	}
	if v.Choice, err = d.Store.Choice(ctx, l.Number); err != nil {
		return v, err
	}
	if d.Counter != nil { // what this process counted a moment ago
		if err := d.Counter.Flush(ctx); err != nil {
			return v, err
		}
	}
	if v.Looks, err = d.Store.Looks(ctx, l.Number, now.AddDate(0, 0, -shownDays+1).Format(time.DateOnly)); err != nil {
		return v, err
	}
	for _, x := range v.Looks {
		v.Total += x.Count
	}
	if d.Watches != nil {
		v.Watch, err = d.Watches(ctx, l.Number)
	}
	return v, err
}

// ErrForm means that an action did not come from the holder's own page.
var ErrForm = errors.New("not from the holder's page")

// Act keeps the holder's choice. form is what the page of this very link
// carried: a page elsewhere cannot know it.
func (d *Desk) Act(ctx context.Context, token, form string, c issue.Choice) error {
	now := d.Now().UTC()
	l, err := d.link(ctx, token, now)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(form), []byte(formOf(token))) != 1 {
		return ErrForm
	}
	r, err := d.Store.Certificate(ctx, l.Number)
	if err != nil {
		return err
	}
	return d.Store.Choose(ctx, l.Body, l.Number, c.Narrowed(r.Request), now)
}

func (d *Desk) link(ctx context.Context, token string, now time.Time) (Link, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Link{}, ErrNotFound
	}
	return d.Store.HolderLink(ctx, digest(token), now)
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// formOf binds a form to its link without telling the link.
func formOf(token string) string {
	sum := sha256.Sum256([]byte("form of holder " + token))
	return hex.EncodeToString(sum[:16])
}
