// Package statuslist is the codec of the W3C Bitstring Status List v1.0: one
// bit per credential, gzip, base64url. It knows nothing of credentials.
package statuslist

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of a list.
const (
	// MinEntries is the least a list may hold, for the privacy of the herd
	// (Bitstring Status List v1.0, 2.2).
	MinEntries = 131072
	// MaxEntries bounds what Decode inflates: 2 MiB.
	MaxEntries = 1 << 24
	// MaxEncoded bounds the compressed form.
	MaxEncoded = 1 << 20
)

// Errors that callers branch on.
var (
	ErrMalformed = errors.New("malformed status list")
	ErrLength    = errors.New("status list has fewer entries than allowed")
	ErrRange     = errors.New("index is outside the status list")
)

// Bits is a list; index 0 is the most significant bit of the first byte.
type Bits []byte

// New returns a list of at least the number of entries, all clear.
func New(entries int) Bits {
	return make(Bits, (min(max(entries, MinEntries), MaxEntries)+7)/8)
}

// Set marks the entry; ErrRange outside the list.
func (b Bits) Set(i int) error {
	if i < 0 || i >= len(b)*8 {
		return ErrRange
	}
	b[i>>3] |= 1 << (7 - i&7)
	return nil
}

// Has reports whether the entry is marked; ErrRange outside the list.
func (b Bits) Has(i int) (bool, error) {
	if i < 0 || i >= len(b)*8 {
		return false, ErrRange
	}
	return b[i>>3]>>(7-i&7)&1 == 1, nil
}

// Encode writes encodedList: "u" and the base64url of the gzip of the bits.
// The same bits give the same text.
func Encode(b Bits) (string, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		return "", fmt.Errorf("compressing status list: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("compressing status list: %w", err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(buf.Bytes()), nil
}

// Decode reads encodedList. It inflates at most MaxEntries, takes one gzip
// member and nothing behind it, and refuses short lists with ErrLength.
func Decode(encoded string) (Bits, error) {
	rest, ok := strings.CutPrefix(encoded, "u")
	if !ok || len(encoded) > MaxEncoded || strings.ContainsAny(rest, "\r\n") {
		return nil, fmt.Errorf("%w: not multibase base64url of at most %d bytes", ErrMalformed, MaxEncoded)
	}
	packed, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	in := bytes.NewReader(packed)
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r.Multistream(false)
	bits, err := io.ReadAll(io.LimitReader(r, MaxEntries/8+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case len(bits) > MaxEntries/8:
		return nil, fmt.Errorf("%w: more than %d entries", ErrMalformed, MaxEntries)
	case in.Len() > 0:
		return nil, fmt.Errorf("%w: data behind the list", ErrMalformed)
	case len(bits)*8 < MinEntries:
		return nil, ErrLength
	}
	return bits, nil
}
