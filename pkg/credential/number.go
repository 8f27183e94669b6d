package credential

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Number identifies a certificate: twelve random symbols of Crockford's
// base32 (60 bits, not to be guessed) and a check character, in canonical form
// "7K3M-9QXA-4TZ8-H".
type Number string

// alphabet is Crockford's: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const numberSymbols = 12

// Errors of ParseNumber.
var (
	ErrNotANumber     = errors.New("not a certificate number: it has thirteen letters and digits, such as 7K3M-9QXA-4TZ8-H")
	ErrCheckCharacter = errors.New("the number was mistyped: its last character does not fit the others")
)

// NewNumber draws a number.
func NewNumber(rand io.Reader) (Number, error) {
	var random [numberSymbols]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", fmt.Errorf("drawing a number: %w", err)
	}
	for i := range random {
		random[i] &= 31
	}
	return format(random[:]), nil
}

// ParseNumber reads a number as people type it: any case, spaces and hyphens
// anywhere, O for 0, I and L for 1. A wrong check character is
// ErrCheckCharacter, anything else that is no number ErrNotANumber.
func ParseNumber(s string) (Number, error) {
	if len(s) > 64 {
		return "", ErrNotANumber
	}
	var symbols []byte
	for _, r := range s {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		switch r {
		case ' ', '-', '\t', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		i := -1
		if r < 128 {
			i = strings.IndexByte(alphabet, byte(r))
		}
		if i < 0 {
			return "", ErrNotANumber
		}
		symbols = append(symbols, byte(i))
	}
	if len(symbols) != numberSymbols+1 {
		return "", ErrNotANumber
	}
	if check(symbols[:numberSymbols]) != symbols[numberSymbols] {
		return "", ErrCheckCharacter
	}
	return format(symbols[:numberSymbols]), nil
}

func format(symbols []byte) Number {
	var b strings.Builder
	for i, s := range symbols {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[s])
	}
	b.WriteByte('-')
	b.WriteByte(alphabet[check(symbols)])
	return Number(b.String())
}

// check is the sum of x^(i+1) times symbol i in GF(32) modulo x^5+x^2+1. The
// powers differ from each other and from one, so that every single wrong
// symbol and every exchange of two symbols, the check character included,
// changes it.
func check(symbols []byte) byte {
	var sum byte
	for i, s := range symbols {
		for range i + 1 {
			s <<= 1
			if s&32 != 0 {
				s ^= 0b100101
			}
		}
		sum ^= s
	}
	return sum
}
