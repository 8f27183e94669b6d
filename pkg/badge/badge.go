// Package badge puts a credential into a picture ("baking", Open Badges 3.0,
// document 1.2) and takes it out again, PNG and SVG, also what was baked for
// Open Badges 2.0 (Baking Specification, 12 April 2018). It reads only what
// the credential needs: no picture is decoded, nothing in an SVG is resolved,
// expanded or run. What it takes out is as unverified as the file it was in.
package badge

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits. A badge is a small picture: what is larger than these is no badge,
// whatever else it may be.
const (
	MaxPicture = 16 << 20 // bytes of a file
	MaxText    = 1 << 20  // bytes of the credential in it, also after inflation
	MaxChunks  = 20_000   // of a PNG; an 8 MiB picture in 8 KiB pieces has a thousand
)

// Errors that callers branch on.
var (
	// ErrNotPicture says that the bytes are neither a PNG nor an SVG.
	ErrNotPicture = errors.New("neither a PNG nor an SVG picture")
	// ErrNoCredential says that the picture is whole and holds no credential.
	ErrNoCredential = errors.New("the picture holds no credential")
	// ErrDamaged says that the picture is cut off, altered or beyond a limit.
	ErrDamaged = errors.New("the picture is damaged")
)

// Version is the edition of Open Badges a picture was baked for.
type Version int

// The editions that define baking.
const (
	OpenBadges3 Version = iota + 1
	OpenBadges2
)

// Content is what a baked picture holds.
type Content struct {
	Version Version
	// Text is a compact JWS, a JSON document or, for Open Badges 2.0 alone, the
	// address of a hosted assertion.
	Text string
}

// Extract takes the credential out of a PNG or SVG, whichever the bytes are.
func Extract(picture []byte) (Content, error) {
	switch {
	case IsPNG(picture):
		return ExtractPNG(picture)
	case IsSVG(picture):
		return ExtractSVG(picture)
	}
	return Content{}, ErrNotPicture
}

// IsPNG tells whether the bytes begin as a PNG does.
func IsPNG(data []byte) bool { return bytes.HasPrefix(data, []byte(signature)) }

// IsSVG tells whether the bytes look like an SVG: markup with an svg element
// near its beginning.
func IsSVG(data []byte) bool {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\uFEFF")))
	if len(data) == 0 || data[0] != '<' {
		return false
	}
	head := data[:min(len(data), 64<<10)]
	return bytes.Contains(head, []byte("<svg")) || bytes.Contains(head, []byte(":svg"))
}

// bakeable refuses what may not be baked.
func bakeable(credential string) error {
	switch {
	case strings.TrimSpace(credential) == "":
		return errors.New("baking: there is no credential")
	case len(credential) > MaxText:
		return fmt.Errorf("baking: the credential is longer than %d bytes", MaxText)
	case !utf8.ValidString(credential) || strings.ContainsRune(credential, 0):
		return errors.New("baking: the credential is not text")
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}
