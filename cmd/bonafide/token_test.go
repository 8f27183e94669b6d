//go:build pkcs11

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ThalesGroup/crypto11"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// softToken makes a token in software.
func softToken(t *testing.T) pkcs11 {
	program, err := exec.LookPath("softhsm2-util")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "SoftHSM is missing")
		t.Skip("SoftHSM is missing")
	}
	module := ""
	for _, pattern := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 && module == "" {
			module = found[0]
		}
	}
	require.NotEmpty(t, module)
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "tokens"), 0o700))
	conf := filepath.Join(folder, "softhsm2.conf")
	require.NoError(t, os.WriteFile(conf, []byte("directories.tokendir = "+folder+"/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"), 0o600))
	t.Setenv("SOFTHSM2_CONF", conf)
	out, err := exec.CommandContext(t.Context(), program, "--init-token", "--free", "--label", "bonafide", "--pin", "4711", "--so-pin", "0815").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return pkcs11{Module: module, Token: "bonafide", PIN: "4711"}
}

// TestKeyInAToken: a body's key is made in a token and never leaves it; what it
// signs verifies offline by the anchors' keys alone, and a register without the
// token cannot sign with it.
func TestKeyInAToken(t *testing.T) {
	p := softToken(t)
	dsn := demo(t, "sqlite")
	c := demoConfig(dsn)
	c.PKCS11 = p
	c.PKCS11.PIN = "1234"
	_, err := openApp(t.Context(), c, store.Options{})
	require.ErrorContains(t, err, "PKCS #11")
	require.NotContains(t, err.Error(), "1234")
	h := open(t, dsn, func(c *config) { c.PKCS11 = p })
	keeper := h.keeper(mine)
	require.Equal(t, 422, h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", keeper, `{"custody":"hsm","use":"proof"}`).status)
	a := h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", keeper, `{"custody":"hsm"}`)
	require.Equal(t, 201, a.status, "%s", a.raw)
	kid := a.json["key"].(map[string]any)["kid"].(string)
	for range 3 { // found again, and by a ring that is warm
		n, signedBy := h.issued(keeper, "Ada")
		require.Equal(t, kid, signedBy)
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+n, "", "").code())
		require.Equal(t, verify.BonaFide, h.offline(n).Verdict)
	}
	held, err := h.app.db.Keys(t.Context(), mine, keys.ForCredentials)
	require.NoError(t, err)
	require.Equal(t, keys.CustodyHSM, held[0].Custody)
	require.Len(t, held[0].Sealed, 12+16+16, "a name is sealed here, and no private half")

	direct, err := crypto11.Configure(&crypto11.Config{Path: p.Module, TokenLabel: p.Token, Pin: p.PIN})
	require.NoError(t, err)
	defer direct.Close()
	pairs, err := direct.FindAllKeyPairs()
	require.NoError(t, err)
	require.Len(t, pairs, 1)
	for attribute, want := range map[crypto11.AttributeType]byte{crypto11.CkaExtractable: 0, crypto11.CkaNeverExtractable: 1, crypto11.CkaSensitive: 1, crypto11.CkaAlwaysSensitive: 1} {
		got, err := direct.GetAttribute(pairs[0], attribute)
		require.NoError(t, err)
		require.Equal(t, []byte{want}, got.Value, fmt.Sprint(attribute))
	}
	secret, err := direct.GetAttribute(pairs[0], crypto11.CkaValue)
	require.True(t, err != nil || secret == nil || len(secret.Value) == 0, "the private half is not told")

	without := open(t, dsn)
	b := without.do("POST", "/v1/certificates", without.keeper(mine), request("Eve"))
	require.GreaterOrEqual(t, b.status, 400)
	require.NotContains(t, strings.ToLower(string(b.raw)), "4711")
}
