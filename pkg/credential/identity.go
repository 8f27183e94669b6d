package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Hash is identityHash of an Open Badges 3.0 IdentityObject: "sha256$" and the
// hex of SHA-256 over identity and salt, the salt appended.
func Hash(identity, salt string) string {
	sum := sha256.Sum256([]byte(identity + salt))
	return "sha256$" + hex.EncodeToString(sum[:])
}

// NormalName folds a name for comparing and hashing: NFKC, case folded, NFKC
// again (folding can undo it), single spaces, none at the ends.
func NormalName(name string) string {
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	return strings.Join(strings.Fields(folded), " ")
}

// NormalEmail folds an e-mail address for comparing and hashing: lower case,
// without spaces around it.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// maxMarks bounds the marks that follow one letter. Living scripts need up to
// four (Hebrew with vowels and accents, Tibetan stacks); a higher pile covers
// the lines around it (Unicode TR 36, 2.10).
const maxMarks = 6

// Legible tells whether a text holds a letter or a digit that shows (Hangul
// fillers are letters that do not), and piles no more marks on one than a living
// script does.
func Legible(s string) bool {
	shown, marks := false, 0
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			if marks++; marks > maxMarks {
				return false
			}
			continue
		}
		marks = 0
		shown = shown || (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
	}
	return shown
}
