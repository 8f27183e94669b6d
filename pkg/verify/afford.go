package verify

import "slices"

// MaxEmbedded bounds the statements with embedded proofs that one report checks:
// each takes a thousand times the work of a token.
const MaxEmbedded = 32

// affordable leaves out statements with embedded proofs beyond MaxEmbedded.
func affordable(all []*UnverifiedStatement) []*UnverifiedStatement {
	embedded := 0
	beyond := func(u *UnverifiedStatement) bool {
		if _, token := u.signatures[0].(*tokenSignature); token {
			return false
		}
		embedded++
		return embedded > MaxEmbedded
	}
	if !slices.ContainsFunc(all, beyond) {
		return all
	}
	embedded = 0
	return slices.DeleteFunc(slices.Clone(all), beyond)
}
