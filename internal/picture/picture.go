// Package picture draws what a report says: the badge, the card shown where a
// link is shared, and the certificate as a PDF. One layout makes a drawing of
// outlines and lines of text; SVG, PNG and PDF are three ways to write it down.
//
// It is given words (Face) and judges nothing. Every word may come from a
// record, so none is trusted: text is cleaned of what reorders or hides it,
// shaped by a text engine, bounded in length and escaped where it is written.
// What no font at hand can draw becomes a box, never an error.
package picture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// Limits of the room.
const (
	// AtOnce is how many pictures are drawn at one time. Drawing is pure
	// computing: more at once would only starve the answers that are not pictures.
	AtOnce   = 2
	maxWait  = 5 * time.Second // for a turn; longer and the caller is told to come back
	maxKept  = 48 << 20        // bytes of finished pictures kept
	maxQueue = 64              // callers waiting for a turn
)

// ErrBusy says that too many pictures are being drawn just now.
var ErrBusy = errors.New("too many pictures are being drawn just now")

// Tone picks colour and symbol of a state; its word always stands beside it.
type Tone string

// The tones, one symbol each.
const (
	Good    Tone = "good"
	Caution Tone = "caution"
	Stop    Tone = "stop"
	Open    Tone = "open" // could not be established
	Plain   Tone = "plain"
)

// Face is everything that the pictures of a certificate say. Empty fields are
// left out.
type Face struct {
	Tone     Tone
	Word     string // the state in a word or two
	Headline string // the state in a sentence
	Holder   string
	Scheme   string
	Issuer   string // by the register's word
	Domain   string // of the issuer
	Term     string // from when until when it was given
	Number   string
	Address  string // of the live page: what the QR code leads to
	Host     string // of this service
	Demo     bool   // of a demonstration register
	AsOf     string // when this was the state

	Facts []Fact // for the PDF: the record's other facts
	Chain []Fact // for the PDF: who stands behind it, lowest first
}

// Fact is a labelled text.
type Fact struct{ Label, Text string }

// State identifies what a face says apart from when: as long as it stays the
// same, so do the pictures.
func (f Face) State() string {
	f.AsOf = ""
	return f.digest("")
}

func (f Face) digest(kind string) string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings only
	}
	sum := sha256.Sum256(append(b, kind...))
	return hex.EncodeToString(sum[:16])
}

// Studio draws. It keeps finished pictures by what they say, so that a picture
// asked for a thousand times is drawn once, and draws few at a time.
type Studio struct {
	idle  chan *setter
	queue chan struct{}
	kept  *otter.Cache[string, []byte]
}

// NewStudio makes a studio whose text falls back, for scripts that the built-in
// fonts lack, on the fonts found under these folders. A folder that is missing
// is no error: those scripts become boxes in PNG and the look of the PDF.
func NewStudio(folders ...string) (*Studio, error) {
	shelf, err := newShelf(folders)
	if err != nil {
		return nil, err
	}
	kept, err := otter.New(&otter.Options[string, []byte]{MaximumWeight: maxKept, Weigher: func(_ string, b []byte) uint32 { return uint32(len(b)) + 128 }})
	if err != nil {
		return nil, fmt.Errorf("making the picture cache: %w", err)
	}
	s := &Studio{idle: make(chan *setter, AtOnce), queue: make(chan struct{}, maxQueue), kept: kept}
	for range AtOnce {
		s.idle <- newSetter(shelf)
	}
	return s, nil
}

// BadgeSVG is the badge as SVG, with its text as text.
func (s *Studio) BadgeSVG(ctx context.Context, f Face) ([]byte, error) {
	return s.draw(ctx, f, "badge.svg", func(t *setter) ([]byte, error) { return writeSVG(t.badge(f)), nil })
}

// BadgePNG is the badge as PNG, twice the size of the SVG.
func (s *Studio) BadgePNG(ctx context.Context, f Face) ([]byte, error) {
	return s.draw(ctx, f, "badge.png", func(t *setter) ([]byte, error) { return t.writePNG(t.badge(f), 2) })
}

// CardPNG is the picture shown where a link to the page is shared, 1200 by 630.
func (s *Studio) CardPNG(ctx context.Context, f Face) ([]byte, error) {
	return s.draw(ctx, f, "card.png", func(t *setter) ([]byte, error) { return t.writePNG(t.card(f), cardScale) })
}

// PDF is the certificate on one page of A4: outlines, under them the same text
// for whoever selects, searches or reads aloud, and the credential attached.
func (s *Studio) PDF(ctx context.Context, f Face, credential string) ([]byte, error) {
	return s.draw(ctx, f, "pdf "+credential, func(t *setter) ([]byte, error) { return t.writePDF(t.sheet(f, credential), f, credential) })
}

func (s *Studio) draw(ctx context.Context, f Face, kind string, make func(*setter) ([]byte, error)) ([]byte, error) {
	return s.kept.Get(ctx, f.digest(kind), otter.LoaderFunc[string, []byte](func(ctx context.Context, _ string) ([]byte, error) {
		select {
		case s.queue <- struct{}{}:
			defer func() { <-s.queue }()
		default:
			return nil, ErrBusy
		}
		ctx, cancel := context.WithTimeout(ctx, maxWait)
		defer cancel()
		select {
		case t := <-s.idle:
			defer func() { s.idle <- t }()
			return make(t)
		case <-ctx.Done():
			return nil, ErrBusy
		}
	}))
}
