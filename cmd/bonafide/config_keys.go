package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/keys/token"
)

// pkcs11 is where a token is and how it is opened.
type pkcs11 struct {
	Module string // BONAFIDE_PKCS11_MODULE: the library of its maker
	Token  string // BONAFIDE_PKCS11_TOKEN: its label
	PIN    string // BONAFIDE_PKCS11_PIN
	File   string // BONAFIDE_PKCS11_PIN_FILE: a file that holds the PIN
}

// loadKeys reads what concerns key encryption keys that follow one another, and
// tokens.
func (c *config) loadKeys(get func(name, fallback string) string, fault func(name, format string, args ...any)) {
	c.KEKOld, c.KEKOldFile = get("BONAFIDE_KEY_ENCRYPTION_KEY_OLD", ""), get("BONAFIDE_KEY_ENCRYPTION_KEY_OLD_FILE", "")
	if c.KEKOld != "" && c.KEKOldFile != "" {
		fault("BONAFIDE_KEY_ENCRYPTION_KEY_OLD", "set it or BONAFIDE_KEY_ENCRYPTION_KEY_OLD_FILE, not both")
	}
	c.PKCS11 = pkcs11{get("BONAFIDE_PKCS11_MODULE", ""), get("BONAFIDE_PKCS11_TOKEN", ""), get("BONAFIDE_PKCS11_PIN", ""), get("BONAFIDE_PKCS11_PIN_FILE", "")}
	p := c.PKCS11
	switch {
	case p.Module == "" && p != pkcs11{}:
		fault("BONAFIDE_PKCS11_MODULE", "is needed with the other BONAFIDE_PKCS11 settings")
	case p.Module == "":
	case p.Token == "":
		fault("BONAFIDE_PKCS11_TOKEN", "is needed: the label of the token")
	case (p.PIN == "") == (p.File == ""):
		fault("BONAFIDE_PKCS11_PIN", "set it or BONAFIDE_PKCS11_PIN_FILE, and not both")
	}
}

// openKeys readies the custodian: the key encryption key that follows or is
// followed, and the token.
func (a *app) openKeys(c config) error {
	if c.KEKOld != "" || c.KEKOldFile != "" {
		old, err := keys.LoadKEK(c.KEKOld, c.KEKOldFile, false)
		if err != nil {
			return fmt.Errorf("BONAFIDE_KEY_ENCRYPTION_KEY_OLD: %w", err)
		}
		a.custodian.Others = [][32]byte{old}
	}
	if c.PKCS11.Module == "" {
		return nil
	}
	pin := c.PKCS11.PIN
	if c.PKCS11.File != "" {
		data, err := os.ReadFile(c.PKCS11.File)
		if err != nil {
			return fmt.Errorf("BONAFIDE_PKCS11_PIN_FILE: %w", err)
		}
		pin = strings.TrimSpace(string(data))
	}
	t, err := token.Open(c.PKCS11.Module, c.PKCS11.Token, pin)
	if err != nil {
		return fmt.Errorf("opening the PKCS #11 token %q: %w", c.PKCS11.Token, err)
	}
	a.custodian.Token, a.token = t, t
	return nil
}
