package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/store"
)

// TestKeySettings: what is half set is told by name, with no secret in it.
func TestKeySettings(t *testing.T) {
	for _, c := range []struct {
		set   map[string]string
		fault string // empty: accepted
	}{
		{map[string]string{"BONAFIDE_KEY_ENCRYPTION_KEY_OLD": "secret", "BONAFIDE_KEY_ENCRYPTION_KEY_OLD_FILE": "f"}, "BONAFIDE_KEY_ENCRYPTION_KEY_OLD"},
		{map[string]string{"BONAFIDE_PKCS11_PIN": "secret"}, "BONAFIDE_PKCS11_MODULE"},
		{map[string]string{"BONAFIDE_PKCS11_MODULE": "m", "BONAFIDE_PKCS11_PIN": "secret"}, "BONAFIDE_PKCS11_TOKEN"},
		{map[string]string{"BONAFIDE_PKCS11_MODULE": "m", "BONAFIDE_PKCS11_TOKEN": "t"}, "BONAFIDE_PKCS11_PIN"},
		{map[string]string{"BONAFIDE_PKCS11_MODULE": "m", "BONAFIDE_PKCS11_TOKEN": "t", "BONAFIDE_PKCS11_PIN": "secret", "BONAFIDE_PKCS11_PIN_FILE": "f"}, "BONAFIDE_PKCS11_PIN"},
		{map[string]string{"BONAFIDE_PKCS11_MODULE": "m", "BONAFIDE_PKCS11_TOKEN": "t", "BONAFIDE_PKCS11_PIN_FILE": "f"}, ""},
		{nil, ""},
	} {
		_, err := loadConfig(func(name string) string { return c.set[name] })
		if c.fault == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.fault+":")
		require.NotContains(t, err.Error(), "secret")
	}
	// A token that cannot be opened stops the start: keys in it could not sign.
	bad := demoConfig(demo(t, "sqlite"))
	bad.PKCS11 = pkcs11{Module: "/nowhere.so", Token: "t", PIN: "secret"}
	_, err := openApp(t.Context(), bad, store.Options{})
	require.ErrorContains(t, err, "PKCS #11")
	require.NotContains(t, err.Error(), "secret")
	bad.PKCS11, bad.KEKOld = pkcs11{}, "c2hvcnQ="
	_, err = openApp(t.Context(), bad, store.Options{})
	require.ErrorContains(t, err, "BONAFIDE_KEY_ENCRYPTION_KEY_OLD")
}
