// Package status suspends, restores, withdraws and supersedes certificates and
// publishes the state of certificates and statements as signed Bitstring
// Status Lists (W3C, 2025). It does not issue and it does not judge.
package status

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// Life is how long a published list may be relied on.
const Life = 24 * time.Hour

// Publisher places credentials in status lists and publishes them.
type Publisher struct {
	Store     Store
	Keys      *keys.Custodian
	Addresses credential.Addresses
	// Embed signs a payload in the name of a body with an embedded proof.
	Embed func(ctx context.Context, body string, payload []byte) (document []byte, kid string, err error)
	Now   func() time.Time
	Rand  io.Reader

	mu     sync.Mutex
	cached map[string]published // by list and purpose
	open   map[string]*openList // by body
}

// openList is a list with room, as the store told when it was last asked.
type openList struct {
	id   string
	left int // entries to place before it is asked again
}

// placeAhead is how many entries are placed before the store is asked again
// whether the list has room: other processes fill it too. A list is open until
// half of it is full, so that a few thousand too many do no harm.
const placeAhead = 1000

type published struct {
	token    string
	document []byte // the same with an embedded proof, once somebody asked
	at       time.Time
	changed  time.Time
}

// Place draws a random entry of an open list of the body: neighbours tell
// nothing of when or for whom a credential was made. The caller stores it and
// draws again if it was taken.
func (p *Publisher) Place(ctx context.Context, body string) (list string, index int, err error) {
	if list, err = p.room(ctx, body); err != nil {
		return "", 0, fmt.Errorf("opening a status list: %w", err)
	}
	var random [8]byte
	if _, err := io.ReadFull(p.Rand, random[:]); err != nil {
		return "", 0, fmt.Errorf("drawing a status entry: %w", err)
	}
	return list, int(binary.BigEndian.Uint64(random[:]) % statuslist.MinEntries), nil
}

// room takes room for one entry on a list of the body.
func (p *Publisher) room(ctx context.Context, body string) (string, error) {
	p.mu.Lock()
	if o := p.open[body]; o != nil && o.left > 0 {
		o.left--
		p.mu.Unlock()
		return o.id, nil
	}
	p.mu.Unlock()
	var random [10]byte
	if _, err := io.ReadFull(p.Rand, random[:]); err != nil {
		return "", err
	}
	id := strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	list, room, err := p.Store.OpenList(ctx, body, id)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[string]*openList{}
	}
	p.open[body] = &openList{list, min(room, placeAhead) - 1}
	return list, nil
}

// List returns the signed list for a purpose, revocation or suspension, as it
// was at an instant, or as it is if that is zero. registry.ErrNotFound if there
// is no such list. The present list is signed anew when something changed and
// at half its life.
func (p *Publisher) List(ctx context.Context, list, purpose string, at time.Time) (string, error) {
	if !at.IsZero() && at.Before(p.Now()) {
		return p.sign(ctx, list, purpose, at.UTC())
	}
	changed, err := p.Store.Changed(ctx, list)
	if err != nil {
		return "", fmt.Errorf("reading status list: %w", err)
	}
	now := p.Now().UTC() // after the question: what the store told of has happened
	key := list + " " + purpose
	p.mu.Lock()
	c, ok := p.cached[key]
	p.mu.Unlock()
	age := now.Sub(c.at) // below zero: the clock went back, and the list begins in the future
	if ok && c.changed.Equal(changed) && age >= 0 && age < Life/2 && (c.settled() || age < unsettledLife) {
		stands, err := p.stands(ctx, c.token)
		if stands || err != nil {
			return c.token, err
		}
	}
	token, err := p.sign(ctx, list, purpose, now)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cached == nil {
		p.cached = map[string]published{}
	}
	p.cached[key] = published{token: token, at: now, changed: changed}
	return token, nil
}

// stands tells whether the key that signed a list of ours may still sign: what
// a revoked key says of the present is nobody's word, however fresh it is.
func (p *Publisher) stands(ctx context.Context, token string) (bool, error) {
	u, err := jws.Parse(token)
	if err != nil {
		return false, fmt.Errorf("reading our own status list: %w", err)
	}
	held, err := p.Keys.Public(ctx, p.signerOf(u))
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(held, func(k keys.Key) bool { return k.ID == u.Header.Kid && k.RevokedAt.IsZero() }), nil
}

// signerOf is the body whose key signed a list of ours.
func (p *Publisher) signerOf(u *jws.Unverified) string {
	issuer, _, _ := strings.Cut(u.Header.Kid, "#")
	if body, ok := p.Addresses.BodyID(issuer); ok {
		return body
	}
	return keys.Service
}

// unsettledLife is how long a list is kept on which something was recorded so
// lately that it may not have come into effect yet: a caller's clock may run
// ahead by leeway.
const unsettledLife = 10 * time.Second

// settled: whatever was recorded had come into effect when the list was signed.
func (c published) settled() bool { return c.at.Sub(c.changed) > leeway }

func (p *Publisher) sign(ctx context.Context, list, purpose string, at time.Time) (string, error) {
	body, err := p.Store.ListOwner(ctx, list)
	if err != nil {
		return "", err
	}
	set, err := p.Store.Set(ctx, list, purpose, at, p.Now().UTC())
	if err != nil {
		return "", fmt.Errorf("reading status list: %w", err)
	}
	bits := statuslist.New(statuslist.MinEntries)
	for _, i := range set {
		if err := bits.Set(i); err != nil {
			return "", fmt.Errorf("status list %s, entry %d: %w", list, i, err)
		}
	}
	signer, err := p.Keys.Signer(ctx, body, keys.ForCredentials)
	if errors.Is(err, keys.ErrNoKey) { // the body keeps its own key: the registrar speaks
		signer, err = p.Keys.Signer(ctx, keys.Service, keys.ForCredentials)
	}
	if err != nil {
		return "", err
	}
	issuer, _, _ := strings.Cut(signer.KeyID, "#")
	address := p.Addresses.StatusList(list)
	if purpose == "suspension" {
		address = credential.SuspensionAddress(address)
	}
	from := at.Truncate(time.Second)
	payload, err := credential.StatusList{ID: address, Issuer: issuer, Purpose: purpose, Bits: bits, ValidFrom: from, ValidUntil: from.Add(Life)}.Payload()
	if err != nil {
		return "", fmt.Errorf("building status list: %w", err)
	}
	return jws.Sign(payload, "JWT", signer)
}
