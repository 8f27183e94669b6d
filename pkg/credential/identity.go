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

// NormalName folds a name for comparing: NFKC, case folded, single spaces.
func NormalName(name string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(name))), " ")
}

// NormalEmail folds an e-mail address for comparing.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
