package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

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
